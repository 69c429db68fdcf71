"""Two classes as one sigmoid: the read-out gets a second score that is always 0."""

from __future__ import annotations

import dataclasses

from ...errors import UnsupportedLayerError
from ...layers.types import BatchNormalization, Dense, Dropout, Flatten
from ...models.two_scores import widened
from .placed import Placed

__all__ = ["two_scores"]


def two_scores(entries: list[Placed]) -> None:
    """Widen the last layer of one unit to two, in place: 0, and the unit's own sum.

    ``sigmoid(x)`` is the softmax of (0, x), which is dropped as every final softmax is: class 1
    where x is above 0.

    Parameters
    ----------
    entries : list of Placed
        The chain of layers, changed in place.

    Raises
    ------
    UnsupportedLayerError
        If the last layer with weights is no Dense layer of one unit.
    """
    for entry in reversed(entries):
        layer = entry.layer
        if isinstance(layer, Dropout | Flatten):
            continue
        if isinstance(layer, Dense) and layer.units == 1:
            entry.layer = dataclasses.replace(layer, units=2)
            entry.arrays = widened(entry.arrays)
            return
        if not isinstance(layer, BatchNormalization) or entry.arrays["gamma"].shape != (1,):
            break
        entry.arrays = widened(entry.arrays)
    raise UnsupportedLayerError(
        f"{entries[-1].where}: a sigmoid at the end must stand after a Dense layer of one unit "
        "(two classes); several sigmoid outputs are no classes that exclude each other: leave the "
        "sigmoid out, and read run(...).outputs"
    )
