"""The figures of an evaluation that fit into one row of a table, JSON-ready."""

from __future__ import annotations

from typing import Any

__all__ = ["class_row", "value_row"]


def class_row(evaluation: Any) -> dict[str, Any]:
    """The row of answers that are classes.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation.
    """
    low, high = evaluation.interval
    scores = evaluation.binary_scores or {}
    return {
        **_names(evaluation),
        "error_percent": evaluation.error,
        "error_interval_percent": [100 * (1 - high), 100 * (1 - low)],
        "top5_error_percent": _error(evaluation.top5_accuracy),
        "rate_error_percent": _error(evaluation.rate_accuracy),
        "agreement_percent": None if evaluation.agreement is None else 100 * evaluation.agreement,
        **scores,
        **{f"{name}_interval": list(evaluation.binary_interval(name)) for name in scores},
        **_figures(evaluation),
    }


def _error(accuracy: float | None) -> float | None:
    return None if accuracy is None else 100 * (1 - accuracy)


def value_row(evaluation: Any) -> dict[str, Any]:
    """The row of answers that are values.

    Parameters
    ----------
    evaluation : ValueEvaluation
        The evaluation.
    """
    scores = evaluation.scores
    return {
        "task": "regression",
        **_names(evaluation),
        **scores,
        **{f"{name}_interval": list(evaluation.interval(name)) for name in scores},
        **{f"rate_{name}": value for name, value in (evaluation.rate_scores or {}).items()},
        "distance_to_rates": evaluation.distance_to_rates,
        **_figures(evaluation),
    }


def _names(evaluation: Any) -> dict[str, Any]:
    """What was run."""
    timing = evaluation.presentation
    return {
        "model": evaluation.model,
        "data": evaluation.data,
        "simulator": evaluation.simulator,
        "presentation": None if timing is None else timing.to_dict(),
        "n_images": evaluation.n_images,
        "n_asked": evaluation.n_asked,
    }


def _figures(evaluation: Any) -> dict[str, Any]:
    """What the run took."""
    return {
        "mean_rate_hz": evaluation.mean_rate,
        "layer_rates_hz": dict(evaluation.layer_rates),
        "spikes_per_image": evaluation.spikes_per_image,
        "layer_spikes_per_image": dict(evaluation.layer_spikes),
        "seconds": evaluation.seconds,
        "counters": evaluation.counters,
        "notes": list(evaluation.notes),
        "findings": [finding.to_dict() for finding in evaluation.findings],
        "command": evaluation.command or None,
        **({"neurobench": evaluation.neurobench()} if evaluation.operations else {}),
    }
