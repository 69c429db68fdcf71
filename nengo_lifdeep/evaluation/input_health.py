"""Images that a network does not expect: of another scale than in training, or than it takes."""

from __future__ import annotations

import numpy as np

from ..conversion.pixel_scale import pixel_findings
from ..datasets.base import Split
from ..models import SpikingModel, TrainedModel
from ..records.finding import Finding
from ..records.input_range import range_findings

__all__ = ["input_findings"]


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
