"""A model's own scaling of the image, and the range of pixels that follows where it is clear."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Dropout,
    Flatten,
    MaxPooling2D,
    Shape,
)
from ..folding.layers import Affine, AxisMaps, Maxima
from .graph import Graph
from .placed import Placed
from .sums import Path

__all__ = ["ImageScale", "full_scale", "said_behind_maps"]

#: offsets of a rescaled image: to [0, 1], [-0.5, 0.5] or [-1, 1]
_SPANS = {0.0: 1.0, -0.5: 1.0, -1.0: 2.0}

#: brightest pixels of 3 to 16 bits, and the powers of two that some divide by in their place
_BRIGHTEST = tuple(2.0**bits - less for bits in range(3, 17) for less in (1, 0))

#: layers after which pixels are still counted as before: padding, cropping, resizing, pooling
_SAME_RANGE = (AxisMaps, Maxima, MaxPooling2D, AveragePooling2D, Dropout, Flatten)

#: deviations up to here leave pixels in [0, 1] at order one; of those no deviation is above 0.5
_WIDEST = 2.0

#: pixels whose mean or three deviations pass this are counted to 255
_BYTES = 32.0


def full_scale(scale: np.ndarray, offset: np.ndarray) -> float:
    """What the brightest pixel is worth to a model that begins with ``scale * pixel + offset``.

    Rescaling to [0, 1], [-0.5, 0.5] or [-1, 1] says it exactly. A normalisation by mean and
    deviation says it where they are possible for one range only: of pixels in [0, 1] the mean
    is at most 1, and what is above 32 is counted up to 255.

    Parameters
    ----------
    scale, offset : arrays of one number or one for each channel
        The model's own first operation.

    Returns
    -------
    float
        1 for pixels in [0, 1], 255 for pixels from 0 to 255, 16 for a model that divides by 16.

    Raises
    ------
    UnsupportedLayerError
        If it is not certain.

    Examples
    --------
    >>> full_scale(np.array([1 / 255]), np.array([0.0]))
    255.0
    >>> full_scale(np.array([1 / 127.5]), np.array([-1.0]))
    255.0
    >>> full_scale(np.array([3.2]), np.array([-0.4]))
    1.0
    >>> full_scale(np.array([3.2, 3.0]), np.full((8, 8, 2), -0.4))
    1.0
    """
    both = np.broadcast_arrays(np.asarray(scale, np.float64), np.asarray(offset, np.float64))
    scale, offset = map(np.ravel, both)  # an offset may be an image: padding before a shift
    if (scale <= 0).any():
        return 1.0
    if np.ptp(scale) == 0 and np.ptp(offset) == 0:
        spans = [span for at, span in _SPANS.items() if abs(offset[0] - at) < 1e-3]
        exact = spans[0] / float(scale[0]) if spans else 1.0
        near = [full for full in _BRIGHTEST if abs(exact - full) < 1e-3 * full]
        if near:
            nearest = min(near, key=lambda full: abs(exact - full))
            return 255.0 if nearest == 256.0 else nearest
    mean, deviation = -offset / scale, 1 / scale
    if mean.max() <= 1 and deviation.max() <= _WIDEST:
        return 1.0
    # a factor alone, without a mean, is no normalisation: 1 / 100 may be of per cents
    counted = mean.max() > 0 and (mean + 3 * deviation).max() > _BYTES
    if counted and mean.max() <= 255 and mean.min() >= 0 and deviation.max() <= 127.5 * 1.01:
        return 255.0
    raise UnsupportedLayerError(
        f"the model begins with {float(scale[0]):.4g} * pixel + {float(offset[0]):.4g}, which "
        "fits pixels of no range that is certain. Say what it takes: "
        "preprocessing=Preprocessing(scale=255.0) for pixels from 0 to 255, "
        "Preprocessing(scale=16.0) for 0 to 16, Preprocessing() for pixels in [0, 1]"
    )


def said_behind_maps(graph: Graph) -> float | None:
    """What the brightest pixel is worth to a model that pads, crops or resizes, then rescales.

    Parameters
    ----------
    graph : Graph
        The imported graph, which does not begin with a scaling.

    Returns
    -------
    float or None
        As of `full_scale`; None where no scaling follows on such layers alone.

    Raises
    ------
    UnsupportedLayerError
        If it is not certain, or branches say different ranges.
    """
    found: dict[float, str] = {}
    waiting = [graph.input_name]
    while waiting:
        name = waiting.pop()
        for node in graph.nodes.values():
            if name not in node.inputs or len(node.inputs) > 1 or node.fires:
                continue
            behind = [(la, arrays) for la, arrays in node.layers if not isinstance(la, _SAME_RANGE)]
            if not behind:
                waiting.append(node.name)
            elif isinstance(behind[0][0], Affine):
                arrays = behind[0][1]
                found.setdefault(full_scale(arrays["scale"], arrays["shift"]), node.where)
    if len(found) > 1:
        said = " and ".join(
            f"{full:g} to {where}" for full, where in sorted(found.items(), reverse=True)
        )
        raise UnsupportedLayerError(
            f"the brightest pixel is {said}. Say what the model takes: "
            "preprocessing=Preprocessing(scale=255.0) for pixels from 0 to 255, Preprocessing() "
            "for pixels in [0, 1]"
        )
    return next(iter(found), None)


class ImageScale:
    """What a model does to the image before its first layer: ``x * scale + offset``.

    Parameters
    ----------
    shape : tuple of int
        Of one image.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.scale: np.ndarray = np.ones(1)
        self.offset: np.ndarray = np.zeros(1)

    def without(self, paths: list[Path], input_name: str) -> list[Path]:
        """The paths without the scaling of the image, which is kept here.

        Parameters
        ----------
        paths : list of Path
            Up to the first neurons; some come from the image.
        input_name : str
            Name of the input.

        Raises
        ------
        UnsupportedLayerError
            If only some take the scaled image, or it is scaled after it was padded.
        """
        own = [path for path in paths if path.source == input_name]
        taken = [_taken(path.entries) for path in own]
        names = {tuple(entry.node for entry in scales) for scales, _ in taken}
        if len(names) > 1:
            raise UnsupportedLayerError(
                f"{own[0].sums[-1].where}: takes the image with and without its normalisation; "
                "use the normalised image everywhere"
            )
        for entry in taken[0][0]:
            scale, shift = _affine(entry)
            self.scale = self._whole(self.scale * self._fitting(scale))
            self.offset = self._whole(self.offset * self._fitting(scale) + self._fitting(shift))
        rest = iter([left for _, left in taken])
        return [
            dataclasses.replace(p, entries=next(rest)) if p.source == input_name else p
            for p in paths
        ]

    def _fitting(self, array: np.ndarray) -> np.ndarray:
        """For the image, of what was for the flattened image."""
        array = np.asarray(array, np.float64)
        is_flat = array.ndim == 1 and array.size == np.prod(self.shape) and len(self.shape) == 3
        if is_flat and array.size != self.shape[-1]:
            return array.reshape(self.shape)
        return array

    def _whole(self, array: np.ndarray) -> np.ndarray:
        """One number per channel where all pixels have the same."""
        if array.ndim <= 1:
            return array
        flat = array.reshape(-1, array.shape[-1])
        return flat[0] if np.all(flat == flat[0]) else array


