"""Accuracy of a network in any simulator, and the loss ladder from rates to the chip."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..conversion.swap import convert, fold
from ..datasets.base import Dataset, Split, labelled
from ..errors import ValidationError
from ..inputs.coding import Coding
from ..inputs.presentation import Presentation
from ..models import SpikingModel, TrainedModel
from ..neurons.counterparts import hard_counterpart
from ..neurons.synapses import chip_synapse
from ..records import Evaluation, Judge
from ..records.input_range import range_findings
from ..simulators import get_simulator, run
from ..simulators.registry import shared_options
from ..support.provenance import command_line
from ..support.short_repr import short_repr
from .spike_health import spike_findings, told

__all__ = ["Rung", "evaluate", "ladder", "rate_answers", "rungs"]


def evaluate(
    model: TrainedModel | SpikingModel,
    data: Split | Dataset | tuple[np.ndarray, np.ndarray],
    *,
    simulator: str | None = None,
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    reference: TrainedModel | Evaluation | None = None,
    grid: bool = False,
    **options: Any,
) -> Evaluation:
    """Classify labelled images and count.

    Class scores are judged chunk by chunk as they come, so memory does not grow with images times
    steps times classes.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        A rate network, or a converted one.
    data : Split, Dataset or (images, labels)
        Images and labels; of a data set its test images.
    simulator : {"rate", "events", "nengo", "nengo-dl", "loihi-exact", "loihi"}, optional
        By default ``"rate"`` for a TrainedModel and ``"events"`` for a SpikingModel.
    presentation : Presentation, optional
        Timing; ``Presentation()`` by default.
    coding : Coding, optional
        Turns images into inputs that change over time, as for `run`; the simulator must have
        time. Answers are still compared with the rate network's to the images themselves.
    reference : TrainedModel or Evaluation, optional
        The rate network to compare with, or its evaluation on the same images, so that it is not
        run again; in spikes by default the SpikingModel's own analytic rates.
    grid : bool
        Whether to count the accuracy for every ``t_c`` and ``t_p``, which costs the square of the
        steps. By default that is left until ``accuracy_grid`` is asked for, and possible up to 64
        MiB of class scores.
    **options
        Those of the simulator, as for `run`.

    Returns
    -------
    Evaluation
        Accuracy with its interval, confusion, accuracy against time, rates, spikes, agreement, and
        findings: what kept the network from answering as its rates do, and what to do.

    Raises
    ------
    DataError
        If images or labels do not fit the network.
    ValidationError
        If there is a coding for a simulator that shows static images only, or a presentation for
        a TrainedModel without a simulator.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> result = evaluate(*trained_example())
    >>> result.simulator, result.accuracy > 0.9
    ('rate', True)
    """
    if isinstance(model, TrainedModel):
        if simulator is None and presentation is not None:
            raise ValidationError(
                f"a TrainedModel is evaluated in rates, which know no time, but got "
                f"{presentation}; convert it into spikes first, or leave the presentation out"
            )
        model, simulator = fold(model), simulator or "rate"
    simulator = simulator or "events"
    images, name, _ = labelled(data)
    images.check(n_classes=model.n_classes)
    chosen = get_simulator(simulator)
    timing = presentation or Presentation() if chosen.spikes else None
    judge = Judge(images.labels, model.n_classes, timing, grid=grid)
    chosen.options_of(options)
    # Before the run: Ctrl-C in the run ends it with what is finished, and nothing slow follows
    if isinstance(reference, Evaluation):
        answers: np.ndarray | None = _same_images(reference, images)
    elif reference is not None or chosen.spikes:
        answers = rate_answers(reference or model, images)
    else:
        answers = None
    record = run(
        model, images, simulator=simulator, presentation=presentation, coding=coding, judge=judge,
        **options,
    )  # fmt: skip
    result = Evaluation.of(
        record,
        images.labels,
        classes=model.classes,
        data=name,
        rate_predictions=answers,
        command=command_line(),
        judge=judge,
        indices=images.indices,
    )
    scale = range_findings(images, model.provenance)
    return told(result, [*scale, *spike_findings(model, record, result)])


def _same_images(reference: Evaluation, data: Split) -> np.ndarray:
    """Predictions of an evaluation, if it is of these images."""
    if not np.array_equal(reference.labels, data.labels):
        raise ValidationError(
            f"reference is an evaluation of {reference.n_images} images of {reference.data}, whose "
            f"labels are not those of the {len(data)} images given; evaluate the rate network on "
            "the same images, or give the network itself"
        )
    return reference.predictions


def rate_answers(model: TrainedModel | SpikingModel, data: Split) -> np.ndarray:
    """Classes the network gives at its analytic rates, shape ``(n_images,)``."""
    folded = fold(model) if isinstance(model, TrainedModel) else model
    judge = Judge(data.labels, folded.n_classes, None)
    run(folded, data, simulator="rate", judge=judge)
    return judge.predictions


@dataclasses.dataclass(frozen=True)
class Rung:
    """One step of the loss ladder.

    Attributes
    ----------
    name : str
        What the network is made of here.
    evaluation : Evaluation
        What it reaches.
    drop : float
        Points of accuracy lost since the rung before (negative: gained).
    """

    name: str
    evaluation: Evaluation
    drop: float

    __repr__ = short_repr


def ladder(
    trained: TrainedModel,
    data: Split,
    *,
    simulators: Sequence[str] = ("events",),
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    synapse: Any = 0.005,
    relu_twin: TrainedModel | None = None,
    **options: Any,
) -> list[Rung]:
    """Where accuracy is lost on the way from rates to spikes to the chip, step by step.

    Rungs: the ReLU twin where there is one, SoftLIF rates, hard LIF rates, then spikes in each
    simulator. Everything runs on the same images.

    Parameters
    ----------
    trained : TrainedModel
        The SoftLIF network.
    data : Split
        Images and labels.
    simulators : sequence of str
        Spiking simulators, in this order.
    presentation : Presentation, optional
        Timing of the spiking rungs.
    coding : Coding, optional
        Input of the spiking rungs, as for `run`; the rungs of rates see the images themselves.
    synapse : float, nengo.Alpha, nengo.Lowpass or None
        Synapse of the spiking rungs; Loihi gets a lowpass of the same mean delay.
    relu_twin : TrainedModel, optional
        The same architecture trained with rectified-linear neurons.
    **options
        Those of the simulators, as for `run`; each gets those that it has.

    Returns
    -------
    list of Rung
        From the first rung down.

    Raises
    ------
    ValidationError
        If none of the simulators has an option.
    """
    steps = rungs(
        trained,
        data,
        simulators=simulators,
        presentation=presentation,
        coding=coding,
        synapse=synapse,
        relu_twin=relu_twin,
        **options,
    )
    return list(steps)


def rungs(
    trained: TrainedModel,
    data: Split,
    *,
    simulators: Sequence[str] = ("events",),
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    synapse: Any = 0.005,
    relu_twin: TrainedModel | None = None,
    **options: Any,
) -> Iterator[Rung]:
    """As `ladder`, one rung at a time, so that each can be kept as soon as it is there.

    A rung that was interrupted is the last.
    """
    settings = shared_options(options, simulators)
    before: float | None = None
    for name, result in _climbed(
        trained, data, dict(zip(simulators, settings, strict=True)), synapse, relu_twin,
        {"presentation": presentation, "coding": coding},
    ):  # fmt: skip
        drop = 0.0 if before is None else 100 * (before - result.accuracy)
        before = result.accuracy
        yield Rung(name, result, drop)
        if result.n_images < result.n_asked:
            return


def _climbed(
    trained: TrainedModel,
    data: Split,
    simulators: dict[str, dict[str, Any]],
    synapse: Any,
    relu_twin: TrainedModel | None,
    shown: dict[str, Any],
) -> Iterator[tuple[str, Evaluation]]:
    """What each rung is made of, and what it reaches; ``simulators`` with their options."""
    if relu_twin is not None:
        yield "ReLU rates", evaluate(relu_twin, data)
    rates = evaluate(trained, data)
    yield f"{_kinds(trained)} rates", rates
    hard = trained.with_neurons(hard_counterpart)
    yield f"{_kinds(hard)} rates", evaluate(hard, data)
    for name, options in simulators.items():
        on_chip = get_simulator(name).on_chip
        model = convert(trained, synapse=chip_synapse(synapse) if on_chip else synapse)
        result = evaluate(model, data, simulator=name, reference=rates, **shown, **options)
        yield f"spikes in {name}", result


def _kinds(trained: TrainedModel) -> str:
    """The kinds of neuron of a network, e.g. ``"SoftLIF"`` or ``"SoftLIF, RectifiedLinear"``."""
    neurons = trained.neurons.values() or [trained.neuron]
    return ", ".join(dict.fromkeys(type(neuron).__name__ for neuron in neurons))
