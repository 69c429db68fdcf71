"""Finished evaluations of an experiment, as long as they are of its network."""

from __future__ import annotations

import functools
from pathlib import Path

from ..errors import ModelFileError
from ..models import TrainedModel
from ..records import Evaluation

__all__ = ["evaluation_of"]


def evaluation_of(network: Path, file: Path) -> Evaluation:
    """A kept evaluation, unless the network beside it has been trained anew since.

    Evaluations that do not say of which weights they are, are taken as they are.

    Parameters
    ----------
    network : Path
        File of the trained network.
    file : Path
        File of the evaluation.

    Raises
    ------
    ModelFileError
        If one of them is damaged, or the evaluation is of other weights.
    """
    found = Evaluation.load(file)
    if found.trained_weights and network.exists():
        own = _fingerprint(network, network.stat().st_mtime_ns)
        if found.trained_weights != own:
            raise ModelFileError(
                f"{file} is of the weights {found.trained_weights}, {network} has {own}: it was "
                "trained anew since. Remove the evaluation, and it is measured again"
            )
    return found


@functools.lru_cache(maxsize=32)
def _fingerprint(network: Path, changed: int) -> str:
    """Of the weights in a file, which is read once as long as it stays the same."""
    return TrainedModel.load(network).fingerprint
