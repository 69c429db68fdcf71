"""What a TensorNode gets where two values meet: one after the other."""

from __future__ import annotations

import dataclasses

from ...layers.types import Layer, Shape

__all__ = ["Beside"]


@dataclasses.dataclass(frozen=True)
class Beside(Layer):
    """Two values that come one after the other, put together along the last axis.

    Parameters
    ----------
    shapes : (tuple of int, tuple of int)
        Their shapes.
    """

    shapes: tuple[Shape, Shape]

    def output_shape(self, shape: Shape) -> Shape:
        """Channels (or units) of both."""
        first, second = self.shapes
        return (*first[:-1], first[-1] + second[-1])
