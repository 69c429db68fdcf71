"""Single spikes as NIR's data: events of every node."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ValidationError
from .libraries import library
from .network import require_network

__all__ = ["nir_data"]


def nir_data(record: Any, model: Any = None) -> Any:
    """Single spikes of a record as a ``nir.data_ir.NIRGraphData``.

    Parameters
    ----------
    record : SpikeRecord
        With rasters of the first images.
    model : SpikingModel, optional
        The network that ran: neurons are then numbered channel by channel, as in the graph that
        `to_nir` makes of it; without, as in the record.

    Raises
    ------
    ValidationError
        If there are no rasters, several spikes of a neuron in one step, or the network is another.
    MissingDependencyError
        If nir is older than 1.0.8, which has no data format.
    """
    if not record.rasters or record.presentation is None:
        raise ValidationError(
            "the record holds no single spikes; run(..., rasters=n) keeps those of n images"
        )
    if model is not None:
        require_network(record, model)
    data: Any = library("nir.data_ir", "NIR's data", package='"nir>=1.0.8"')
    timing = record.presentation
    n = 1 + max((int(rows[:, 0].max()) for rows in record.rasters.values() if len(rows)), default=0)
    nodes = {}
    for name, rows in record.rasters.items():
        _refuse_repeated(name, rows)
        if model is not None:
            rows = _channels_first(rows, name, model, np.size(record.layer_rates[name]))
        idx, time = _padded(rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))], n, timing.dt)
        neurons = int(np.size(record.layer_rates[name]))
        events = data.EventData(idx, time, neurons, timing.n_steps * timing.dt)
        nodes[name] = data.NIRNodeData({"spikes": events})
    return data.NIRGraphData(nodes)


def _channels_first(rows: np.ndarray, name: str, model: Any, n_neurons: int) -> np.ndarray:
    """Rows with neurons numbered by (channel, row, column) instead of (row, column, channel)."""
    population = model.population(name)
    if population.n_neurons != n_neurons:
        raise ValidationError(
            f"population {name!r} has {n_neurons} neurons in the record, and "
            f"{population.n_neurons} in network {model.name!r}; expected the network that ran"
        )
    places = np.arange(n_neurons).reshape(population.shape)
    if places.ndim == 3:
        places = (
            np.arange(n_neurons)
            .reshape(population.shape[2], *population.shape[:2])
            .transpose(1, 2, 0)
        )
    return np.column_stack([rows[:, :2], places.ravel()[rows[:, 2]]])


def _refuse_repeated(name: str, rows: np.ndarray) -> None:
    if len(np.unique(rows, axis=0)) < len(rows):
        raise ValidationError(
            f"population {name!r} has neurons that fired several times in one step; NIR's events "
            "hold one each. Run it with shorter steps, Presentation(dt=...)"
        )


def _padded(rows: np.ndarray, n: int, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Neurons and times by image, -1 and infinity where an image has fewer; times in mid-step."""
    images, steps, neurons = rows.T
    counts = np.bincount(images, minlength=n)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    idx = np.full((n, int(counts.max(initial=0))), -1)
    time = np.full(idx.shape, np.inf)
    idx[images, place] = neurons
    time[images, place] = (steps + 0.5) * dt
    return idx, time
