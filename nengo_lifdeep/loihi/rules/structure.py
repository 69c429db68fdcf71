"""Rules on neurons, synapses and stages, which are checked before layers are partitioned.

Quoted texts are nengo-loihi 1.1's own.
"""

from __future__ import annotations

import nengo
import numpy as np

from ...stages.types import AveragePool
from ..board import REFRACTORY_STEPS
from ..draft import Draft
from ..number_range import DECAY_STEPS
from .told import Rule, Told, ends

__all__ = ["STRUCTURE_RULES"]

#: relative errors of time constants up to here are not reported
_NOTICED = 0.01

_ON_CHIP = {"LIF", "LoihiLIF", "SpikingRectifiedLinear", "LoihiSpikingRectifiedLinear"}


def something_is_left_for_the_chip(draft: Draft) -> Told:
    """Upstream: "No neurons marked for execution on-chip."""
    if not draft.layers:
        several = ", ".join(p.name for p in draft.hosts) if len(draft.hosts) > 1 else ""
        yield (
            "error", draft.model.name,
            f"only populations that read pixels ({several}), which stay on the host to turn them "
            "into spikes" if several else
            "one population, which stays on the host to turn pixels into spikes",
            "add a layer of neurons",
        )  # fmt: skip


def populations_that_read_pixels_hear_no_others(draft: Draft) -> Told:
    """nengo-loihi gives no warning: synapses into what reads pixels would leave the chip with it.

    One such population alone may hear the chip, step by step; of several none may hear another.
    """
    hosts = {p.name for p in draft.hosts} if len(draft.hosts) > 1 else set()
    for connection in draft.model.connections:
        if connection.post in hosts and connection.pre not in ("input", connection.post):
            post = connection.post
            yield (
                "error", ends(connection),
                f"input -> {post} puts {post!r} on the host, where pixels become spikes; spikes "
                "of another population are for layers on the chip",
                f"give the pixels for {post!r} a layer of neurons of their own, or run the network "
                "off the chip (simulator='events')",
            )  # fmt: skip


def membranes_start_at_zero(draft: Draft) -> Told:
    """Upstream: "NengoLoihi does not support initial values for 'voltage' being non-zero"."""
    if draft.model.initial_voltage != "zero":
        yield (
            "error", draft.model.name, f"initial_voltage={draft.model.initial_voltage!r}",
            "convert with initial_voltage='zero'",
        )  # fmt: skip


def neurons_on_the_chip_are_lif_or_integrate_and_fire(draft: Draft) -> Told:
    """Upstream: "The neuron type 'LIFRate' cannot be simulated on Loihi"."""
    for layer in draft.layers:
        kind = type(layer.population.neuron).__name__
        if kind not in _ON_CHIP:
            yield (
                "error", layer.name, f"{kind}; the chip has {', '.join(sorted(_ON_CHIP))}",
                "convert() a network of SoftLIF or rectified linear neurons with their own spiking "
                "counterparts",
            )  # fmt: skip


def neurons_on_the_host_spike(draft: Draft) -> Told:
    """nengo-loihi gives no warning: an active rate neuron sends a spike at every step."""
    for host in draft.hosts:
        if not getattr(host.neuron, "spiking", False):
            yield (
                "error", host.name,
                f"{type(host.neuron).__name__} does not spike; each of its neurons would send a "
                "spike at every step",
                "convert() the trained network",
            )  # fmt: skip


def synapses_are_lowpass(draft: Draft) -> Told:
    """Upstream: "Cannot handle non-Lowpass synapses"."""
    for layer in draft.layers:
        for connection, _ in layer.into:
            if not isinstance(connection.synapse, nengo.Lowpass | None):
                yield (
                    "error", ends(connection), f"{connection.synapse!r}",
                    "convert with synapse=nengo.Lowpass(0.005), or let deploy() replace it",
                )  # fmt: skip


def a_layer_has_one_time_constant(draft: Draft) -> Told:
    """Upstream: "tau_s is currently 0.005, which is smaller than 0.02. Overwriting ..."."""
    for layer in draft.layers:
        taus = sorted({getattr(c.synapse, "tau", 0.0) for c, _ in layer.into})
        if len(taus) > 1:
            listed = ", ".join(f"{1e3 * tau:g} ms" for tau in taus)
            yield (
                "error", layer.name, f"synapses of {listed}; the chip would use the longest",
                "give all connections into the layer one synapse",
            )  # fmt: skip


