"""Whether an imported network takes other pixels than those in [0, 1] that it was assumed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..datasets.base import Split
from ..inputs.inputs import Inputs, still
from ..inputs.presentation import Presentation
from ..models import SpikingModel, TrainedModel
from ..records.finding import Finding
from ..records.input_range import SCALE_RULE
from .folding import fold
from .rates import forward

__all__ = ["PIXELS_ASSUMED", "pixel_findings"]

#: in the provenance of a network that does not state the range of its pixels
PIXELS_ASSUMED = {"pixels": "assumed in [0, 1]"}

#: what is tried: pixels from 0 to 255
_BYTES = 255.0

#: images that are examined
_FEW = 50

#: lead of an image's best score over its mean score: below, answers are hardly more than noise;
#: above, they are sure. Scores are logarithms of odds
_UNSURE, _SURE = 0.5, 2.0

#: share of right answers that must be gained, and its deviations
_GAIN, _DEVIATIONS = 0.05, 2.5


def pixel_findings(model: TrainedModel | SpikingModel, images: Split | np.ndarray) -> list[Finding]:
    """Show 50 images to a network, as they are and 255 times as bright, and compare its answers.

    Nothing is done for a network that says which pixels it takes: one trained here, one with a
    normalisation of its own, one imported with ``preprocessing``.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        Imported from Keras, ONNX or NIR.
    images : Split or (n, row, column, channel) array
        With labels, right answers are compared; without, how sure the answers are.

    Returns
    -------
    list of Finding
        One, if it looks as if the network takes pixels from 0 to 255.
    """
    if not _is_assumed(model.provenance) or len(images) < 2:
        return []
    if isinstance(images, np.ndarray) and images.ndim != 4:
        return []
    if isinstance(images, Split) and images.has_values:  # scores are no classes there
        return []
    images = still(images)
    chosen = np.unique(np.linspace(0, len(images) - 1, min(len(images), _FEW)).astype(int))
    few = images.subset(chosen) if isinstance(images, Split) else images[chosen]
    folded = fold(model) if isinstance(model, TrainedModel) else model
    shown = Inputs.of(folded, few, Presentation(), None).chunk(0, len(few))
    plain, bright = (forward(folded, shown * np.float32(f))["output"] for f in (1.0, _BYTES))
    labels = few.known_labels if isinstance(few, Split) else None
    found = _of_labels(plain, bright, labels) if labels is not None else _of_lead(plain, bright)
    if found is None:
        return []
    return [
        Finding(
            "warning", SCALE_RULE, "input", found,
            "the network was imported for pixels in [0, 1], and seems to take pixels from 0 to "
            "255: give from_keras, from_onnx or from_nir preprocessing=Preprocessing(scale=255.0), "
            "on the command line --pixels 255",
        )
    ]  # fmt: skip


def _is_assumed(provenance: Mapping[str, Any]) -> bool:
    return all(provenance.get(key) == value for key, value in PIXELS_ASSUMED.items())


def _of_labels(plain: np.ndarray, bright: np.ndarray, labels: np.ndarray) -> str | None:
    """Whether more answers are right 255 times as bright, and not by chance."""
    before, after = (scores.argmax(axis=1) == labels for scores in (plain, bright))
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    chance = _DEVIATIONS * np.sqrt(gained + lost)
    if gained - lost <= max(_GAIN * len(labels), chance):
        return _of_lead(plain, bright) if after.sum() >= before.sum() else None
    return (
        f"{100 * before.mean():.0f} % of {len(labels)} images are answered right, "
        f"{100 * after.mean():.0f} % if they are 255 times as bright"
    )


def _of_lead(plain: np.ndarray, bright: np.ndarray) -> str | None:
    """Whether scores hardly differ, but do 255 times as bright."""
    before, after = (
        float((scores.max(axis=1) - scores.mean(axis=1)).mean()) for scores in (plain, bright)
    )
    if before >= _UNSURE or after <= _SURE or plain.shape[1] < 2:
        return None
    return (
        f"the best score of an image leads by {before:.2g} on average, so that no answer is sure; "
        f"by {after:.2g} if images are 255 times as bright"
    )
