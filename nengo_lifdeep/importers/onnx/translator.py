"""Translate ONNX operations to nodes in order; constants and axes are kept by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError, ValidationError
from ...layers.types import Dense, Flatten, Shape
from ..chain.graph import Entry, Node
from ..folding.layers import Windows
from .constants import Constants
from .operation import Operation
from .view import View

__all__ = ["ADVICE", "BATCH", "POOL", "RELU", "Translator"]

RELU = "train with ReLU, whose place the spiking neurons take"
POOL = "train with average pooling, which is linear and so exact in spikes"
ADVICE = {
    **dict.fromkeys(("MaxPool", "GlobalMaxPool"), POOL),
    **dict.fromkeys(("Elu", "Selu", "Celu", "Tanh", "HardSwish", "Gelu", "Mish", "Softplus",
                     "Softsign", "Erf", "ThresholdedRelu", "Swish"), RELU),
    "LRN": "train without it, or with BatchNormalization, which is folded into the weights",
    **dict.fromkeys(("LSTM", "GRU", "RNN", "Loop", "If", "Scan"), "one pass without memory only"),
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear", "QLinearConv", "ConvInteger",
                     "QLinearMatMul", "DynamicQuantizeLinear"),
                    "export the model before it is quantised"),
    **dict.fromkeys(("LayerNormalization", "GroupNormalization", "InstanceNormalization",
                     "RMSNormalization", "LpNormalization"),
                    "its mean and deviation are those of every image, which is not linear: use "
                    "BatchNormalization"),
    **dict.fromkeys(("Attention", "Softmax"), "products of computed values are not linear"),
}  # fmt: skip

#: size of the batch in shapes where the model leaves it open: a prime that no layer has
BATCH = 1_000_003

#: units that a permutation of the output may have
_MOST_PERMUTED = 4096


class Translator:
    """Operations as nodes; constants are values by name, shapes ours: channels last.

    Parameters
    ----------
    input_name : str
        Name of the input.
    view : View
        Its axes.
    batch : int
        Images that the model takes at once, `BATCH` if it leaves that open.
    constants : Constants
        Constants by name.
    output : str
        Name of the output.
    max_pooling : str
        What to do with max pooling, as in `from_onnx`.
    table : dict
        Name of the operation -> its translation.
    """

    def __init__(
        self,
        input_name: str,
        view: View,
        batch: int,
        constants: Constants,
        output: str,
        max_pooling: str,
        table: dict[str, Callable[[Translator, Operation], None]],
    ) -> None:
        self.table, self.batch = table, batch
        self.input_name, self.output, self.max_pooling = input_name, output, max_pooling
        self.constants = constants
        self.input_shape: Shape = view.shape
        self.views: dict[str, View] = {input_name: view}
        self.made: dict[str, Node] = {}
        self.is_sigmoid = False  # at the very end

    def add(self, op: Operation) -> None:
        """Translate one operation; those before it are there.

        Parameters
        ----------
        op : Operation
            The operation.
        """
        if all(name in self.constants or not name for name in op.inputs):
            self.constants.compute(op)
            return
        if op.kind == "Shape":
            shape = np.array([self.batch, *self.view(op, 0).raw], np.int64)
            self.constants[op.output] = shape[op.options.get("start", 0) : op.options.get("end")]
            return
        if op.kind not in self.table:
            known = f"known are {', '.join(self.table)}"
            raise op.refuse(f"cannot be imported; {ADVICE.get(op.kind, known)}")
        try:
            self.table[op.kind](self, op)
        except UnsupportedLayerError:  # which is a TypeError, and says everything
            raise
        except ValidationError as error:
            raise op.refuse(str(error)) from error
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise op.refuse(
                f"takes {op.inputs} with {op.options}, which makes no sense: {error}"
            ) from error

    def view(self, op: Operation, number: int) -> View:
        """The axes of a computed input.

        Parameters
        ----------
        op : Operation
            The operation.
        number : int
            Number of the input, counted from 0.
        """
        if op.inputs[number] not in self.views:
            raise op.refuse(
                f"its input {number + 1}, {op.inputs[number]!r}, does not come from the image"
            )
        return self.views[op.inputs[number]]

    def keep(
        self,
        op: Operation,
        inputs: tuple[str, ...],
        entries: list[Entry] | None = None,
        view: View | None = None,
        **more: Any,
    ) -> None:
        """A node for the output of an operation, and its axes.

        Parameters
        ----------
        op : Operation
            The operation.
        inputs : tuple of str
            Names of the inputs.
        entries : list of (Layer, dict), optional
            Layers with their arrays.
        view : View, optional
            Axes of the output; those of the first input by default.
        **more : object
            Other fields of the node.
        """
        view = self.views[inputs[0]] if view is None else view
        shape = self.views[inputs[0]].shape
        for layer, _ in entries or []:
            shape = layer.output_shape(shape)
        assert more.get("is_concat") or shape == view.shape, (op.where, shape, view.shape)
        self.made[op.output] = Node(op.output, inputs, op.where, tuple(entries or ()), **more)
        self.views[op.output] = view

    def extra(self, op: Operation, source: str, entries: list[Entry], view: View) -> str:
        """A node before an operation: the name of its output.

        Parameters
        ----------
        op : Operation
            The operation.
        source : str
            What the node takes.
        entries : list of (Layer, dict)
            Layers with their arrays.
        view : View
            Axes of what it gives.
        """
        name = f"{source} for {op.output}"
        self.keep(dataclasses.replace(op, outputs=(name,)), (source,), entries, view)
        return name

    def image(self, op: Operation, n_axes: int | None = None) -> tuple[str, View]:
        """The first input as an image whose channels ONNX has first; channels in our order.

        Parameters
        ----------
        op : Operation
            The operation.
        n_axes : int, optional
            How many axes it must have beside the channels.
        """
        source, view = op.inputs[0], self.view(op, 0)
        n = len(view.dims) - 1
        if n_axes is not None and n != n_axes:
            raise op.refuse(f"takes {n_axes + 2} axes; its input has {n + 2}")
        if n not in (1, 2) or view.is_flat:
            raise op.refuse(
                f"takes an image (batch, channel, row, column); its input is {view.raw} without "
                "the batch"
            )
        wanted = (view.own_order[: len(view.own_order) - len(view.channels)],)
        rest = tuple(a for dim in view.dims[1:] for a in dim)
        if (
            set(view.dims[0]) != set(view.channels)
            or rest != wanted[0]
            or any(len(dim) > 1 for dim in view.dims[1:])
        ):
            raise op.refuse(
                f"takes (batch, channel, row, column), and its input has other axes in their "
                f"place: {view.raw} without the batch; export the model with channels first"
            )
        if n == 2 and (view.dims[1] == ("w",) or view.dims[2] == ("h",)):
            raise op.refuse("takes an image whose rows and columns were exchanged")
        if view.dims[0] != view.channels:  # a shuffle of channels
            source, view = self._shuffled(op, source, view)
        elif len(view.channels) > 1:
            view = View.image(view.shape, n)
        return source, view

    def _shuffled(self, op: Operation, source: str, view: View) -> tuple[str, View]:
        """Channels in ONNX's order, by a 1 x 1 convolution that moves them."""
        sizes = [view.sizes[a] for a in view.channels]
        where = np.arange(view.shape[2]).reshape(sizes)
        where = where.transpose([view.channels.index(a) for a in view.dims[0]]).ravel()
        kernel = np.eye(view.shape[2], dtype=np.float32)[:, where][None, None]
        made = View.image(view.shape, len(view.dims) - 1)
        entry = Windows(filters=view.shape[2]), {"kernel": kernel}
        return self.extra(op, source, [entry], made), made

    def flat(self, op: Operation) -> tuple[str, View]:
        """The first input as flat values, in our order; ONNX's is in its view.

        Parameters
        ----------
        op : Operation
            The operation.
        """
        source, view = op.inputs[0], self.view(op, 0)
        if len(view.dims) != 1:
            raise op.refuse(
                f"takes (batch, features); its input is {view.raw} without the batch: flatten it"
            )
        if view.is_flat:
            return source, view
        view = dataclasses.replace(view, is_flat=True)
        return self.extra(op, source, [(Flatten(), {})], view), view

    def finish(self, op: Operation) -> None:
        """The output in our order: an image, or flat values as ONNX has them.

        Parameters
        ----------
        op : Operation
            The last one, for errors.
        """
        source = self.output
        view = self.views[source]
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
        self.output = self.extra(op, source, entries, View.flat(len(order)))

    def value(self, op: Operation, number: int) -> np.ndarray:
        """A constant input.

        Parameters
        ----------
        op : Operation
            The operation.
        number : int
            Number of the input, counted from 0.
        """
        if number >= len(op.inputs) or op.inputs[number] not in self.constants:
            raise op.refuse(
                f"its input {number + 1} is no constant; only the first may be computed"
            )
        return self.constants[op.inputs[number]]

    def given(self, op: Operation, number: int, attribute: str = "") -> np.ndarray | None:
        """An input that may be left out, or the attribute that it was in older operator sets.

        Parameters
        ----------
        op : Operation
            The operation.
        number : int
            Number of the input, counted from 0.
        attribute : str
            Name of the attribute.
        """
        if attribute in op.options:
            return np.asarray(op.options[attribute])
        is_there = number < len(op.inputs) and op.inputs[number]
        return self.value(op, number) if is_there else None

    def numbers(self, op: Operation, number: int, attribute: str) -> list[int]:
        """Whole numbers that must be given, as an attribute or an input.

        Parameters
        ----------
        op : Operation
            The operation.
        number : int
            Number of the input, counted from 0.
        attribute : str
            Name of the attribute.
        """
        given = self.given(op, number, attribute)
        if given is None:
            raise op.refuse(f"has no {attribute}")
        return [int(n) for n in np.ravel(given)]

    def axes(self, op: Operation, number: int) -> list[int] | None:
        """Axes given as an attribute or an input, counted from 0 with the batch.

        Parameters
        ----------
        op : Operation
            The operation.
        number : int
            Number of the input, counted from 0.
        """
        given = self.given(op, number, "axes")
        if given is None:
            return None
        n = len(self.view(op, 0).dims) + 1
        axes = [int(a) for a in np.ravel(given)]
        if any(not -n <= a < n for a in axes):
            raise op.refuse(f"of axes {axes}; its input has {n}")
        return sorted(a % n for a in axes)