def _affine(entry: Placed) -> tuple[np.ndarray, np.ndarray]:
    arrays = {name: np.asarray(a, np.float64) for name, a in entry.arrays.items()}
    if isinstance(entry.layer, BatchNormalization):
        scale = arrays["gamma"] / np.sqrt(arrays["moving_variance"] + entry.layer.epsilon)
        return scale, arrays["beta"] - arrays["moving_mean"] * scale
    return arrays["scale"], arrays["shift"]


def _taken(entries: list[Placed]) -> tuple[list[Placed], list[Placed]]:
    """Scalings at the front, and what is left."""
    scales: list[Placed] = []
    left: list[Placed] = []
    for i, entry in enumerate(entries):
        if entry.layer.has_weights:
            return scales, [*left, *entries[i:]]
        if not isinstance(entry.layer, Affine | BatchNormalization):
            left.append(entry)
        elif all(_passes(e, entry) for e in left):
            scales.append(entry)
        elif isinstance(entry.layer, BatchNormalization):  # a layer, which says nothing of pixels
            return scales, [*left, *entries[i:]]
        else:
            raise UnsupportedLayerError(
                f"{entry.where}: comes after {left[-1].where}; only the image can be rescaled, "
                "right after the input"
            )
    return scales, left


def _passes(before: Placed, scaling: Placed) -> bool:
    """Whether a scaling after a layer can be done before it."""
    if isinstance(before.layer, Dropout | Flatten):
        return True
    small = all(np.ndim(a) <= 1 for a in scaling.arrays.values())
    return isinstance(before.layer, AveragePooling2D) and small
