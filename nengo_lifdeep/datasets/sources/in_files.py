"""`InFiles`: what images that stay in their files are told apart by, unread."""

from __future__ import annotations

import os

import numpy as np

__all__ = ["InFiles", "line_of"]


class InFiles:
    """Base of images that look like an array and are read when they are asked for."""

    #: for `Split`: slices are read, so nothing may touch all of it at once
    is_lazy = True

    @property
    def identity(self) -> np.ndarray:
        """A digest of the files' names and sizes, and of how they are read.

        A copy of the data set has the same: a training goes on with it.
        """
        return self._digest(times=False)

    @property
    def version(self) -> np.ndarray:
        """A digest as `identity`, and of when each file was last changed.

        Results that are kept under it are computed again in doubt.
        """
        return self._digest(times=True)

    def _digest(self, times: bool) -> np.ndarray:
        raise NotImplementedError


def line_of(path: str | os.PathLike[str], times: bool, part: str = "") -> bytes:
    """A file in a digest: the end of its name, its size, and when it was changed.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    times : bool
        Whether to say when it was last changed.
    part : str
        Which part of the file is meant.
    """
    (folder, name), found = os.path.split(path), os.stat(path)
    when = f" {found.st_mtime_ns}" if times else ""
    return f"{os.path.basename(folder)}/{name}{part} {found.st_size}{when}\n".encode()
