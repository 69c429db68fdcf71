"""Linear layers between neurons as pooling and one layer with weights, which is what neurons take.

Linear layers that follow each other are one. `folded` merges those of a path where that is exact:
normalisation and scaling anywhere, convolutions in a row, pooling around them, everything before a
dense layer. What is left over is refused by name.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LocallyConnected2D,
    Neurons,
    Shape,
)
from ..chain.placed import Placed
from .layers import Windows
from .reduction import Reduction
from .steps import Maps, Step, as_kernel, average_pooling
from .written import as_layers, plain_convolution

__all__ = ["folded", "single"]


def folded(
    entries: list[Placed],
    shape: Shape,
    source: str,
    *,
    is_last: bool,
    is_rectified: bool = False,
) -> list[Placed]:
    """The same map as pooling, one layer with weights, and its normalisation.

    Parameters
    ----------
    entries : list of Placed
        From neurons (or the input) to the next neurons (or the output), without sums.
    shape : tuple of int
        Of what the first takes.
    source : str
        How an error calls what they take.
    is_last : bool
        Whether it ends in the output.
    is_rectified : bool
        Whether what the first takes is never negative. Neurons pass pooling with zeros around the
        image on then, where it cannot be merged.

    Returns
    -------
    list of Placed
        The entries themselves where they are of that form already.

    Raises
    ------
    UnsupportedLayerError
        If they cannot be merged exactly.
    """
    if _is_one_layer(entries):
        shapes = _shapes(entries, shape)
        made = [plain_convolution(e, s) for e, s in zip(entries, shapes, strict=True)]
        last = made[-1]
        if is_last and len(last.layer.output_shape(shapes[-1])) == 3:
            made.append(Placed(Flatten(), {}, last.where, last.node))
        return made
    entries = [e for e in entries if not isinstance(e.layer, Dropout)]
    for entry in entries:
        if isinstance(entry.layer, LocallyConnected2D):
            raise UnsupportedLayerError(
                f"{entry.where}: no activation stands between it and "
                f"{next(e for e in entries if e is not entry).where}; merge the two"
            )
    reduction = Reduction(entries, shape, source)
    reduction.finish(is_last)
    steps = reduction.steps
    at = _loose_pool(steps) if is_rectified else None
    if at is None:
        return as_layers(steps, shape)
    kernel = as_kernel(steps[at].what, steps[at].shape)  # type: ignore[arg-type]
    assert kernel is not None
    passed = dataclasses.replace(steps[at], what=kernel)
    where, node = passed.entry.where, passed.entry.node
    front = [*as_layers([*steps[:at], passed], shape), Placed(Neurons(), {}, where, node)]
    return [*front, *as_layers(steps[at + 1 :], kernel.output_shape(steps[at].shape))]


def _loose_pool(steps: list[Step]) -> int | None:
    """The first map that no pooling of ours is, and that a convolution by channel is."""
    for i, step in enumerate(steps):
        if not isinstance(step.what, Maps):
            return None
        if average_pooling(step.what) is None:
            kernel = as_kernel(step.what, step.shape)
            is_one = kernel is not None and np.all(kernel.kernel >= 0)
            return i if is_one and i + 1 < len(steps) else None
    return None


def single(entries: list[Placed], shape: Shape) -> list[Step]:
    """The steps of a path after merging: pooling, then at most one map with weights.

    Parameters
    ----------
    entries : list of Placed
        One side of a sum, from neurons or the input.
    shape : tuple of int
        Of what the first takes.
    """
    reduction = Reduction([e for e in entries if not isinstance(e.layer, Dropout)], shape, "")
    reduction.finish(False, identity=False)
    return reduction.steps


def _is_one_layer(entries: list[Placed]) -> bool:
    """Whether pooling comes first, then one layer with weights, then its normalisation."""
    stage = 0
    for entry in entries:
        layer = entry.layer
        if isinstance(layer, Conv2D | Dense | LocallyConnected2D | Windows) and stage == 0:
            stage = 1
        elif isinstance(layer, BatchNormalization) and stage == 1:
            stage = 2
        elif isinstance(layer, Flatten):
            stage = 3 if stage else 0
        elif not (isinstance(layer, AveragePooling2D | Dropout) and stage == 0):
            return False
    return stage > 0


def _shapes(entries: list[Placed], shape: Shape) -> list[Shape]:
    shapes = []
    for entry in entries:
        shapes.append(shape)
        shape = entry.layer.output_shape(shape)
    return shapes
