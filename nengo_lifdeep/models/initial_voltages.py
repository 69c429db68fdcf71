"""Where membranes start: drawn once here, so that every simulator starts from the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..neurons import Theta
from . import SpikingModel
from .population import Population

__all__ = ["initial_voltages", "state_from_voltage"]

#: The largest number of float32 below pi. The nearest is above pi, where an angle has passed its
#: threshold: a neuron that starts at minus it would fire at once.
_PI = float(np.nextafter(np.float32(np.pi), np.float32(0)))


def state_from_voltage(neuron: Any, voltage: Any) -> tuple[str, Any] | None:
    """Which state of a neuron holds its voltage, and the value that means this voltage.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        The neuron.
    voltage : float or array
        From 0, as after a spike, to the threshold.

    Returns
    -------
    (str, float or array) or None
        Angles of theta neurons, from -pi to pi; None for neurons without such a state.

    Examples
    --------
    >>> print(state_from_voltage(Theta(), 0.5))
    ('theta', 0.0)
    """
    if isinstance(neuron, Theta):
        angle = np.clip((2 * np.asarray(voltage, float) - 1) * np.pi, -_PI, _PI)
        return "theta", angle if angle.ndim else float(angle)
    return ("voltage", voltage) if "voltage" in type(neuron).state else None


def initial_voltages(
    model: SpikingModel, seed: int, indices: Sequence[int] | np.ndarray
) -> dict[str, np.ndarray]:
    """Voltages from which each population starts, image by image.

    Every image has a draw of its own, decided by the seed and the image's position in the data
    alone: neither other images nor their order or number change it.

    Parameters
    ----------
    model : SpikingModel
        With ``initial_voltage`` ``"zero"``, ``"half"`` (of the threshold) or ``"uniform"`` (from
        rest to below threshold).
    seed : int
        0 or more.
    indices : (image,) array of int
        Positions of the images in the data, 0 or more.

    Returns
    -------
    dict of str to (1, neuron) or (image, neuron) array of float32
        By population; one row for ``"zero"`` and ``"half"``. Numbers of float32, so that simulators
        start from the same voltages whatever they compute with.

    Examples
    --------
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> model = convert(trained_example()[0], initial_voltage="uniform")
    >>> both = initial_voltages(model, 0, [4, 7])["neurons1"]
    >>> bool((both[1] == initial_voltages(model, 0, [7])["neurons1"][0]).all())
    True
    """
    if model.initial_voltage != "uniform":
        share = {"zero": 0.0, "half": 0.5}[model.initial_voltage]
        return {
            p.name: np.full((1, p.n_neurons), share * _threshold(p), np.float32)
            for p in model.populations
        }
    rows = np.empty((len(indices), model.n_neurons), np.float32)
    for row, index in zip(rows, indices, strict=True):
        np.random.default_rng([seed, int(index)]).random(dtype=np.float32, out=row)
    ends = np.cumsum([p.n_neurons for p in model.populations])
    parts = np.split(rows, ends[:-1], axis=1)
    return {
        p.name: part * np.float32(_threshold(p))
        for p, part in zip(model.populations, parts, strict=True)
    }


def _threshold(population: Population) -> float:
    return float(getattr(population.neuron, "threshold", 1.0))
