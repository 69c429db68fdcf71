"""Two classes as one output: the read-out gets a second score that is always 0."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from ..errors import ValidationError
from ..layers.architecture import Architecture
from ..layers.types import BatchNormalization, Dense, Dropout, Flatten, Layer, Neurons

__all__ = ["widened", "with_two_scores"]

#: name of the layer that gives both scores where a read-out cannot be widened
_LAST = "two_scores"

#: what a score that is always 0 has in the arrays of its layer
_ALWAYS_ZERO = {"gamma": 1.0, "moving_variance": 1.0}


def widened(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays of a layer of one unit with another unit before it, which gives 0.

    Parameters
    ----------
    arrays : dict of str to array
        Kernel and bias, or those of a normalisation; the last axis is the unit's.

    Examples
    --------
    >>> widened({"kernel": np.array([[2.0], [3.0]]), "bias": np.array([1.0])})["bias"]
    array([0., 1.])
    """
    return {
        name: np.concatenate([np.full_like(array, _ALWAYS_ZERO.get(name, 0.0)), array], axis=-1)
        for name, array in arrays.items()
    }


def with_two_scores(
    architecture: Architecture, weights: Mapping[str, Mapping[str, np.ndarray]]
) -> tuple[Architecture, dict[str, dict[str, np.ndarray]]]:
    """Layers and weights that give (0, x) where they gave one number x.

    ``sigmoid(x)`` is the softmax of (0, x): class 1 where x is above 0.

    Parameters
    ----------
    architecture : Architecture
        Ends in one output: a Dense layer of one unit, normalised or not, or a linear layer after
        it, such as the mean of a committee.
    weights : dict of dict of array
        As in `TrainedModel`; they are not changed.

    Raises
    ------
    ValidationError
        If it ends otherwise.
    """
    layers: list[Layer] = list(architecture.layers)
    changed = {name: dict(arrays) for name, arrays in weights.items()}
    for place in reversed(range(len(layers))):
        layer = layers[place]
        if isinstance(layer, Dropout | Flatten):
            continue
        if isinstance(layer, Dense) and layer.units == 1:
            layers[place] = dataclasses.replace(layer, units=2)
            if layer.name in changed:
                changed[layer.name] = widened(changed[layer.name])
            return dataclasses.replace(architecture, layers=tuple(layers)), changed
        if not isinstance(layer, BatchNormalization) or changed[layer.name]["gamma"].shape != (1,):
            break
        changed[layer.name] = widened(changed[layer.name])
    if architecture.output_shape == (1,) and not isinstance(layers[-1], Neurons):
        last = Dense(2, use_bias=False, name=_LAST)  # after a sum or a scale, as of a committee
        changed[_LAST] = {"kernel": np.array([[0.0, 1.0]], np.float32)}
        return dataclasses.replace(architecture, layers=(*layers, last)), changed
    raise ValidationError(
        f"network {architecture.name!r} gives {architecture.output_shape} by layer "
        f"{layers[-1].name!r}; expected one number, of a Dense layer of one unit at the end or "
        "what is linear after it: the sum whose sigmoid is the probability of class 1"
    )
