"""How nengo-loihi wires a stage between two populations: what it costs the cores, by formula."""

from __future__ import annotations

from ..stages.types import Convolution, DenseMatrix, Stage
from .discrete_axons import DiscreteAxons
from .population_axons import PopulationAxons

__all__ = ["Wiring", "wiring_of"]

Wiring = PopulationAxons | DiscreteAxons


def wiring_of(stage: Stage, pop_type: int = 32, bits: int = 8) -> Wiring:
    """How nengo-loihi wires a stage between two populations on the chip.

    Parameters
    ----------
    stage : Stage
        The linear stage.
    pop_type : 16 or 32
        Bits of a population axon.
    bits : int
        Bits per weight.
    """
    if isinstance(stage, Convolution):  # the one kind that nengo-loihi shares axons for
        return PopulationAxons(stage, pop_type, bits)
    dense = isinstance(stage, DenseMatrix)
    matrix = stage.matrix if dense else stage.to_matrix()  # type: ignore[attr-defined]
    return DiscreteAxons(matrix, bits)
