"""The plan of a deployment: the cores of each layer, their use, and all violated constraints."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import DeploymentError
from ..models import SpikingModel
from ..models.connection import longest_way
from ..models.times import check_times
from ..records.finding import Finding, listed
from ..support.short_repr import short_repr
from .board import BOARDS, Board, as_board
from .cut import Cut
from .draft import ChipLayer, CoreUse, Draft
from .load import CoreLoad, core_loads
from .lowering import lowered
from .rules import findings
from .search import cut_layers

__all__ = ["Plan", "make_plan"]


@dataclasses.dataclass(frozen=True, eq=False)
class Plan:
    """How a network goes onto a board; made by formula, nothing is built.

    Attributes
    ----------
    model : SpikingModel
        The network in the chip's stages.
    board : Board
    layers : tuple of ChipLayer
        Populations on the chip, with their cuts and what every core needs.
    findings : tuple of Finding
        Everything the rules found, errors first.
    changes : tuple of str
        Changes made when the network was rewritten into the chip's stages.
    pop_type : int
        Format of the axons of convolutions.
    objective : str
        What the search made least.
    dt : float
        Step in seconds.
    loads : tuple of CoreLoad
        What every core does in a step; empty where rates are not known.
    weight_bits : int
        Bits per weight in synapse memory; NengoLoihi writes 8.
    identity_parts : int
        How many equal connections a residual identity was divided into at most.
    """

    model: SpikingModel
    board: Board
    layers: tuple[ChipLayer, ...]
    findings: tuple[Finding, ...]
    changes: tuple[str, ...] = ()
    pop_type: int = 32
    objective: str = "cores"
    dt: float = 0.001
    loads: tuple[CoreLoad, ...] = ()
    weight_bits: int = 8
    identity_parts: int = 1

    __repr__ = short_repr

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that keep the network off the chip."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def fits(self) -> bool:
        """Whether no constraint is violated."""
        return not self.errors

    @property
    def cuts(self) -> dict[str, Cut]:
        """Cuts by layer, of those that could be cut."""
        return {layer.name: layer.cut for layer in self.layers if layer.cut is not None}

    @property
    def on_host(self) -> tuple[str, ...]:
        """Populations that stay on the host, by name: those that read pixels."""
        return tuple(p.name for p in self.model.on_host)

    @property
    def n_cores(self) -> int:
        """Cores of all layers."""
        return sum(cut.n_cores for cut in self.cuts.values())

    @property
    def n_chips(self) -> int:
        """Chips that the cores fill, one chip after the other."""
        return math.ceil(self.n_cores / self.board.cores_per_chip)

    @property
    def extent(self) -> str:
        """Cores and chips that are used, of those of the board, in words."""
        chips = f", {self.n_chips} of {self.board.n_chips} chips" if self.board.n_chips > 1 else ""
        return f"{self.n_cores} of {self.board.n_cores} cores{chips}"

    @property
    def busiest(self) -> CoreLoad | None:
        """The core with the longest step, which the others wait for; None without rates."""
        return max(self.loads, key=lambda load: load.seconds, default=None)

    @property
    def hops(self) -> int:
        """Steps from a pixel's first spike on the host to the read-out: one per connection.

        Of the longest way there is, however the populations stand in the network. Connections that
        lead back to a population that the way has passed are left out.
        """
        ways = [longest_way(self.model.connections, name) for name in self.on_host]
        return max(ways, default=0)

    def fullest(self, layer: ChipLayer) -> CoreUse:
        """The largest of each figure over a layer's cores.

        Parameters
        ----------
        layer : ChipLayer
            The layer.
        """
        names = [field.name for field in dataclasses.fields(CoreUse)]
        return CoreUse(**{n: max(getattr(use, n) for use in layer.cores) for n in names})

    def utilisation(self) -> dict[str, float]:
        """Mean fraction of each limit over all cores that are used."""
        full = [use.fullness() for layer in self.layers for use in layer.cores]
        return {name: float(np.mean([f[name] for f in full])) for name in full[0]} if full else {}

    def deliveries(self, layer: ChipLayer) -> float:
        """Cores that a spike into the layer is delivered to, on average over the sources.

        Parameters
        ----------
        layer : ChipLayer
            The layer.
        """
        assert layer.cut is not None
        n = sum(wiring.n_sources for _, wiring in layer.into)
        return sum(w.n_sources * w.deliveries(layer.cut) for _, w in layer.into) / n

    def require(self) -> Plan:
        """The plan itself, if it fits.

        Raises
        ------
        DeploymentError
            If it does not; the message lists every error with its remedy.
        """
        if self.errors:
            raise DeploymentError(
                f"network {self.model.name!r} cannot go onto Loihi:{listed(self.errors)}"
            )
        return self

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: cores, layers with the use of every core, findings, changes."""
        return {
            "model": self.model.name,
            "board": dataclasses.asdict(self.board),
            "fits": self.fits,
            "cores": self.n_cores,
            "chips": self.n_chips,
            "hops": self.hops if self.layers else 0,
            "on_host": list(self.on_host),
            "objective": self.objective,
            "pop_type": self.pop_type,
            "weight_bits": self.weight_bits,
            "identity_parts": self.identity_parts,
            "utilisation": self.utilisation(),
            "busiest_core": None if self.busiest is None else self.busiest.to_dict(),
            "changes": list(self.changes),
            "findings": [f.to_dict() for f in self.findings],
            "layers": [
                {
                    "name": layer.name,
                    "shape": list(layer.population.shape),
                    "block": None if layer.cut is None else list(layer.cut.block),
                    "cores": [dataclasses.asdict(use) for use in layer.cores],
                }
                for layer in self.layers
            ],
        }


