"""Neurons and synapses as NIR's differential equations."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from ...errors import ConversionError
from ...models import Population
from ...neurons.parameters import neuron_to_dict

__all__ = ["leaky_integrator", "nir_neurons"]


def nir_neurons(
    nir: Any, population: Population, synapse: Any, shape: tuple[int, ...], tau_ref: str
) -> Any:
    """A population's neurons, their synapse's current included; see `exporters.nir.to_nir`.

    Parameters
    ----------
    nir : module
        The package ``nir``.
    population : Population
        The population.
    synapse : nengo.Lowpass, nengo.Alpha or None
        The synapse before the neurons.
    shape : tuple of int
        Shape of the values, without the batch.
    tau_ref : "refuse" or "metadata"
        What happens to refractory periods, as in `to_nir`.
    """
    neuron: Any = population.neuron
    one, zero = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    kind = type(neuron).__name__
    if kind == "LIF":
        metadata = {}
        if neuron.min_voltage > -math.inf:
            metadata["min_voltage"] = float(neuron.min_voltage)
        if neuron.tau_ref > 0:
            if tau_ref == "refuse":
                raise ConversionError(
                    f"{population.name}: refractory period {neuron.tau_ref} s; NIR's LIF has "
                    "none. tau_ref='metadata' writes it beside the neuron"
                )
            metadata["refractory_time"] = float(neuron.tau_ref)
        tau = np.full(shape, neuron.tau_rc, np.float32)
        if synapse is None:
            return nir.LIF(tau, one, zero, one, zero, metadata=metadata)
        syn = np.full(shape, synapse.tau, np.float32)
        return nir.CubaLIF(syn, tau, one, zero, one, zero, one, metadata=metadata)
    if kind == "StepLIF" and synapse is None:
        return _stepping(nir, neuron, one, zero)
    if kind == "SpikingRectifiedLinear" and synapse is None:
        return nir.IF(one, one, zero, metadata={"reset": "subtract"})
    raise ConversionError(
        f"{population.name}: {neuron!r} with synapse {synapse!r} has no counterpart in NIR; "
        "LIF with any synapse, and integrate-and-fire without one have"
    )


def _stepping(nir: Any, neuron: Any, one: np.ndarray, zero: np.ndarray) -> Any:
    """The equation that the steps approximate, and beside it what `from_nir` reads."""
    metadata = {"neuron": json.dumps(neuron_to_dict(neuron))}
    if np.ndim(neuron.tau_mem) or np.ndim(neuron.tau_syn):
        raise ConversionError(
            "neurons with a time constant of their own each are not written; keep the file that "
            "they were imported from"
        )
    tau, threshold = np.float32(neuron.tau_mem) * one, np.float32(neuron.threshold) * one
    if math.isinf(neuron.tau_mem):
        return nir.IF(one, threshold, zero, metadata=metadata)
    resistance = one if neuron.decay_input else tau
    if neuron.tau_syn == 0:
        return nir.LIF(tau, resistance, zero, threshold, zero, metadata=metadata)
    syn = np.float32(neuron.tau_syn) * one
    return nir.CubaLIF(syn, tau, resistance, zero, threshold, zero, one, metadata=metadata)


def leaky_integrator(nir: Any, tau: float, shape: tuple[int, ...]) -> Any:
    """A lowpass of time constant ``tau`` in seconds.

    Parameters
    ----------
    nir : module
        The package ``nir``.
    tau : float
        Time constant, in seconds.
    shape : tuple of int
        Shape of the values, without the batch.
    """
    one = np.ones(shape, np.float32)
    return nir.LI(tau * one, one, 0 * one)
