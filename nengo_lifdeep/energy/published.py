"""The papers' accounting of the cost of a spiking network, relative to a ReLU network.

Hunsberger & Eliasmith 2016 and Hunsberger's thesis (Waterloo, 2018) count in FLOPs of ordinary
hardware: 0.08 for a synaptic event, 0.25 for a neuron update. Their table of efficiencies also
contains the one-off cost of the first layer's constant currents, which their equation omits, and
their synapses include the padded edges of 'same' convolutions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ..errors import ValidationError
from ..layers.architecture import Architecture
from ..layers.types import Branch
from ..support.checks import by_name, check_fields, checked, instance, real

__all__ = ["PublishedCost", "published_cost", "synapses_after"]

#: FLOPs of ordinary hardware that take as much energy as one event, and as one update.
FLOPS_PER_EVENT, FLOPS_PER_UPDATE = 0.08, 0.25


@dataclasses.dataclass(frozen=True)
class PublishedCost:
    """The papers' accounting of one image.

    Attributes
    ----------
    events, updates : float
        Synaptic events and neuron updates per image.
    input_flops : float
        One-off cost of the first layer's currents: 2 FLOPs per synapse.
    network_flops : float
        FLOPs of the rectified linear network per image.
    """

    events: float
    updates: float
    input_flops: float
    network_flops: float

    def __post_init__(self) -> None:
        number = real(0)
        check_fields(self, events=number, updates=number, input_flops=number, network_flops=number)

    @property
    def flops(self) -> float:
        """Cost of an image in spikes, in FLOPs of equal energy."""
        running = FLOPS_PER_EVENT * self.events + FLOPS_PER_UPDATE * self.updates
        return running + self.input_flops

    @property
    def efficiency(self) -> float:
        """How many times cheaper an image is in spikes."""
        return self.network_flops / self.flops


@checked(architecture=instance(Architecture))
def synapses_after(architecture: Architecture) -> dict[str, int]:
    """Synapses out of the input and out of every population, padded edges counted.

    A layer that takes a sum of several populations counts for each of them.

    Parameters
    ----------
    architecture : Architecture
        The network.

    Examples
    --------
    >>> from nengo_lifdeep.layers.named import architecture
    >>> synapses_after(architecture("hunsberger2016-mnist"))
    {'input': 313600, 'neurons1': 5017600, 'neurons2': 6272000, 'neurons3': 20000}
    """
    counts = architecture.layer_counts()
    after = {"input": 0}
    sources: tuple[str, ...] = ("input",)  # whose spikes (or pixels) the layer takes
    known = {"input": sources}
    for layer in architecture.layers:
        taken = known[layer.reads] if layer.reads else sources
        if layer.fires:
            after[layer.name] = 0
            sources = (layer.name,)
        for name in taken:
            after[name] += counts[layer.name].synapses
        if layer.reads:
            both = taken if isinstance(layer, Branch) else (*sources, *taken)
            sources = tuple(dict.fromkeys(both))
        known[layer.name] = sources
    return after


@checked(
    architecture=instance(Architecture),
    layer_rates=by_name(real(0, unit="Hz")),
    t_p=real(above=0, unit="seconds"),
    dt=real(above=0, unit="seconds"),
)
def published_cost(
    architecture: Architecture, layer_rates: Mapping[str, float], t_p: float, dt: float = 0.001
) -> PublishedCost:
    """What one image costs in the papers' accounting.

    Parameters
    ----------
    architecture : Architecture
        The network.
    layer_rates : dict of str to float
        Mean rate of every population, in Hz.
    t_p : float
        Presentation time, in seconds.
    dt : float
        Step, in seconds.

    Raises
    ------
    ValidationError
        If the rates are not those of the network's populations.

    Examples
    --------
    >>> from nengo_lifdeep.layers.named import architecture
    >>> rates = {"neurons1": 4.6, "neurons2": 15.6, "neurons3": 4.2}
    >>> round(published_cost(architecture("hunsberger2016-mnist"), rates, 0.2).efficiency, 2)
    5.95
    """
    after = synapses_after(architecture)
    input_synapses = after.pop("input")
    if set(after) != set(layer_rates):
        raise ValidationError(
            f"layer_rates are of {sorted(layer_rates)}; the populations of "
            f"{architecture.name!r} are {sorted(after)}"
        )
    counts = architecture.counts()
    return PublishedCost(
        events=t_p * sum(n * layer_rates[name] for name, n in after.items()),
        updates=counts.neurons * t_p / dt,
        input_flops=2.0 * input_synapses,
        network_flops=float(counts.flops),
    )
