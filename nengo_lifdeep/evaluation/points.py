"""Operating points: accuracy, latency and energy for choices of synapse, rates and times."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Sequence
from typing import Any

from ..conversion.rates import forward
from ..conversion.swap import convert
from ..datasets.base import Split, labelled
from ..energy import DEVICES, Counts, count
from ..errors import ValidationError
from ..inputs.inputs import Inputs
from ..inputs.presentation import Presentation
from ..models import TrainedModel
from ..models.expected import trained_model
from ..records import Judge
from ..records.finding import Finding
from ..records.silence import SILENT_RULE
from ..simulators import complete, run
from ..support.checks import checked, each, file_name, flag, optional, real, text
from ..support.progress import progress_bar
from ..support.short_repr import short_repr
from .accuracy import rate_answers
from .answers import answer_findings
from .input_health import input_findings
from .point_runs import OperatingRuns
from .spike_health import rate_findings

__all__ = ["OperatingPoint", "OperatingPoints", "operating_points"]

#: images whose rates are examined for silence
_LOOKED_AT = 200


@dataclasses.dataclass(frozen=True)
class OperatingPoint:
    """One way to run a network.

    Attributes
    ----------
    tau_s : float
        Time constant of every synapse, in seconds.
    scale : float
        Factor on all firing rates.
    t_c, t_p : float
        Averaging begins at, and an image ends at, in seconds. ``t_p`` is the latency.
    accuracy : float
        Share of correct predictions.
    events, updates : float
        Synaptic events and neuron updates per image, on the device: without the neurons of a first
        layer that the host runs.
    joules : float
        Per image on the device.
    """

    tau_s: float
    scale: float
    t_c: float
    t_p: float
    accuracy: float
    events: float
    updates: float
    joules: float

    @property
    def error(self) -> float:
        """Error in percent."""
        return 100.0 * (1.0 - self.accuracy)


@dataclasses.dataclass(frozen=True)
class OperatingPoints:
    """All the ways that were tried, and which are worth it.

    Attributes
    ----------
    model, data, device : str
        Names of network, images and device.
    n_images : int
        Images each point was measured on.
    rate_accuracy : float
        Accuracy of the rate network on the same images.
    points : tuple of OperatingPoint
        Every combination.
    keep : float
        Share of the rate network's accuracy that the recommended point keeps.
    missing : int
        Combinations that were not run: 0 unless Ctrl-C ended it.
    findings : tuple of Finding
        Images of another scale; silent populations, and where no point keeps the accuracy those
        that are slow or saturated even at the fastest and longest; most images get one answer.
    """

    model: str
    data: str
    device: str
    n_images: int
    rate_accuracy: float
    points: tuple[OperatingPoint, ...]
    keep: float = 0.99
    missing: int = 0
    findings: tuple[Finding, ...] = ()

    __repr__ = short_repr

    @property
    def recommended(self) -> OperatingPoint | None:
        """The point of least energy that keeps the accuracy; None if none does.

        Of equals the faster one.
        """
        enough = [p for p in self.points if p.accuracy >= self.keep * self.rate_accuracy]
        return min(enough, key=lambda p: (p.joules, p.t_p), default=None)

    @property
    def fastest(self) -> OperatingPoint | None:
        """The point of least latency that keeps the accuracy; None if none does."""
        enough = [p for p in self.points if p.accuracy >= self.keep * self.rate_accuracy]
        return min(enough, key=lambda p: (p.t_p, p.joules), default=None)

    def front(self, cost: str = "joules") -> tuple[OperatingPoint, ...]:
        """The points that none beats in both accuracy and ``cost``, cheapest first.

        Parameters
        ----------
        cost : {"joules", "t_p", "events"}
            What accuracy is weighed against.
        """
        if cost not in ("joules", "t_p", "events"):
            raise ValidationError(f"cost is {cost!r}; expected 'joules', 't_p' or 'events'")
        kept: list[OperatingPoint] = []
        for point in sorted(self.points, key=lambda p: (getattr(p, cost), -p.accuracy)):
            if not kept or point.accuracy > kept[-1].accuracy:
                kept.append(point)
        return tuple(kept)


@checked(
    trained=trained_model,
    tau_s=each(real(0, unit="seconds"), "time constants in seconds", least=1),
    scale_firing_rates=each(real(above=0), "factors on all rates", least=1),
    t_p=each(real(above=0, unit="seconds"), "times in seconds", least=1),
    t_c=optional(each(real(0, unit="seconds"), "times in seconds", least=1)),
    device=text,
    keep=real(above=0, high=1),
    progress=flag,
    file=optional(file_name),
)
def operating_points(
    trained: TrainedModel,
    data: Any,
    *,
    tau_s: Sequence[float] = (0.001, 0.003, 0.005),
    scale_firing_rates: Sequence[float] = (0.5, 1.0, 2.0, 4.0),
    t_p: Sequence[float] = (0.02, 0.04, 0.06, 0.1, 0.15, 0.2),
    t_c: Sequence[float] | None = None,
    device: str = "loihi",
    keep: float = 0.99,
    progress: bool = False,
    file: str | os.PathLike[str] | None = None,
) -> OperatingPoints:
    """Run a network at every synapse, rate and time, and weigh accuracy, latency and energy.

    Every combination of ``tau_s``, ``scale_firing_rates`` and ``t_p`` is one run of the simulator
    events, so that events are counted and not interpolated; every ``t_c`` comes from that run.

    Parameters
    ----------
    trained : TrainedModel
        The rate network.
    data : Dataset, Split or (images, labels)
        Labelled images; of a data set the test images.
    tau_s : sequence of float
        Time constants of alpha synapses, in seconds; 0 for none.
    scale_firing_rates : sequence of float
        Factors on all rates.
    t_p : sequence of float
        Presentation times, in seconds.
    t_c : sequence of float, optional
        Where averaging may begin, in seconds; by default at 0.2, 0.4 and 0.6 of ``t_p``.
    device : str
        Whose joules; a spiking one of `energy.DEVICES` with figures for events and updates.
    keep : float
        Share of the rate network's accuracy to keep.
    progress : bool
        Whether to show progress.
    file : path-like, optional
        Where what was measured is kept after every run, and read from: a run that is in it is not
        repeated. See `OperatingRuns`.

    Returns
    -------
    OperatingPoints
        After Ctrl-C with the runs that were finished; ``missing`` says how many were not.

    Raises
    ------
    DataError
        If the data are not labelled images.
    ValidationError
        If the device has no figures, a number is out of bounds, or the file belongs to another
        network, to other images or another device.
    ModelFileError
        If the file is damaged, or cannot be written.
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
    images, name, _ = labelled(data)
    images.check(n_classes=trained.architecture.output_shape[0])
    chip = _spiking_device(device)
    combinations = [
        (tau, scale, time) for tau in tau_s for scale in scale_firing_rates for time in t_p
    ]
    known = OperatingRuns.of(file, trained, images, chip.name)
    rate_accuracy = float((rate_answers(trained, images) == images.labels).mean())
    points: list[OperatingPoint] = []
    missing = n = len(combinations)
    with progress_bar("operating points", n, unit="runs", enabled=progress) as advance:
        try:
            for tau, scale, time in combinations:
                starts = _starts(t_c, time, Presentation().dt)
                rows = known.get(tau, scale, time, starts)
                if rows is None:
                    found = _run(trained, images, tau, scale, time, starts, chip)
                    rows = [dataclasses.asdict(point) for point in found]
                    known.add(tau, scale, time, rows)
                points += [OperatingPoint(**row) for row in rows]
                missing -= 1
                advance(1)
        except KeyboardInterrupt:
            if not points:
                raise
    result = OperatingPoints(
        trained.architecture.name,
        name,
        chip.name,
        len(images),
        rate_accuracy,
        tuple(points),
        keep,
        missing,
    )
    findings = _health(trained, images, result, max(scale_firing_rates), max(t_p))
    return dataclasses.replace(result, findings=tuple(findings))


