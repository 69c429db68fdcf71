"""Whether evaluations are of a network, before they are published as its own."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import ValidationError
from ...models import SpikingModel, TrainedModel
from ...records import Evaluation, SpikeRecord, ValueEvaluation
from ...weights.fingerprints import are_other_weights

__all__ = ["check_belonging", "check_measured"]


def check_measured(
    trained: TrainedModel, evaluations: Sequence[Evaluation | ValueEvaluation]
) -> None:
    """Refuse evaluations of another network.

    A network keeps its name, its classes and the fingerprint of its weights in whatever file it is
    saved, when it is converted and on every simulator, and an evaluation has them from there.
    Evaluations without a fingerprint, as of files that were written before there were any, are told
    apart by name and classes alone.

    Parameters
    ----------
    trained : TrainedModel
        The network.
    evaluations : sequence of Evaluation or ValueEvaluation
        What was measured.

    Raises
    ------
    ValidationError
        If one is of another network.

    Examples
    --------
    >>> from nengo_lifdeep import evaluate, pretrained
    >>> from nengo_lifdeep.datasets import load
    >>> digits = pretrained.load("digits-compact")
    >>> check_measured(digits, [evaluate(digits, load("digits").test.take(10))])
    """
    name, classes = trained.architecture.name, trained.classes
    for found in evaluations:
        if found.model != name:
            raise ValidationError(
                f"an evaluation is of the network {found.model!r} ({found.simulator}, "
                f"{found.data}); expected one of {name!r}. Evaluate this network, or in Python, if "
                f"it was renamed since, give dataclasses.replace(evaluation, model={name!r})"
            )
        if are_other_weights(found.trained_weights, trained.fingerprint):
            raise ValidationError(
                f"an evaluation ({found.simulator}, {found.data}) is of the weights "
                f"{found.trained_weights}; those of {name!r} here are {trained.fingerprint}: "
                "another training, or rounded ones. Evaluate this network, or in Python, if it may "
                'stand for this one, give dataclasses.replace(evaluation, trained_weights="")'
            )
        if not isinstance(found, Evaluation) or not classes:
            continue
        numbers = tuple(map(str, range(len(found.classes))))
        if found.classes not in (classes, numbers) or len(found.classes) != len(classes):
            raise ValidationError(
                f"an evaluation ({found.simulator}, {found.data}) has the classes "
                f"{_few(found.classes)}; those of the network {name!r} are {_few(classes)}. "
                "Evaluate this network"
            )


def check_belonging(
    trained: TrainedModel,
    spiking: SpikingModel,
    measured: Sequence[Evaluation | ValueEvaluation | SpikeRecord],
) -> None:
    """Refuse a spiking network that was made of other weights, and what was measured of others.

    What does not say of which weights it is, is taken as it is.

    Parameters
    ----------
    trained, spiking : TrainedModel, SpikingModel
        The network before and after conversion.
    measured : sequence of Evaluation, ValueEvaluation or SpikeRecord
        What they did.

    Raises
    ------
    ValidationError
        If one is of other weights.

    Examples
    --------
    >>> from nengo_lifdeep import convert, pretrained
    >>> digits = pretrained.load("digits-compact")
    >>> check_belonging(digits, convert(digits), [])
    """
    own = trained.fingerprint
    said = [("the spiking network", spiking.trained_weights)]
    said += [
        (f"{'a record' if isinstance(found, SpikeRecord) else 'an evaluation'} "
         f"({found.simulator})", found.trained_weights)
        for found in measured
    ]  # fmt: skip
    for what, weights in said:
        if are_other_weights(weights, own):
            raise ValidationError(
                f"{what} is of the weights {weights}; those of {trained.architecture.name!r} here "
                f"are {own}: another training, or rounded ones. Give what belongs together: "
                "spiking = convert(trained, ...), and what these two did"
            )


def _few(classes: tuple[str, ...]) -> str:
    return ", ".join(classes[:5]) + (f", ... ({len(classes)})" if len(classes) > 5 else "")
