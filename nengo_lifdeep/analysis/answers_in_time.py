"""When answers in spikes have become those of the rates: classes, or values."""

from __future__ import annotations

import numpy as np

from ..datasets.base import Split
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..records import SpikeRecord
from ..records.finding import Finding
from ..records.value_scores import value_scores

__all__ = ["Answers", "gives_values"]


def gives_values(model: SpikingModel, images: Split | np.ndarray) -> bool:
    """Whether the outputs of a network are values, not scores of classes.

    Parameters
    ----------
    model : SpikingModel
        The network: one trained on targets says so, and one output alone is no choice of classes.
    images : Split or array
        What it is shown; targets say it too.
    """
    if isinstance(images, Split) and images.has_values:
        return True
    return model.n_classes == 1 or model.provenance.get("task") == "regression"


class Answers:
    """How the answers in spikes, averaged up to any step, agree with those of the rates.

    Parameters
    ----------
    record : SpikeRecord
        The run, with its outputs.
    outputs : (image, output) array
        Outputs of the rate network for the same images.
    timing : Presentation
        Timing of the run.
    of_values : bool
        Whether outputs are values, compared by R2, or scores of classes.

    Attributes
    ----------
    course : (n_steps + 1,) array
        Agreement averaging from ``t_c`` to before each step.
    agreement : float
        At the end: the share of equal predictions, or R2 about the rate network's values.
    """

    def __init__(
        self, record: SpikeRecord, outputs: np.ndarray, timing: Presentation, of_values: bool
    ) -> None:
        self.timing, self.of_values = timing, of_values
        if of_values:
            self.course = _r2_course(record.outputs, outputs, timing.c_steps)
            self.agreement = float(self.course[timing.n_steps])
        else:
            answers = outputs.argmax(axis=1)
            self.course = record.accuracy_row(answers)
            self.agreement = float((record.predictions() == answers).mean())

    def settled(self) -> float:
        """First time from which on 99 % of the final agreement is kept."""
        c = self.timing.c_steps
        course = self.course[c + 1 :]
        short = np.flatnonzero(course < course[-1] - 0.01 * abs(course[-1]))
        return (c + 1 + (int(short[-1]) + 1 if len(short) else 0)) * self.timing.dt

    def too_short(self) -> Finding:
        """Answers that part though no layer is to blame."""
        half = self.course[(self.timing.c_steps + self.timing.n_steps) // 2]
        end = f"{1e3 * self.timing.t_p:g} ms"
        found = (
            f"{100 * self.agreement:.1f} % of the rate network's predictions at {end}, "
            f"{100 * half:.1f} % half way"
        )
        if self.of_values:
            found = (
                f"R2 of {self.agreement:.3f} about the rate network's values at {end}, {half:.3f} "
                "half way"
            )
        return Finding(
            "warning", "predictions have settled", "output", found,
            "start averaging later (t_c), look longer (t_p), or fire faster (scale_firing_rates)",
        )  # fmt: skip


def _r2_course(outputs: np.ndarray, rates: np.ndarray, start: int) -> np.ndarray:
    """R2 of mean outputs from ``start`` on about the rates', for every end; 0 up to the start."""
    course = np.zeros(outputs.shape[1] + 1)
    total = np.zeros(rates.shape)
    for step in range(start, outputs.shape[1]):
        total += outputs[:, step]
        course[step + 1] = value_scores(rates, total / (step + 1 - start))["r2"]
    return course