def _health(
    trained: TrainedModel, images: Split, found: OperatingPoints, scale: float, time: float
) -> list[Finding]:
    """What is wrong with images or network even at the fastest rates and the longest time."""
    few = images.take(min(_LOOKED_AT, len(images)))
    spiking = convert(trained, scale_firing_rates=scale)
    shown = Inputs.of(spiking, few, Presentation(), None).chunk(0, len(few))
    activity = forward(spiking, shown)
    rates = {p.name: activity[p.name].reshape(len(few), -1) for p in spiking.populations}
    fired = rate_findings(spiking, rates, Presentation(t_c=0.0, t_p=time))
    if found.recommended is not None:  # slow and saturated neurons did no harm
        fired = tuple(f for f in fired if f.rule == SILENT_RULE)
    said = [*input_findings(trained, images), *fired]
    answers = activity["output"].argmax(axis=1)
    return said or answer_findings(answers, few.labels, trained.classes)


def _run(
    trained: TrainedModel,
    images: Any,
    tau: float,
    scale: float,
    time: float,
    starts: Sequence[float],
    chip: Any,
) -> list[OperatingPoint]:
    """One run, read from several starts of averaging."""
    spiking = convert(trained, synapse=tau or None, scale_firing_rates=scale)
    timing = Presentation(t_c=0.0, t_p=time)
    judge = Judge(images.labels, spiking.n_classes, timing, starts=starts, keep=False)
    counts = count(complete(run(spiking, images, presentation=timing, judge=judge)), spiking)
    return [
        _point(tau, scale, start, time, judge.accuracy_from(start), counts, chip)
        for start in starts
    ]


def _point(
    tau: float, scale: float, start: float, time: float, accuracy: float, counts: Counts, chip: Any
) -> OperatingPoint:
    counts = chip.own(counts)
    joules = sum(chip.joules(counts))
    events, updates = counts.total_events, float(counts.total_updates)
    return OperatingPoint(
        float(tau), float(scale), start, float(time), accuracy, events, updates, float(joules)
    )


def _starts(t_c: Iterable[float] | None, time: float, dt: float) -> list[float]:
    if t_c is None:
        return [dt * round(share * time / dt) for share in (0.2, 0.4, 0.6)]
    return [float(start) for start in t_c if start < time - dt / 2]


def _spiking_device(name: str) -> Any:
    able = {
        key: device
        for key, device in DEVICES.items()
        if device.spiking and device.joules_per_event and device.joules_per_update
    }
    if name not in able:
        raise ValidationError(
            f"device is {name!r}; operating points need one that spikes and has figures for "
            f"events and updates: {', '.join(able)}"
        )
    return able[name]