def make_plan(
    model: SpikingModel,
    board: Board | str = BOARDS["loihi"],
    *,
    objective: str = "cores",
    pop_type: int = 32,
    blocks: Mapping[str, Any] | None = None,
    rates: Mapping[str, np.ndarray] | None = None,
    dt: float = 0.001,
    weight_bits: int = 8,
    identity_parts: int = 1,
) -> Plan:
    """Plan a network's way onto a board.

    Parameters
    ----------
    model : SpikingModel
        A converted network.
    board : Board or str
        Where it shall go.
    objective : {"cores", "traffic"}
        Fewest cores, or fewest cores that a spike must be delivered to.
    pop_type : {32, 16}
        Format of the axons of convolutions.
    blocks : dict of str to tuple or int, optional
        Neurons per core of some layers, ``(rows, columns, channels)`` or a number of units; the
        others are searched.
    rates : dict of str to (n_images, n_neurons) array, optional
        Rates in Hz on some images, for the rules on rates.
    dt : float
        Step in seconds.
    weight_bits : int
        Bits per weight in synapse memory, sign included. NengoLoihi writes 8; fewer say what a
        network of `Rounded` or `Binary` weights would take if it wrote them (2 for plus and minus).
    identity_parts : int
        Equal connections that a residual identity is divided into at most, as for `lowered`.

    Returns
    -------
    Plan
        Also if the network does not fit: then its ``errors`` say why.

    Raises
    ------
    ValidationError
        If an option is unknown.

    Examples
    --------
    >>> import nengo
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> plan = make_plan(convert(trained_example()[0], synapse=nengo.Lowpass(0.005)))
    >>> plan.fits, plan.n_cores
    (True, 2)
    """
    board = as_board(board)
    check_times(model.require_linear("the chip"), dt)
    chip_model, changes = lowered(model, identity_parts)
    layers = cut_layers(
        chip_model, objective=objective, pop_type=pop_type, blocks=blocks, dt=dt,
        weight_bits=weight_bits,
    )  # fmt: skip
    draft = Draft(chip_model, board, layers, pop_type, dt, dict(rates or {}))
    found = findings(draft)
    loads = core_loads(draft)
    return Plan(
        chip_model,
        board,
        layers,
        found,
        changes,
        pop_type,
        objective,
        dt,
        loads,
        weight_bits,
        identity_parts,
    )
