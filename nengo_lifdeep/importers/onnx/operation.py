"""One operation of an ONNX model with its inputs and attributes."""

from __future__ import annotations

import dataclasses
from typing import Any

from ...compat.requirements import import_optional
from ...errors import UnsupportedLayerError
from ...support.short_repr import short_repr

__all__ = ["Operation"]


@dataclasses.dataclass(frozen=True, eq=False)
class Operation:
    """One ONNX node.

    Attributes
    ----------
    kind, name : str
        Operator, and the node's own name.
    position : int
        Counted from 1.
    inputs : tuple of str
        Values it takes; empty ones are left out by the model.
    outputs : tuple of str
        What it gives.
    options : dict
        Its attributes.
    proto : onnx.NodeProto
        The node itself.
    """

    kind: str
    name: str
    position: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    options: dict[str, Any]
    proto: Any = None

    __repr__ = short_repr

    @classmethod
    def of(cls, node: Any, position: int) -> Operation:
        """From an ``onnx.NodeProto``.

        Parameters
        ----------
        node : onnx.NodeProto
            The node.
        position : int
            Its position in the file, counted from 1.
        """
        helper = import_optional("onnx").helper
        options = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        inputs = list(node.input)
        while inputs and not inputs[-1]:
            inputs.pop()
        kind = node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"
        outputs = tuple(node.output) or ("",)
        return cls(kind, node.name, position, tuple(inputs), outputs, options, node)

    @property
    def output(self) -> str:
        """The first value it gives."""
        return self.outputs[0]

    @property
    def where(self) -> str:
        """How an error calls it."""
        return f"ONNX node {self.position} {self.name or self.output!r} ({self.kind})"

    def refuse(self, problem: str) -> UnsupportedLayerError:
        """The error for this node.

        Parameters
        ----------
        problem : str
            What is wrong, and what to do.
        """
        return UnsupportedLayerError(f"{self.where}: {problem}")

    def text(self, name: str, default: str) -> str:
        """An attribute that is text.

        Parameters
        ----------
        name : str
            Name of the attribute.
        default : str
            Where it is not given.
        """
        value = self.options.get(name, default)
        return value.decode() if isinstance(value, bytes) else str(value)