def time_constants_fit_the_decay_registers(draft: Draft) -> Told:
    """Upstream: "Current (U) scaling is required", "Voltage (V) scaling is required"."""
    # a synapse must decay by half a step of 2**12, a membrane must not round to 0 of 2**12 - 1
    synapse, membrane = (draft.dt / -np.log1p(-0.5 / n) for n in (2**12, DECAY_STEPS))
    for layer in draft.layers:
        for name, tau, longest in (
            ("synapse", layer.tau_s, synapse),
            ("tau_rc", getattr(layer.population.neuron, "tau_rc", 0.0), membrane),
        ):
            if tau >= longest:
                yield (
                    "error", layer.name, f"{name} {tau:g} s; the longest is {longest:.2f} s",
                    "shorten it",
                )  # fmt: skip


def time_constants_keep_their_values(draft: Draft) -> Told:
    """nengo-loihi gives no warning: decays are multiples of 1 / 4096 per step."""
    for layer in draft.layers:
        for name, tau, less in (
            ("synapse", layer.tau_s, 1),
            ("tau_rc", float(getattr(layer.population.neuron, "tau_rc", 0.0)), 0),
        ):
            if tau <= draft.dt:  # what is left after a step is next to nothing, and stays so
                continue
            steps = round(max(-np.expm1(-draft.dt / tau) * DECAY_STEPS - less, 0)) + less
            held = draft.dt / -np.log1p(-steps / 2**12) if steps else np.inf
            if abs(held / tau - 1) > _NOTICED and np.isfinite(held):
                yield (
                    "warning", layer.name, f"{name} {tau:g} s becomes {held:.3g} s on the chip",
                    "shorten it, or lengthen dt",
                )  # fmt: skip


def refractory_periods_are_whole_steps(draft: Draft) -> Told:
    """nengo-loihi rounds without a warning."""
    for layer in draft.layers:
        tau_ref = float(getattr(layer.population.neuron, "tau_ref", 0.0))
        held = round(tau_ref / draft.dt) * draft.dt
        if abs(held - tau_ref) > _NOTICED * draft.dt:
            yield (
                "warning", layer.name, f"tau_ref {tau_ref:g} s becomes {held:g} s on the chip",
                f"use whole steps of {draft.dt:g} s",
            )  # fmt: skip


def negative_currents_are_known(draft: Draft) -> Told:
    """nengo-loihi gives no warning: Nengo's integrate-and-fire neurons are not moved by them."""
    for layer in draft.layers:
        if type(layer.population.neuron).__name__ == "SpikingRectifiedLinear":
            yield (
                "note", layer.name,
                "integrate-and-fire: on the chip negative currents lower its voltages, down to 0, "
                "and a spike resets them to 0: what was above the threshold is lost",
                "compare with the rung of NengoLoihi's neurons: chip_ladder()",
            )  # fmt: skip


def refractory_periods_fit_their_register(draft: Draft) -> Told:
    """Upstream: ``refract_delay <= REFRACT_DELAY_MAX``, asserted for the board only."""
    for layer in draft.layers:
        tau_ref = float(getattr(layer.population.neuron, "tau_ref", 0.0))
        steps = round(tau_ref / draft.dt) + 1
        if steps > REFRACTORY_STEPS:
            yield (
                "error", layer.name,
                f"tau_ref {tau_ref:g} s is {steps:,} steps of {draft.dt:g} s; the register holds "
                f"{REFRACTORY_STEPS}, {(REFRACTORY_STEPS - 1) * draft.dt:g} s",
                "shorten it, or lengthen dt",
            )  # fmt: skip


def pooling_goes_into_weights(draft: Draft) -> Told:
    """Upstream: "Mergeable transforms must be Dense; set remove_passthrough=False"."""
    for connection in draft.model.connections:
        if connection.pre != "input" and len(connection.stages) > 1:
            pools = any(isinstance(stage, AveragePool) for stage in connection.stages)
            yield (
                "error", ends(connection),
                f"{len(connection.stages)} stages in a row{', with pooling' if pools else ''}",
                "use pooling with strides equal to its size, or a stride in the convolution",
            )  # fmt: skip


STRUCTURE_RULES: tuple[Rule, ...] = (
    something_is_left_for_the_chip, populations_that_read_pixels_hear_no_others,
    membranes_start_at_zero, neurons_on_the_host_spike,
    neurons_on_the_chip_are_lif_or_integrate_and_fire, synapses_are_lowpass,
    a_layer_has_one_time_constant, time_constants_fit_the_decay_registers,
    time_constants_keep_their_values, refractory_periods_fit_their_register,
    refractory_periods_are_whole_steps, negative_currents_are_known,
    pooling_goes_into_weights,
)  # fmt: skip
