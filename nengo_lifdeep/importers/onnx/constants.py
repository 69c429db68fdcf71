"""Compute what a graph does with constants, through ONNX's own reference evaluator, bounded."""

from __future__ import annotations

import importlib
import math
import time
from typing import Any

import numpy as np

from ...compat.requirements import import_optional
from .operation import Operation

__all__ = ["Constants"]

#: values that all computed constants may hold together (1 GiB of float32)
_MOST_VALUES = 2**28

#: multiplications of one product of matrices
_MOST_PRODUCTS = 2**34

#: seconds for all of them
_MOST_SECONDS = 30.0

#: operations that give at most as many values as their inputs hold together
_SMALL = frozenset(
    "Identity Cast CastLike Transpose Reshape Flatten Squeeze Unsqueeze Slice Concat Shape Size "
    "Abs Neg Sqrt Exp Log Reciprocal Floor Ceil Round Sign Not Erf Tanh Sigmoid Relu ReduceSum "
    "ReduceMean ReduceProd ReduceMax ReduceMin ScatterND ScatterElements Trilu CumSum NonZero "
    "IsNaN IsInf Sin Cos ArgMax ArgMin BitShift Clip Softmax DequantizeLinear QuantizeLinear "
    "LayerNormalization".split()
)

#: operations whose output is as their inputs broadcast together
_BROADCAST = frozenset(
    "Add Sub Mul Div Pow Mod Min Max Sum Mean And Or Xor Equal Greater Less GreaterOrEqual "
    "LessOrEqual Where PRelu".split()
)


class Constants:
    """Values by name, and how much was spent on computing them.

    Parameters
    ----------
    values : dict of str to array
        The weights of the model.
    opset : int
        Operator set.
    """

    def __init__(self, values: dict[str, np.ndarray], opset: int) -> None:
        self.values = dict(values)
        self.opset = opset
        self._left = _MOST_VALUES
        self._until = time.monotonic() + _MOST_SECONDS

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    def __setitem__(self, name: str, value: np.ndarray) -> None:
        self.values[name] = value

    def compute(self, op: Operation) -> None:
        """Add what an operation on constants gives.

        Parameters
        ----------
        op : Operation
            All its inputs are constants.

        Raises
        ------
        UnsupportedLayerError
            If it is of an unknown kind, would fill the memory or take too long, or fails.
        """
        inputs = [self.values.get(name) for name in op.inputs]
        most = _largest(op, inputs)
        if most is None:
            raise op.refuse(
                "computes with constants in a way that is not followed; export the model with "
                "constant folding"
            )
        self._left -= most
        if self._left < 0 or time.monotonic() > self._until:
            raise op.refuse(
                f"computes constants of {most:,} values; all of them may hold {_MOST_VALUES:,} and "
                f"take {_MOST_SECONDS:g} s. Export the model with constant folding"
            )
        try:
            found = self._evaluate(op, inputs)
        except Exception as error:  # the evaluator raises what NumPy does
            raise op.refuse(f"cannot be computed from its constants: {error}") from error
        for name, value in zip(op.outputs, found, strict=False):
            self.values[name] = np.asarray(value)

    def _evaluate(self, op: Operation, inputs: list[Any]) -> list[Any]:
        if op.kind == "ConstantOfShape":
            helper = import_optional("onnx").numpy_helper
            given = op.options.get("value")
            value = np.float32(0) if given is None else helper.to_array(given).ravel()[0]
            return [np.full([int(n) for n in inputs[0]], value)]
        if op.kind == "Expand":
            shape = np.broadcast_shapes(inputs[0].shape, tuple(int(n) for n in inputs[1]))
            return [np.broadcast_to(inputs[0], shape)]
        onnx = import_optional("onnx")
        given = {n: v for n, v in zip(op.inputs, inputs, strict=True) if v is not None}
        kinds = {n: onnx.helper.np_dtype_to_tensor_dtype(v.dtype) for n, v in given.items()}
        ends = [
            [onnx.helper.make_tensor_value_info(n, kinds.get(n, 1), None) for n in names if n]
            for names in (given, op.outputs)
        ]
        graph = onnx.helper.make_graph([op.proto], "constants", *ends)
        opset = onnx.helper.make_opsetid("", self.opset)
        model = onnx.helper.make_model(graph, opset_imports=[opset])
        reference = importlib.import_module("onnx.reference")
        return list(reference.ReferenceEvaluator(model).run(None, given))


def _largest(op: Operation, inputs: list[np.ndarray | None]) -> int | None:
    """How many values an operation gives at most; None for kinds that are not known."""
    given = [value for value in inputs if value is not None]
    held = sum(value.size for value in given)
    kind = op.kind
    try:
        if kind == "Constant":
            return max((_held(value) for value in op.options.values()), default=0)
        if kind in _SMALL:
            return held + 16
        if kind in _BROADCAST:
            return math.prod(np.broadcast_shapes(*(value.shape for value in given)))
        if kind == "ConstantOfShape":
            return math.prod(_counts(given[0]))
        if kind == "Expand":
            return math.prod(np.broadcast_shapes(given[0].shape, tuple(_counts(given[1]))))
        if kind == "Tile":
            return given[0].size * math.prod(_counts(given[1]))
        if kind == "Range":
            start, end, step = (float(np.ravel(value)[0]) for value in given)
            return max(math.ceil((end - start) / step), 0)
        if kind in ("Gather", "GatherElements"):
            return given[1].size * max(given[0].size // max(min(given[0].shape, default=1), 1), 1)
        if kind == "Pad" and len(given) > 1:
            return held + math.prod(
                n + sum(pads) for n, pads in zip(
                    given[0].shape, _counts(given[1]).reshape(2, -1).T, strict=True
                )
            )  # fmt: skip
        if kind in ("MatMul", "Gemm"):
            shared = given[0].shape[-1]
            most = held + max(given[0].size // max(shared, 1), 1) * given[1].shape[-1]
            return most if most * max(shared, 1) <= _MOST_PRODUCTS else _MOST_VALUES + 1
    except (IndexError, ValueError, TypeError, OverflowError, ZeroDivisionError):
        return None
    return None


def _held(value: Any) -> int:
    return int(math.prod(getattr(value, "dims", [np.size(value)])))


def _counts(value: np.ndarray) -> Any:
    """Sizes as Python's own numbers, which do not overflow."""
    if value.size > 64:
        raise ValueError("more axes than arrays have")
    return np.array([max(int(n), 0) for n in np.ravel(value)], dtype=object)
