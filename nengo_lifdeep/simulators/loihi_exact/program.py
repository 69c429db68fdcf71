"""The program of the chip as flat arrays: nengo-loihi's own integers, read from its emulator."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import nengo
import numpy as np

from ...errors import DeploymentError, ValidationError
from ...support.checks.arrays import checked_indices
from ...support.short_repr import short_repr
from ..vectors.layout import LANES
from .rows import Rows

__all__ = ["Program", "padded"]


def padded(n: int) -> int:
    """The next multiple of the lanes of a vector.

    Parameters
    ----------
    n : int
        A number of compartments.
    """
    return -(-n // LANES) * LANES


@dataclasses.dataclass(frozen=True, eq=False)
class Program:
    """All compartments of the chip, and all synapses, as nengo-loihi's emulator has them.

    Attributes
    ----------
    decay_u, decay_v, vth, vmin, vmax, bias, ref : (n,) arrays of int32
        Of every compartment.
    from_host, from_chip : Rows
        Synapses after the host's neurons and after compartments.
    compartments : dict of str to (n_neurons,) array of int64
        Where the neurons of every population on the chip are: one after the other here, not as
        nengo-loihi cut them into cores, so that what a spike reaches lies together.
    """

    decay_u: np.ndarray
    decay_v: np.ndarray
    vth: np.ndarray
    vmin: np.ndarray
    vmax: np.ndarray
    bias: np.ndarray
    ref: np.ndarray
    from_host: Rows
    from_chip: Rows
    compartments: Mapping[str, np.ndarray]

    __repr__ = short_repr

    def __post_init__(self) -> None:
        n = self.n_compartments
        for name in ("decay_u", "decay_v", "vth", "vmin", "vmax", "bias", "ref"):
            if getattr(self, name).shape != (n,):
                raise ValidationError(
                    f"{name} has shape {getattr(self, name).shape}; expected ({n},), one number "
                    "for each compartment"
                )
        for rows in (self.from_host, self.from_chip):
            checked_indices(rows.targets, "targets of synapses", 0, n - 1)
        if len(self.from_chip.starts) != n + 1:
            raise ValidationError(
                f"there are {len(self.from_chip.starts) - 1} rows of synapses for {n} compartments"
            )
        for name, places in self.compartments.items():
            checked_indices(places, f"compartments of {name!r}", 0, n - 1)

    @property
    def n_compartments(self) -> int:
        """On the whole chip."""
        return len(self.bias)

    @functools.cached_property
    def constants(self) -> np.ndarray:
        """Seven rows for the compiled kernel, filled up to whole vectors with silent compartments.

        Multipliers of current and voltage, threshold, least and greatest voltage, bias,
        refractory steps.
        """
        rows = (
            4096 - 1 - self.decay_u, 4096 - self.decay_v, self.vth, self.vmin, self.vmax,
            self.bias, self.ref,
        )  # fmt: skip
        constants = np.zeros((len(rows), padded(self.n_compartments)), np.int32)
        constants[:, : self.n_compartments] = rows
        return constants

    @classmethod
    def of(
        cls,
        simulator: Any,
        probes: Mapping[str, nengo.Probe],
        hosts: Sequence[nengo.Ensemble],
    ) -> Program:
        """Read a built ``nengo_loihi.Simulator``.

        Parameters
        ----------
        simulator : nengo_loihi.Simulator
            With ``target="sim"``.
        probes : dict of str to nengo.Probe
            Of the spikes of every population on the chip.
        hosts : sequence of nengo.Ensemble
            The populations on the host; ``from_host`` numbers their neurons one after the other.

        Raises
        ------
        DeploymentError
            If the network learns or has noise on the chip, whose random numbers depend on the
            order in which nengo-loihi draws them.
        """
        emulator = simulator.sims["emulator"]
        state = emulator.compartment
        _check(emulator)
        first = _first_numbers(hosts)
        n_host = sum(each.n_neurons for each in hosts)
        slices = emulator.block_info.slices
        synapses = emulator.synapses.slices
        host = _Builder(n_host)
        for spikes, ensemble in _senders(simulator).items():
            sources = first[ensemble] + np.arange(spikes.n_neurons)
            for axon in spikes.axons:
                host.add(axon, sources, synapses[axon.target].start)
        chip = _Builder(state.n_compartments)
        for axon, place in emulator.axons.items():
            sources = np.arange(place.start, place.stop)
            chip.add(axon, sources, synapses[axon.target].start)
        found = {name: simulator.model.objs[probe]["out"] for name, probe in probes.items()}
        places = [_compartments(probe, slices) for probe in found.values()]
        order = np.concatenate(places)  # of nengo-loihi's compartments, as they are kept here
        if not np.array_equal(np.sort(order), np.arange(state.n_compartments)):
            raise DeploymentError("there are compartments on the chip that belong to no population")
        arrays = {
            name: np.array(getattr(state, name), np.int32)[order]
            for name in ("decay_u", "decay_v", "vth", "vmin", "vmax", "bias", "ref")
        }
        new = np.argsort(order)
        bounds = np.cumsum([0, *map(len, places)])
        return cls(
            **arrays,
            from_host=host.rows(np.arange(n_host), new),
            from_chip=chip.rows(new, new),
            compartments={
                name: np.arange(bounds[i], bounds[i + 1]) for i, name in enumerate(found)
            },
        )


def _check(emulator: Any) -> None:
    if emulator.compartment.dtype != np.int32:
        raise DeploymentError("only the emulator's integers are emulated exactly: target='sim'")
    if any(synapse.learning for synapse in emulator.synapses.slices):
        raise DeploymentError("learning on the chip is not emulated here; use simulator='loihi'")
    if emulator.compartment.noise.enabled.any():
        raise DeploymentError("noise on the chip is not emulated here; use simulator='loihi'")


def _first_numbers(hosts: Sequence[nengo.Ensemble]) -> dict[Any, int]:
    """Number of the first neuron of every population."""
    sizes = [each.n_neurons for each in hosts]
    return dict(zip(hosts, [0, *itertools.accumulate(sizes)], strict=False))


def _senders(simulator: Any) -> dict[Any, Any]:
    """Which population each input of the chip hears; there is one per connection from the host."""
    model = simulator.model
    ends = {
        connection.post_obj: connection.pre_obj
        for host in (model.host_pre, model.host)
        for connection in host.params
        if isinstance(connection, nengo.Connection)
    }
    return {
        model.spike_targets[receiver]: ends[sender].ensemble
        for sender, receiver in model.host2chip_senders.items()
    }


def _compartments(probe: Any, slices: Any) -> np.ndarray:
    """Places of a population's neurons, in the order of the neurons."""
    parts = [
        np.arange(slices[block].start, slices[block].stop)[chosen]
        for block, chosen in zip(probe.target, probe.slice, strict=True)
    ]
    places = np.concatenate(parts)
    return places if probe.reindexing is None else places[np.asarray(probe.reindexing)]


