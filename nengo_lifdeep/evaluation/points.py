"""Operating points: accuracy (R2), latency and energy for choices of synapse, rates and times."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from ..conversion.rates import forward
from ..datasets.base import Split, labelled
from ..datasets.checks.places import require_same_places
from ..inputs.inputs import Inputs, still
from ..inputs.presentation import Presentation
from ..jobs.executors import executor_or_none, workers
from ..jobs.outcomes import outcomes, result_of
from ..jobs.sharing import shared
from ..models import SpikingModel, TrainedModel
from ..models.expected import network
from ..records import ValueEvaluation
from ..records.finding import Finding
from ..records.silence import SILENT_RULE
from ..support.checks import checked, each, file_name, flag, optional, real, text
from ..support.progress import progress_bar
from .accuracy import evaluate
from .answers import answer_findings
from .input_health import input_findings
from .point_jobs import point_job, spiking_at, spiking_device, starts_of
from .point_runs import OperatingRuns
from .point_values import OperatingPoint, OperatingPoints
from .spike_health import rate_findings

__all__ = ["OperatingPoint", "OperatingPoints", "operating_points"]

#: images whose rates are examined for silence, and synapses with which (rates need none)
_LOOKED_AT, _TAU_S = 200, 0.005


@checked(
    trained=network,
    tau_s=each(real(0, unit="seconds"), "time constants in seconds", least=1),
    scale_firing_rates=each(real(above=0), "factors on all rates", least=1),
    t_p=each(real(above=0, unit="seconds"), "times in seconds", least=1),
    t_c=optional(each(real(0, unit="seconds"), "times in seconds", least=1)),
    device=text,
    keep=real(above=0, high=1),
    progress=optional(flag),
    file=optional(file_name),
    executor=executor_or_none,
)
def operating_points(
    trained: TrainedModel | SpikingModel,
    data: Any,
    *,
    tau_s: Sequence[float] = (0.001, 0.003, 0.005),
    scale_firing_rates: Sequence[float] = (0.5, 1.0, 2.0, 4.0),
    t_p: Sequence[float] = (0.02, 0.04, 0.06, 0.1, 0.15, 0.2),
    t_c: Sequence[float] | None = None,
    device: str = "loihi",
    keep: float = 0.99,
    progress: bool | None = None,
    file: str | os.PathLike[str] | None = None,
    executor: int | str | Executor | None = None,
) -> OperatingPoints:
    """Run a network at every synapse, rate and time, and weigh accuracy, latency and energy.

    Of a network that gives values, R2 takes the place of accuracy.

    Every combination of ``tau_s``, ``scale_firing_rates`` and ``t_p`` is one run of the simulator
    events, so that events are counted and not interpolated; every ``t_c`` comes from that run.

    Parameters
    ----------
    trained : TrainedModel or SpikingModel
        The rate network; or one in spikes, as `convert` or `from_nir` gives it: it keeps the kind
        of its synapses, ``scale_firing_rates`` is on top of its own rates, and its accuracy in
        rates is that of its neurons' analytic rates.
    data : Dataset, Split, (images, labels) or (images, values)
        Images with labels or targets; of a data set the test images.
    tau_s : sequence of float
        Time constants of the synapses, alpha where the network has none, in seconds; 0 for none.
    scale_firing_rates : sequence of float
        Factors on all rates.
    t_p : sequence of float
        Presentation times, in seconds.
    t_c : sequence of float, optional
        Where averaging may begin, in seconds; by default at 0.2, 0.4 and 0.6 of ``t_p``.
    device : str
        Whose joules; a spiking one of `energy.DEVICES` with figures for events and updates.
    keep : float
        Share of the rate network's accuracy, or R2, to keep.
    progress : bool, optional
        Whether to show progress; by default in notebooks only.
    file : path-like, optional
        Where what was measured is kept after every run, and read from: a run that is in it is not
        repeated. Pictures that stay in their files are told apart by when these were changed, too.
        See `OperatingRuns`.
    executor : int, str, Executor or None
        Who does the runs, as of `jobs.workers`: so many processes of this machine, any executor of
        `concurrent.futures`, or the address of a Dask scheduler. The result is the same.

    Returns
    -------
    OperatingPoints
        After Ctrl-C with the runs that were finished; ``missing`` says how many were not.

    Raises
    ------
    DataError
        If the data have neither labels nor targets, or do not fit the network.
    ValidationError
        If the device has no figures, a number is out of bounds, or the file belongs to another
        network, to other images or another device.
    ModelFileError
        If the file is damaged, or cannot be written.
    WorkerError
        If a worker has died at the same run again and again, or no scheduler answers.
    KeyboardInterrupt
        On Ctrl-C before the first run has ended.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, images = trained_example()
    >>> found = operating_points(
    ...     trained, images.take(50), tau_s=[0.003], scale_firing_rates=[1, 2], t_p=[0.05, 0.1]
    ... )
    >>> len(found.points), found.front("t_p")[0].t_p
    (12, 0.05)
    """
    images, name, names = labelled(data)
    require_same_places(names, trained.classes, f"the data {name!r}", "the network")
    n_outputs = _outputs(trained)
    if images.has_values:
        images.check(n_outputs=n_outputs)
    else:
        images.check(n_classes=n_outputs)
    chip = spiking_device(device)
    known = OperatingRuns.of(file, trained, images, chip.name)
    reference = evaluate(trained, images, simulator="rate", progress=progress)
    dt = float(trained.provenance.get("dt", Presentation().dt))
    choices = [
        (tau, scale, time, starts_of(t_c, time, dt))
        for tau, scale, time in dict.fromkeys(itertools.product(tau_s, scale_firing_rates, t_p))
    ]
    points, missing = _measured(trained, images, choices, device, known, progress, executor)
    result = OperatingPoints(
        trained.architecture.name if isinstance(trained, TrainedModel) else trained.name,
        name,
        chip.name,
        len(images),
        None if isinstance(reference, ValueEvaluation) else reference.accuracy,
        tuple(points),
        keep,
        missing,
        rate_r2=reference.r2 if isinstance(reference, ValueEvaluation) else None,
    )
    findings = _health(trained, images, result, max(scale_firing_rates), max(t_p))
    return dataclasses.replace(result, findings=tuple(findings))


def _outputs(model: TrainedModel | SpikingModel) -> int:
    """Number of outputs of a network, its classes or values."""
    if isinstance(model, SpikingModel):
        return model.n_classes
    return int(model.architecture.output_shape[0])


def _measured(
    trained: TrainedModel | SpikingModel,
    images: Split,
    choices: list[tuple[float, float, float, list[float]]],
    device: str,
    known: OperatingRuns,
    progress: bool | None,
    executor: Any,
) -> tuple[list[OperatingPoint], int]:
    """The points of every choice, known or run now, and how many Ctrl-C left out."""
    rows = {choice[:3]: known.get(*choice) for choice in choices}
    due = [choice for choice in choices if rows[choice[:3]] is None]
    n = len(choices)
    with progress_bar("operating points", n, unit="runs", enabled=progress) as advance:
        advance(n - len(due))
        try:
            with workers(executor) as pool, shared(pool, (trained, images)) as sent:
                jobs = [point_job(sent, *choice, device) for choice in due]
                for place, job, future in outcomes(jobs, pool):
                    found = [dataclasses.asdict(point) for point in result_of(job, future)]
                    tau, scale, time, _ = due[place]
                    known.add(tau, scale, time, found)
                    rows[tau, scale, time] = found
                    advance(1)
        except KeyboardInterrupt:
            if not any(rows.values()):
                raise
    points = [OperatingPoint(**row) for found in rows.values() for row in found or ()]
    return points, sum(found is None for found in rows.values())


def _health(
    trained: TrainedModel | SpikingModel,
    images: Split,
    found: OperatingPoints,
    scale: float,
    time: float,
) -> list[Finding]:
    """What is wrong with images or network even at the fastest rates and the longest time."""
    images = still(images)
    few = images.take(min(_LOOKED_AT, len(images)))
    spiking = spiking_at(trained, _TAU_S, scale)
    shown = Inputs.of(spiking, few, Presentation(), None).chunk(0, len(few))
    activity = forward(spiking, shown)
    rates = {p.name: activity[p.name].reshape(len(few), -1) for p in spiking.populations}
    fired = rate_findings(spiking, rates, Presentation(t_c=0.0, t_p=time))
    if found.recommended is not None:  # slow and saturated neurons did no harm
        fired = tuple(f for f in fired if f.rule == SILENT_RULE)
    said = [*input_findings(trained, images), *fired]
    if images.has_values:
        return said
    answers = activity["output"].argmax(axis=1)
    return said or answer_findings(answers, few.labels, trained.classes)
