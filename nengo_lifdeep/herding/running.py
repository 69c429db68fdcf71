"""A trained network in herding neurons: images in, `SpikeRecord` out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..datasets.base import Split
from ..errors import ConversionError, TrainingError
from ..inputs.inputs import Inputs
from ..inputs.preprocessing import Preprocessing
from ..inputs.presentation import Presentation
from ..models import TrainedModel
from ..records import SpikeRecord
from ..records.finding import listed
from ..records.judged.shown import with_images
from ..support.checks import checked, instance, optional, shown, whole, word
from .given import image_rows
from .inference import some_steps
from .learner import SpikingMLP
from .method import Herding
from .networks import herdable

__all__ = ["STEP", "network_of", "present"]

#: What a step lasts, in seconds; nothing is computed with it.
STEP = 0.001

_AT_ONCE = 200  # images whose outputs of all steps are held
_VALUES = 4_000_000  # of a layer's units in some steps, held at once


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
        If a layer has a bias, or is not dense; the message lists all of them.
    """
    instance(TrainedModel)(trained, "trained")
    net = trained.architecture
    findings = herdable(net, trained.neuron, trained=True)
    if findings:
        raise ConversionError(
            f"network {net.name!r} cannot run in herding neurons:{listed(findings)}"
        )
    amplitudes = [np.float32(1), *(np.float32(each.amplitude) for each in trained.neurons.values())]
    dense = [layer for layer in net.layers if layer.has_weights]
    kernels = [_kernel(layer, trained.weights[layer.name]) for layer in dense]
    matrices = [w * factor for w, factor in zip(kernels, amplitudes, strict=True)]
    sizes = (matrices[0].shape[0], *(matrix.shape[1] for matrix in matrices))
    return SpikingMLP(sizes, method=method or _method_of(trained), weights=matrices)


def _kernel(layer: Any, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """What a layer's device holds."""
    return arrays["kernel"] if layer.weights is None else layer.weights.held(arrays)["kernel"]


def _method_of(trained: TrainedModel) -> Herding:
    """How it was trained; what else that says is not asked for where it was not by herding."""
    known = trained.provenance.get("herding", {})
    try:
        method = Herding(**known)
    except (TypeError, TrainingError) as error:
        raise ConversionError(
            f"provenance of {trained.architecture.name!r} has no method under 'herding', but "
            f"{shown(known)} ({error}); give method=Herding(...)"
        ) from error
    return Herding(dtype=method.dtype) if method.n_steps is None else method


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
        chunk = image_rows(inputs.chunk(first, first + _AT_ONCE), mlp.sizes[0])
        shown = outputs[first : first + len(chunk)]
        counted = _counted_per_step if rule == "step" else _counted_by_events
        for name, count in zip(names, counted(mlp, chunk, steps, shown), strict=True):
            totals[name] += count.sum(axis=0)
            spikes[name].append(count.sum(axis=1))
    duration = len(inputs) * steps * STEP
    record = SpikeRecord(
        "herding",
        trained.architecture.name,
        timing,
        outputs,
        {name: total / duration for name, total in totals.items()},
        {name: np.concatenate(counted) for name, counted in spikes.items()},
        seconds=time.perf_counter() - began,
        notes=(f"herding neurons, order {rule!r}",),
        trained_weights=trained.fingerprint,
    )
    return with_images(record, images)


def _counted_per_step(
    mlp: SpikingMLP, images: np.ndarray, steps: int, outputs: np.ndarray
) -> list[np.ndarray]:
    """Spikes of every unit, of either sign; what reaches the outputs in each step is written."""
    found = [np.zeros((len(images), n), np.int64) for n in mlp.sizes[:-1]]
    before: list[Any] = [0] * len(found)  # spikes so far
    reached: Any = 0
    at_once = max(1, _VALUES // (len(images) * max(mlp.sizes)))
    rows, first = images.astype(np.float64), 0
    for drive, counts in some_steps(rows, mlp.weights, steps, at_once):
        outputs[:, first : first + drive.shape[1]] = _increments(drive, reached)
        for layer, count in enumerate(counts):
            found[layer] += np.abs(_increments(count, before[layer])).sum(axis=1)
            before[layer] = count[:, -1]
        reached, first = drive[:, -1], first + drive.shape[1]
    return found


def _counted_by_events(
    mlp: SpikingMLP, images: np.ndarray, steps: int, outputs: np.ndarray
) -> list[np.ndarray]:
    """The same, in the kernel."""
    record = mlp.empty_record(len(images), steps, counts=True)
    outputs[:] = _increments(mlp.show(images, steps, record).outputs, 0)
    ends = np.cumsum(mlp.sizes)[:-1]
    return [np.abs(count) for count in np.split(record.counts, ends, axis=1)[:-1]]


def _increments(sums: np.ndarray, before: Any) -> np.ndarray:
    """What is added in each step, ``(image, step, unit)``."""
    found = np.diff(sums, axis=1, prepend=0)
    found[:, 0] -= before
    return found
