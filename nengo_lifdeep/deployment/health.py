"""What some images tell of a network before it goes onto the chip: rates, answers, brightness."""

from __future__ import annotations

import dataclasses

import numpy as np

from ..datasets.base import Split
from ..datasets.stratify import stratified_sample
from ..evaluation.answers import answer_findings
from ..evaluation.input_health import input_findings
from ..evaluation.spike_health import rate_findings
from ..inputs.inputs import Inputs, still
from ..inputs.presentation import Presentation
from ..loihi.plan import Plan
from ..models import SpikingModel
from ..records.finding import SEVERITIES, Finding

__all__ = ["NOT_LOOKED", "calibration", "with_warnings"]

#: images that rates are judged on, at most
_CALIBRATION = 200

#: what a plan without images cannot know
NOT_LOOKED = Finding(
    "note", "rates were looked at", "input",
    "no images were given: nothing is known of silent or saturated populations, of traffic at "
    "real rates, and of the scale of pixels",
    "give some: deploy(..., images=split); on the command line --data",
)  # fmt: skip


def calibration(
    model: SpikingModel, images: Split | np.ndarray
) -> tuple[np.ndarray, Split | np.ndarray]:
    """At most 200 images: as the network is shown them, and as they were given.

    Of every class its share is drawn, where classes are known.

    Parameters
    ----------
    model : SpikingModel
        The network.
    images : Split or (n, row, column, channel) array
        The images, uint8 or in [0, 1].
    """
    images = still(images)
    inputs = Inputs.of(model, images, Presentation(), None)
    given = images if isinstance(images, Split) else inputs.images
    n = len(inputs)
    if n > _CALIBRATION:
        labels = images.labels if isinstance(images, Split) else np.zeros(n, np.int64)
        drawn = stratified_sample(labels, _CALIBRATION, seed=0)
        inputs = inputs.take(drawn)
        given = given.subset(drawn) if isinstance(given, Split) else given[drawn]
    return inputs.chunk(0, len(inputs)), given


def with_warnings(
    plan: Plan,
    model: SpikingModel,
    activity: dict[str, np.ndarray],
    images: Split | np.ndarray,
    timing: Presentation,
) -> Plan:
    """The plan with warnings that are no matter of the chip's rules; the worst stay first.

    Parameters
    ----------
    plan : Plan
    model : SpikingModel
        The network, with the synapses of the chip.
    activity : dict of str to array
        Its rates in Hz and its scores, as `conversion.rates.forward` gives them.
    images : Split or (n, row, column, channel) array
        Those they belong to.
    timing : Presentation
        Of one image.
    """
    rates = {p.name: activity[p.name].reshape(len(images), -1) for p in model.populations}
    found = [*input_findings(model, images), *rate_findings(model, rates, timing)]
    if not found and not (isinstance(images, Split) and images.has_values):
        labels = images.labels if isinstance(images, Split) else None
        found = answer_findings(activity["output"].argmax(axis=1), labels, model.classes)
    warned = [dataclasses.replace(f, severity="warning") for f in found]
    everything = sorted((*plan.findings, *warned), key=lambda f: SEVERITIES.index(f.severity))
    return dataclasses.replace(plan, findings=tuple(everything))
