"""Other currents in a trained network: a factor and a constant for every population."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..layers.architecture import Architecture
from ..layers.composition.parts import Part
from ..layers.types import BatchNormalization, Layer, Scale, Shape

__all__ = ["Weights", "with_currents"]

#: layer -> name of the array -> array
Weights = Mapping[str, Mapping[str, np.ndarray]]


def with_currents(
    architecture: Architecture,
    weights: Weights,
    gains: Mapping[str, float],
    shifts: Mapping[str, float],
    outputs: Mapping[str, float] | None = None,
) -> tuple[Architecture, dict[str, dict[str, np.ndarray]]]:
    """Weights with which populations get ``gain * y + shift`` instead of the current ``y``.

    Where a BatchNormalization stands before the neurons, it takes the change, else the kernel and
    bias; a layer without a bias is given one. What a residual identity adds cannot be multiplied:
    its source must give ``gain`` times as much by itself. In a network of another form
    (`Architecture.is_plain`) `Scale` layers before and after the neurons say the same.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    weights : dict of dict of array
        As in `TrainedModel`.
    gains, shifts : dict of str to float
        By population; 1 and 0 for those that are left out.
    outputs : dict of str to float, optional
        How many times as much populations give than before; the next weights are divided by it.

    Returns
    -------
    architecture : Architecture
        With a bias where one was needed.
    weights : dict of dict of float32 array
        New ones; those given are not changed.

    Examples
    --------
    >>> from nengo_lifdeep.layers import Dense
    >>> net = Architecture((1,), [Dense(1), Dense(1)])
    >>> one = {"kernel": np.ones((1, 1)), "bias": np.ones(1)}
    >>> weights = {"dense1": one, "dense2": one}
    >>> _, changed = with_currents(net, weights, {"neurons1": 3.0}, {"neurons1": 0.5})
    >>> changed["dense1"]["kernel"].item(), changed["dense1"]["bias"].item()
    (3.0, 3.5)
    """
    changed = {name: dict(arrays) for name, arrays in weights.items()}
    outputs = outputs or {}
    if not architecture.is_plain:
        return _with_scales(architecture, gains, shifts, outputs), changed
    layers = {layer.name: layer for layer in architecture.layers}
    for part in architecture.parts:
        gain, shift = gains.get(part.target, 1.0), shifts.get(part.target, 0.0)
        layers |= _changed(part, changed, gain, shift, outputs.get(part.source, 1.0))
        for layer, _ in part.sums:
            if arrays := changed.get(layer.name):
                factor = gain / outputs.get(layer.source, 1.0)
                arrays["kernel"] = _times(arrays["kernel"], factor)
    return dataclasses.replace(architecture, layers=tuple(layers.values())), changed


def _with_scales(
    architecture: Architecture,
    gains: Mapping[str, float],
    shifts: Mapping[str, float],
    outputs: Mapping[str, float],
) -> Architecture:
    """The layers with a Scale before each population, and one after it that takes it back."""
    layers: list[Layer] = []
    after: dict[str, str] = {}
    for layer in architecture.layers:
        if layer.reads in after:
            layer = dataclasses.replace(layer, source=after[layer.reads])  # type: ignore[call-arg]
        name = layer.name
        if layer.fires:
            gain, shift = gains.get(name, 1.0), shifts.get(name, 0.0)
            layers.append(Scale(gain, shift, name=f"{name}_current"))
        layers.append(layer)
        if layer.fires and name in outputs:
            after[name] = f"{name}_output"
            layers.append(Scale(1 / outputs[name], name=after[name]))
    return dataclasses.replace(architecture, layers=tuple(layers))


def _changed(
    part: Part, weights: dict[str, dict[str, np.ndarray]], gain: float, shift: float, before: float
) -> dict[str, Layer]:
    """Change the weights of a part in place; the layers that are given a bias, by name."""
    normalised = any(isinstance(layer, BatchNormalization) for layer, _ in part.layers)
    given = {}
    for layer, shape in part.layers:
        arrays = weights.get(layer.name, {})
        if isinstance(layer, BatchNormalization):
            arrays["gamma"] = _times(arrays["gamma"], gain)
            arrays["beta"] = _times(arrays["beta"], gain) + np.float32(shift)
        elif layer.has_weights:
            own = 1.0 if normalised else gain
            arrays["kernel"] = _times(arrays["kernel"], own / before)
            if "bias" in arrays:
                arrays["bias"] = _times(arrays["bias"], own)
            if shift and not normalised:
                given[layer.name] = with_bias = _biased(layer)
                bias = arrays.get("bias", np.zeros(_bias_shape(with_bias, shape), np.float32))
                arrays["bias"] = bias + np.float32(shift)
    return given


def _biased(layer: Any) -> Layer:
    return dataclasses.replace(layer, use_bias=True)


def _bias_shape(layer: Layer, shape: Shape) -> Shape:
    return layer.arrays(shape)["bias"]


def _times(array: np.ndarray, factor: float) -> np.ndarray:
    return (array * np.float32(factor)).astype(np.float32)
