"""Diagnose a converted network that loses accuracy or R2: the layer, the cause, the remedy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..conversion.rates import forward
from ..conversion.spike_weight import heavy_spikes
from ..datasets.base import Split
from ..datasets.series import Series
from ..errors import ValidationError
from ..evaluation.answers import answer_findings
from ..evaluation.input_health import input_findings
from ..evaluation.spike_health import fastest
from ..inputs.as_trained import shown_as
from ..inputs.inputs import Inputs, in_time, still
from ..inputs.presentation import Presentation, timing_or_default
from ..models import SpikingModel
from ..models.expected import spiking_model
from ..neurons.counterparts import neuron_rate
from ..records import SpikeRecord
from ..records.finding import SEVERITIES, Finding
from ..simulators import run
from ..support.checks import checked
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .answers_in_time import Answers, gives_values

__all__ = ["Diagnosis", "LayerHealth", "diagnose"]

#: share of the rate network's predictions from which on findings are notes
_FINE = 0.98


@dataclasses.dataclass(frozen=True)
class LayerHealth:
    """One population in spikes beside its own rates.

    Attributes
    ----------
    name : str
    mean_rate, mean_spikes : float
        Mean rate in Hz as the rate network has it, and as spikes show it.
    correlation : float
        Between the two, over neurons and images; 1 where nothing is lost.
    silent : float
        Share of neurons that never fire on these images.
    fastest : float
        99.9th percentile of the rates in Hz, as a share of the fastest that the neuron can.
    """

    name: str
    mean_rate: float
    mean_spikes: float
    correlation: float
    silent: float
    fastest: float


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found.

    Attributes
    ----------
    layers : tuple of LayerHealth
        In feed-forward order.
    findings : tuple of Finding
        Causes with remedies, the worst first.
    agreement : float
        Share of images with the rate network's prediction; of values their R2 about the rate
        network's: 1 where they are equal.
    settled : float
        Time in seconds from which on the predictions or values keep 99 % of the final agreement.
    of_values : bool
        Whether the network gives values, not classes.
    """

    layers: tuple[LayerHealth, ...]
    findings: tuple[Finding, ...]
    agreement: float
    settled: float
    of_values: bool = False

    __repr__ = short_repr

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        score = f"R2 {self.agreement:.4f}" if self.of_values else f"{100 * self.agreement:.1f} %"
        layers = [
            (
                each.name,
                f"{each.mean_spikes:.1f} Hz in spikes, {each.mean_rate:.1f} in rates, correlation "
                f"{each.correlation:.3f}, {100 * each.silent:.0f} % silent",
            )
            for each in self.layers
        ]
        found = [
            (each.severity, f"{each.where}: {each.rule}: {each.found}. {each.remedy}")
            for each in self.findings
        ]
        settled = f"{1000 * self.settled:.0f} ms"
        return html_card(f"agreement with the rates {score}, from {settled} on", layers + found)

    @property
    def worst(self) -> LayerHealth:
        """The layer that loses most correlation against the one before."""
        before = [1.0, *(layer.correlation for layer in self.layers[:-1])]
        drops = [a - layer.correlation for a, layer in zip(before, self.layers, strict=True)]
        return self.layers[int(np.argmax(drops))]


@checked(model=spiking_model, presentation=timing_or_default)
def diagnose(
    model: SpikingModel,
    images: Split | Series | np.ndarray,
    *,
    presentation: Presentation | None = None,
    **options: Any,
) -> Diagnosis:
    """Run some images in rates and in spikes, and say where and why they part.

    A network gives values, not classes, where the images have targets, where it was trained on
    targets, and where it has a single output.

    Parameters
    ----------
    model : SpikingModel
        What `convert` returned.
    images : Split, Series or (n, row, column, channel) array
        Some tens of images; of series every step is one, shown alone,
        and of films every frame.
    presentation : Presentation, optional
        Timing in question; ``Presentation()`` by default, and of a network that was trained on its
        spikes the window of its training, whose coding it sees too.
    **options
        As for `run`: the simulator, and its options.

    Returns
    -------
    Diagnosis

    Raises
    ------
    DataError
        If the images, or their targets, do not fit the network.
    ValidationError
        If there are fewer than two images, or Ctrl-C left fewer.

    Examples
    --------
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> diagnose(convert(trained, synapse=0.003), test.take(20)).findings
    ()
    """
    images = still(images.split if isinstance(images, Series) else images)
    if isinstance(images, Split) and images.has_values:
        images.check(n_outputs=model.n_classes)
    timing, coding = shown_as(model.provenance, presentation, None, over_time=in_time(images))
    inputs = Inputs.of(model, images, timing, None)
    if len(inputs) < 2:
        raise ValidationError(f"{counted(len(inputs), 'image')} given; expected at least 2")
    coded = dataclasses.replace(inputs, coding=coding)
    record = run(model, coded, rasters=len(inputs), **options)
    n = record.n_images  # fewer if it was interrupted
    if n < 2:
        raise ValidationError(
            f"the run was interrupted after {counted(n, 'image')}; expected at least 2"
        )
    shown = inputs.chunk(0, n)
    rates = forward(model, shown, timing.dt)
    answers = Answers(record, rates["output"], timing, gives_values(model, images))
    agreement = answers.agreement
    layers = tuple(_health(p, rates[p.name], record, timing, n) for p in model.populations)
    given = None if answers.of_values else rates["output"].argmax(axis=1)
    scale = [] if inputs.is_timed else _scale_findings(model, images, inputs, given, n)
    own = "imported from" in model.provenance  # then its preprocessing was given by who knows it
    odd = [] if own and float(np.ptp(shown)) > 0 else _input_findings(shown)
    found = [*scale, *odd, *_findings(model, layers, timing)]
    if agreement < _FINE and not found:
        found.append(answers.too_short())
    if agreement >= _FINE:  # of the rates, which a wrong scale deceives as well
        found = [f if f in scale else _as_note(f) for f in found]
    found.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return Diagnosis(layers, tuple(found), agreement, answers.settled(), answers.of_values)


