"""Series shown step by step: one film each, and an answer at every step."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..datasets.series import Series
from ..inputs.inputs import Inputs
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..records import Judge, SpikeRecord, ValueJudge
from ..records.judge import StepJudge
from ..simulators import run

__all__ = ["run_by_step"]


def run_by_step(
    model: SpikingModel,
    series: Series,
    judge: Judge | ValueJudge,
    *,
    simulator: str,
    presentation: Presentation,
    coding: Any = None,
    **options: Any,
) -> SpikeRecord:
    """Show every series as a film, each step for the time of one presentation.

    Parameters
    ----------
    model : SpikingModel
        The network.
    series : Series
        With an answer at every step.
    judge : Judge or ValueJudge
        Of all steps, series by series.
    simulator : str
        One that shows inputs that change over time; the others refuse by name.
    presentation : Presentation
        Of one step: averaging begins at ``t_c`` after its onset, and it lasts ``t_p``. With
        ``reset`` every series starts from the initial state.
    coding : None
        Series change over time already; `ValidationError` if there is one.
    **options
        Those of the simulator.

    Returns
    -------
    SpikeRecord
        Of the steps, as if each were an image; ``image_spikes`` are those of its series shared
        evenly among the steps.
    """
    inputs = Inputs.of(model, series, presentation, coding)
    of_steps = StepJudge(judge, series.n_steps)
    record = run(model, inputs, simulator=simulator, judge=of_steps, **options)
    times = series.n_steps
    return dataclasses.replace(
        record,
        presentation=presentation,
        outputs=np.zeros((record.n_images * times, 0, record.outputs.shape[2]), np.float32),
        image_spikes={k: np.repeat(v / times, times) for k, v in record.image_spikes.items()},
        rasters={},
        n_asked=record.n_asked * times,
        notes=(
            *record.notes,
            f"{record.n_images:,} series of {times} steps, each shown for "
            f"{1e3 * presentation.t_p:g} ms after the other",
        ),
    )