class _Builder:
    """Collects synapses and sorts them by their source."""

    def __init__(self, n_sources: int) -> None:
        self.n_sources = n_sources
        self.sources: list[np.ndarray] = []
        self.targets: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []

    def add(self, axon: Any, sources: np.ndarray, first: int) -> None:
        """Take all synapses after an axon, whose compartments are ``sources``."""
        synapse, local = axon.target, np.arange(len(sources))
        ids, atoms = axon.map_axon(local), axon.map_atoms(local)
        for source, axon_id, atom in zip(sources, ids, atoms, strict=True):
            if axon_id < 0:
                continue
            base = synapse.axon_compartment_base(axon_id)
            if base is None:
                continue
            weights, indices = synapse.axon_weights_indices(axon_id, atom=atom)
            self.sources.append(np.full(len(weights), source, np.int32))
            self.targets.append(np.asarray(indices, np.int32) + np.int32(first + base))
            self.weights.append(np.asarray(weights, np.int32))

    def rows(self, new_source: np.ndarray, new_target: np.ndarray) -> Rows:
        """Everything that was added, under new numbers; nothing is kept here."""
        sources = new_source.astype(np.int32)[_emptied(self.sources)]
        targets = new_target.astype(np.int32)[_emptied(self.targets)]
        return Rows.of(sources, targets, _emptied(self.weights), self.n_sources)


def _emptied(parts: list[np.ndarray]) -> np.ndarray:
    """All parts in a row; the list, of many millions of synapses, gives up its memory."""
    whole = np.concatenate([np.zeros(0, np.int32), *parts])
    parts.clear()
    return whole
