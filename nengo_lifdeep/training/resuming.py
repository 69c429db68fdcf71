"""Whether and where a run continues from its checkpoint."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import TrainingError
from ..support.words.counted import counted
from .checkpoints import Checkpoint

__all__ = ["how_to_resume", "resumed"]


def resumed(
    directory: str | os.PathLike[str] | None,
    resume: bool | str,
    options: Mapping[str, Any],
    rates: Sequence[float] | None,
    epochs: int,
) -> Checkpoint | None:
    """The checkpoint to continue from, checked; None to begin at the beginning.

    Parameters
    ----------
    directory : str, os.PathLike or None
        Where it is.
    resume : "auto" or True
        Whether to continue if there is one, or necessarily.
    options : dict
        Options of the new run.
    rates : list of float or None
        Its learning rates, where they are a function of the epoch.
    epochs : int
        Its number of epochs.

    Raises
    ------
    TrainingError
        If the checkpoint is of another run, or further than this one, or there is none.
    ModelFileError
        If it is damaged.
    """
    found = None if directory is None else Checkpoint.load(directory)
    if found is not None and not found.epochs and resume == "auto":
        return None  # interrupted in its first epoch: nothing that could be lost
    if found is None:
        if resume is True:
            raise TrainingError(
                f"resume=True, but there is no checkpoint in {directory!r}; give the directory of "
                "an interrupted run, or resume='auto'"
            )
        return None
    assert directory is not None  # where it was found
    found.check_options(options, directory)
    if found.epochs > epochs:
        raise TrainingError(
            f"{Checkpoint.path(directory)} has finished {counted(found.epochs, 'epoch')}; "
            f"epochs={epochs} "
            "would be less. Ask for at least as many, or start over with resume=False (on the "
            "command line --restart)"
        )
    before = found.history.get("learning_rate", [])
    if rates is not None and not np.allclose(rates[: len(before)], before, rtol=1e-6, atol=0):
        raise TrainingError(
            f"{Checkpoint.path(directory)} was trained with learning rates {before}; the function "
            f"given now has {rates[: len(before)]}. Continue with the old one, or start over "
            "with resume=False (on the command line --restart)"
        )
    return found


def how_to_resume(directory: str | os.PathLike[str] | None, epochs: int) -> str:
    """The message of an interrupted training.

    Parameters
    ----------
    directory : str, os.PathLike or None
        Where its checkpoint is.
    epochs : int
        Epochs that are in it.
    """
    if directory is None:
        return "training was interrupted; with checkpoint=DIRECTORY it could be continued"
    return (
        f"training was interrupted; {Checkpoint.path(directory)} has the state after epoch "
        f"{epochs}. Run it again with checkpoint={os.fspath(directory)!r} and resume='auto' (the "
        "default) to continue"
    )
