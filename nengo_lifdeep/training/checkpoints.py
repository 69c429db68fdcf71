"""The state of a training run as one file, complete or absent, from which it continues exactly."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelFileError, TrainingError
from ..support.files import read_record, write_record
from ..support.short_repr import short_repr
from ..support.writing import remove_leftovers

__all__ = ["Checkpoint", "differences"]

Weights = dict[str, dict[str, np.ndarray]]

_FILE = "checkpoint.lifdeep"


@dataclasses.dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything a run needs to continue after a number of whole epochs.

    Random numbers need no state: order, augmentation, noise and dropout are functions of the
    seed and the number of the epoch or step.

    Parameters
    ----------
    options : dict
        What the run was asked for, JSON-ready; must agree when it is resumed.
    history : dict of list
        Recorded so far, one entry per epoch.
    weights : dict of dict of array
        By layer and name.
    optimizer : list of array
        The optimiser's variables, in its order.
    best : dict of dict of array
        Weights of the best epoch, where early stopping wants them; else empty.
    """

    options: dict[str, Any]
    history: dict[str, list[float]]
    weights: Weights
    optimizer: list[np.ndarray]
    best: Weights = dataclasses.field(default_factory=dict)

    __repr__ = short_repr

    @property
    def epochs(self) -> int:
        """Finished epochs."""
        return len(self.history.get("loss", []))

    @staticmethod
    def path(directory: str | os.PathLike[str]) -> Path:
        """The file of a run's checkpoint in its directory.

        Parameters
        ----------
        directory : str or os.PathLike
            The directory.
        """
        return Path(directory) / _FILE

    def save(self, directory: str | os.PathLike[str]) -> Path:
        """Replace the directory's checkpoint, atomically.

        Parameters
        ----------
        directory : str or os.PathLike
            The directory.

        Raises
        ------
        ModelFileError
            If the disk is full or the directory cannot be written; the previous one is intact.
        """
        arrays = {f"optimizer/{i:04d}": value for i, value in enumerate(self.optimizer)}
        for kind, weights in (("weights", self.weights), ("best", self.best)):
            for layer, group in weights.items():
                arrays.update({f"{kind}/{layer}/{name}": v for name, v in group.items()})
        header = {"options": self.options, "history": self.history}
        return write_record(self.path(directory), "Checkpoint", header, arrays)

    @classmethod
    def load(cls, directory: str | os.PathLike[str]) -> Checkpoint | None:
        """The directory's checkpoint; None if there is none.

        Parameters
        ----------
        directory : str or os.PathLike
            The directory.

        Raises
        ------
        ModelFileError
            If it is truncated, damaged, or from a newer version.
        """
        path = cls.path(directory)
        if not path.exists():
            return None
        header, arrays = read_record(path, "Checkpoint")
        weights: Weights = {}
        best: Weights = {}
        optimizer = {}
        try:
            for key, value in arrays.items():
                kind, *names = key.split("/")
                if kind == "optimizer":
                    optimizer[names[0]] = value
                else:
                    layer, name = names
                    {"weights": weights, "best": best}[kind].setdefault(layer, {})[name] = value
            ordered = [optimizer[key] for key in sorted(optimizer)]
            return cls(header["options"], header["history"], weights, ordered, best)
        except (KeyError, ValueError, TypeError) as error:
            raise ModelFileError(
                f"{path} is damaged ({error!r}); delete it to start over, or restore a copy"
            ) from error

    @classmethod
    def remove(cls, directory: str | os.PathLike[str]) -> None:
        """Remove a directory's checkpoint, and the directory if nothing else is in it.

        Parameters
        ----------
        directory : str or os.PathLike
            The directory.
        """
        cls.path(directory).unlink(missing_ok=True)
        remove_leftovers(directory)
        with contextlib.suppress(OSError):  # other files are in it, or it was never there
            Path(directory).rmdir()

    def check_options(self, options: Mapping[str, Any], directory: Any) -> None:
        """Refuse to continue a run that was asked for something else.

        Parameters
        ----------
        options : dict
            Options of the new run.
        directory : str or os.PathLike
            The directory.

        Raises
        ------
        TrainingError
            Naming every difference.
        """
        found = differences(self.options, options)
        if found:
            raise TrainingError(
                f"{self.path(directory)} belongs to a run with other options: {'; '.join(found)}. "
                "Continue with the old options, give another checkpoint directory, or start over "
                "with resume=False (on the command line --restart)"
            )


def differences(saved: Any, given: Any, name: str = "") -> list[str]:
    """Sentences on where two JSON-ready values differ.

    Parameters
    ----------
    saved, given : JSON-ready values
        The two values.
    name : str
        Name of the values in the sentences.

    Examples
    --------
    >>> differences({"seed": 0, "sizes": [1, 2]}, {"seed": 1, "sizes": [1, 2]})
    ['seed was 0, is 1']
    """
    if isinstance(saved, Mapping) and isinstance(given, Mapping):
        keys = sorted(set(saved) | set(given))
        parts = [differences(saved.get(k), given.get(k), f"{name}.{k}".strip(".")) for k in keys]
        return [sentence for part in parts for sentence in part]
    if isinstance(saved, list) and isinstance(given, list) and len(saved) == len(given):
        parts = [
            differences(a, b, f"{name}[{i}]")
            for i, (a, b) in enumerate(zip(saved, given, strict=True))
        ]
        return [sentence for part in parts for sentence in part]
    return [] if saved == given else [f"{name} was {saved!r}, is {given!r}"]
