"""Which networks can be trained on their spikes, and what each of their populations does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from nengo.neurons import NeuronType

from ...conversion.order import convertible
from ...errors import TrainingError
from ...layers.architecture import Architecture
from ...layers.types import (
    BatchNormalization,
    Branch,
    Concatenate,
    Dropout,
    Flatten,
    Layer,
    Scale,
    Shortcut,
)
from ...neurons.counterparts import check_neuron
from ...neurons.stepping.numbers import step_numbers
from ...neurons.stepping.step_lif import StepLIF
from ...records.finding import Finding, listed
from ..settings.spike_based import SpikeBased

__all__ = [
    "has_kernel",
    "read_out_of",
    "require_spike_trainable",
    "roles",
    "rules_of",
    "spike_trainable",
]

_Broken = Iterator[tuple[str, str, str]]


def spike_trainable(architecture: Architecture, neuron: NeuronType) -> list[Finding]:
    """Why a network cannot be trained on its spikes, by layer; empty where it can.

    Parameters
    ----------
    architecture : Architecture
        The layers, in order.
    neuron : nengo.neurons.NeuronType
        The neuron of the layers that have none of their own.

    Returns
    -------
    list of Finding
        What `conversion.order.convertible` finds too: the trained network is a spiking one already.

    Examples
    --------
    >>> from nengo_lifdeep.layers import Dense, Neurons
    >>> net = Architecture((4,), [Dense(3, use_bias=False), Neurons(), Dense(2)])
    >>> spike_trainable(net, StepLIF.of_leak(0.99))
    []
    >>> print(spike_trainable(net, StepLIF())[0].found)
    its neurons are StepLIF(): spikes do not add their weight at once (decay_input=True)
    """
    findings = convertible(architecture)
    rules = (
        _neurons(architecture, neuron),
        _images(architecture),
        _read_out(architecture),
    )
    names = ("neurons add up what spikes bring",
             "weights act on the image", "the last weights are the read-out")  # fmt: skip
    for name, rule in zip(names, rules, strict=True):
        findings += [Finding("error", name, *broken) for broken in rule]
    return findings


def require_spike_trainable(architecture: Architecture, neuron: NeuronType) -> Architecture:
    """The architecture itself, if it can be trained on its spikes.

    Parameters
    ----------
    architecture : Architecture
        The layers, in order.
    neuron : nengo.neurons.NeuronType
        The neuron of the layers that have none of their own.

    Raises
    ------
    TrainingError
        If it cannot; the message lists every finding with its remedy.
    """
    findings = spike_trainable(architecture, neuron)
    if findings:
        raise TrainingError(
            f"network {architecture.name!r} cannot be trained on its spikes:{listed(findings)}"
        )
    return architecture


def _neurons(architecture: Architecture, neuron: NeuronType) -> _Broken:
    all_neurons = {"the network's neuron": neuron, **architecture.neurons(neuron)}
    own = architecture.own_neurons
    for name, each in all_neurons.items():
        check_neuron(each)
        if name != "the network's neuron" and name not in own:
            continue
        wrong = _wrong(each)
        if wrong:
            yield (
                name, f"its neurons are {each!r}: {wrong}",
                "use StepLIF.of_leak(leak, threshold)",
            )  # fmt: skip


def _wrong(neuron: NeuronType) -> str:
    """What keeps a neuron from being one of these; empty for nothing."""
    if type(neuron) is not StepLIF:
        return "only StepLIF is trained on its spikes"
    free = not np.ndim(neuron.tau_mem) and math.isinf(neuron.tau_mem)
    checks = (
        (np.ndim(neuron.tau_mem) > 0, "every one has a time constant of its own (tau_mem)"),
        (neuron.decay_input and not free,
         "spikes do not add their weight at once (decay_input=True)"),
        (np.any(neuron.tau_syn), "they filter their current (tau_syn)"),
        (neuron.reset != "zero", f"their reset is {neuron.reset!r}, not 'zero'"),
        (neuron.min_voltage > -math.inf, "their voltage stops below (min_voltage)"),
        (neuron.amplitude != 1, "their amplitude is not 1"),
    )  # fmt: skip
    return next((text for wrong, text in checks if wrong), "")


def roles(architecture: Architecture) -> Iterator[tuple[Layer, bool, bool]]:
    """Of every layer whether it acts on the image, and whether what it gives is the image still.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    """
    raw = True
    known = {"input": True}
    for layer in architecture.layers:
        read = known.get(layer.reads, raw) if layer.reads else raw
        if isinstance(layer, Shortcut) and layer.projection is None:
            yield layer, read != raw, raw and read
        elif has_kernel(layer):
            yield layer, read, False
            raw = raw if isinstance(layer, Shortcut) else False
        elif isinstance(layer, Concatenate):
            yield layer, read != raw, raw
        elif isinstance(layer, Branch):
            raw = read
            yield layer, False, raw
        else:
            yield layer, False, raw
            raw = raw and not layer.fires
        known[layer.name] = raw


def has_kernel(layer: Layer) -> bool:
    """Whether it has weights, a shortcut's included.

    Parameters
    ----------
    layer : Layer
        The layer.
    """
    return layer.has_weights or getattr(layer, "projection", None) is not None


def _images(architecture: Architecture) -> _Broken:
    for layer, acts, raw in roles(architecture):
        if layer.fires and raw:
            yield (
                layer.name, "the image reaches them without weights",
                "put a layer with weights before them",
            )  # fmt: skip
        elif acts and not has_kernel(layer):
            yield (
                layer.name, "it puts the image together with spikes, without weights",
                "let a layer with weights act on the image first",
            )  # fmt: skip


def _read_out(architecture: Architecture) -> _Broken:
    last = read_out_of(architecture)
    after = architecture.layers[architecture.layers.index(last) + 1 :]
    for layer in after:
        if not isinstance(layer, Flatten | Dropout):
            yield (
                layer.name, f"{layer.describe()} comes after the last layer with weights",
                "end with a layer with weights, which adds up what spikes bring",
            )  # fmt: skip


def read_out_of(architecture: Architecture) -> Layer:
    """The last layer with weights.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    """
    return [layer for layer in architecture.layers if layer.has_weights][-1]


def rules_of(architecture: Architecture, neuron: NeuronType, method: SpikeBased) -> dict[str, Any]:
    """Leak, threshold, comparison and slope of every layer of neurons, by its name.

    A pooling unit, which weights do not reach without neurons between, has slope 1: the published
    network gives its spikes on undivided.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    neuron : StepLIF
        The network's neuron.
    method : SpikeBased
        Length of the steps.
    """
    rules: dict[str, Any] = {}
    weighted = False
    neurons = architecture.neurons(neuron)
    for layer in architecture.layers:
        if layer.fires:
            each = neurons[layer.name]
            threshold = float(each.threshold)
            rules[layer.name] = {
                "leak": float(step_numbers(each, method.dt).kept),
                "threshold": threshold,
                "reaches": bool(each.reaches),
                "slope": 1 / threshold if weighted else 1.0,
            }
            weighted = False
        else:
            scaled = isinstance(layer, BatchNormalization | Scale)
            weighted = weighted or scaled or has_kernel(layer)
    return rules
