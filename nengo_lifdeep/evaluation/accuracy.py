"""Accuracy of a network, or error of its values, in any simulator."""

from __future__ import annotations

import dataclasses
import functools
import os
from concurrent.futures import Executor
from typing import Any, Literal, overload

import numpy as np

from ..conversion.folding import fold
from ..conversion.swap import convert
from ..datasets.base import TASKS, Dataset, Split, labelled
from ..datasets.series import Series
from ..energy.operations import operations_of
from ..errors import ValidationError
from ..inputs.as_trained import shown_as, was_trained_on_spikes
from ..inputs.coding import Coding, coding_or_none
from ..inputs.presentation import Presentation, timing_or_default
from ..jobs.executors import executor_or_none, workers
from ..models import SpikingModel, TrainedModel
from ..models.expected import network
from ..records import Evaluation, Judge, SpikeRecord, ValueEvaluation, ValueJudge
from ..simulators import get_simulator, run
from ..simulators.interface import shown_inputs
from ..simulators.registry import names as simulator_names
from ..support.checks import checked, file_name, flag, instance, optional, word
from ..support.provenance import command_line
from .by_step import run_by_step
from .parts.runs import run_in_parts
from .references import reference_answers, reference_values, require_same_order
from .run_health import run_findings, value_findings
from .spike_health import told

__all__ = ["evaluate", "judge_for"]


