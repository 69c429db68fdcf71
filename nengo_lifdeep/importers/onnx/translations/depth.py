"""Translate ONNX's SpaceToDepth and DepthToSpace: blocks of pixels as channels, and back."""

from __future__ import annotations

import numpy as np

from ....layers.types import Conv2DTranspose
from ...folding.layers import Windows
from ..operation import Operation
from ..ordering import as_image
from ..translator import Translator
from ..view import View

__all__ = ["depth_to_space", "space_to_depth"]


def space_to_depth(t: Translator, op: Operation) -> None:
    """The pixels of a block as channels: a convolution whose stride is the block.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    source, view = as_image(t, op, 2)
    rows, cols, channels = view.shape
    size = _block(op)
    if rows % size or cols % size:
        raise op.refuse(f"blocks of {size} x {size} do not fit into {rows} x {cols} pixels")
    filters = size * size * channels
    kernel = np.eye(filters, dtype=np.float32).reshape(size, size, channels, filters)
    layer = Windows(filters=filters, kernel_size=(size, size), strides=(size, size))
    made = View.image((rows // size, cols // size, filters))
    t.keep(op, (source,), [(layer, {"kernel": kernel})], made)


def depth_to_space(t: Translator, op: Operation) -> None:
    """Channels as the pixels of a block (PyTorch's ``PixelShuffle`` too).

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    source, view = as_image(t, op, 2)
    rows, cols, channels = view.shape
    size, mode = _block(op), op.text("mode", "DCR")
    if channels % size**2 or mode not in ("DCR", "CRD"):
        raise op.refuse(
            f"blocks of {size} x {size} of {channels} channels, mode {mode!r}; expected a multiple "
            f"of {size**2} channels, and mode DCR or CRD"
        )
    filters = channels // size**2
    kernel: np.ndarray = np.eye(channels, dtype=np.float32)
    if mode == "DCR":  # channel = (row, column, filter)
        kernel = kernel.reshape(size, size, filters, channels)
    else:
        kernel = kernel.reshape(filters, size, size, channels).transpose(1, 2, 0, 3)
    kernel = np.ascontiguousarray(kernel.transpose(0, 1, 3, 2))
    layer = Conv2DTranspose(filters, (size, size), (size, size), use_bias=False)
    made = View.image((rows * size, cols * size, filters))
    t.keep(op, (source,), [(layer, {"kernel": kernel})], made)


def _block(op: Operation) -> int:
    size = int(op.options.get("blocksize", 0))
    if size < 1:
        raise op.refuse(f"blocksize is {size}; expected 1 or more")
    return size
