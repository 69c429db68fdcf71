"""`Trains`: what inputs emit over time, as the events there are."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ..datasets.base import Split
from ..datasets.events import EventFilms
from ..errors import DataError
from ..records.input_range import warn_if_dark
from ..support.checks import shown
from ..support.checks.arrays import plain_array
from ..support.short_repr import short_repr

__all__ = ["Trains", "as_films", "bernoulli_films", "require_films"]


@dataclasses.dataclass(frozen=True, eq=False)
class Trains:
    """Events of some films, in the order of steps.

    Parameters
    ----------
    n_films, n_steps : int
        Films, and steps of each.
    first : (film x step + 1,) array of int64
        Where the events of a step begin.
    blocks : (event,) array of int32
        Circuit times the number of values, and the value less 1.
    """

    n_films: int
    n_steps: int
    first: np.ndarray
    blocks: np.ndarray

    __repr__ = short_repr

    @property
    def n_events(self) -> int:
        """Events of all films."""
        return len(self.blocks)

    @classmethod
    def of(cls, films: Any, n_values: int) -> Trains:
        """Take the events out of films.

        Parameters
        ----------
        films : (film, step, circuit) array of int8
            As `as_films` returns them.
        n_values : int
            Values of a circuit.
        """
        n_films, n_steps, n_inputs = films.shape
        flat = films.reshape(n_films * n_steps, n_inputs)
        at = np.flatnonzero(flat != 0)  # of booleans it is several times as fast
        steps, circuits = np.divmod(at, n_inputs)
        first = np.zeros(len(flat) + 1, np.int64)
        np.cumsum(np.bincount(steps, minlength=len(flat)), out=first[1:])
        blocks = circuits * n_values + flat.reshape(-1)[at] - 1
        return cls(n_films, n_steps, first, blocks.astype(np.int32))


def require_films(films: Any, n_inputs: int) -> None:
    """Raise `DataError` unless these are films with so many inputs.

    Parameters
    ----------
    films : array or EventFilms
        Of any shape.
    n_inputs : int
        Of a network.
    """
    if len(films.shape) < 3 or math.prod(films.shape[2:]) != n_inputs:
        raise DataError(
            f"films have shape {films.shape}; expected (film, step, ...) with {n_inputs} inputs in "
            "every step. Grey images become films by `bernoulli_films`, events by EventFilms"
        )


def as_films(films: Any, n_inputs: int, n_values: int) -> np.ndarray:
    """Films as values of circuits, 0 for silence.

    Parameters
    ----------
    films : (film, step, ...) array, EventFilms, or Split of films
        Whole numbers: values of 0 to C. uint8: 255 is value 1 as well, so that frames of events
        with ``limit=1`` are taken as they are. Booleans. Floats: 1 is value 1, and -1 is value 2.
    n_inputs, n_values : int
        Inputs, and values of each.

    Returns
    -------
    (film, step, circuit) array of int8

    Raises
    ------
    DataError
        If there is any other number, or a film has another number of inputs.

    Examples
    --------
    >>> as_films(np.array([[[0.0, -1.0], [1.0, 0.0]]]), n_inputs=2, n_values=2)
    array([[[0, 2],
            [1, 0]]], dtype=int8)
    """
    given = films.images if isinstance(films, Split) else films
    array = given[:] if isinstance(given, EventFilms) else plain_array(given, "films", DataError)
    require_films(array, n_inputs)
    if array.dtype.kind not in "biuf":
        raise DataError(f"films are of type {array.dtype}; expected numbers")
    flat = array.reshape(*array.shape[:2], n_inputs)
    if flat.dtype.kind == "f":
        signs = flat.astype(np.int8) if not flat.size or np.isfinite(flat).all() else None
        if signs is None or not ((signs == flat) & (signs >= -1) & (signs <= 1)).all():
            raise DataError(
                "films of floats hold other numbers than -1, 0 and 1; expected events, e.g. of "
                "Binning(..., polarity='signed', limit=1), or of `bernoulli_films` of grey images"
            )
        if n_values == 1 and (signs < 0).any():
            raise DataError(
                "films have negative events, and circuits have one value; choose n_values=2, or "
                "take the sign away, e.g. by Binning(..., polarity='summed')"
            )
        return np.where(signs < 0, np.int8(2), signs)
    if flat.dtype == np.uint8:
        flat = np.where(flat == 255, np.uint8(1), flat)
    if flat.size and (flat.min() < 0 or flat.max() > n_values):
        worst = flat.min() if flat.min() < 0 else flat.max()
        raise DataError(
            f"films hold the value {worst}; expected 0 for silence, and values up to {n_values}. "
            "Frames of events take Binning(..., limit=1)"
        )
    return flat.astype(np.int8)


def bernoulli_films(images: Any, n_steps: int, scale: float = 0.5, seed: int = 0) -> np.ndarray:
    """Films of grey images whose pixels emit value 1 at random in every step.

    Parameters
    ----------
    images : (image, ...) array
        uint8, or floats in [0, 1].
    n_steps : int
        Steps.
    scale : float
        Probability of a white pixel's event.
    seed : int
        Of the random numbers.

    Returns
    -------
    (image, step, ...) array of int8

    Raises
    ------
    DataError
        If pixels are not from 0 to 1, or another number is out of bounds.

    Examples
    --------
    >>> films = bernoulli_films(np.array([[0.0, 1.0]]), n_steps=1000, scale=0.3)
    >>> films.shape, films.mean(axis=1).round(1).tolist()
    ((1, 1000, 2), [[0.0, 0.3]])
    """
    array = plain_array(images, "images", DataError)
    if array.dtype.kind not in "biuf" or array.ndim < 2:
        raise DataError(f"images is {shown(images)}; expected numbers (image, ...)")
    grey = array / np.float64(255) if array.dtype == np.uint8 else array.astype(np.float64)
    if not (grey.size and grey.min() >= 0 and grey.max() <= 1):
        raise DataError("images hold other numbers than 0 to 1 (uint8: 0 to 255); scale them")
    if len(grey) > 1:
        warn_if_dark(grey.reshape(len(grey), -1, 1, 1))
    rng = np.random.default_rng(seed)
    spikes = np.empty((len(grey), n_steps, *grey.shape[1:]), np.int8)
    for film, image in zip(spikes, grey * scale, strict=True):
        film[...] = rng.random(film.shape) < image
    return spikes
