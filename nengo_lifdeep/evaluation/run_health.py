"""All findings of a run: on its images, its spikes and its predictions."""

from __future__ import annotations

from ..datasets.base import Split
from ..models import SpikingModel
from ..records import Evaluation, SpikeRecord, ValueEvaluation
from ..records.finding import Finding
from ..records.input_range import range_findings
from .answers import answer_findings
from .input_health import compression_findings, input_findings
from .spike_health import spike_findings

__all__ = ["run_findings", "value_findings"]


def run_findings(
    model: SpikingModel, images: Split, record: SpikeRecord, result: Evaluation
) -> list[Finding]:
    """What kept a network from answering as it could, with remedies; empty where nothing did.

    Parameters
    ----------
    model : SpikingModel
        What ran.
    images : Split
        What was shown; more than the record holds, if it was interrupted.
    record : SpikeRecord
        What came of it.
    result : Evaluation
        The same, judged.
    """
    found = [*input_findings(model, images), *spike_findings(model, record, result)]
    # answers alike are the effect of what was found already, if anything was
    found = found or answer_findings(result.predictions, result.labels, result.classes)
    return [*found, *compression_findings(images)]


def value_findings(
    model: SpikingModel, images: Split, record: SpikeRecord, result: ValueEvaluation
) -> list[Finding]:
    """What kept a network from giving the values that its rates give.

    Parameters
    ----------
    model : SpikingModel
        What ran.
    images : Split
        What was shown.
    record : SpikeRecord
        What came of it.
    result : ValueEvaluation
        The same, compared with the targets.
    """
    seen = range_findings(images, model.provenance)
    return [*seen, *spike_findings(model, record, result)]
