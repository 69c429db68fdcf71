"""Images that are not as they should be: of another scale, or not as their set is known."""

from __future__ import annotations

import re

import numpy as np

from ..conversion.pixel_scale import pixel_findings
from ..datasets.base import Split
from ..datasets.bundled.published import published_for
from ..datasets.formats.jpeg_traces import jpeg_quality
from ..models import SpikingModel, TrainedModel
from ..records.finding import Finding
from ..records.input_range import range_findings

__all__ = ["compression_findings", "input_findings"]

#: how `datasets.load` names the images of a known set, or of a part of it
_KNOWN = re.compile(r"([\w-]+)'s (?:training|test) images\b")


def input_findings(model: TrainedModel | SpikingModel, images: Split | np.ndarray) -> list[Finding]:
    """What is wrong with the images before anything runs.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        Its provenance knows the images of its training, or that pixels in [0, 1] were assumed.
    images : Split or (n, row, column, channel) array
        Before the preprocessing.
    """
    dark_or_bright = range_findings(images, model.provenance)
    return dark_or_bright or pixel_findings(model, images)


def compression_findings(images: Split) -> list[Finding]:
    """Whether a set with published figures went through JPEG, which the published one did not.

    Copies of CIFAR-10 as JPEG pictures go round, on which lower accuracy is reported.

    Parameters
    ----------
    images : Split
        The images. Of sets without published figures nothing is said, nor of pictures in files.

    Returns
    -------
    list of Finding
        One note, or none.

    Examples
    --------
    >>> from nengo_lifdeep.datasets import load
    >>> compression_findings(load("digits").test)
    []
    """
    known = _KNOWN.search(images.source)
    if known is None or not published_for(known[1]) or not isinstance(images.images, np.ndarray):
        return []
    quality = jpeg_quality(images.images)
    if quality is None:
        return []
    return [
        Finding(
            "note",
            f"published figures of {known[1]} are of the published pixels",
            "input",
            f"these were decoded from JPEG of quality {quality}",
            "say so beside figures of yours, or take the original files, which have no such traces",
        )
    ]
