"""`Job`: a function and what it is called with, in this process or another."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ValidationError
from .keys import key_of

__all__ = ["Job"]


@dataclasses.dataclass(frozen=True)
class Job:
    """One training or one evaluation: a function and what it is called with.

    A job can be pickled, and so be run by another process, as long as its arguments can.

    Parameters
    ----------
    name : str
        For the reader.
    kind : str
        Jobs of one kind take time in proportion to their work, e.g. ``"train mnist"``.
    work : float
        How much there is to do, in units of the kind.
    result : Path or None
        The file that is there once the job is done; None where the result is what ``function``
        returns.
    function : callable
        Does it: a function of a module or a method of a class, which other processes find by its
        name.
    arguments : tuple
        What ``function`` is called with.
    needs : Path or tuple of Path, optional
        The results of other jobs that have to be there before.

    Raises
    ------
    ValidationError
        If the function is a lambda, or stands inside another function.

    Examples
    --------
    >>> import pickle, tempfile
    >>> file = Path(tempfile.mkdtemp()) / "done"
    >>> job = Job("touch a file", "touch", 1.0, file, Path.touch, (file,))
    >>> pickle.loads(pickle.dumps(job)).run()
    >>> file.exists()
    True
    """

    name: str
    kind: str
    work: float
    result: Path | None
    function: Callable[..., object]
    arguments: tuple[Any, ...] = ()
    needs: Path | tuple[Path, ...] | None = None

    def __post_init__(self) -> None:
        try:
            pickle.dumps(self.function)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ValidationError(
                f"job {self.name!r}: function is {self.function!r}, which another process could "
                f"not find ({error}); give a function of a module, and what it is called with as "
                "arguments"
            ) from error

    @property
    def key(self) -> str:
        """A hash of the function's name and its arguments: equal inputs have equal keys."""
        return key_of(self.function, self.arguments)

    @property
    def needed(self) -> tuple[Path, ...]:
        """The results that have to be there before, however many."""
        if self.needs is None:
            return ()
        return self.needs if isinstance(self.needs, tuple) else (self.needs,)

    def run(self) -> Any:
        """Do it; returns what the function returns."""
        return self.function(*self.arguments)
