"""An evaluation in words: as text, and as a card for notebooks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...support.html_card import html_card
from ...support.words.counted import counted

__all__ = ["class_card", "class_text", "value_card", "value_text"]


def class_text(evaluation: Any) -> str:
    """What answers that are classes are worth, and findings line by line.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation.
    """
    low, high = evaluation.interval
    words = (
        f"error {evaluation.error:.2f} % "
        f"(95 %: {100 * (1 - high):.2f} to {100 * (1 - low):.2f}), {_images(evaluation)}"
    )
    scores = evaluation.binary_scores or {}
    if "roc_auc" in scores:
        words += f", AUC {scores['roc_auc']:.4f}"
    return _text(evaluation, words)


def value_text(evaluation: Any) -> str:
    """What answers that are values are worth, and findings line by line.

    Parameters
    ----------
    evaluation : ValueEvaluation
        The evaluation.
    """
    low, high = evaluation.interval()
    words = (
        f"R2 {evaluation.r2:.4f} (95 %: {low:.4f} to {high:.4f}), "
        f"mean absolute error {evaluation.mean_absolute_error:.4g}"
    )
    if evaluation.psnr is not None:
        words += f", PSNR {evaluation.psnr:.2f} dB"
    return _text(evaluation, f"{words}, {_images(evaluation)}")


def _text(evaluation: Any, words: str) -> str:
    line = f"{evaluation.model} on {evaluation.data}, {evaluation.simulator}: {words}"
    if evaluation.presentation is not None:
        line += f"; {evaluation.presentation}"
    return "\n".join([line, *map(str, evaluation.findings)])


def _images(evaluation: Any) -> str:
    """How many images, and in how many groups if some belong together."""
    images = counted(evaluation.n_images, "image")
    if evaluation.groups is None:
        return images
    return f"{images} in {counted(len(np.unique(evaluation.groups)), 'group')}"


def class_card(evaluation: Any) -> str:
    """HTML of answers that are classes.

    Parameters
    ----------
    evaluation : Evaluation
        The evaluation.
    """
    low, high = evaluation.interval
    rate, scores = evaluation.rate_accuracy, evaluation.binary_scores or {}
    return _card(
        evaluation,
        f"{100 * evaluation.accuracy:.2f} % right",
        [
            ("error", f"{evaluation.error:.2f} % (95 %: {100 - 100 * high:.2f} to "
                      f"{100 - 100 * low:.2f})"),
            ("error in rates", None if rate is None else f"{100 - 100 * rate:.2f} %"),
            *((name, f"{value:.4f}") for name, value in scores.items()),
        ],
    )  # fmt: skip


def value_card(evaluation: Any) -> str:
    """HTML of answers that are values.

    Parameters
    ----------
    evaluation : ValueEvaluation
        The evaluation.
    """
    rate = evaluation.rate_scores
    return _card(
        evaluation,
        f"R2 {evaluation.r2:.4f}",
        [
            *((name, f"{value:.4g}") for name, value in evaluation.scores.items()),
            ("R2 in rates", None if rate is None else f"{rate['r2']:.4f}"),
        ],
    )


def _card(evaluation: Any, title: str, scores: list[tuple[str, str | None]]) -> str:
    rates = ", ".join(f"{k} {v:.1f}" for k, v in evaluation.layer_rates.items())
    spikes = evaluation.spikes_per_image
    return html_card(
        f"{evaluation.model} in {evaluation.simulator}: {title}",
        [
            ("images", f"{evaluation.n_images:,} of {evaluation.data}"),
            *scores,
            ("presentation", evaluation.presentation),
            ("rates [Hz]", rates or None),
            ("spikes per image", None if spikes is None else f"{spikes:,.0f}"),
            ("findings", "; ".join(map(str, evaluation.findings)) or None),
        ],
    )
