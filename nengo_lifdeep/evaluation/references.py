"""What the rate network gives for the same images, for comparison."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..conversion.folding import fold
from ..datasets.base import Split
from ..datasets.checks.places import require_same_places
from ..datasets.fingerprints import are_other_images
from ..errors import ValidationError
from ..inputs.as_trained import was_trained_on_spikes
from ..models import SpikingModel, TrainedModel
from ..records import Evaluation, Judge, ValueEvaluation, ValueJudge
from ..simulators import complete, run
from ..support.words.counted import counted
from .parts.runs import run_in_parts

__all__ = ["rate_answers", "reference_answers", "reference_values", "require_same_order"]


def require_same_order(
    model: SpikingModel,
    data: str,
    names: tuple[str, ...],
    reference: TrainedModel | Evaluation | ValueEvaluation | None,
) -> None:
    """Refuse data or a reference whose classes, or values, stand in another order.

    Parameters
    ----------
    model : SpikingModel
        What is evaluated.
    data : str
        Name of the data.
    names : tuple of str
        What the data call their classes or values; empty where they do not.
    reference : TrainedModel, Evaluation, ValueEvaluation or None
        The rate network, or its evaluation.

    Raises
    ------
    DataError
        If the data name them in another order than the network.
    ValidationError
        If the reference does.
    """
    network = f"the network {model.name!r}"
    require_same_places(names, model.classes, f"the data {data!r}", network)
    if reference is not None:
        own = reference.outputs if isinstance(reference, ValueEvaluation) else reference.classes
        whose = network if model.classes else f"the data {data!r}"
        known = model.classes or names
        require_same_places(own, known, "the reference", whose, ValidationError)


def reference_answers(
    reference: TrainedModel | Evaluation | ValueEvaluation | None,
    model: SpikingModel,
    images: Split,
    spikes: bool,
    pool: Any = None,
) -> np.ndarray | None:
    """The rate network's predictions; None where the run is in rates and nothing else is asked.

    Parameters
    ----------
    reference : TrainedModel, Evaluation, ValueEvaluation or None
        The rate network, or its evaluation on the same images.
    model : SpikingModel
        What is evaluated.
    images : Split
        What it is shown.
    spikes : bool
        Whether it runs in spikes: then its own rates are the reference if none is given.
    pool : Executor, optional
        Who runs it, where it has to be run.

    Raises
    ------
    ValidationError
        If the evaluation is of other images, of another task, or in spikes.
    """
    if isinstance(reference, ValueEvaluation):
        raise ValidationError(
            "reference is an evaluation of values, the images have classes; evaluate the rate "
            "network on the same images, or give the network itself"
        )
    if isinstance(reference, Evaluation):
        return _same_images(reference, images)
    if reference is not None or (spikes and not _on_spikes(model)):
        return rate_answers(reference or model, images, pool)
    return None


def _on_spikes(model: SpikingModel) -> bool:
    """Whether it was trained on its spikes, so that there are no rates that it should answer as."""
    return was_trained_on_spikes(model.provenance)


def _same_images(reference: Evaluation, data: Split) -> np.ndarray:
    """Predictions of an evaluation, if it is in rates and of these images."""
    _require_rates(reference)
    if not np.array_equal(reference.labels, data.labels):
        raise ValidationError(
            f"reference is an evaluation of {counted(reference.n_images, 'image')} of "
            f"{reference.data}, whose labels are not those of the {counted(len(data), 'image')} "
            "given; evaluate the rate network on the same images, or give the network itself"
        )
    _require_pictures(reference, data)
    return reference.predictions


def _require_rates(reference: Evaluation | ValueEvaluation) -> None:
    """Refuse answers of spikes, which would be reported as the rate network's."""
    if reference.presentation is not None:
        raise ValidationError(
            f"reference is an evaluation in time ({reference.simulator}, "
            f"{reference.presentation}), whose answers would be reported as the rate network's; "
            "expected one in rates, evaluate(network, images, simulator='rate'), or the network "
            "itself. Two runs in spikes are compared by their predictions or values"
        )


def _require_pictures(reference: Evaluation | ValueEvaluation, data: Split) -> None:
    """Refuse an evaluation of other pictures, as far as it knows its own.

    Raises
    ------
    ValidationError
        If the pictures differ, or stand in another order.
    """
    if reference.shown_images and are_other_images(reference.shown_images, data.fingerprint):
        raise ValidationError(
            f"reference is an evaluation of {counted(reference.n_images, 'image')} of "
            f"{reference.data} with the fingerprint {reference.shown_images}; that of the "
            f"{counted(len(data), 'image')} given is {data.fingerprint}: other pictures, or the "
            "same in another order. Evaluate the rate network on the same images, or give the "
            "network itself; if the answers may stand for these pictures, give "
            'dataclasses.replace(reference, shown_images="")'
        )


def reference_values(
    reference: TrainedModel | Evaluation | ValueEvaluation | None,
    model: SpikingModel,
    images: Split,
    spikes: bool,
    pool: Any = None,
) -> np.ndarray | None:
    """The rate network's values; None where the run is in rates and nothing else is asked.

    Parameters
    ----------
    reference : TrainedModel, Evaluation, ValueEvaluation or None
        The rate network, or its evaluation on the same images.
    model : SpikingModel
        What is evaluated.
    images : Split
        What it is shown.
    spikes : bool
        Whether it runs in spikes: then its own rates are the reference if none is given.
    pool : Executor, optional
        Who runs it, where it has to be run.

    Raises
    ------
    ValidationError
        If the evaluation is of other images, of another task, or in spikes.
    """
    if isinstance(reference, Evaluation | ValueEvaluation):
        _require_rates(reference)
        targets = reference.targets if isinstance(reference, ValueEvaluation) else None
        if targets is None or not np.array_equal(
            targets, images.flat_targets.reshape(len(images), *images.target_shape)
        ):
            raise ValidationError(
                f"reference is an evaluation of {counted(reference.n_images, 'image')} of "
                f"{reference.data}, whose targets are not those of the "
                f"{counted(len(images), 'image')} given; evaluate the rate network on the same "
                "images, or give the network itself"
            )
        _require_pictures(reference, images)
        found: np.ndarray = reference.values  # type: ignore[union-attr]
        return found.reshape(len(found), -1)
    if reference is None and (not spikes or _on_spikes(model)):
        return None
    folded = fold(reference) if reference is not None else model
    judge = ValueJudge(images.flat_targets, None)
    _in_rates(folded, images, judge, pool)
    return judge.values


def rate_answers(model: TrainedModel | SpikingModel, data: Split, pool: Any = None) -> np.ndarray:
    """Classes the network gives at its analytic rates, shape ``(n_images,)``.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    data : Split
        The images.
    pool : Executor, optional
        Who runs it; this process by default.
    """
    folded = fold(model) if isinstance(model, TrainedModel) else model
    judge = Judge(data.labels, folded.n_classes, None)
    _in_rates(folded, data, judge, pool)
    return judge.predictions


def _in_rates(model: SpikingModel, images: Split, judge: Judge | ValueJudge, pool: Any) -> None:
    if pool is None:
        run(model, images, simulator="rate", judge=judge, progress=False)
    else:
        how: dict[str, Any] = {"simulator": "rate", "presentation": None, "coding": None}
        record = run_in_parts(model, images, judge, pool, **how)
        complete(record)
