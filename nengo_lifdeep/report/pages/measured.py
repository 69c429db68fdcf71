"""Whether evaluations are of a network, before they are published as its own."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import ValidationError
from ...models import TrainedModel
from ...records import Evaluation, ValueEvaluation

__all__ = ["check_measured"]


def check_measured(
    trained: TrainedModel, evaluations: Sequence[Evaluation | ValueEvaluation]
) -> None:
    """Refuse evaluations of another network.

    A network keeps its name and its classes in whatever file it is saved, when it is converted and
    on every simulator, and an evaluation has them from there. Two trainings of one architecture on
    the same data have the same ones, and cannot be distinguished.

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
        if not isinstance(found, Evaluation) or not classes:
            continue
        numbers = tuple(map(str, range(len(found.classes))))
        if found.classes not in (classes, numbers) or len(found.classes) != len(classes):
            raise ValidationError(
                f"an evaluation ({found.simulator}, {found.data}) has the classes "
                f"{_few(found.classes)}; those of the network {name!r} are {_few(classes)}. "
                "Evaluate this network"
            )


def _few(classes: tuple[str, ...]) -> str:
    return ", ".join(classes[:5]) + (f", ... ({len(classes)})" if len(classes) > 5 else "")
