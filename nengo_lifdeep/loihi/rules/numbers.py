"""Rules on integers and rates: what the chip accepts, but with other values.

Quoted texts are nengo-loihi 1.1's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...neurons.loihi.loihi_rates import loihi_lif_rate
from ...neurons.rates import lif_rate
from ...support.words.counted import counted
from ..draft import ChipLayer, Draft
from ..number_range import NumberRange
from .told import Rule, Told

__all__ = ["NUMBER_RULES"]

#: relative errors of numbers up to here are not reported
_NOTICED = 0.01


def weights_and_biases_share_one_range(draft: Draft) -> Told:
    """Upstream: "Could not find appropriate weight exponent", "Lost 2 extra bits ..."."""
    for layer in draft.layers:
        texts = {n for n in layer.numbers if isinstance(n, str)}
        for text in sorted(texts):
            yield (
                "error",
                layer.name,
                text,
                "make biases smaller relative to the weights (weight decay)",
            )
        lost = [n.lost_bits for n in _numbers(layer)]
        if max(lost, default=0):
            yield (
                "warning", layer.name,
                f"{max(lost)} low bits of the weights are lost on "
                f"{counted(sum(map(bool, lost)), 'core')}",
                "shorten the synapse, make biases smaller relative to the weights, or divide the "
                "identities of residual sums (identity_parts)",
            )  # fmt: skip


def connections_into_a_core_have_similar_weights(draft: Draft) -> Told:
    """nengo-loihi gives no warning: exponents below -6 become -6, and weights too large."""
    for layer in draft.layers:
        worst = max(_numbers(layer), key=lambda n: n.swollen_by, default=None)
        if worst is not None and worst.swollen > 1:
            yield (
                "error" if worst.swollen_by > 0.05 else "warning", layer.name,
                f"the weights of its weakest connection become {worst.swollen:g} times as large on "
                f"the chip, an error of {100 * worst.swollen_by:.1f} % of the largest weight",
                "give the connections into it weights of similar size, or make biases smaller "
                "relative to the weights",
            )  # fmt: skip


def weights_are_more_than_nothing(draft: Draft) -> Told:
    """nengo-loihi gives no warning: weights up to 1e-8, times the step, become 0."""
    for layer in draft.layers:
        n = sum(each.vanished for each in _numbers(layer))
        if n:
            yield (
                "error", layer.name, f"all weights of {n} cores are below 1e-8 dt and become 0",
                "remove the layer, or scale its weights and those after it",
            )  # fmt: skip


def thresholds_and_biases_keep_their_values(draft: Draft) -> Told:
    """nengo-loihi gives no warning: large weights leave few steps for thresholds and biases."""
    for layer in draft.layers:
        numbers = _numbers(layer)
        threshold = max((n.threshold_error for n in numbers), key=abs, default=0.0)
        bias = max((n.bias_error for n in numbers), default=0.0)
        if max(abs(threshold), bias) > _NOTICED:
            yield (
                "warning", layer.name,
                f"on the chip its threshold deviates by {100 * threshold:+.1f} %, a bias by up to "
                f"{100 * bias:.1f} %",
                "make its largest weights smaller",
            )  # fmt: skip


def voltages_stop_where_they_should(draft: Draft) -> Told:
    """nengo-loihi gives no warning: the least voltage is a power of two of the register's steps."""
    for layer in draft.layers:
        least = float(getattr(layer.population.neuron, "min_voltage", 0.0))
        floors = [n.floor for n in _numbers(layer) if abs(n.floor - least) > _NOTICED]
        if np.isfinite(least) and floors:
            yield (
                "warning", layer.name,
                f"min_voltage {least:g} becomes {min(floors):.3g} to {max(floors):.3g} on the chip",
                "use min_voltage=0 or -inf, which the chip supports exactly",
            )  # fmt: skip


def no_weight_is_an_outlier(draft: Draft) -> Told:
    """nengo-loihi gives no warning: the largest weight of a core sets the step of all others."""
    for layer in draft.layers:
        bits = max((n.outlier_bits for n in _numbers(layer)), default=0)
        if bits >= 2:
            yield (
                "warning", layer.name,
                f"its largest weights are {2**bits} times the 99.9th percentile: {bits} bits lost",
                "train with weight decay, clip the largest weights, or divide the identities of "
                "residual sums (identity_parts)",
            )  # fmt: skip


