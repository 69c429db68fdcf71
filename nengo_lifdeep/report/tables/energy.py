"""Energy as tables: operations per layer, joules per device, the papers' accounting below."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...energy import DEVICES, Counts, Device, PublishedCost
from ...energy.devices import ASSUMPTIONS, MEASURED, MEASURED_SOURCE, get_device
from ...support.words.counted import counted
from ...support.words.si_prefix import with_unit
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
        Column("macs", "multiply-adds" + (", once" if counts.input_steps == 1 else ""), ",d"),
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
        f"Per image, mean of {counted(counts.n_images, 'image')} of "
        f"{counted(counts.n_steps, 'step')}. One forward pass in rates takes "
        f"{counts.network_macs:,} multiply-adds."
    ]
    if counts.input_steps > 1:
        notes.append(
            "The input changes over time: the first layer is computed "
            f"{counts.input_steps:,} times per image."
        )
    if published is not None:
        notes.append(
            "Papers' accounting (0.08 FLOP per event, 0.25 per update, 2 per input synapse, padded "
            f"edges counted): {published.flops:,.0f} FLOPs against {published.network_flops:,.0f} "
            f"of the rectified linear network, efficiency {published.efficiency:.2f}."
        )
    return Grid(title, columns, tuple(rows), tuple(notes))


def device_table(counts: Counts, devices: Iterable[str] | None = None, title: str = "") -> Grid:
    """One row per device: joules per image for synapses and neurons, sources and accounting.

    Where another source has another price for an event of the same device, both stand in the row.

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
        Column("event_pj", "per event [pJ]", ",.6g"),
        Column("update_pj", "per update [pJ]", ",.6g"),
        Column("other_pj", "other [pJ]", ",.6g"),
        Column("other_uj", "then [µJ]", ",.3g"),
        Column("source", "source"),
    )
    rows = []
    for name in DEVICES if devices is None else devices:
        device = get_device(name)
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
                "other_pj": _times(device.other_joules_per_event, 1e12),
                "other_uj": _times(device.other_joules(counts), 1e6),
                "source": device.source,
            }
        )
    shown = {str(row["device"]) for row in rows}
    prices = _prices([device for device in DEVICES.values() if device.name in shown])
    return Grid(title, columns, tuple(rows), (*ASSUMPTIONS, *prices, *_measured(shown)))


def _prices(devices: list[Device]) -> list[str]:
    """What the joules of an event include, and what another source says of the same device."""
    lines = []
    for device in devices:
        if device.accounting:
            price = f"{1e12 * (device.joules_per_event or 0):,.6g} pJ: {device.accounting}"
            if device.other_joules_per_event is not None:
                price += f"; elsewhere {1e12 * device.other_joules_per_event:,.6g} pJ"
                price += f" ({device.other_source})"
            lines.append(f"{device.name}, per event {price}.")
    return lines


def _measured(devices: set[str]) -> list[str]:
    """What was measured on these devices, one line per device; none where nothing was."""
    lines = []
    for name in dict.fromkeys(row[0] for row in MEASURED if row[0] in devices):
        found = [f"{task} {with_unit(joules, 'J')}, {network}"
                 for device, task, network, joules in MEASURED if device == name]  # fmt: skip
        lines.append(f"Measured on {name}, by others and on other networks: {'; '.join(found)}.")
    return [*lines, f"Second-hand: {MEASURED_SOURCE}."] if lines else []


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
