"""Strokes of a pen as a picture of any size, smooth at its edges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["draw_strokes"]

#: half the width of the pen, as a share of the picture
_PEN = 0.045

#: size of the drawing inside the picture, as in MNIST: 20 of 28 pixels
_FILLED = 20 / 28

#: pictures of fewer pixels have no margin to spare (scikit-learn's digits have none)
_SMALL = 20


def draw_strokes(
    xs: Sequence[Sequence[float]], ys: Sequence[Sequence[float]], size: tuple[int, int]
) -> np.ndarray:
    """Rasterise strokes, scaled and centred as MNIST's digits are; small pictures are filled.

    Parameters
    ----------
    xs, ys : sequences of sequences of float
        One pair per stroke; ``x`` to the right, ``y`` upwards, any unit.
    size : (row, column)
        Of the picture.

    Returns
    -------
    (row, column, 1) array of float32
        In [0, 1]; zeros if nothing was drawn.

    Examples
    --------
    >>> picture = draw_strokes([[0.0, 0.0]], [[0.0, 1.0]], (28, 28))
    >>> picture.shape, float(picture[14, 14, 0]), float(picture[14, 2, 0])
    ((28, 28, 1), 1.0, 0.0)
    """
    points = [np.stack([x, y], axis=1).astype(float) for x, y in zip(xs, ys, strict=True) if len(x)]
    rows, cols = size
    if not points:
        return np.zeros((rows, cols, 1), np.float32)
    low = np.min([p.min(axis=0) for p in points], axis=0)
    high = np.max([p.max(axis=0) for p in points], axis=0)
    extent = float((high - low).max()) or 1.0
    scale = ((_FILLED if min(size) >= _SMALL else 1.0) - 2 * _PEN) / extent
    pixel_x, pixel_y = np.meshgrid(
        (np.arange(cols) + 0.5) / cols, 1 - (np.arange(rows) + 0.5) / rows
    )
    nearest = np.full((rows, cols), np.inf)
    for stroke in points:
        placed = (stroke - (low + high) / 2) * scale + 0.5
        ends = placed[1:] if len(placed) > 1 else placed
        for start, end in zip(placed, ends, strict=False):
            nearest = np.minimum(nearest, _distance(pixel_x, pixel_y, start, end))
    edge = 0.5 / min(rows, cols)  # half a pixel of smoothing on either side
    ink = np.clip((_PEN + edge - nearest) / (2 * edge), 0, 1)
    return ink[..., None].astype(np.float32)


def _distance(x: np.ndarray, y: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """From every pixel to the line between two points."""
    along = end - start
    length = float(along @ along)
    share = 0.0 if length == 0 else ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length
    share = np.clip(share, 0, 1)
    return np.hypot(x - start[0] - share * along[0], y - start[1] - share * along[1])
