"""The runs of operating points as jobs, which any process can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..conversion.scaling import scale_rates
from ..conversion.swap import convert
from ..datasets.base import Split
from ..energy import DEVICES, count
from ..errors import ValidationError
from ..inputs.as_trained import was_trained_on_spikes
from ..inputs.presentation import Presentation
from ..inputs.recommended import Recommended
from ..jobs.job import Job
from ..models import SpikingModel, TrainedModel
from ..records import Judge, ValueJudge
from ..records.value_scores import value_scores
from ..simulators import complete, run
from .point_values import OperatingPoint

__all__ = ["point_job", "spiking_at", "spiking_device", "starts_of"]


def spiking_at(model: TrainedModel | SpikingModel, tau: float, scale: float) -> SpikingModel:
    """The network in spikes with these synapses and rates.

    A trained one is converted, with alpha synapses; one that was trained on its spikes has those
    of its training at a time constant of 0, and sees what it was trained with; membranes start as
    it is recommended. One in spikes keeps the kind of each synapse, and its rates are multiplied:
    `scale_rates` is exact.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    tau : float
        Time constant of the synapses, in seconds; 0 for none.
    scale : float
        Factor on all rates.
    """
    if isinstance(model, TrainedModel):
        without = "trained" if was_trained_on_spikes(model.provenance) else None
        known = Recommended.of(model.provenance)
        return convert(
            model, synapse=tau or without, scale_firing_rates=scale,
            initial_voltage=None if known is None else known.initial_voltage,
        )  # fmt: skip
    return scale_rates(model, scale).with_tau_s(tau)


def point_job(
    shown: Any,
    tau: float,
    scale: float,
    time: float,
    starts: Sequence[float],
    device: str,
) -> Job:
    """One run of the simulator, whose result are its operating points.

    Parameters
    ----------
    shown : (TrainedModel or SpikingModel, Split)
        The rate network or the one in spikes, and images with labels or targets; or what stands
        for both (`jobs.sharing.shared`).
    tau : float
        Time constant of alpha synapses, in seconds; 0 for none.
    scale : float
        Factor on all rates.
    time : float
        Presentation time, in seconds.
    starts : sequence of float
        Where averaging begins, in seconds: one point for each.
    device : str
        Whose joules.
    """
    name = f"tau_s {1e3 * tau:g} ms, rates x {scale:g}, t_p {1e3 * time:g} ms"
    arguments = (shown, tau, scale, time, tuple(starts), device)
    return Job(name, "operating points", time, None, _points, arguments)


def _points(
    shown: tuple[TrainedModel | SpikingModel, Split],
    tau: float,
    scale: float,
    time: float,
    starts: Sequence[float],
    device: str,
) -> list[OperatingPoint]:
    """One run, read from several starts of averaging."""
    model, images = shown
    spiking = spiking_at(model, tau, scale)
    step = float(model.provenance.get("dt", Presentation().dt))
    timing = Presentation(t_c=0.0, t_p=time, dt=step)
    judge, score = _judge(images, spiking, timing, starts)
    record = run(spiking, images, presentation=timing, judge=judge, progress=False)
    counts = count(complete(record), spiking)
    chip = spiking_device(device)
    counts = chip.own(counts)
    cost = (counts.total_events, float(counts.total_updates), float(sum(chip.joules(counts))))
    found = []
    for start in starts:
        accuracy, r2 = (None, score(start)) if images.has_values else (score(start), None)
        at = (float(tau), float(scale), start, float(time))
        found.append(OperatingPoint(*at, accuracy, *cost, r2=r2))
    return found


def _judge(
    images: Split, spiking: SpikingModel, timing: Presentation, starts: Sequence[float]
) -> tuple[Judge | ValueJudge, Callable[[float], float]]:
    """What judges the run, and afterwards its score for a start of averaging."""
    if images.has_values:
        targets: Any = images.targets
        of_values = ValueJudge(images.flat_targets, timing, starts=starts)
        return of_values, lambda start: value_scores(
            targets, of_values.values_from(start).reshape(targets.shape)
        )["r2"]
    judge = Judge(images.labels, spiking.n_classes, timing, starts=starts, keep=False)
    return judge, judge.accuracy_from


def starts_of(t_c: Iterable[float] | None, time: float, dt: float) -> list[float]:
    """Where averaging begins in a presentation: what was asked for, or at shares of it.

    Parameters
    ----------
    t_c : iterable of float or None
        Starts asked for, in seconds; those that are not before the end are left out.
    time : float
        Presentation time, in seconds.
    dt : float
        Time step, in seconds.
    """
    if t_c is None:
        return [dt * round(share * time / dt) for share in (0.2, 0.4, 0.6)]
    return [float(start) for start in t_c if start < time - dt / 2]


def spiking_device(name: str) -> Any:
    """The device of a name, if it spikes and its energy is known.

    Parameters
    ----------
    name : str
        Name of the device.

    Raises
    ------
    ValidationError
        If it is another one; the names that can be given are listed.
    """
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
