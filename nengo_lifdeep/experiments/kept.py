"""Finished evaluations of an experiment, as long as they are of its network and its images."""

from __future__ import annotations

import functools
from pathlib import Path

from ..datasets.fingerprints import are_other_images
from ..errors import ModelFileError
from ..models import TrainedModel
from ..records import Evaluation

__all__ = ["evaluation_of"]


def evaluation_of(network: Path, file: Path, *beside: Path) -> Evaluation:
    """A kept evaluation, unless the network was trained anew since, or others saw other images.

    Evaluations that do not say of which weights or images they are, are taken as they are.

    Parameters
    ----------
    network : Path
        File of the trained network.
    file : Path
        File of the evaluation.
    *beside : Path
        Files of evaluations of the same images in one table with it; those that are not there are
        passed over.

    Raises
    ------
    ModelFileError
        If one of them is damaged, the evaluation is of other weights, or of other images than one
        beside it: the data set changed between them.
    """
    found = Evaluation.load(file)
    if found.trained_weights and network.exists():
        own = _fingerprint(network, network.stat().st_mtime_ns)
        if found.trained_weights != own:
            raise ModelFileError(
                f"{file} is of the weights {found.trained_weights}, {network} has {own}: it was "
                "trained anew since. Remove the evaluation, and it is measured again"
            )
    for other in beside:
        shown = _shown(other, other.stat().st_mtime_ns) if other.exists() else ""
        if are_other_images(found.shown_images, shown):
            raise ModelFileError(
                f"{file} is of images with the fingerprint {found.shown_images}, {other} of "
                f"{shown}: the data set changed between them, and one table cannot show both. "
                "Remove what is of the old data, networks too, and it is computed again"
            )
    return found


@functools.lru_cache(maxsize=32)
def _shown(file: Path, changed: int) -> str:
    """Fingerprint of an evaluation's images, which is read once as long as it stays the same."""
    return Evaluation.load(file).shown_images


@functools.lru_cache(maxsize=32)
def _fingerprint(network: Path, changed: int) -> str:
    """Of the weights in a file, which is read once as long as it stays the same."""
    return TrainedModel.load(network).fingerprint
