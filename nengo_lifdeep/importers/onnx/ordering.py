"""Bring a computed value's axes into the order that a layer takes: image, flat values, output."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...layers.types import Dense, Flatten
from ..chain.graph import Entry
from ..folding.layers import Windows
from .operation import Operation
from .translator import Translator
from .view import View

__all__ = ["as_flat", "as_image", "finish"]

#: units that a permutation of the output may have
_MOST_PERMUTED = 4096


def as_image(t: Translator, op: Operation, n_axes: int | None = None) -> tuple[str, View]:
    """The first input as an image whose channels ONNX has first; channels in our order.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    n_axes : int, optional
        How many axes it must have beside the channels.
    """
    source, view = op.inputs[0], t.view(op, 0)
    n = len(view.dims) - 1
    if n_axes is not None and n != n_axes:
        raise op.refuse(f"takes {n_axes + 2} axes; its input has {n + 2}")
    if n not in (1, 2) or view.is_flat:
        raise op.refuse(
            f"takes an image (batch, channel, row, column); its input is {view.raw} without "
            "the batch"
        )
    wanted = view.own_order[: len(view.own_order) - len(view.channels)]
    rest = tuple(a for dim in view.dims[1:] for a in dim)
    if (
        set(view.dims[0]) != set(view.channels)
        or rest != wanted
        or any(len(dim) > 1 for dim in view.dims[1:])
    ):
        raise op.refuse(
            f"takes (batch, channel, row, column), and its input has other axes in their "
            f"place: {view.raw} without the batch; export the model with channels first"
        )
    if n == 2 and (view.dims[1] == ("w",) or view.dims[2] == ("h",)):
        raise op.refuse("takes an image whose rows and columns were exchanged")
    if view.dims[0] != view.channels:  # a shuffle of channels
        source, view = _shuffled(t, op, source, view)
    elif len(view.channels) > 1:
        view = View.image(view.shape, n)
    return source, view


def _shuffled(t: Translator, op: Operation, source: str, view: View) -> tuple[str, View]:
    """Channels in ONNX's order, by a 1 x 1 convolution that moves them."""
    sizes = [view.sizes[a] for a in view.channels]
    where = np.arange(view.shape[2]).reshape(sizes)
    where = where.transpose([view.channels.index(a) for a in view.dims[0]]).ravel()
    kernel = np.eye(view.shape[2], dtype=np.float32)[:, where][None, None]
    made = View.image(view.shape, len(view.dims) - 1)
    entry = Windows(filters=view.shape[2]), {"kernel": kernel}
    return t.extra(op, source, [entry], made), made


def as_flat(t: Translator, op: Operation) -> tuple[str, View]:
    """The first input as flat values, in our order; ONNX's is in its view.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The operation.
    """
    source, view = op.inputs[0], t.view(op, 0)
    if len(view.dims) != 1:
        raise op.refuse(
            f"takes (batch, features); its input is {view.raw} without the batch: flatten it"
        )
    if view.is_flat:
        return source, view
    view = dataclasses.replace(view, is_flat=True)
    return t.extra(op, source, [(Flatten(), {})], view), view


def finish(t: Translator, op: Operation) -> None:
    """The output in our order: an image, or flat values as ONNX has them.

    Parameters
    ----------
    t : Translator
        The graph so far.
    op : Operation
        The last one, for errors.
    """
    source = t.output
    view = t.views[source]
    if len(view.dims) > 1 and not view.is_flat:
        return
    order = view.positions()
    if np.array_equal(order, np.arange(len(order))):
        return
    if len(order) > _MOST_PERMUTED:
        raise op.refuse(
            f"flattens an image of {view.shape} (row, column, channel) as the output, whose "
            f"{len(order):,} values have another order here; leave Flatten out at the end"
        )
    entries: list[Entry] = [] if view.is_flat else [(Flatten(), {})]
    kernel = np.eye(len(order), dtype=np.float32)[order]
    entries.append((Dense(len(order), use_bias=False), {"kernel": kernel}))
    t.output = t.extra(op, source, entries, View.flat(len(order)))