def incoming_charge_fits_its_register(draft: Draft) -> Told:
    """Upstream: "Overflow in q0", and the value wraps around to the other sign."""
    for layer in draft.layers:
        load = max((n.load for n in _numbers(layer)), default=0.0)
        if load > 1:
            yield (
                "note" if load < 10 else "warning", layer.name,
                f"all excitatory inputs in one step are {load:.1f} times what the register "
                f"holds; {100 / load:.0f} % of them suffice to make it wrap around",
                "check the counts of wraps that simulator='loihi-exact' records; lower the rates",
            )  # fmt: skip


def currents_fit_their_register(draft: Draft) -> Told:
    """Upstream: "Overflow in current"; long synapses add up what arrives."""
    for layer in draft.layers:
        lowest = min((n.wraps_at for n in _numbers(layer)), default=np.inf)
        if lowest < 100:
            yield (
                "note" if lowest > 10 else "warning", layer.name,
                f"a current wraps around if all excitatory inputs fire at {lowest:.0f} Hz",
                "shorten the synapse, or lower the rates; check the counts of wraps that "
                "simulator='loihi-exact' records",
            )  # fmt: skip


def periods_are_several_steps(draft: Draft) -> Told:
    """nengo-loihi gives no warning: rates are 1 / (whole steps); high ones have few values."""
    for layer in draft.layers:
        rates = draft.rates.get(layer.name)
        if rates is None or not np.any(rates > 0):
            continue
        high = float(np.quantile(rates[rates > 0], 0.99))
        neuron: Any = layer.population.neuron
        if high > 250 and hasattr(neuron, "tau_rc"):
            loss = _step_loss(rates, neuron, draft.dt)
            yield (
                "warning", layer.name,
                f"1 % of the active neurons fire above {high:.0f} Hz, in periods of "
                f"{1 / high / draft.dt:.1f} steps; rounding to whole steps costs {loss:.1f} % "
                "of the spikes",
                "train with SoftLoihiLIF or rate_targets, or convert with scale_firing_rates < 1",
            )  # fmt: skip


def neurons_fire(draft: Draft) -> Told:
    """Cores for neurons that never fire are wasted."""
    for layer in draft.layers:
        rates = draft.rates.get(layer.name)
        if rates is None:
            continue
        silent = float((rates.max(axis=0) == 0).mean())
        if silent > 0.5:
            yield (
                "note", layer.name,
                f"{100 * silent:.0f} % of its neurons do not fire for any of "
                f"{counted(len(rates), 'image')}",
                "narrow the layer, or train with rate_targets",
            )  # fmt: skip


def spikes_into_the_chip_keep_within_the_link(draft: Draft) -> Told:
    """Upstream: "Too many spikes (...) sent in one timestep"; the emulator never counts."""
    names = [host.name for host in draft.hosts]
    if not names or not draft.rates.keys() >= set(names):
        return
    together = np.sum([draft.rates[name].sum(axis=1) for name in names], axis=0)
    per_step = float(together.max() * draft.dt)
    most = draft.board.spikes_per_step
    if per_step > most:
        yield (
            "note", ", ".join(names),
            f"up to {per_step:.0f} spikes per step into the chip; with precompute=False at most "
            f"{most} are sent",
            "keep nengo-loihi's precompute=None, which computes these spikes in advance",
        )  # fmt: skip


def _numbers(layer: ChipLayer) -> list[NumberRange]:
    return [n for n in layer.numbers if isinstance(n, NumberRange)]


def _step_loss(rates: np.ndarray, neuron: Any, dt: float) -> float:
    """Percent of the spikes that whole periods cost, at the currents that give these rates."""
    firing = rates[rates > 0]
    J = 1 / -np.expm1(-(1 / firing - neuron.tau_ref) / neuron.tau_rc)
    plain = lif_rate(J, neuron.tau_rc, neuron.tau_ref).sum()
    return float(100 * (1 - loihi_lif_rate(J, neuron.tau_rc, neuron.tau_ref, dt).sum() / plain))


NUMBER_RULES: tuple[Rule, ...] = (
    weights_and_biases_share_one_range, connections_into_a_core_have_similar_weights,
    weights_are_more_than_nothing, thresholds_and_biases_keep_their_values,
    voltages_stop_where_they_should, no_weight_is_an_outlier, incoming_charge_fits_its_register,
    currents_fit_their_register, periods_are_several_steps, neurons_fire,
    spikes_into_the_chip_keep_within_the_link,
)  # fmt: skip
