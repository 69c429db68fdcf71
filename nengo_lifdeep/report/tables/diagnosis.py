"""A diagnosis as tables."""

from __future__ import annotations

from ...analysis.diagnosis import Diagnosis
from .grid import Column, Grid

__all__ = ["diagnosis_table"]


def diagnosis_table(found: Diagnosis, images: str = "") -> Grid:
    """Every layer's spikes beside its rates; the one that loses most is marked.

    Parameters
    ----------
    found : Diagnosis
        From `diagnose`.
    images : str
        On which images, for the notes.
    """
    columns = (
        Column("name", "layer"),
        Column("mean_rate", "rates [Hz]", ".1f"),
        Column("mean_spikes", "spikes [Hz]", ".1f"),
        Column("correlation", "correlation", ".3f"),
        Column("silent_percent", "silent neurons [%]", ".0f"),
        Column("fastest_percent", "high rates / possible [%]", ".0f"),
        Column("mark", ""),
    )
    rows = tuple(
        {
            "name": layer.name,
            "mean_rate": layer.mean_rate,
            "mean_spikes": layer.mean_spikes,
            "correlation": layer.correlation,
            "silent_percent": 100 * layer.silent,
            "fastest_percent": 100 * layer.fastest,
            "mark": "loses most" if layer is found.worst else "",
        }
        for layer in found.layers
    )
    agrees = f"agrees with the rate network on {100 * found.agreement:.1f} % of the images."
    if found.of_values:
        agrees = f"gives the rate network's values with an R2 of {found.agreement:.3f}."
    notes: tuple[str, ...] = (
        f"The spiking network {agrees}",
        f"From {1e3 * found.settled:.0f} ms on it keeps 99 % of that.",
    )
    if images:
        notes = (*notes, f"Images: {images}.")
    return Grid("Layer by layer", columns, rows, notes)
