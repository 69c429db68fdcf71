"""Find populations that are silent, slow or saturated, and predictions that have not settled."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np

from ..conversion.spike_weight import heavy_spikes
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..records import Evaluation, SpikeRecord, ValueEvaluation
from ..records.finding import Finding
from ..records.silence import FASTER, silence
from ..records.value_scores import value_scores

__all__ = ["fastest", "rate_findings", "spike_findings", "told"]

#: share of the rate network's predictions from which on slow and saturated neurons do no harm
_FINE = 0.98

#: share of the rate network's values' variance from which on they do none either
_FINE_VALUES = 0.98

_Result = TypeVar("_Result", Evaluation, ValueEvaluation)

#: spikes of an active neuron in the whole presentation, below which it is called slow
_FEW = 0.5

#: share of the fastest rate from which on a neuron is called saturated, and share of such neurons
_NEAR, _MANY = 0.9, 0.05


def fastest(neuron: Any, dt: float) -> float:
    """Highest rate in Hz that the neuron has: one spike per refractory period, or per step.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        A spiking neuron.
    dt : float
        Time step, in seconds.
    """
    return 1 / max(getattr(neuron, "tau_ref", 0.0), dt)


def spike_findings(
    model: SpikingModel, record: SpikeRecord, result: Evaluation | ValueEvaluation
) -> tuple[Finding, ...]:
    """Find the reasons why a run's predictions differ from those of the rates.

    A population without a spike is always reported; slow and saturated neurons, and predictions
    that still change, only where predictions are lost; spikes above the threshold also where nobody
    knows.

    Parameters
    ----------
    model : SpikingModel
        The network that ran.
    record : SpikeRecord
        Its spikes.
    result : Evaluation or ValueEvaluation
        Its predictions or values.

    Returns
    -------
    tuple of Finding
        In feed-forward order; empty in rates.
    """
    if record.presentation is None or not record.image_spikes:
        return ()
    timing = record.presentation
    rates = {p.name: record.layer_rates[p.name] for p in model.populations}
    loses = _loses(result)
    found = list(_of_rates(model, rates, timing, silent_only=not loses))
    if loses or _unknown(result):
        found += heavy_spikes(model, timing.tau_s)
    if isinstance(result, Evaluation) and loses and not any(f.severity == "error" for f in found):
        found += _not_settled(result, timing)
    return tuple(found)


def _unknown(result: Evaluation | ValueEvaluation) -> bool:
    """Whether there are no answers of the rates to compare with."""
    if isinstance(result, Evaluation):
        return result.agreement is None
    return result.rate_values is None


def _loses(result: Evaluation | ValueEvaluation) -> bool:
    """Whether predictions or values are others than those of the rates."""
    if isinstance(result, Evaluation):
        return result.agreement is not None and result.agreement < _FINE
    if result.rate_values is None:
        return False
    kept = value_scores(result.rate_values, result.values)["r2"]
    return kept < _FINE_VALUES


def rate_findings(
    model: SpikingModel, rates: dict[str, np.ndarray], timing: Presentation
) -> tuple[Finding, ...]:
    """What analytic rates foretell: populations too slow or too fast for the window.

    Parameters
    ----------
    model : SpikingModel
        The network.
    rates : dict of str to (n_images, n_neurons) array
        In Hz.
    timing : Presentation
        Timing of one image.
    """
    means = {name: np.abs(values).mean(axis=0) for name, values in rates.items()}
    return tuple(_of_rates(model, means, timing, silent_only=False))


def _of_rates(
    model: SpikingModel, rates: dict[str, np.ndarray], timing: Presentation, *, silent_only: bool
) -> Iterator[Finding]:
    seconds, milliseconds = timing.t_p, f"{1e3 * timing.t_p:g} ms"
    for population in model.populations:
        each = np.ravel(rates[population.name])
        active = each[each > 0]
        if active.size == 0:
            yield silence(population.name, timing)
            continue
        if silent_only:
            continue
        spikes = float(active.mean()) * seconds
        if spikes < _FEW:
            silent = 100 * (1 - active.size / each.size)
            yield Finding(
                "error" if spikes < _FEW / 5 else "warning",
                "neurons fire within the window", population.name,
                f"an active neuron fires {spikes:.2g} times in {milliseconds}; {silent:.0f} % are "
                "silent",
                f"{FASTER}, or look longer (t_p)",
            )  # fmt: skip
        top = fastest(population.neuron, timing.dt)
        saturated = float((each > _NEAR * top).mean())
        if saturated > _MANY:
            yield Finding(
                "warning", "neurons are not saturated", population.name,
                f"{100 * saturated:.0f} % of its neurons fire at more than {100 * _NEAR:.0f} % of "
                f"the fastest rate, {top:.0f} Hz",
                "fire slower: scale_firing_rates below 1, or rate_scales with a lower target_rate",
            )  # fmt: skip


def _not_settled(result: Evaluation, timing: Presentation) -> Iterator[Finding]:
    """Whether predictions still get better in the last quarter of the window."""
    windows = result.windows
    start, end = timing.c_steps, timing.n_steps
    if windows is None or start not in windows.starts or end - start < 4:
        return
    row = windows.row(start)
    before, last = float(row[end - (end - start) // 4]), float(row[end])
    noise = 2 * np.sqrt(max(last * (1 - last), 0.0) / result.n_images)
    if last - before > max(0.01, noise):
        yield Finding(
            "warning", "predictions have settled", "output",
            f"{100 * last:.1f} % right at {1e3 * timing.t_p:g} ms, {100 * before:.1f} % a quarter "
            "of the window earlier",
            "look longer (t_p), start averaging later (t_c), or fire faster (scale_firing_rates)",
        )  # fmt: skip


def told(result: _Result, findings: list[Finding]) -> _Result:
    """The evaluation with findings, which are also among its notes for whoever reads.

    Parameters
    ----------
    result : Evaluation or ValueEvaluation
        The evaluation.
    findings : list of Finding
        The findings to add.
    """
    if not findings:
        return result
    return dataclasses.replace(
        result,
        findings=(*result.findings, *findings),
        notes=tuple(dict.fromkeys((*result.notes, *map(str, findings)))),
    )
