"""Networks of two populations: one that fires at chosen rates, one that only listens."""

from __future__ import annotations

import dataclasses
import math

import nengo
import numpy as np

from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.simulators.events.plan import Plan
from nengo_lifdeep.stages.types import DenseMatrix, Stage

__all__ = ["current_for", "driven_model", "images", "planned"]

#: so slow a membrane that voltages rise in straight lines: random voltages are random phases
SENDING = nengo.LIF(tau_rc=1.0, tau_ref=0.001)

LISTENING = nengo.LIF(tau_rc=0.022, tau_ref=0.002)

#: between images, currents of the sending neurons differ by up to this share
JITTER = 0.2


def current_for(rate: float) -> float:
    """Current at which a sending neuron fires ``rate`` times per second (0: a quiet one)."""
    if rate == 0:
        return 0.0
    rise = (1 / rate - SENDING.tau_ref) / SENDING.tau_rc
    return 1 + 1 / math.expm1(rise)


def driven_model(stages: tuple[Stage, ...], currents: np.ndarray) -> SpikingModel:
    """Sending neurons with these currents, ``stages``, listening neurons that never fire.

    The listening neurons' bias is far below zero, so that they do the same work whatever arrives.
    """
    shape, target = stages[0].input_shape, stages[-1].output_shape
    n_in, n_out = math.prod(shape), math.prod(target)
    rng = np.random.default_rng(0)
    jitter = JITTER * rng.uniform(-1, 1, (1, n_in)) * np.maximum(currents, 0)
    return SpikingModel(
        "driven",
        (1, 1, 1),
        (
            Population("sending", shape, SENDING, currents.reshape(shape).astype(np.float32)),
            Population("listening", target, LISTENING, np.full(target[-1:], -100, np.float32)),
        ),
        (
            Connection("input", "sending", (_matrix(jitter.astype(np.float32)),)),
            Connection("sending", "listening", stages, nengo.Alpha(0.003)),
            Connection(
                "listening",
                "output",
                (_matrix(np.ones((n_out, 1), np.float32)),),
                nengo.Alpha(0.003),
            ),
        ),
        np.zeros(1, np.float32),
    )


def _matrix(values: np.ndarray) -> DenseMatrix:
    return DenseMatrix((1, 1, 1) if len(values) == 1 else (len(values),), values)


def planned(model: SpikingModel, dt: float = 0.001) -> Plan:
    """Its plan, the sending neurons at random phases."""
    plan = Plan.of(model, dt, np.float32, 0)
    n = plan.targets[0].n_neurons
    phases = np.random.default_rng(1).random((1, n))
    at_rest = plan.v_start(np.zeros(1, np.int64))
    start = {**at_rest, plan.targets[0].name: phases}
    return dataclasses.replace(plan, v_start=lambda indices: start, most_start=1.0)


def images(n: int) -> np.ndarray:
    """Inputs that make every image's spikes different."""
    return np.random.default_rng(2).random((n, 1, 1, 1)).astype(np.float32)
