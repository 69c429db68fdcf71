"""Translate ONNX operations to nodes in order; constants and axes are kept by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError, ValidationError
from ...layers.types import Shape
from ..chain.graph import Entry, Node
from .advice import ADVICE, OTHERS
from .constants import Constants
from .operation import Operation
from .view import View

__all__ = ["BATCH", "Translator"]

#: size of the batch in shapes where the model leaves it open: a prime that no layer has
BATCH = 1_000_003


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
        self.picked: dict[str, tuple[str, np.ndarray]] = {}  # channels of an image, in order
        self.turned: dict[str, tuple[str, list[int]]] = {}  # transposed, the batch not first
        self.is_sigmoid = False  # at the very end
        self.ends = {output}  # values that differ from the output in shape at most

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
            raise op.refuse(f"cannot be imported; {ADVICE.get(op.kind, OTHERS)}")
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
        if op.inputs[number] in self.turned:
            perm = self.turned[op.inputs[number]][1]
            raise op.refuse(
                f"takes values whose axes were transposed to {perm}; only Gather may stand between "
                "a transpose that moves the batch and the one that moves it back: keep the batch "
                "first"
            )
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
