"""What a file holds of a record: a JSON-ready header, and arrays by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...inputs.presentation import Presentation
from ...support.files import grouped

__all__ = ["content_fields", "record_content"]


def record_content(record: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays.

    Parameters
    ----------
    record : SpikeRecord
        What a simulator returned.
    """
    header = {
        "simulator": record.simulator,
        "model": record.model,
        "presentation": None if record.presentation is None else record.presentation.to_dict(),
        "seconds": record.seconds,
        "build_seconds": record.build_seconds,
        "n_asked": record.n_asked,
        "notes": list(record.notes),
        "is_static": record.is_static,
        "counters": record.counters,
        "dense": record.dense,
        "trained_weights": record.trained_weights,
        "shown_images": record.shown_images,
    }
    arrays: dict[str, np.ndarray] = {"run/outputs": record.outputs}
    for group in ("layer_rates", "image_spikes", "rasters"):
        arrays.update({f"{group}/{k}": v for k, v in getattr(record, group).items()})
    return header, arrays


def content_fields(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The fields of a record of which a file holds this.

    Parameters
    ----------
    header, arrays : mapping
        As `record_content` gave them.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If something is missing, or is no such content.
    """
    groups = grouped(dict(arrays))
    fields = dict(header)
    timing = fields.pop("presentation")
    fields["notes"] = tuple(fields["notes"])
    return dict(
        presentation=None if timing is None else Presentation(**timing),
        outputs=groups["run"]["outputs"],
        layer_rates=groups["layer_rates"],
        image_spikes=groups.get("image_spikes", {}),
        rasters=groups.get("rasters", {}),
        **fields,
    )
