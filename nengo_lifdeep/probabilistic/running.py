"""A network of probabilistic circuits at work: films in, `SpikeRecord` or `Evaluation` out."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..datasets.base import Split
from ..errors import DataError
from ..inputs.presentation import Presentation
from ..models.probabilistic import ProbabilisticModel
from ..records import Evaluation, SpikeRecord
from ..support.checks import checked, instance, optional, text, whole
from ..support.checks import seed as a_seed
from .learner import OnlineLearner

__all__ = ["judge", "show"]


@checked(model=instance(ProbabilisticModel), seed=a_seed, rasters=whole(0))
def show(model: ProbabilisticModel, films: Any, seed: int = 0, rasters: int = 0) -> SpikeRecord:
    """Show films to a network, whose circuits all emit what is drawn.

    Parameters
    ----------
    model : ProbabilisticModel
        The network.
    films : (film, step, ...) array, EventFilms, GreyFilms, or Split of films
        As for `OnlineLearner.partial_fit`.
    seed : int
        Of the random numbers, which belong to a film's position.
    rasters : int
        Films, from the first on, whose single spikes are kept.

    Returns
    -------
    SpikeRecord
        Of simulator "probabilistic": populations "hidden" (where there are any) and "visible". An
        output at a step is 1 where a visible circuit emitted any value, so that the mean over a
        window is what the class is taken from. A step lasts ``model.dt``.

    Raises
    ------
    DataError
        If the films do not fit the network, or there are none.

    Examples
    --------
    >>> model = ProbabilisticModel.initial((2,), n_visible=2, n_hidden=3)
    >>> record = show(model, np.ones((4, 10, 2), np.int8))
    >>> record.outputs.shape, sorted(record.layer_rates)
    ((4, 10, 2), ['hidden', 'visible'])
    """
    learner = OnlineLearner(model, dtype=str(model.weights.dtype))
    began = time.perf_counter()
    names = {"visible": slice(model.n_hidden, None)}
    if model.n_hidden:
        names = {"hidden": slice(0, model.n_hidden), **names}
    outputs: list[np.ndarray] = []
    spikes: dict[str, list[np.ndarray]] = {name: [] for name in names}
    rows: dict[str, list[np.ndarray]] = {name: [] for name in names}
    totals, n_films, n_steps = np.zeros(model.n_circuits), 0, 0
    for said, _ in learner.run(films, seed=seed):
        emits = said > 0
        outputs.append(emits[:, :, model.n_hidden :].astype(np.float32))
        totals += emits.sum(axis=(0, 1))
        for name, part in names.items():
            spikes[name].append(emits[:, :, part].sum(axis=(1, 2)))
            kept = np.argwhere(emits[: max(0, rasters - n_films), :, part]).astype(np.int32)
            rows[name].append(kept + np.array([n_films, 0, 0], np.int32))
        n_films, n_steps = n_films + len(said), said.shape[1]
    if not n_films or not n_steps:
        raise DataError("there are no films, or they have no steps; nothing can be shown")
    timing = Presentation(t_c=0.0, t_p=n_steps * model.dt, dt=model.dt)
    seconds = n_films * n_steps * model.dt
    return SpikeRecord(
        "probabilistic",
        model.name,
        timing,
        np.concatenate(outputs),
        {name: totals[part] / seconds for name, part in names.items()},
        {name: np.concatenate(spikes[name]) for name in names},
        {name: np.concatenate(rows[name]) for name in names} if rasters else {},
        seconds=time.perf_counter() - began,
        notes=("circuits emit at random: another seed gives other spikes",),
        is_static=False,
    )


@checked(
    model=instance(ProbabilisticModel), films=instance(Split), seed=a_seed, data=optional(text)
)
def judge(
    model: ProbabilisticModel, films: Split, seed: int = 0, data: str | None = None
) -> Evaluation:
    """Show films to a network and judge its answers: the visible circuit with most events.

    Parameters
    ----------
    model : ProbabilisticModel
        The network.
    films : Split
        Films with their classes.
    seed : int
        Of the random numbers.
    data : str, optional
        Name of the films; where they are from by default.

    Raises
    ------
    DataError
        If the films do not fit the network, or there are none.

    Examples
    --------
    >>> model = ProbabilisticModel.initial((1, 1, 2), n_visible=2)
    >>> films = Split(np.full((4, 10, 1, 1, 2), 255, np.uint8), [0, 1, 0, 1])
    >>> judge(model, films).n_images
    4
    """
    record = show(model, films, seed)
    name = films.source if data is None else data
    return Evaluation.of(record, films.labels, classes=model.classes, data=name, images=films)
