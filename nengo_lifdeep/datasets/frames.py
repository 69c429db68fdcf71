"""`FilmFrames`: the frames of films that are read when they are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sources.in_files import InFiles

__all__ = ["FilmFrames"]


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