# Without a task the data decide: of values the result is a `ValueEvaluation` there too
@overload
def evaluate(
    model: TrainedModel | SpikingModel,
    data: Split | Dataset | Series | tuple[np.ndarray, np.ndarray],
    *,
    task: Literal["classification", "binary"] | None = None,
    simulator: str | None = None,
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    reference: TrainedModel | Evaluation | ValueEvaluation | None = None,
    grid: bool = False,
    operations: bool = False,
    executor: int | str | Executor | None = None,
    parts: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Evaluation: ...


@overload
def evaluate(
    model: TrainedModel | SpikingModel,
    data: Split | Dataset | Series | tuple[np.ndarray, np.ndarray],
    *,
    task: Literal["regression"],
    simulator: str | None = None,
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    reference: TrainedModel | Evaluation | ValueEvaluation | None = None,
    grid: bool = False,
    operations: bool = False,
    executor: int | str | Executor | None = None,
    parts: str | os.PathLike[str] | None = None,
    **options: Any,
) -> ValueEvaluation: ...


@checked(
    model=network,
    task=optional(word(*TASKS)),
    presentation=timing_or_default,
    coding=coding_or_none,
    reference=optional(instance(TrainedModel, Evaluation, ValueEvaluation)),
    grid=flag,
    operations=flag,
    executor=executor_or_none,
    parts=optional(file_name),
)
def evaluate(
    model: TrainedModel | SpikingModel,
    data: Split | Dataset | Series | tuple[np.ndarray, np.ndarray],
    *,
    task: str | None = None,
    simulator: str | None = None,
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    reference: TrainedModel | Evaluation | ValueEvaluation | None = None,
    grid: bool = False,
    operations: bool = False,
    executor: int | str | Executor | None = None,
    parts: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Evaluation | ValueEvaluation:
    """Classify labelled images and count, or compare values with targets.

    Outputs are judged chunk by chunk as they come, so memory does not grow with images times
    steps times outputs.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        A rate network, or a converted one.
    data : Split, Dataset, Series, (images, labels) or (images, values)
        Images with labels or targets; of a data set its test images. Series with an answer at
        every step are shown step by step, without a reset in between; the steps are judged in the
        order of the series. Answers of one series (or of other ``groups``) belong together:
        intervals are those of whole series.
    task : {"classification", "binary", "regression"}, optional
        What the network is for; by default what the data say: labels are classes, targets and
        arrays of fractions or of images are values. Decides between these for arrays, and refuses
        data of another task.
    simulator : {"rate", "events", "nengo", "nengo-dl", "loihi-exact", "loihi"}, optional
        By default ``"rate"`` for a TrainedModel and ``"events"`` for a SpikingModel, and for one
        that was trained on its spikes.
    presentation : Presentation, optional
        Timing of an image, or of a step; by default ``Presentation()``, and of a network that was
        trained on its spikes the window of its training.
    coding : Coding, optional
        Turns images into inputs that change over time, as for `run`; the simulator must have
        time. Answers are still compared with the rate network's to the images themselves. Networks
        that were trained on their spikes are shown their training's by default; `ConstantCoding`
        leaves pixels as they are.
    reference : TrainedModel, Evaluation or ValueEvaluation, optional
        The rate network to compare with, or its evaluation in rates on the same images in the same
        order, so that it is not run again (one of before, which keeps no fingerprint of its images,
        is told apart by labels or targets alone); in spikes by default the SpikingModel's own
        analytic rates. None for networks that were trained on their spikes
        (``train(method=...)``), which know no rates.
    grid : bool
        Whether to count the accuracy for every ``t_c`` and ``t_p``, which costs the square of the
        steps. By default that is left until ``accuracy_grid`` is asked for, and possible up to 64
        MiB of class scores. Of no use for values.
    operations : bool
        Whether to count synaptic operations too, for ``neurobench()``; needs spikes, and looks at
        every image once more. Not of series that are shown step by step.
    executor : int, str, Executor or None
        Who runs the images, as of `jobs.workers`: so many processes of this machine, any executor
        of `concurrent.futures`, or the address of a Dask scheduler. The result is the same to the
        last bit; ``seconds`` are those of all workers together. Series that are shown step by step
        and images without a reset in between are one stream, which cannot be divided.
    parts : str or os.PathLike, optional
        Folder in which finished parts of the images are kept, by their positions: an evaluation
        that was interrupted or killed runs only those that are missing when it is called again
        with the same network, images and options, whoever ran the others. Only this process
        writes there. Not of series that are shown step by step.
    **options
        Those of the simulator, as for `run`.

    Returns
    -------
    Evaluation or ValueEvaluation
        Of classes: accuracy with its interval, confusion, accuracy against time, rates, spikes,
        agreement, and findings: what kept the network from answering as its rates do, and what to
        do. Of values: R2, mean errors, of images PSNR, with bootstrap intervals; errors against
        time, the rate network's scores, and the distance to its values.

    Raises
    ------
    DataError
        If images, labels or targets do not fit the network, or are of another task; if a data set
        names its classes or values in another order than the network.
    ValidationError
        If ``reference`` is an evaluation of other pictures or in spikes, its classes or values
        stand in another order, there is a coding for a simulator that shows static images only, or
        a presentation for a TrainedModel without a simulator.
    WorkerError
        If a worker has died at the same images again and again, or no scheduler answers.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> result = evaluate(*trained_example())
    >>> result.simulator, result.accuracy > 0.9
    ('rate', True)
    """
    model, simulator = _subject(model, simulator, presentation)
    images, name, names = labelled(data, task=task)
    require_same_order(model, name, names, reference)
    chosen = get_simulator(simulator)
    timing: Presentation | None = None
    if chosen.spikes:
        by_step = isinstance(data, Series) and data.at_every_step
        timing, coding = shown_as(model.provenance, presentation, coding, over_time=by_step)
        presentation = timing
    chosen.options_of(options)
    by_steps = isinstance(data, Series) and data.at_every_step and timing is not None
    series = data if isinstance(data, Series) and by_steps else None
    if operations:
        _require_countable(simulator, series)
    with workers(executor if series is None else None) as pool:  # series are one stream
        show = functools.partial(_shown, series=series, pool=pool, folder=parts)

        def counted(result: Any, record: SpikeRecord) -> Any:
            """The evaluation with its operations, if they were asked for."""
            if not operations:
                return result
            shown = shown_inputs(model, images, chosen, presentation, coding)
            return dataclasses.replace(result, operations=operations_of(record, model, shown))

        if images.has_values:
            images.check(n_outputs=model.n_classes)
            values_judge = ValueJudge(images.flat_targets, timing)
            given = reference_values(reference, model, images, chosen.spikes, pool)
            record = show(
                model, images, values_judge, simulator=simulator, presentation=presentation,
                coding=coding, **options,
            )  # fmt: skip
            of_values = ValueEvaluation.of(
                record,
                images.targets,  # type: ignore[arg-type]
                values_judge,
                outputs=names or model.classes,
                data=name,
                rate_values=given,
                command=command_line(),
                indices=images.indices,
                images=images,
                groups=images.groups,
            )
            findings = value_findings(model, images, record, of_values)
            return told(counted(of_values, record), findings)
        images.check(n_classes=model.n_classes)
        judge = Judge(images.labels, model.n_classes, timing, grid=grid)
        # Before the run: Ctrl-C in the run ends it with what is finished, and nothing slow follows
        answers = reference_answers(reference, model, images, chosen.spikes, pool)
        record = show(
            model, images, judge, simulator=simulator, presentation=presentation, coding=coding,
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
            images=images,
            groups=images.groups,
        )
        return told(counted(result, record), run_findings(model, images, record, result))


def _require_countable(simulator: str, series: Series | None) -> None:
    """Refuse to count operations where there are none, or not by image."""
    if not get_simulator(simulator).spikes:
        raise ValidationError(
            f"operations of simulator {simulator!r} were asked for, which has no spikes; expected "
            f"one of {', '.join(simulator_names(spikes=True))}"
        )
    if series is not None:
        raise ValidationError(
            "operations of series that are shown step by step are not counted; leave operations out"
        )


def _shown(
    model: SpikingModel,
    images: Split,
    judge: Judge | ValueJudge,
    *,
    series: Series | None,
    pool: Any,
    folder: str | os.PathLike[str] | None,
    **options: Any,
) -> SpikeRecord:
    """The run: of images one by one, or of series step by step."""
    if series is not None:
        if folder is not None:
            raise ValidationError(
                "series that are shown step by step are one stream, of which no parts can be kept; "
                "leave parts out"
            )
        return run_by_step(model, series, judge, **options)
    if pool is not None or folder is not None:
        return run_in_parts(model, images, judge, pool, folder=folder, **options)
    return run(model, images, judge=judge, **options)


def _subject(
    model: TrainedModel | SpikingModel, simulator: str | None, presentation: Presentation | None
) -> tuple[SpikingModel, str]:
    """What is run, and where: a rate network with its layers folded, in rates unless asked.

    One that was trained on its spikes is converted, unless its rates are asked for.
    """
    if not isinstance(model, TrainedModel):
        return model, "events" if simulator is None else simulator
    on_spikes = was_trained_on_spikes(model.provenance)
    if on_spikes and (simulator is None or get_simulator(simulator).spikes):
        return convert(model), "events" if simulator is None else simulator
    if simulator is None and presentation is not None:
        raise ValidationError(
            f"a TrainedModel is evaluated in rates, which know no time, but got "
            f"{presentation}; convert it into spikes first, or leave the presentation out"
        )
    return fold(model), "rate" if simulator is None else simulator


def judge_for(
    images: Split, n_outputs: int, timing: Presentation | None, keep: bool = False
) -> Judge | ValueJudge:
    """What judges a run on these images: their classes, or their values.

    Parameters
    ----------
    images : Split
        Images with labels or targets.
    n_outputs : int
        Outputs of the network.
    timing : Presentation or None
        Timing of the run; None where there is no time.
    keep : bool
        Whether class scores are kept, where they are few.

    Raises
    ------
    DataError
        If labels or targets do not fit the network.
    """
    if images.has_values:
        images.check(n_outputs=n_outputs)
        return ValueJudge(images.flat_targets, timing)
    images.check(n_classes=n_outputs)
    return Judge(images.labels, n_outputs, timing, keep=keep)
