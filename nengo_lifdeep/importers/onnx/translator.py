"""Translate ONNX operations to nodes in order; constants and shapes are kept by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...compat.requirements import import_optional
from ...errors import UnsupportedLayerError, ValidationError
from ...layers.types import Shape
from ..chain.graph import Entry, Node
from .operation import Operation

__all__ = ["ADVICE", "POOL", "RELU", "Translator"]

RELU = "train with ReLU, whose place the spiking neurons take"
POOL = "train with average pooling, which is linear and so exact in spikes"
ADVICE = {
    **dict.fromkeys(("MaxPool", "GlobalMaxPool"), POOL),
    **dict.fromkeys(("Clip", "Elu", "Selu", "PRelu", "Tanh", "HardSwish", "Gelu",
                     "HardSigmoid", "Mish", "Softplus", "Erf"), RELU),
    "Transpose": "export the model with images as (channel, row, column)",
    "ConvTranspose": "a classifier needs no upsampling",
    **dict.fromkeys(("LSTM", "GRU", "RNN", "Loop", "If", "Scan"), "images only, and one pass"),
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear", "QLinearConv"),
                    "export the model before it is quantised"),
    **dict.fromkeys(("LayerNormalization", "GroupNormalization", "InstanceNormalization"),
                    "use BatchNormalization between the weights and their activation"),
}  # fmt: skip


class Translator:
    """Operations as nodes; constants are values by name, shapes ours: channels last.

    Parameters
    ----------
    input_name : str
        Name of the input.
    raw_shape : tuple of int
        Shape of one input in ONNX's order: ``(channel, row, column)``.
    constants : dict of str to array
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
        raw_shape: Shape,
        constants: dict[str, np.ndarray],
        output: str,
        max_pooling: str,
        table: dict[str, Callable[[Translator, Operation], None]],
    ) -> None:
        self.table = table
        self.input_name, self.output, self.max_pooling = input_name, output, max_pooling
        self.constants = dict(constants)
        image = len(raw_shape) == 3
        self.input_shape: Shape = (*raw_shape[1:], raw_shape[0]) if image else raw_shape
        self.shapes: dict[str, Shape] = {input_name: self.input_shape}
        self.flattened: dict[str, Shape] = {}  # flat values that were an image, and its shape
        self.pads: dict[str, tuple[Operation, Any]] = {}
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
            self.constants[op.output] = self._constant(op)
            return
        if op.kind == "Shape":  # exporters ask for the batch's size only to keep it
            if op.inputs[0] in self.pads:
                raise op.refuse("of a padded image; export the model with constant folding")
            rows_last = self.shapes[op.inputs[0]]
            image = len(rows_last) == 3
            shape = (rows_last[2], *rows_last[:2]) if image else rows_last
            part = slice(op.options.get("start", 0), op.options.get("end"))
            self.constants[op.output] = np.array([-1, *shape], np.int64)[part]
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

    def keep(
        self,
        op: Operation,
        inputs: tuple[str, ...],
        entries: list[Entry] | None = None,
        **more: Any,
    ) -> None:
        """A node, and the shape after it.

        Parameters
        ----------
        op : Operation
            The operation.
        inputs : tuple of str
            Names of the inputs.
        entries : list of (Layer, dict), optional
            Layers with their arrays.
        **more : object
            Other fields of the node.
        """
        for pad, _ in (self.pads[name] for name in inputs if name in self.pads):
            if op.kind != "Conv":
                raise pad.refuse("is not followed by a convolution; merge the padding into one")
        shape = self.shapes[inputs[0]]
        if more.get("is_concat"):
            shape = (*shape[:-1], sum(self.shapes[name][-1] for name in inputs))
        for layer, _ in entries or []:
            shape = layer.output_shape(shape)
        self.made[op.output] = Node(op.output, inputs, op.where, tuple(entries or ()), **more)
        self.shapes[op.output] = shape
        if inputs[0] in self.flattened and len(shape) == 1 and not _has_weights(entries):
            self.flattened[op.output] = self.flattened[inputs[0]]

    def value(self, op: Operation, number: int) -> np.ndarray:
        """A constant input.

        Parameters
        ----------
        op : Operation
            The operation.
        number : int
            Number of the input, counted from 0.
        """
        if op.inputs[number] not in self.constants:
            raise op.refuse(f"its input {number + 1}, {op.inputs[number]!r}, is no constant")
        return self.constants[op.inputs[number]]

    def _constant(self, op: Operation) -> np.ndarray:
        """What an operation on constants gives; some exporters leave those in."""
        onnx = import_optional("onnx")
        if op.kind == "Constant":
            value = op.options.get("value")
            if value is not None:
                return np.asarray(onnx.numpy_helper.to_array(value))
            given = [v for k, v in op.options.items() if k.startswith("value_")]
            return np.asarray(given[0])
        if op.kind == "Identity":
            return self.value(op, 0)
        if op.kind == "Transpose":
            return np.transpose(self.value(op, 0), op.options.get("perm"))
        if op.kind == "Reshape":
            value, target = self.value(op, 0), [int(n) for n in self.value(op, 1)]
            keep = not op.options.get("allowzero", 0)  # 0 stands for the axis as it is
            return value.reshape(
                [value.shape[i] if n == 0 and keep else n for i, n in enumerate(target)]
            )
        if op.kind == "Gather":
            return np.take(self.value(op, 0), self.value(op, 1), op.options.get("axis", 0))
        if op.kind == "Unsqueeze":
            axes = op.options.get("axes")
            axes = self.value(op, 1) if axes is None else axes
            return np.expand_dims(self.value(op, 0), tuple(int(a) for a in axes))
        if op.kind == "Concat":
            values = [np.atleast_1d(self.value(op, i)) for i in range(len(op.inputs))]
            return np.concatenate(values, op.options.get("axis", 0))
        if op.kind == "Cast":
            kind = onnx.helper.tensor_dtype_to_np_dtype(int(op.options["to"]))
            return self.value(op, 0).astype(kind)
        raise op.refuse("computes with constants; export the model with constant folding")


def _has_weights(entries: list[Entry] | None) -> bool:
    return any(layer.has_weights for layer, _ in entries or [])
