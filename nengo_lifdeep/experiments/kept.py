"""Finished results of an experiment, as long as they are of its network and its images."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..datasets.fingerprints import are_other_images
from ..errors import ModelFileError
from ..evaluation.agreement import SpikeCheck
from ..models import TrainedModel
from ..records import Evaluation
from ..support.plain_files import read_plain
from ..support.writing import write_text
from ..weights.fingerprints import are_other_weights

__all__ = ["evaluation_of", "figures_of", "keep_figures", "spike_check_of"]

#: bytes of a file of figures: some numbers of every test image
_MOST_FIGURES = 2**23


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
    _require_same_weights(network, file, found.trained_weights)
    for other in beside:
        shown = _shown(other, other.stat().st_mtime_ns) if other.exists() else ""
        if are_other_images(found.shown_images, shown):
            raise ModelFileError(
                f"{file} is of images with the fingerprint {found.shown_images}, {other} of "
                f"{shown}: the data set changed between them, and one table cannot show both. "
                "Remove what is of the old data, networks too, and it is computed again"
            )
    return found


def spike_check_of(network: Path, file: Path) -> SpikeCheck:
    """A kept comparison with `nengo.Simulator`, unless the network was trained anew since.

    One that does not say of which weights it is, is taken as it is.

    Parameters
    ----------
    network : Path
        File of the trained network.
    file : Path
        File of the comparison.

    Raises
    ------
    ModelFileError
        If one of them is damaged, or the comparison is of other weights.
    """
    found = SpikeCheck.load(file)
    _require_same_weights(network, file, found.trained_weights)
    return found


def keep_figures(file: Path, figures: Mapping[str, Any], trained: TrainedModel) -> None:
    """Write figures of a network, with the name of its weights.

    Parameters
    ----------
    file : Path
        A file in JSON.
    figures : dict
        Numbers and lists by name.
    trained : TrainedModel
        The network.
    """
    named = {"trained_weights": trained.fingerprint, **figures}
    write_text(file, json.dumps(named, indent=1))


def figures_of(network: Path, file: Path) -> dict[str, Any]:
    """Kept figures, unless the network was trained anew since.

    Those that do not say of which weights they are, are taken as they are.

    Parameters
    ----------
    network : Path
        File of the trained network.
    file : Path
        File of the figures.

    Raises
    ------
    ModelFileError
        If one of them is damaged, or the figures are of other weights.
    """
    try:
        found = dict(json.loads(read_plain(file, _MOST_FIGURES)))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise ModelFileError(
            f"{file} is damaged ({error}); remove it, and it is measured again"
        ) from error
    _require_same_weights(network, file, str(found.pop("trained_weights", "")))
    return found


def _require_same_weights(network: Path, file: Path, named: str) -> None:
    """Refuse what was measured of other weights than the network has now, as far as it is known."""
    if not network.exists():
        return
    own = _fingerprint(network, network.stat().st_mtime_ns)
    if are_other_weights(named, own):
        raise ModelFileError(
            f"{file} is of the weights {named}, {network} has {own}: it was trained anew since. "
            "Remove the file of the old weights, and it is measured again"
        )


@functools.lru_cache(maxsize=32)
def _shown(file: Path, changed: int) -> str:
    """Fingerprint of an evaluation's images, which is read once as long as it stays the same."""
    return Evaluation.load(file).shown_images


@functools.lru_cache(maxsize=32)
def _fingerprint(network: Path, changed: int) -> str:
    """Of the weights in a file, which is read once as long as it stays the same."""
    return TrainedModel.load(network).fingerprint
