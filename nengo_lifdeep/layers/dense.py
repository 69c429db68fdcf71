"""Layers of flat inputs, and those that do not look at the shape: Dense, Flatten, Dropout."""

from __future__ import annotations

import dataclasses
import math

from ..support.checks import checked, flag, real, sizes, whole
from .layer import Layer, Shape
from .weighted import Weighted

__all__ = ["Dense", "Dropout", "Flatten"]


@dataclasses.dataclass(frozen=True)
class Dense(Weighted):
    """Every unit connected to every input; the input must be flat.

    Parameters
    ----------
    units : int
        Number of units.
    use_bias : bool
        Whether every unit has a bias.
    weights : WeightKind, optional
        What its weights are, e.g. `nengo_lifdeep.weights.Rounded`; floats by default.
    """

    units: int
    use_bias: bool = True

    allowed = {**Weighted.allowed, "units": whole(1), "use_bias": flag}

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """One number per unit; the input must be flat."""
        if len(shape) != 1:
            raise self._refuse(f"input has shape {shape}; put a Flatten layer before Dense")
        return (self.units,)

    @checked(shape=sizes)
    def arrays(self, shape: Shape) -> dict[str, Shape]:
        """``kernel (input, unit)``, ``bias (unit,)``."""
        bias = {"bias": self.output_shape(shape)} if self.use_bias else {}
        return self._sizes({"kernel": (shape[0], self.units), **bias})

    @checked(shape=sizes)
    def n_weights(self, shape: Shape) -> int:
        """Inputs times units."""
        return math.prod(self.arrays(shape)["kernel"])

    @checked(shape=sizes)
    def n_synapses(self, shape: Shape) -> int:
        """As many as weights."""
        return self.n_weights(shape)

    def describe(self) -> str:
        """The units, e.g. ``"Dense 128"``."""
        return f"Dense {self.units}{self._of_kind()}"


@dataclasses.dataclass(frozen=True)
class Flatten(Layer):
    """Row-major flattening, channels last and fastest.

    Parameters
    ----------
    name : str
        Name of the layer; the `Architecture` fills it in.
    """

    @checked(shape=sizes)
    def output_shape(self, shape: Shape) -> Shape:
        """All entries along one axis."""
        return (math.prod(shape),)


@dataclasses.dataclass(frozen=True)
class Dropout(Layer):
    """Silences a share ``rate`` of its inputs in training; the identity afterwards.

    Parameters
    ----------
    rate : float
        Share of the inputs that are silenced, from 0 to below 1.
    """

    rate: float = 0.5

    allowed = {**Layer.allowed, "rate": real(0, below=1)}

    def describe(self) -> str:
        """The share that is silenced, e.g. ``"Dropout 0.5"``."""
        return f"Dropout {self.rate:g}"
