"""A network under planning: its layers on the chip, their wiring, and how they were cut."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from ..models import Connection, Population, SpikingModel
from ..support.short_repr import short_repr
from .board import CORE_LIMITS, Board
from .cut import Core, Cut
from .number_range import NumberRange
from .wiring import Wiring

__all__ = ["ChipLayer", "CoreUse", "Draft"]


@dataclasses.dataclass(frozen=True)
class CoreUse:
    """What one core needs.

    Attributes
    ----------
    compartments, in_axons, out_axons, synapse_bits : int
        As nengo-loihi counts them.
    """

    compartments: int
    in_axons: int
    out_axons: int
    synapse_bits: int

    def excess(self) -> list[str]:
        """Which limits are broken, as phrases with both figures."""
        return [
            f"{name.replace('_', ' ')} {getattr(self, name):,} > {limit:,}"
            for name, limit in CORE_LIMITS.items()
            if getattr(self, name) > limit
        ]

    def fullness(self) -> dict[str, float]:
        """Each figure as a fraction of its limit."""
        return {name: getattr(self, name) / limit for name, limit in CORE_LIMITS.items()}


@dataclasses.dataclass(frozen=True, eq=False)
class ChipLayer:
    """One population on the chip.

    Attributes
    ----------
    population : Population
    into : tuple of (Connection, Wiring)
        What comes in.
    cut : Cut or None
        How it is cut; None if nothing fits.
    cores : tuple of CoreUse
        In nengo-loihi's order.
    numbers : tuple of NumberRange or str
        Integers of every core, or the reason why they cannot be computed.
    lacking : str
        If nothing fits, what the best cut lacks.
    """

    population: Population
    into: tuple[tuple[Connection, Wiring], ...]
    cut: Cut | None = None
    cores: tuple[CoreUse, ...] = ()
    numbers: tuple[NumberRange | str, ...] = ()
    lacking: str = ""

    __repr__ = short_repr

    @property
    def name(self) -> str:
        """Of the population."""
        return self.population.name

    @property
    def tau_s(self) -> float:
        """Time constant of the synapses into it, the longest if they differ; 0 for none."""
        return max((getattr(c.synapse, "tau", 0.0) for c, _ in self.into), default=0.0)

    def bias(self, core: Core) -> np.ndarray:
        """Biases of a core's neurons.

        Parameters
        ----------
        core : Core
            One core of the cut.
        """
        assert self.cut is not None
        full = np.broadcast_to(self.population.bias, self.population.shape)
        image = full.reshape(self.cut.shape)
        return image[np.ix_(core.rows, core.cols, core.channels)]


@dataclasses.dataclass(frozen=True, eq=False)
class Draft:
    """All that a rule may look at.

    Attributes
    ----------
    model : SpikingModel
        In the chip's stages.
    board : Board
    layers : tuple of ChipLayer
        Populations on the chip, in feed-forward order.
    pop_type : int
        Format of population axons.
    dt : float
        Step in seconds.
    rates : dict of str to (n_images, n_neurons) array
        Rates in Hz on some images; empty if there were none.
    """

    model: SpikingModel
    board: Board
    layers: tuple[ChipLayer, ...]
    pop_type: int = 32
    dt: float = 0.001
    rates: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)

    __repr__ = short_repr

    @property
    def n_cores(self) -> int:
        """Cores of all layers that could be cut."""
        return sum(layer.cut.n_cores for layer in self.layers if layer.cut is not None)

    @property
    def hosts(self) -> tuple[Population, ...]:
        """The populations that stay on the host."""
        return self.model.on_host
