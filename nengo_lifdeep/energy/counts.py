"""Synaptic events and neuron updates, counted: every spike times the synapses it really reaches."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from ..errors import ValidationError
from ..layers.architecture import Architecture
from ..models import SpikingModel
from ..models.expected import spiking_model
from ..records import SpikeRecord
from ..records.outputs.network import require_network
from ..simulators.registry import names
from ..stages.counting import synapse_counts
from ..support.checks import (
    checked,
    checked_names,
    checked_number,
    checked_whole,
    instance,
    optional,
    word,
)
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from ..support.words.counted import counted

__all__ = ["Counts", "count", "events_per_image"]


@dataclasses.dataclass(frozen=True)
class Counts:
    """What the mean image of a run cost, in operations.

    Attributes
    ----------
    spikes : dict of str to float
        Spikes per image of each population.
    events : dict of str to float
        Synaptic events per image that they cause: each spike times its synapses after it,
        borders of the image without padding, residual sums with one synapse each.
    updates : dict of str to int
        Neuron updates per image: neurons times steps.
    input_macs : int
        Multiply-adds of the first layer's currents per image: once where the image is shown
        unchanged, at every step where it changes over time (frames, or a coding).
    network_macs : int
        Multiply-adds of one forward pass of the whole network in rates.
    n_neurons, n_steps, n_images : int
        Neurons, steps per image, and the images over which the mean was taken.
    input_steps : int
        How many times per image ``input_macs`` has the first layer computed.
    on_host : tuple of str
        Populations that read the input, which NengoLoihi leaves to the host; the first by default.

    Raises
    ------
    ValidationError
        If a count is negative, not finite or no number, or the populations differ.
    """

    spikes: Mapping[str, float]
    events: Mapping[str, float]
    updates: Mapping[str, int]
    input_macs: int
    network_macs: int
    n_neurons: int
    n_steps: int
    n_images: int
    input_steps: int = 1
    on_host: tuple[str, ...] = ()

    __repr__ = short_repr

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        return html_card(
            f"operations per image, mean of {self.n_images:,}",
            [
                ("spikes", f"{sum(self.spikes.values()):,.0f} of {self.n_neurons:,} neurons"),
                ("synaptic events", f"{self.total_events:,.0f}"),
                ("neuron updates", f"{self.total_updates:,} in {counted(self.n_steps, 'step')}"),
                ("multiply-adds of the first layer", f"{self.input_macs:,}"),
                ("multiply-adds of one pass in rates", f"{self.network_macs:,}"),
            ],
        )

    def __post_init__(self) -> None:
        for field in ("spikes", "events", "updates"):
            counted = getattr(self, field)
            if not isinstance(counted, Mapping) or set(counted) != set(self.spikes):
                raise ValidationError(
                    f"Counts.{field} is of {_keys(counted)}; expected a number for each of "
                    f"{_keys(self.spikes)}"
                )
            whole = field == "updates"
            checked = {
                name: checked_whole(n, f"Counts.{field}[{name!r}]")
                if whole
                else checked_number(n, f"Counts.{field}[{name!r}]", low=0)
                for name, n in counted.items()
            }
            object.__setattr__(self, field, checked)
        whole_numbers = ("input_macs", "network_macs", "n_neurons", "n_steps", "n_images")
        for field in (*whole_numbers, "input_steps"):
            number = checked_whole(getattr(self, field), f"Counts.{field}")
            object.__setattr__(self, field, number)
        on_host = checked_names(self.on_host, "Counts.on_host") or tuple(self.spikes)[:1]
        for name in on_host:
            word(*self.spikes)(name, "Counts.on_host")
        object.__setattr__(self, "on_host", on_host)

    @property
    def total_events(self) -> float:
        """Synaptic events per image of the whole network."""
        return float(sum(self.events.values()))

    @property
    def total_updates(self) -> int:
        """Neuron updates per image of the whole network."""
        return int(sum(self.updates.values()))

    def without_host(self, population: str | None = None) -> Counts:
        """The same run where populations that read the input, and their currents, are the host's.

        Their neurons are not updated on the chip; their spikes still cost their synapses there.

        Parameters
        ----------
        population : str, optional
            Name of the one population on the host; all of ``on_host`` by default.

        Examples
        --------
        >>> counts = Counts({"a": 2.0}, {"a": 10.0}, {"a": 100}, 5, 50, 10, 10, 1)
        >>> on_chip = counts.without_host()
        >>> on_chip.total_updates, on_chip.input_macs, on_chip.total_events
        (0, 0, 10.0)
        """
        population = optional(word(*self.updates))(population, "population")
        names = self.on_host if population is None else (population,)
        updates = {**self.updates, **dict.fromkeys(names, 0)}
        return dataclasses.replace(self, updates=updates, input_macs=0)


@checked(
    record=instance(SpikeRecord),
    model=spiking_model,
    architecture=optional(instance(Architecture)),
)
def count(
    record: SpikeRecord, model: SpikingModel, architecture: Architecture | None = None
) -> Counts:
    """Count the operations of a run, exactly.

    Parameters
    ----------
    record : SpikeRecord
        Of a simulator with spikes; single spikes (rasters) are not needed, as the mean over images
        follows from every neuron's own rate.
    model : SpikingModel
        The network that ran.
    architecture : Architecture, optional
        Where it came from. Conversion takes pooling into the weights after it, which gives
        every neuron synapses of its own; a forward pass in rates pools first and is cheaper.
        With it ``network_macs`` are the multiply-adds of that pass, as the papers count them
        (padded edges included); without, one for every synapse of the spiking network.

    Raises
    ------
    ValidationError
        If the record has no spikes, or is of another network.

    Examples
    --------
    >>> from nengo_lifdeep import convert, run
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, images = trained_example()
    >>> spiking = convert(trained, synapse=0.003)
    >>> counts = count(run(spiking, images.take(5)), spiking)
    >>> counts.total_updates == counts.n_neurons * counts.n_steps
    True
    """
    fans = _fans(record, model)
    seconds = record.n_steps * _dt(record)
    input_steps = 1 if record.is_static else record.n_steps
    spikes, events = {}, {}
    for population in model.populations:
        per_image = record.layer_rates[population.name].ravel().astype(float) * seconds
        spikes[population.name] = float(per_image.sum())
        events[population.name] = float(per_image @ fans[population.name])
    sizes = {p.name: math.prod(p.shape) for p in model.populations}
    return Counts(
        spikes,
        events,
        {name: n * record.n_steps for name, n in sizes.items()},
        int(fans["input"].sum()) * input_steps,
        int(sum(fan.sum() for fan in fans.values()))
        if architecture is None
        else architecture.counts().synapses,
        sum(sizes.values()),
        record.n_steps,
        record.n_images,
        input_steps,
        tuple(p.name for p in model.on_host),
    )


@checked(record=instance(SpikeRecord), model=spiking_model)
def events_per_image(record: SpikeRecord, model: SpikingModel) -> dict[str, np.ndarray]:
    """Synaptic events of every recorded image, by population.

    Parameters
    ----------
    record : SpikeRecord
        With rasters (``run(..., rasters=n)``): which neuron fired decides how far a spike goes.
    model : SpikingModel
        The network that ran.

    Returns
    -------
    dict of str to (n,) array of int
        For the first ``n`` images, those with rasters; silent images that follow them are there
        too, with 0.

    Raises
    ------
    ValidationError
        If there are no rasters, or the record is of another network.
    """
    fans = _fans(record, model)
    if set(record.rasters) != {p.name for p in model.populations}:
        raise ValidationError(
            f"the record has rasters of {sorted(record.rasters) or 'no population'}; events of "
            "single images need those of all: run(..., rasters=n)"
        )
    n = 1 + max((int(r[:, 0].max()) for r in record.rasters.values() if len(r)), default=-1)
    # an image without spikes has no rows, however it was run
    fired = np.flatnonzero(sum(record.image_spikes[name][n:] for name in record.rasters))
    n = max(1, n + int(fired[0]) if len(fired) else record.n_images)
    found = {}
    for name, raster in record.rasters.items():
        image, neuron = raster[:, 0], raster[:, 2]
        spikes = np.bincount(image, minlength=n)
        if not np.array_equal(spikes, record.image_spikes[name][:n]):
            raise ValidationError(
                f"population {name!r}: the rasters hold {counted(spikes.sum(), 'spike')} of "
                f"{counted(n, 'image')}, which fired {record.image_spikes[name][:n].sum():g}; "
                "events cannot be counted"
            )
        events = np.bincount(image, weights=fans[name][neuron], minlength=n)
        found[name] = events.astype(np.int64)
    return found


def _keys(counted: object) -> str:
    return ", ".join(map(str, counted)) if isinstance(counted, Mapping) else repr(counted)


def _dt(record: SpikeRecord) -> float:
    if record.presentation is None or not record.image_spikes:
        raise ValidationError(
            f"simulator {record.simulator!r} has no spikes to count; run one of "
            f"{', '.join(names(spikes=True))}"
        )
    return record.presentation.dt


def _fans(record: SpikeRecord, model: SpikingModel) -> dict[str, np.ndarray]:
    """Synapses after every input and every neuron, by population."""
    _dt(record)
    given = {name: np.size(rates) for name, rates in record.layer_rates.items()}
    known = {p.name: math.prod(p.shape) for p in model.populations}
    if given != known:
        raise ValidationError(
            f"the record's populations are {given}; those of network {model.name!r} are {known}"
        )
    require_network(record, model)
    fans = {name: np.zeros(n, np.int64) for name, n in known.items()}
    fans["input"] = np.zeros(math.prod(model.input_shape), np.int64)
    for connection in model.connections:
        fans[connection.pre] += synapse_counts(connection.stages)
    return fans
