"""A record as a card for notebooks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...support.html_card import html_card
from ...support.words.counted import counted
from ..counters import counters_line

__all__ = ["record_card"]


def record_card(record: Any) -> str:
    """HTML of what a run gave.

    Parameters
    ----------
    record : SpikeRecord
        What a simulator returned.
    """
    rates = ", ".join(f"{k} {v.mean():.1f}" for k, v in record.layer_rates.items())
    spikes = record.spikes_per_image
    return html_card(
        f"{record.model} in {record.simulator}, {counted(record.n_images, 'image')}",
        [
            ("presentation", record.presentation),
            ("rates [Hz]", rates or None),
            ("spikes per image", None if spikes is None else f"{spikes:,.0f}"),
            (
                "single spikes kept of",
                counted(len(_drawn(record)), "image") if record.rasters else None,
            ),
            ("counted", counters_line(record.counters)),
            ("notes", "; ".join(record.notes) or None),
        ],
    )


def _drawn(record: Any) -> np.ndarray:
    """Images of which single spikes are kept and there are any."""
    return np.unique(np.concatenate([rows[:, 0] for rows in record.rasters.values()]))
