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
    kind, name, output : str
        Operator, the node's own name, and what it gives.
    position : int
        Counted from 1.
    inputs : tuple of str
        Values it takes; empty ones are left out by the model.
    options : dict
        Its attributes.
    """

    kind: str
    name: str
    position: int
    inputs: tuple[str, ...]
    output: str
    options: dict[str, Any]

    __repr__ = short_repr

    @classmethod
    def of(cls, node: Any, position: int) -> Operation:
        """From an ``onnx.NodeProto``.

        Parameters
        ----------
        node : onnx.NodeProto
            The node.
        position : int
            Its position in the file, counted from 0.
        """
        helper = import_optional("onnx").helper
        options = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        outputs = list(node.output) or [""]
        return cls(node.op_type, node.name, position, tuple(node.input), outputs[0], options)

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
