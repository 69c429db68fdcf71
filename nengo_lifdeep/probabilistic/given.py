"""What a learner is given: weights, films, and what visible circuits are to emit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..datasets.base import Split
from ..datasets.events import EventFilms
from ..errors import DataError, ValidationError
from ..models.probabilistic import ProbabilisticModel
from ..support.checks.arrays import checked_array, checked_numbers, plain_array
from ..support.words.counted import counted
from .federated.films import GreyFilms
from .trains import require_films

__all__ = ["checked_films", "checked_pairs", "checked_weights"]


def checked_weights(weights: Sequence[np.ndarray], model: ProbabilisticModel) -> list[np.ndarray]:
    """Weights, feedback and bias that a network may go on with.

    Parameters
    ----------
    weights : (weights, feedback, bias)
        As of a `ProbabilisticModel`.
    model : ProbabilisticModel
        Of these shapes and connections.

    Raises
    ------
    ValidationError
        If they have other shapes, are not finite, or not 0 where there is no connection.
    """
    given = list(weights)
    if len(given) != 3:
        raise ValidationError(f"{len(given)} arrays; expected weights, feedback and bias")
    names = ("weights", "feedback", "bias")
    arrays = [
        checked_numbers(array, name, getattr(model, name).shape)
        for array, name in zip(given, names, strict=True)
    ]
    stray = arrays[0].any(axis=(2, 3, 4)) & ~model.topology
    if stray.any():
        raise ValidationError(
            f"weights{np.argwhere(stray)[0].tolist()} are not 0; there is no such connection"
        )
    return arrays


def checked_films(films: Any, model: ProbabilisticModel) -> Any:
    """Films that have the network's inputs; values are looked at later, some at a time.

    Parameters
    ----------
    films : (film, step, ...) array, EventFilms or GreyFilms
        Values of inputs.
    model : ProbabilisticModel
        The network.

    Raises
    ------
    DataError
        If they have other inputs.
    """
    made = isinstance(films, EventFilms | GreyFilms)  # some at a time
    given = films if made else plain_array(films, "films", DataError)
    require_films(given, model.n_inputs)
    return given


def checked_pairs(films: Any, labels: Any, model: ProbabilisticModel) -> tuple[Any, np.ndarray]:
    """Films, and what visible circuits emit: labels, or values.

    Parameters
    ----------
    films : (film, step, ...) array, EventFilms, GreyFilms, or Split of films
        Values of inputs.
    labels : (film,) array of int, or (film, step, visible circuit) array of int, optional
        As of `OnlineLearner.partial_fit`.
    model : ProbabilisticModel
        The network.

    Raises
    ------
    DataError
        If films and labels do not fit the network.
    """
    if isinstance(films, Split):
        labels, films = films.labels if labels is None else labels, films.images
    if labels is None:
        raise DataError("labels are missing; expected one for every film")
    films = checked_films(films, model)
    aims = checked_array(labels, "labels", kind="whole", error=DataError)
    n = model.n_visible
    if len(aims.shape) == 1:
        if len(aims) and not 0 <= aims.min() <= aims.max() < n:
            raise DataError(f"labels are {aims.min()} to {aims.max()}; expected 0 to {n - 1}")
    elif aims.shape[1:] != (*films.shape[1:2], n):
        raise DataError(
            f"labels have shape {aims.shape}; expected (film,), or (film, step, circuit) with "
            f"{films.shape[1:2]} steps and {n} visible circuits"
        )
    elif aims.size and not -1 <= aims.min() <= aims.max() <= model.n_values:
        raise DataError(
            f"labels are values {aims.min()} to {aims.max()}; expected -1 to {model.n_values}"
        )
    if len(films) != len(aims):
        raise DataError(
            f"{counted(len(films), 'film')} and {counted(len(aims), 'label')}; expected one each"
        )
    return films, aims
