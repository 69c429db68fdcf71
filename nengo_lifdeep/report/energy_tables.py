"""Energy as tables: operations per layer, joules per device, the papers' accounting below."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..energy import DEVICES, Counts, PublishedCost
from ..energy.devices import ASSUMPTIONS
from ..errors import ValidationError
from .grid import Column, Grid

__all__ = ["device_table", "operation_table"]


def operation_table(
    counts: Counts, published: PublishedCost | None = None, title: str = ""
) -> Grid:
    """One row per population: spikes, synaptic events and neuron updates per image.

    Parameters
    ----------
    counts : Counts
        What `energy.count` found.
    published : PublishedCost, optional
        The same run in the papers' accounting, for the notes.
    title : str
        What stands above.
    """
    columns = (
        Column("name", "layer"),
        Column("spikes", "spikes", ",.0f"),
        Column("events", "synaptic events", ",.0f"),
        Column("updates", "neuron updates", ",d"),
        Column("macs", "multiply-adds, once", ",d"),
    )
    rows: list[dict[str, Any]] = [{"name": "input", "macs": counts.input_macs}]
    rows += [
        {
            "name": name,
            "spikes": spikes,
            "events": counts.events[name],
            "updates": counts.updates[name],
        }
        for name, spikes in counts.spikes.items()
    ]
    rows.append(
        {
            "name": "all",
            "spikes": sum(counts.spikes.values()),
            "events": counts.total_events,
            "updates": counts.total_updates,
            "macs": counts.input_macs,
        }
    )
    notes = [
        f"Per image, mean of {counts.n_images:,} images of {counts.n_steps} steps. One forward "
        f"pass in rates takes {counts.network_macs:,} multiply-adds."
    ]
    if published is not None:
        notes.append(
            "Papers' accounting (0.08 FLOP per event, 0.25 per update, 2 per input synapse, padded "
            f"edges counted): {published.flops:,.0f} FLOPs against {published.network_flops:,.0f} "
            f"of the rectified linear network, efficiency {published.efficiency:.2f}."
        )
    return Grid(title, columns, tuple(rows), tuple(notes))


def device_table(counts: Counts, devices: Iterable[str] | None = None, title: str = "") -> Grid:
    """One row per device: joules per image for synapses and for neurons, and their source.

    Parameters
    ----------
    counts : Counts
        What `energy.count` found.
    devices : iterable of str, optional
        Names in `energy.DEVICES`; all by default.
    title : str
        What stands above.

    Raises
    ------
    ValidationError
        If a device is not known.
    """
    columns = (
        Column("device", "device"),
        Column("runs", "runs"),
        Column("synapses_uj", "synapses [µJ]", ",.3g"),
        Column("neurons_uj", "neurons [µJ]", ",.3g"),
        Column("total_uj", "image [µJ]", ",.3g"),
        Column("event_pj", "per event [pJ]", ",.4g"),
        Column("update_pj", "per update [pJ]", ",.4g"),
        Column("source", "source"),
    )
    rows = []
    for name in DEVICES if devices is None else devices:
        if name not in DEVICES:
            raise ValidationError(f"there is no device {name!r}; known are {', '.join(DEVICES)}")
        device = DEVICES[name]
        synapses, neurons = device.joules(counts)
        total = None if synapses is None or neurons is None else synapses + neurons
        rows.append(
            {
                "device": device.name,
                "runs": "spikes" if device.spiking else "rates",
                "synapses_uj": _times(synapses, 1e6),
                "neurons_uj": _times(neurons, 1e6),
                "total_uj": _times(total, 1e6),
                "event_pj": _times(device.joules_per_event, 1e12),
                "update_pj": _times(device.joules_per_update, 1e12),
                "source": device.source,
            }
        )
    return Grid(title, columns, tuple(rows), ASSUMPTIONS)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