def _scale_findings(
    model: SpikingModel, images: Any, inputs: Inputs, answers: np.ndarray | None, n: int
) -> list[Finding]:
    """Images of another scale, or rates that answer alike as if they were."""
    labels = images.known_labels if isinstance(images, Split) else None
    seen = images.subset(slice(n)) if isinstance(images, Split) else inputs.images[:n]
    found = input_findings(model, seen)
    if answers is None:  # values
        return found
    labels = None if labels is None else labels[:n]
    return found or answer_findings(answers, labels, model.classes)


def _as_note(finding: Finding) -> Finding:
    """What does no harm is worth a note only."""
    if finding.severity == "error":
        return finding
    return dataclasses.replace(finding, severity="note")


def _health(
    population: Any, rates: np.ndarray, record: SpikeRecord, timing: Presentation, n: int
) -> LayerHealth:
    wanted = np.abs(rates).reshape(n, -1).astype(float)  # as spikes count, whatever their sign
    raster = record.rasters[population.name]
    late = raster[raster[:, 1] >= timing.c_steps]
    counts = np.zeros_like(wanted)
    np.add.at(counts, (late[:, 0], late[:, 2]), 1)
    seen = counts / (timing.n_steps - timing.c_steps) / timing.dt
    varies = wanted.std() > 0 and seen.std() > 0
    correlation = float(np.corrcoef(wanted.ravel(), seen.ravel())[0, 1]) if varies else 0.0
    firing = wanted[wanted > 0]
    high = float(np.percentile(firing, 99.9)) if firing.size else 0.0
    return LayerHealth(
        population.name,
        float(wanted.mean()),
        float(seen.mean()),
        correlation,
        float((wanted.max(axis=0) == 0).mean()),
        high / fastest(population.neuron, timing.dt),
    )


def _input_findings(shown: np.ndarray) -> list[Finding]:
    low, high = float(shown.min()), float(shown.max())
    if high == low:
        return [
            Finding(
                "error", "the input varies", "input", f"all pixels are {high:g}",
                "check the images and Preprocessing(mean, scale)",
            )
        ]  # fmt: skip
    if max(abs(low), abs(high)) > 20:
        return [
            Finding(
                "warning", "the input is of order one", "input",
                f"pixels reach from {low:.4g} to {high:.4g} after the preprocessing",
                "give pixels in [0, 1], or the network's own Preprocessing",
            )
        ]  # fmt: skip
    return []


def _findings(
    model: SpikingModel, layers: tuple[LayerHealth, ...], timing: Presentation
) -> Iterator[Finding]:
    yield from heavy_spikes(model, timing.tau_s)
    for layer, population in zip(layers, model.populations, strict=True):
        if layer.mean_rate == 0:
            yield Finding(
                "error", "layers are not silent", layer.name, "no neuron fires on any image",
                "check the scale of the input and the biases before it",
            )  # fmt: skip
            continue
        yield from _too_slow(layer, timing)
        yield from _saturated(layer)
        yield from _idle(layer, _at_rest(population, timing.dt))
        readers = [c for c in model.connections if c.pre == layer.name]
        if any(c.synapse is None for c in readers):
            yield from _unsmoothed(layer)


def _too_slow(layer: LayerHealth, timing: Presentation) -> Iterator[Finding]:
    seconds = timing.t_p - timing.t_c
    spikes = layer.mean_rate / (1 - layer.silent) * seconds
    if spikes < 0.5:
        yield Finding(
            "error" if spikes < 0.1 else "warning", "neurons fire within the window", layer.name,
            f"an active neuron fires {spikes:.2g} times in {1e3 * seconds:g} ms",
            "fire faster: convert(..., scale_firing_rates=rate_scales(net, images)), or look "
            "longer",
        )  # fmt: skip


def _saturated(layer: LayerHealth) -> Iterator[Finding]:
    if layer.fastest > 0.9:
        yield Finding(
            "warning", "layers are not saturated", layer.name,
            f"its high rates are {100 * layer.fastest:.0f} % of the fastest that the neuron can",
            "fire slower: scale_firing_rates below 1, or rate_scales with a lower target_rate",
        )  # fmt: skip


def _idle(layer: LayerHealth, at_rest: float) -> Iterator[Finding]:
    if at_rest > 0.5 * layer.mean_rate and at_rest > 20:
        yield Finding(
            "warning", "biases are small against inputs", layer.name,
            f"{at_rest:.0f} Hz without any input, of {layer.mean_rate:.0f} Hz",
            "train with weight decay on biases, or rate_targets",
        )  # fmt: skip


def _unsmoothed(layer: LayerHealth) -> Iterator[Finding]:
    if layer.correlation < 0.9:
        yield Finding(
            "warning", "spikes are smoothed", layer.name,
            f"no synapse after it; spikes follow rates with r = {layer.correlation:.2f}",
            "convert with synapse=0.003 (alpha) or more",
        )  # fmt: skip


def _at_rest(population: Any, dt: float) -> float:
    """Mean rate in Hz that the biases alone give."""
    J = np.broadcast_to(population.bias, population.shape).astype(float)
    return float(neuron_rate(population.neuron, J, dt=dt).mean())
