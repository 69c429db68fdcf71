"""Grey images as films that are made when they are asked for."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import DataError
from ...jobs.fingerprints import fingerprint
from ...support.checks import check_fields, real, seed, whole
from ...support.checks.arrays import plain_array
from ...support.short_repr import short_repr
from ..trains import bernoulli_films

__all__ = ["GreyFilms"]


@dataclasses.dataclass(frozen=True, eq=False)
class GreyFilms:
    """What `bernoulli_films` makes of images, film by film, each with random numbers of its own.

    It takes the room of the images, and a slice looks like the array ``(film, step, ...)``.

    Parameters
    ----------
    images : (image, ...) array
        uint8, or floats in [0, 1].
    n_steps : int
        Steps of a film.
    scale : float
        Probability of a white pixel's event.
    seed : int
        Of the random numbers; those of a film depend on its place.

    Raises
    ------
    DataError
        If an argument is not as described.

    Examples
    --------
    >>> films = GreyFilms(np.full((3, 2, 2), 0.5), n_steps=80)
    >>> films.shape, films[1:].shape
    ((3, 80, 2, 2), (2, 80, 2, 2))
    """

    images: np.ndarray
    n_steps: int
    scale: float = 0.5
    seed: int = 0

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(self, DataError, n_steps=whole(1), scale=real(0, 1), seed=seed)
        images = plain_array(self.images, "images", DataError)
        object.__setattr__(self, "images", images)
        if images.ndim < 2 or not len(images):
            raise DataError(f"images have shape {images.shape}; expected (image, ...)")
        bernoulli_films(images, 0)  # refuses other numbers

    @property
    def shape(self) -> tuple[int, ...]:
        """Films, steps, and what an image has."""
        return len(self.images), self.n_steps, *self.images.shape[1:]

    @property
    def identity(self) -> np.ndarray:
        """What films are told apart by without making them: a digest of the images, and numbers."""
        numbers = np.array([self.n_steps, self.scale, self.seed], np.float64)
        found = fingerprint(self.images, numbers)
        return np.frombuffer(bytes.fromhex(found), np.uint8)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, at: slice) -> np.ndarray:
        if not isinstance(at, slice):
            raise DataError(f"films[{at!r}]: expected a slice, e.g. films[:10]")
        films = []
        for i in range(*at.indices(len(self))):
            own = int(np.random.SeedSequence((self.seed, i)).generate_state(1)[0])
            films.append(bernoulli_films(self.images[i : i + 1], self.n_steps, self.scale, own))
        return np.concatenate([*films, np.zeros((0, *self.shape[1:]), np.int8)])
