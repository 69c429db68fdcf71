"""The network of theta neurons in time: pulses along edges, then one exact step of every neuron.

As `neurons.theta.exact`, with sine and cosine of half the angle (p, q) as a neuron's state.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...support.compilation import compiled

__all__ = ["run_network"]


#: offsets of 1 to 8 without a sign: a signed index is first checked for being negative
_1, _2, _3, _4, _5, _6, _7, _8 = (np.uint64(k) for k in range(1, 9))


@compiled
def _received(pulses: Any, senders: Any, first: int, last: int) -> float:
    """Sum of the pulses of a neuron's senders; eight sums, so that additions need not wait."""
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    e, end = np.uint64(first), np.uint64(last)
    while e + _8 <= end:
        a0 += pulses[senders[e]]
        a1 += pulses[senders[e + _1]]
        a2 += pulses[senders[e + _2]]
        a3 += pulses[senders[e + _3]]
        a4 += pulses[senders[e + _4]]
        a5 += pulses[senders[e + _5]]
        a6 += pulses[senders[e + _6]]
        a7 += pulses[senders[e + _7]]
        e += _8
    while e < end:
        a0 += pulses[senders[e]]
        e += _1
    return ((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7))


@compiled
def run_network(
    senders: Any, begins: Any, eta: Any, unit: float, h: float, n_steps: int, skipped: int,
    every: int, p: Any, q: Any, pulses: Any, spikes: Any, means: Any, fired: Any, traces: Any,
    watched: Any,
) -> None:  # fmt: skip
    """Run for some steps.

    Parameters
    ----------
    senders : (edge,) array of uint16 or uint32
        Sender of every edge, receiver after receiver.
    begins : (neuron + 1,) array of int64
        Where a receiver's edges begin.
    eta : (neuron,) array
        Currents of the neurons' own.
    unit : float
        Current that a pulse of 1 gives.
    h : float
        The step, in time constants.
    n_steps, skipped : int
        Steps, and after how many spikes are counted.
    every : int
        Steps of which one mean is kept.
    p, q : (neuron,) array
        Sine and cosine of half the angles, changed in place; q is not negative.
    pulses : (neuron,) array
        What was sent in the step before, changed in place.
    spikes : (neuron,) array of int64
        Where they are counted.
    means, fired : (mean,) array
        Mean pulse, and spikes of all neurons, over every ``every`` steps.
    traces : (step, watched) array
        Angles after every step.
    watched : (watched,) array of int64
        Neurons whose angles are kept.
    """
    n = len(eta)
    currents = np.empty(n)
    for step in range(n_steps):
        for i in range(n):
            currents[i] = eta[i] + unit * _received(pulses, senders, begins[i], begins[i + 1])
        total, count = 0.0, 0
        for i in range(n):
            current = currents[i]
            omega = math.sqrt(abs(current))
            x = omega * h
            turned = 0
            if omega == 0.0:
                c, s = 1.0, h
            elif current > 0:
                c, s = math.cos(x), math.sin(x) / omega
                if x > 1.5:  # it may turn more than once
                    turned = math.floor((math.atan2(p[i], omega * q[i]) + x) / math.pi + 0.5)
            else:
                e = math.expm1(-2 * x)
                c, s = 2 + e, -e / omega
            new_p, new_q = p[i] * c + current * q[i] * s, q[i] * c - p[i] * s
            if new_q < 0:
                new_p, new_q = -new_p, -new_q
                turned = max(turned, 1)
            length = 1 / math.sqrt(new_p * new_p + new_q * new_q)
            p[i], q[i] = new_p * length, new_q * length
            square = p[i] * p[i]
            pulses[i] = 8 / 3 * square * square  # (2/3) (1 - cos theta)^2
            total += pulses[i]
            if turned > 0:
                count += turned
                if step >= skipped:
                    spikes[i] += turned
        if step // every < len(means):
            means[step // every] += total
            fired[step // every] += count
        for k in range(len(watched)):
            traces[step, k] = 2 * math.atan2(p[watched[k]], q[watched[k]])
