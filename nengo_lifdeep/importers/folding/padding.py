"""Express explicit zero padding by the paddings 'valid' and 'same'."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...layers.types import Conv2D, Shape
from ...layers.windows import window_geometry

__all__ = ["padded_convolution"]

#: how far a kernel is widened with zeros to meet a padding
_WIDEST = 16


def padded_convolution(
    layer: Conv2D,
    arrays: dict[str, np.ndarray],
    shape: Shape,
    pads: tuple[tuple[int, int], tuple[int, int]],
) -> tuple[Conv2D, dict[str, np.ndarray]] | None:
    """A convolution over an image with zeros around it, as one over the image itself.

    Frameworks differ in where the odd zero goes, and let any number be chosen. Here there are
    "valid" and "same"; a kernel widened with zeros reaches every other alignment, exactly.

    Parameters
    ----------
    layer : Conv2D
        With padding "valid".
    arrays : dict of str to array
        With its ``kernel (row, column, channel, filter)``.
    shape : (row, column, channel)
        Of the image without the zeros.
    pads : ((before, after) of the rows, (before, after) of the columns)
        How many zeros; negative ones (which crop) are not supported here.

    Returns
    -------
    (Conv2D, dict of arrays), or None if no widening by up to 16 pixels does it.

    Examples
    --------
    >>> conv, kernel = Conv2D(1, 3, 2), {"kernel": np.ones((3, 3, 1, 1))}
    >>> made, arrays = padded_convolution(conv, kernel, (8, 8, 1), ((1, 1), (1, 1)))
    >>> made.padding, made.kernel_size
    ('same', (4, 4))
    """
    for padding in ("valid", "same"):
        both = [
            _widening(n, k, s, pad, padding)
            for n, k, s, pad in zip(shape, layer.kernel_size, layer.strides, pads, strict=False)
        ]
        if None in both:
            continue
        wide = [pair for pair in both if pair is not None]
        kernel = np.pad(arrays["kernel"], [*wide, (0, 0), (0, 0)])
        made = dataclasses.replace(layer, kernel_size=kernel.shape[:2], padding=padding)
        return made, {**arrays, "kernel": kernel}
    return None


def _widening(
    size: int, kernel: int, stride: int, pads: tuple[int, int], padding: str
) -> tuple[int, int] | None:
    """Zeros before and after a kernel's axis that make ``padding`` give the same."""
    if min(pads) < 0:
        return None
    length = (size + sum(pads) - kernel) // stride + 1
    for total in range(_WIDEST + 1):
        for front in range(total + 1):
            wide = kernel + total
            if padding == "valid" and size < wide:
                continue
            if window_geometry(size, wide, stride, padding) == (length, pads[0] + front):
                return front, total - front
    return None
