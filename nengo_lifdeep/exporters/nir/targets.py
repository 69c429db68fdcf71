"""Variants of a NIR graph for readers that take less than NIR can say.

snnTorch, Norse and Sinabs read some kinds of nodes, and some numbers of them differently from NIR's
equations. For a target, the graph is written so that its own reader gives the network, and what
cannot be written is named. Each row was read from the reader's code and is compared with it by
``benchmarks/nir_peers.py``.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import nengo
import numpy as np

from ...errors import ConversionError
from ...inputs.as_trained import was_trained_on_spikes
from ...models import Population, SpikingModel

__all__ = ["TARGETS", "Target", "check_euler", "losses"]


@dataclasses.dataclass(frozen=True)
class Target:
    """One reader.

    Attributes
    ----------
    title : str
        Its name in messages.
    dt : float or None
        The only step it takes, in seconds; None for any.
    pools : bool
        Whether it reads AvgPool2d; otherwise pooling becomes a convolution.
    linear : bool
        Whether it reads Linear; otherwise Affine, with biases of 0.
    current : bool
        Whether it reads CubaLIF, a lowpass synapse before neurons.
    integrates : bool
        Whether it reads IF, adding inputs once per step.
    exact : bool
        Whether its LIF decays exponentially and adds inputs as they are, in steps.
    r_is_steps : bool
        Whether it takes only CubaLIF with ``R = tau_mem / dt``.
    flat : bool
        Whether it reads LIF of flat layers only: images and convolutions become matrices.
    reset : str
        What its spikes do to the voltage, in words.
    """

    title: str
    dt: float | None = None
    pools: bool = False
    linear: bool = True
    current: bool = True
    integrates: bool = True
    exact: bool = False
    r_is_steps: bool = False
    flat: bool = False
    reset: str = "set it to 0"

    def flattens(self, model: SpikingModel) -> bool:
        """Whether images become flat layers, for the sake of LIF neurons.

        Parameters
        ----------
        model : SpikingModel
            The network.
        """
        return self.flat and any(
            type(p.neuron) is nengo.LIF and len(p.shape) == 3 for p in model.populations
        )

    def gain(self, population: Population, dt: float) -> float:
        """Factor on everything that leads into neurons.

        Parameters
        ----------
        population : Population
            The neurons.
        dt : float
            Time step, in seconds.
        """
        tau_rc = getattr(population.neuron, "tau_rc", math.inf)
        if math.isinf(tau_rc):
            return dt
        return -math.expm1(-dt / tau_rc) if self.exact else 1.0

    def neurons(
        self, nir: Any, population: Population, synapse: Any, shape: tuple[int, ...], dt: float
    ) -> Any:
        """The neurons as a node that the target reads.

        Parameters
        ----------
        nir : module
            The package ``nir``.
        population : Population
            The neurons.
        synapse : nengo.Lowpass or None
            The synapse before them.
        shape : tuple of int
            Shape of the values, channels first.
        dt : float
            Time step, in seconds.

        Raises
        ------
        ConversionError
            If it reads no such neurons, or no such synapse.
        """
        neuron: Any = population.neuron
        one, zero = np.ones(shape, np.float32), np.zeros(shape, np.float32)
        if type(neuron) is nengo.SpikingRectifiedLinear and synapse is None and self.integrates:
            return nir.IF(one, one, zero)
        if type(neuron) is not nengo.LIF or not (synapse is None or self.current):
            raise ConversionError(
                f"{population.name}: {neuron!r} with synapse {synapse!r} cannot be read by "
                f"{self.title}; LIF without a synapse can: convert(..., synapse=None)"
            )
        if isinstance(synapse, nengo.Alpha):
            raise ConversionError(
                f"{population.name}: {self.title} reads no alpha synapses; convert with "
                f"{'nengo.Lowpass(...) or ' if self.current else ''}synapse=None"
            )
        unit = dt if self.exact else 1.0
        tau = np.full(shape, neuron.tau_rc / unit, np.float32)
        if synapse is None:
            return nir.LIF(tau, one, zero, one, zero)
        steps = np.float32(neuron.tau_rc / dt if self.r_is_steps else 1.0)
        syn = np.full(shape, synapse.tau, np.float32)
        return nir.CubaLIF(syn, tau, steps * one, zero, steps * one, zero, one)


#: What `to_nir` calls it -> the reader.
TARGETS: dict[str, Target] = {
    "snntorch": Target("snnTorch", 1e-4, pools=True, integrates=False, r_is_steps=True),
    "norse": Target("Norse"),
    "sinabs": Target(
        "Sinabs", linear=False, current=False, exact=True, flat=True,
        reset="take 1 away, several in one step",
    ),
}  # fmt: skip


def check_euler(model: SpikingModel, target: Target, dt: float) -> None:
    """Refuse steps with which Euler's rule swings, for targets that use it.

    Parameters
    ----------
    model : SpikingModel
        The network.
    target : Target
        The reader.
    dt : float
        Time step, in seconds.

    Raises
    ------
    ConversionError
        If a step is longer than a time constant.
    """
    times = [(p.name, getattr(p.neuron, "tau_rc", math.inf)) for p in model.populations]
    inside = [c for c in model.connections if c.post != "output"]
    times += [(f"{c.pre} -> {c.post}", getattr(c.synapse, "tau", math.inf)) for c in inside]
    for where, tau in times:
        if 0 < tau < dt:
            raise ConversionError(
                f"{where}: {target.title} takes Euler's steps, which swing if dt = {dt:g} s is "
                f"longer than a time constant, {tau:g} s; expected dt <= {tau:g}"
            )


def losses(model: SpikingModel, target: Target, dt: float) -> tuple[str, ...]:
    """What a network loses in a target, in words.

    Parameters
    ----------
    model : SpikingModel
        The network.
    target : Target
        The reader.
    dt : float
        Time step, in seconds.
    """
    return tuple(_losses(model, target, dt))


def _losses(model: SpikingModel, target: Target, dt: float) -> Iterator[str]:
    neurons: list[Any] = [p.neuron for p in model.populations]
    lif = [n for n in neurons if type(n) is nengo.LIF]
    periods = sorted({f"{1e3 * n.tau_ref:g} ms" for n in lif if n.tau_ref > 0})
    if periods:
        yield f"the refractory period of {', '.join(periods)}: neurons fire faster"
    if any(n.min_voltage > -math.inf for n in lif):
        yield "the floor of voltages (min_voltage): inhibited neurons fire later"
    if lif:
        yield (
            f"spikes between steps: they {target.reset} at the end of a step of {1e3 * dt:g} ms"
            + ("" if target.exact else ", and decays are Euler's")
        )
    if len(lif) < len(neurons):
        yield "that negative currents do not move integrate-and-fire neurons" + (
            "" if target.exact else ", and what was above their threshold"
        )
    if any(c.post == "output" and c.synapse is not None for c in model.connections):
        yield "the synapse of the outputs: average them over time"
    if target.flattens(model):
        yield "convolutions: they are matrices over flat layers, since it reads LIF of no images"
    if len(model.input_shape) == 3 and model.input_shape[:2] != (1, 1) and not target.exact:
        yield "batches: images are flattened with the batch, so run one at a time"
    if np.any(model.preprocessing.mean) or np.any(np.asarray(model.preprocessing.factor) != 1):
        yield "the preprocessing: give it what SpikingModel.preprocessing makes of images"
    if was_trained_on_spikes(model.provenance) and model.provenance["spikes"].get("coding"):
        yield "the coding of the training: give it the spikes that the coding makes of images"
