"""Evaluations and records as data frames of pandas and data sets of xarray."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .libraries import library

__all__ = [
    "evaluation_arrays",
    "evaluation_frame",
    "record_arrays",
    "record_frame",
    "value_arrays",
    "value_frame",
]


def evaluation_frame(evaluation: Any) -> Any:
    """A ``pandas.DataFrame`` with a row for every image.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation.
    """
    names = np.array(evaluation.classes, dtype=object)
    columns = {
        "label": evaluation.labels,
        "prediction": evaluation.predictions,
        "class": names[evaluation.labels],
        "predicted_class": names[evaluation.predictions],
        "correct": evaluation.labels == evaluation.predictions,
    }
    if evaluation.margins is not None:
        columns["margin"] = evaluation.margins
    return _frame(columns, _images(evaluation))


def evaluation_arrays(evaluation: Any) -> Any:
    """An ``xarray.Dataset``: labels and predictions by image, accuracy by window.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation.
    """
    arrays: dict[str, Any] = {
        "label": ("image", evaluation.labels),
        "prediction": ("image", evaluation.predictions),
    }
    places: dict[str, Any] = {"image": _images(evaluation)}
    if evaluation.margins is not None:
        arrays["margin"] = ("image", evaluation.margins)
    if evaluation.windows is not None:
        windows, dt = evaluation.windows, evaluation.presentation.dt
        arrays["accuracy"] = (("t_c", "t_p"), windows.accuracy)
        places["t_c"] = windows.starts * dt
        places["t_p"] = np.arange(windows.accuracy.shape[1]) * dt
    return _dataset(arrays, places, _facts(evaluation))


def value_frame(evaluation: Any) -> Any:
    """A ``pandas.DataFrame`` with a row for every image, a target and a value for every output.

    Parameters
    ----------
    evaluation : ValueEvaluation
        The evaluation.
    """
    n = evaluation.n_images
    targets, values = (np.reshape(a, (n, -1)) for a in (evaluation.targets, evaluation.values))
    names = evaluation.outputs or [str(i) for i in range(targets.shape[1])]
    columns: dict[str, Any] = {}
    for i, name in enumerate(names):
        columns |= {f"target {name}": targets[:, i], f"value {name}": values[:, i]}
    return _frame(columns, _images(evaluation))


def value_arrays(evaluation: Any) -> Any:
    """An ``xarray.Dataset``: targets and values by image, errors by window.

    Parameters
    ----------
    evaluation : ValueEvaluation
        The evaluation.
    """
    axes = ("output",) if evaluation.targets.ndim == 2 else ("row", "column", "channel")
    arrays: dict[str, Any] = {
        "target": (("image", *axes), evaluation.targets),
        "value": (("image", *axes), evaluation.values),
    }
    places: dict[str, Any] = {"image": _images(evaluation)}
    if evaluation.outputs and axes == ("output",):
        places["output"] = list(evaluation.outputs)
    return _dataset(arrays, places, _facts(evaluation))


def record_frame(record: Any) -> Any:
    """A ``pandas.DataFrame`` with a row for every image: spikes of every population.

    Parameters
    ----------
    record : SpikeRecord
        The record.
    """
    return _frame(dict(record.image_spikes), np.arange(record.n_images))


def record_arrays(record: Any) -> Any:
    """An ``xarray.Dataset``: outputs over time, spikes by image, rates by neuron.

    Parameters
    ----------
    record : SpikeRecord
        The record.
    """
    dt = 1.0 if record.presentation is None else record.presentation.dt
    arrays: dict[str, Any] = {}
    places: dict[str, Any] = {"image": np.arange(record.n_images)}
    if record.has_outputs:
        time = "time" if record.presentation is not None else "step"
        arrays["output"] = (("image", time, "class"), record.outputs)
        places[time] = np.arange(record.n_steps) * dt
    for name, spikes in record.image_spikes.items():
        arrays[f"spikes {name}"] = ("image", spikes)
    for name, rates in record.layer_rates.items():
        arrays[f"rate {name}"] = (f"neuron of {name}", np.ravel(rates))
    return _dataset(arrays, places, _facts(record))


def _images(evaluation: Any) -> np.ndarray:
    """Positions of the images in their data."""
    indices = evaluation.indices
    return np.arange(evaluation.n_images) if indices is None else np.asarray(indices)


def _facts(of: Any) -> dict[str, Any]:
    """What was run, as attributes."""
    facts = {"simulator": of.simulator, "model": of.model, "seconds": of.seconds}
    if hasattr(of, "data"):
        facts["data"] = of.data
    timing = of.presentation
    if timing is not None:
        facts |= {k: v for k, v in timing.to_dict().items() if isinstance(v, int | float | str)}
    return {k: v for k, v in facts.items() if not (isinstance(v, float) and math.isnan(v))}


def _frame(columns: dict[str, Any], index: np.ndarray) -> Any:
    pandas: Any = library("pandas", "data frames", instead="summary() and to_json() need it not")
    return pandas.DataFrame(columns, index=pandas.Index(index, name="image"))


def _dataset(arrays: dict[str, Any], places: dict[str, Any], facts: dict[str, Any]) -> Any:
    xarray: Any = library("xarray", "labelled arrays", instead="The fields are NumPy arrays")
    return xarray.Dataset(arrays, places, facts)
