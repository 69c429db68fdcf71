"""Pieces of a stream: some films at a time as events, what circuits emit, and random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..models.probabilistic import ProbabilisticModel
from .trains import Trains, as_films

__all__ = ["film_draws", "n_free", "pieces"]

_AT_ONCE = 4000  # steps between two looks at the keyboard


def pieces(
    films: Any, aims: np.ndarray | None, model: ProbabilisticModel
) -> Iterator[tuple[Trains, np.ndarray]]:
    """Some films at a time, as events, and what circuits emit.

    Parameters
    ----------
    films : (film, step, ...) array, EventFilms or GreyFilms
        Values of inputs.
    aims : (film,) array of int, or (film, step, visible circuit) array of int, or None
        Classes, or what visible circuits emit; None where all is drawn.
    model : ProbabilisticModel
        The network.

    Yields
    ------
    trains : Trains
        Events of inputs.
    clamped : (film x step, circuit) array of int8
        What circuits emit; -1 for what is drawn.
    """
    n_steps = films.shape[1]
    at_once = max(1, _AT_ONCE // max(1, n_steps))
    for start in range(0, len(films), at_once):
        part = slice(start, start + at_once)
        values = as_films(films[part], model.n_inputs, model.n_values)
        trains = Trains.of(values, model.n_values)
        clamped = np.full((len(values), n_steps, model.n_circuits), -1, np.int8)
        if aims is not None:
            clamped[:, :, model.n_hidden :] = _clamped(aims[part], model)
        yield trains, clamped.reshape(-1, model.n_circuits)


def _clamped(aims: np.ndarray, model: ProbabilisticModel) -> np.ndarray:
    if aims.ndim == 1:
        return np.eye(model.n_visible, dtype=np.int8)[aims][:, None]
    return aims.astype(np.int8)


def n_free(clamped: np.ndarray, model: ProbabilisticModel) -> int:
    """How many random numbers a step takes: of hidden circuits, or of all of them.

    Parameters
    ----------
    clamped : (step, circuit) array of int8
        What circuits emit, -1 for what is drawn.
    model : ProbabilisticModel
        The network.
    """
    hidden = model.n_hidden
    return clamped.shape[1] if (clamped[:, hidden:] < 0).any() else hidden


def film_draws(
    trains: Trains, clamped: np.ndarray, model: ProbabilisticModel, first: tuple[int, int]
) -> np.ndarray:
    """Random numbers that belong to films, whatever the pieces.

    Parameters
    ----------
    trains, clamped
        As `pieces` yields them.
    model : ProbabilisticModel
        The network.
    first : (seed, position)
        Of the first film.

    Returns
    -------
    (film x step, random number) array
    """
    width, (seed, film) = n_free(clamped, model), first
    if not width:
        return np.zeros((len(clamped), 0))
    drawn = [
        np.random.default_rng((seed, film + i)).random((trains.n_steps, width))
        for i in range(trains.n_films)
    ]
    return np.concatenate([*drawn, np.zeros((0, width))])
