"""Frames of films: as images, read when they are asked for, or as the channels of one image."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..support.arrays.owned_arrays import adopted
from .sources.in_files import InFiles

__all__ = ["FilmFrames", "film_frames", "stacked_frames"]


class FilmFrames(InFiles):
    """Looks like an array of images ``(n * frame, row, column, channel)``, film by film.

    A film is read once for all of its frames that are asked for together.

    Parameters
    ----------
    films : EventFilms
        Or anything else that looks like an array ``(n, frame, row, column, channel)``.
    chosen : (k,) array of integers, optional
        Which frames; all by default.

    Examples
    --------
    >>> films = np.arange(6).reshape(2, 3, 1, 1, 1)
    >>> frames = FilmFrames(films)
    >>> frames.shape, frames[[4, 0]].ravel(), frames.select(slice(4, 6))[:].ravel()
    ((6, 1, 1, 1), array([4, 0]), array([4, 5]))
    """

    #: as of pictures in files: no squares at random places
    wanders = False

    def __init__(self, films: Any, chosen: np.ndarray | None = None) -> None:
        self.films = films
        self.chosen = np.arange(len(films) * films.shape[1]) if chosen is None else chosen
        self.dtype = films.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """``(k, row, column, channel)``."""
        return (len(self.chosen), *self.films.shape[2:])

    @property
    def ndim(self) -> int:
        """4."""
        return 4

    @property
    def size(self) -> int:
        """Numbers in all frames."""
        return int(np.prod(self.shape))

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, index: Any) -> np.ndarray:
        """Read the films of the chosen frames: a slice, or integers, or booleans."""
        film, frame = np.divmod(np.atleast_1d(self.chosen[index]), self.films.shape[1])
        wanted, which = np.unique(film, return_inverse=True)
        found = np.empty((len(film), *self.films.shape[2:]), self.dtype)
        for i, number in enumerate(wanted):
            here = which == i
            found[here] = self.films[int(number)][frame[here]]
        return found if np.ndim(self.chosen[index]) else found[0]

    def select(self, index: Any) -> FilmFrames:
        """The chosen frames, still unread.

        Parameters
        ----------
        index : slice, or (k,) array of int or bool
            The chosen frames.
        """
        return FilmFrames(self.films, self.chosen[index])

    def _digest(self, times: bool) -> np.ndarray:
        """The films' digest, and which frames there are."""
        films = self.films.version if times else self.films.identity
        return np.append(films, self.chosen.astype("<i8").view(np.uint8))


def film_frames(films: Any) -> Any:
    """Every frame as an image, film by film, with the answer of its film.

    Parameters
    ----------
    films : Split
        Films in memory, or in files.

    Returns
    -------
    Split
        Frames of one film are a group.
    """
    n = films.n_frames
    if films.is_lazy:
        images: Any = FilmFrames(films.images)
    else:
        images = films.images.reshape(-1, *films.image_shape)
    groups = np.arange(len(films)) if films.groups is None else films.groups
    return dataclasses.replace(
        films,
        images=images,
        labels=None if films.has_values else np.repeat(films.labels, n),
        indices=None,
        targets=None if films.targets is None else np.repeat(films.targets, n, axis=0),
        groups=np.repeat(groups, n),
    )


def stacked_frames(films: Any) -> Any:
    """The frames of every film as the channels of one image, the earliest first.

    Parameters
    ----------
    films : Split
        Films in memory, or in files, which are read.

    Returns
    -------
    Split
        One image for every film.
    """
    stacked = np.moveaxis(films.images[:], 1, 3)
    images = adopted(stacked.reshape(*stacked.shape[:3], -1))
    return dataclasses.replace(films, images=images, labels=films.known_labels)
