"""What every core has to do in a step, and which one keeps the others waiting."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from ..support.words.si_prefix import with_unit
from .cut import Cut, neurons_of
from .draft import ChipLayer, Draft

__all__ = ["SECONDS", "CoreLoad", "core_loads"]

#: Seconds of one operation. Davies et al. 2018, IEEE Micro 38(1), table 2 (simulated before
#: silicon): time per synaptic spike operation, at most; per update of an active neuron (inactive:
#: 5.3 ns); latency of a spike within a tile. The first description of Loihi in the simulator
#: SANA-FE (SLAM-Lab/SANA-FE, loihi.yaml at 1eaa01e) has the same three. Messages may overlap:
#: theirs is a bound from above.
SECONDS = {"memory": 3.5e-9, "compute": 8.4e-9, "traffic": 2.1e-9}


@dataclasses.dataclass(frozen=True)
class CoreLoad:
    """The mean work of one core in a step.

    Measurements on chips show that the busiest core, and not the sum over all, sets the duration of
    a step, since no core begins the next one before all have finished (Yik et al. 2025,
    arXiv 2511.21549).

    Attributes
    ----------
    layer : str
        Name of the layer.
    core : int
        Its number among the layer's cores, from 1, in nengo-loihi's order.
    synaptic_operations : float
        Spikes that arrive times the synapses on the core that each of them reaches.
    updates : int
        Neurons.
    messages : float
        Spikes that arrive, and those of its own to every core, or to the host, that they reach.

    Examples
    --------
    >>> load = CoreLoad("conv2", 3, 1000.0, 500, 100.0)
    >>> load.bound, f"{1e6 * load.seconds:.2f}"
    ('compute', '7.91')
    """

    layer: str
    core: int
    synaptic_operations: float
    updates: int
    messages: float

    @property
    def parts(self) -> dict[str, float]:
        """Seconds of a step by what they are spent on: memory, compute, traffic."""
        done = (self.synaptic_operations, self.updates, self.messages)
        return {name: SECONDS[name] * n for name, n in zip(SECONDS, done, strict=True)}

    @property
    def seconds(self) -> float:
        """Estimated duration of a step on this core, its parts one after the other."""
        return sum(self.parts.values())

    @property
    def bound(self) -> str:
        """What takes most of it: memory (synaptic operations), compute (updates) or traffic."""
        return max(self.parts, key=self.parts.__getitem__)

    def __str__(self) -> str:
        share = 100 * self.parts[self.bound] / self.seconds if self.seconds else 0.0
        return (
            f"{self.layer}, core {self.core}: {self.synaptic_operations:,.0f} synaptic "
            f"operations, {self.updates:,} updates, {self.messages:,.0f} messages per step; "
            f"{self.bound}-bound ({share:.0f} % of about {with_unit(self.seconds, 's')})"
        )

    def to_dict(self) -> dict[str, float | int | str]:
        """JSON-ready."""
        return {**dataclasses.asdict(self), "bound": self.bound, "seconds": self.seconds}


def core_loads(draft: Draft) -> tuple[CoreLoad, ...]:
    """The load of every core at the mean rates of some images.

    Parameters
    ----------
    draft : Draft
        With rates of every population.

    Returns
    -------
    tuple of CoreLoad
        Layer by layer; none where rates are not known, or a layer is not cut.
    """
    needed = {c.pre for layer in draft.layers for c, _ in layer.into}
    needed |= {layer.name for layer in draft.layers}
    if not needed <= draft.rates.keys() or any(layer.cut is None for layer in draft.layers):
        return ()
    spikes = {name: draft.rates[name].mean(axis=0, dtype=float) * draft.dt for name in needed}
    reached = {name: np.zeros(len(per_step), np.int64) for name, per_step in spikes.items()}
    for connection in draft.model.connections:
        if connection.post == "output" and connection.pre in reached:  # not from the host itself
            reached[connection.pre] += 1
    arriving = [_arriving(layer, spikes, reached) for layer in draft.layers]
    return tuple(_loads(draft.layers, arriving, spikes, reached))


def _arriving(
    layer: ChipLayer, spikes: Mapping[str, np.ndarray], reached: Mapping[str, np.ndarray]
) -> list[tuple[float, float]]:
    """Synaptic operations and messages into every core; adds to the cores that a neuron reaches."""
    found = []
    for core in _cut(layer).cores():
        operations = messages = 0.0
        for connection, wiring in layer.into:
            synapses = wiring.synapses(_cut(layer), core)
            per_step = spikes[connection.pre]
            operations += float(per_step @ synapses)
            messages += float(per_step[synapses > 0].sum())
            reached[connection.pre][synapses > 0] += 1
        found.append((operations, messages))
    return found


def _loads(
    layers: tuple[ChipLayer, ...],
    arriving: list[list[tuple[float, float]]],
    spikes: Mapping[str, np.ndarray],
    reached: Mapping[str, np.ndarray],
) -> Iterator[CoreLoad]:
    for layer, into in zip(layers, arriving, strict=True):
        cut, leaving = _cut(layer), spikes[layer.name] * reached[layer.name]
        for number, (core, (operations, messages)) in enumerate(
            zip(cut.cores(), into, strict=True), start=1
        ):
            own = float(leaving[neurons_of(cut, core)].sum())
            yield CoreLoad(layer.name, number, operations, core.n_neurons, messages + own)


def _cut(layer: ChipLayer) -> Cut:
    assert layer.cut is not None
    return layer.cut
