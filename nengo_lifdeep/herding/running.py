"""A trained network in herding neurons: images in, `SpikeRecord` out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..datasets.base import Split
from ..errors import ConversionError
from ..inputs.inputs import Inputs
from ..inputs.preprocessing import Preprocessing
from ..inputs.presentation import Presentation
from ..models import TrainedModel
from ..records import SpikeRecord
from ..support.checks import checked, instance, optional, whole, word
from .inference import all_steps
from .learner import SpikingMLP
from .method import Herding

__all__ = ["STEP", "network_of", "present"]

#: What a step lasts, in seconds; nothing is computed with it.
STEP = 0.001

_AT_ONCE = 200  # images whose outputs of all steps are held


class _Viewed(NamedTuple):
    """What `Inputs` ask of a network."""

    name: str
    preprocessing: Preprocessing
    input_shape: tuple[int, ...]
    provenance: Mapping[str, Any]

    @classmethod
    def of(cls, trained: TrainedModel) -> _Viewed:
        net = trained.architecture
        return cls(net.name, trained.preprocessing, net.input_shape, trained.provenance)


def network_of(trained: TrainedModel, method: Herding | None = None) -> SpikingMLP:
    """The network as a `SpikingMLP`, which may learn on.

    Parameters
    ----------
    trained : TrainedModel
        Dense layers without bias, of rectified linear neurons; trained by herding or otherwise.
    method : Herding, optional
        How it learns and runs; as it was trained by default.

    Raises
    ------
    ConversionError
        If a layer has a bias, or is not dense.
    """
    arrays = list(trained.weights.values())
    biased = [name for name, group in trained.weights.items() if set(group) != {"kernel"}]
    flat = all(group["kernel"].ndim == 2 for group in arrays if "kernel" in group)
    if biased or not flat or type(trained.neuron).__name__ != "RectifiedLinear":
        raise ConversionError(
            f"network {trained.architecture.name!r} cannot run in herding neurons: expected dense "
            "layers without bias, and nengo.RectifiedLinear neurons"
            + (f"; more than a kernel have {', '.join(biased)}" if biased else "")
        )
    matrices = [group["kernel"] * np.float32(1) for group in arrays]
    amplitude = float(getattr(trained.neuron, "amplitude", 1.0))
    matrices[1:] = [matrix * np.float32(amplitude) for matrix in matrices[1:]]
    sizes = (matrices[0].shape[0], *(matrix.shape[1] for matrix in matrices))
    if method is None:
        method = Herding(**trained.provenance.get("herding", {}))
        method = Herding(dtype=method.dtype) if method.n_steps is None else method
    return SpikingMLP(sizes, method=method, weights=matrices)


@checked(
    trained=instance(TrainedModel),
    n_steps=optional(whole(1, 100_000)),
    order=optional(word("event", "step")),
)
def present(
    trained: TrainedModel,
    images: Split | np.ndarray,
    n_steps: int | None = None,
    order: str | None = None,
) -> SpikeRecord:
    """Show images to a trained network in herding neurons.

    Parameters
    ----------
    trained : TrainedModel
        Dense layers without bias, of rectified linear neurons; trained by herding or otherwise.
    images : Split or array
        Raw images, as for `run`.
    n_steps : int, optional
        Steps per image; as in training by default, or 10.
    order : {"event", "step"}, optional
        When layers fire; as in training by default.

    Returns
    -------
    SpikeRecord
        Of simulator "herding". An output at a step is what reached it in that step, so that means
        over any window are what `decide_early` and `Evaluation` take them for. The input's spikes
        are a population "input"; the last layer's are not needed, and not counted. A step lasts
        1 ms.

    Raises
    ------
    ConversionError
        If the network has biases, or other layers.
    DataError
        If the images do not fit.

    Examples
    --------
    >>> import nengo
    >>> from nengo_lifdeep import Architecture, Dense, Flatten
    >>> net = Architecture((1, 1, 2), [Flatten(), Dense(2, use_bias=False)], "pair")
    >>> kernel = {"dense1": {"kernel": np.eye(2, dtype=np.float32)}}
    >>> trained = TrainedModel(net, kernel, nengo.RectifiedLinear())
    >>> record = present(trained, np.array([[[[0.25, 1.0]]]]), n_steps=4, order="step")
    >>> record.outputs[0].mean(axis=0).tolist(), record.image_spikes["input"].tolist()
    ([0.25, 1.0], [5])
    """
    mlp = network_of(trained)
    steps = n_steps or mlp.method.n_steps or 10
    rule = order or mlp.method.order
    mlp.method = dataclasses.replace(mlp.method, order=rule)
    timing = Presentation(t_c=0.0, t_p=steps * STEP, dt=STEP)
    inputs = Inputs.of(_Viewed.of(trained), images, timing)
    names = ("input", *trained.architecture.neurons(trained.neuron))
    began = time.perf_counter()
    outputs = np.empty((len(inputs), steps, mlp.sizes[-1]), np.float32)
    totals = {name: np.zeros(n) for name, n in zip(names, mlp.sizes[:-1], strict=True)}
    spikes: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for first in range(0, len(inputs), _AT_ONCE):
        chunk = mlp.flat(inputs.chunk(first, first + _AT_ONCE))
        drive, counts = _counted(mlp, chunk, steps, rule)
        outputs[first : first + len(chunk)] = np.diff(drive, axis=1, prepend=0)
        for name, count in zip(names, counts, strict=True):
            totals[name] += count.sum(axis=0)
            spikes[name].append(count.sum(axis=1))
    duration = len(inputs) * steps * STEP
    return SpikeRecord(
        "herding",
        trained.architecture.name,
        timing,
        outputs,
        {name: total / duration for name, total in totals.items()},
        {name: np.concatenate(counted) for name, counted in spikes.items()},
        seconds=time.perf_counter() - began,
        notes=(f"herding neurons, order {rule!r}",),
    )


def _counted(
    mlp: SpikingMLP, images: np.ndarray, steps: int, order: str
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Sums at the outputs after every step, and spikes of every unit, of either sign."""
    if order == "step":
        drive, counts = all_steps(images.astype(np.float64), mlp.weights, steps)
        return drive, [np.abs(np.diff(c, axis=1, prepend=0)).sum(axis=1) for c in counts]
    record = mlp.empty_record(len(images), steps, counts=True)
    found = mlp.show(images, steps, record)
    ends = np.cumsum(mlp.sizes)[:-1]
    return found.outputs, [np.abs(c) for c in np.split(record.counts, ends, axis=1)[:-1]]
