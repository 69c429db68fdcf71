"""Speed of one layer of neurons, forward and backward, against ReLU.

Run as ``python benchmarks/activation_kernel.py``. All variants run in one process, in turns, so
that a busy machine slows them alike; medians are printed, of the time passed and of the processor
time used by all threads, which a busy machine disturbs less. Variants that were tried and replaced
live on here as baselines: ``docs/decisions/softlif_kernel.md`` says what was decided from them.
"""

from __future__ import annotations

import argparse
import functools
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from nengo_lifdeep.compat import import_tensorflow
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.neurons.tensorflow.activation import activation, kernel
from nengo_lifdeep.noise import ALL_NOISE, AlphaRCNoise

NEURON = SoftLIF(tau_rc=0.05, tau_ref=0.001, sigma=0.02, amplitude=0.063)
Activation = Callable[[Any], Any]


def naive(tf: Any) -> Activation:
    """The equation in TensorFlow operations, differentiated by TensorFlow."""

    def respond(J: Any) -> Any:
        p = NEURON.sigma * tf.nn.softplus((J - 1) / NEURON.sigma) + 1e-12
        return NEURON.amplitude / (NEURON.tau_ref + NEURON.tau_rc * tf.math.log1p(1 / p))

    return respond


def compiled(tf: Any, function: Activation) -> Activation:
    """The same function compiled by XLA, forward and backward apart."""
    return tf.function(function, jit_compile=True, autograph=False)


def with_slope(tf: Any, dtype: Any = None) -> Activation:
    """Value and slope in one compiled kernel, the slope kept in ``dtype`` for the way back."""

    def both(J: Any) -> Any:
        rate, _, slope = kernel(J, NEURON)
        slope = NEURON.amplitude * slope
        return NEURON.amplitude * rate, slope if dtype is None else tf.cast(slope, dtype)

    pair = compiled(tf, both)
    product = compiled(tf, lambda upstream, slope: upstream * tf.cast(slope, upstream.dtype))

    @tf.custom_gradient
    def respond(J: Any) -> Any:
        out, slope = pair(J)
        return out, lambda upstream: product(upstream, slope)

    return respond


def log1p_twice(tf: Any) -> Activation:
    """Value and slope in one kernel with TensorFlow's log1p, which XLA does not vectorise."""

    def both(J: Any) -> Any:
        j = J - 1
        x = j * (1 / NEURON.sigma)
        e = tf.exp(-tf.minimum(tf.abs(x), 80.0))
        p = tf.maximum(j, 0) + NEURON.sigma * tf.math.log1p(e)
        rate = 1 / (NEURON.tau_ref + NEURON.tau_rc * tf.math.log1p(1 / p))
        s = tf.where(x >= 0, tf.ones_like(e), e) / (1 + e)
        slope = rate * rate * NEURON.tau_rc * s / (p * (1 + p))
        return NEURON.amplitude * rate, NEURON.amplitude * slope

    pair = compiled(tf, both)

    @tf.custom_gradient
    def respond(J: Any) -> Any:
        out, slope = pair(J)
        return out, lambda upstream: upstream * slope

    return respond


def tabulated(tf: Any, points: int = 4096) -> Activation:
    """Linear interpolation in a table of value and slope between J = -1 and 15."""
    from nengo_lifdeep.neurons import neuron_rate, neuron_slope

    low, high = -1.0, 15.0
    J0 = np.linspace(low, high, points)
    values = tf.constant(neuron_rate(NEURON, J0), tf.float32)
    slopes = tf.constant(neuron_slope(NEURON, J0), tf.float32)

    def both(J: Any) -> Any:
        place = tf.clip_by_value((J - low) * ((points - 1) / (high - low)), 0, points - 1.001)
        index = tf.cast(place, tf.int32)
        part = place - tf.cast(index, tf.float32)
        found = [(tf.gather(t, index), tf.gather(t, index + 1)) for t in (values, slopes)]
        return tuple(a + part * (b - a) for a, b in found)

    pair = compiled(tf, both)

    @tf.custom_gradient
    def respond(J: Any) -> Any:
        out, slope = pair(J)
        return out, lambda upstream: upstream * slope

    return respond


def stateless_gaussian(tf: Any, step: Any) -> Activation:
    """Our kernel and Gaussian noise from TensorFlow's own stateless generator."""

    def respond(J: Any) -> Any:
        normal = tf.random.stateless_normal(tf.shape(J), tf.stack([step, step]))
        return activation(J, NEURON) + tf.where(J > 1, 10 * NEURON.amplitude * normal, 0.0)

    return respond


def variants(tf: Any, step: Any) -> dict[str, Activation]:
    """All that is compared, the package's own marked with a star."""
    rows: dict[str, Activation] = {
        "ReLU": tf.nn.relu,
        "naive": naive(tf),
        "naive, compiled": compiled(tf, naive(tf)),
        "log1p, one kernel": log1p_twice(tf),
        "table": tabulated(tf),
        "slope kept": with_slope(tf),
        "slope kept in bfloat16": with_slope(tf, tf.bfloat16),
        "* SoftLIF": lambda J: activation(J, NEURON),
        "SoftLIF + tf.random Gaussian": stateless_gaussian(tf, step),
    }
    noises = {model.__name__: model() for model in ALL_NOISE}
    noises["AlphaRCNoise, tau_rc ~ tau_s"] = AlphaRCNoise(0.003, tau_rc=0.0031)
    for name, noise in noises.items():
        rows[f"* SoftLIF + {name}"] = functools.partial(
            activation, neuron=NEURON, noise=noise, seed=(1, 2), step=step
        )
    return rows


def forward_and_backward(tf: Any, respond: Activation) -> Callable[[Any, Any], Any]:
    """One compiled graph that computes the output and the gradient by the current."""

    @tf.function(autograph=False)
    def run(J: Any, upstream: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(J)
            out = respond(J)
        return out, tape.gradient(out, J, output_gradients=upstream)

    return run


def main() -> None:
    """Measure and print one line per variant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elements", type=int, default=2_200_000, help="neurons times images")
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    tf = import_tensorflow()
    rng = np.random.default_rng(0)
    shape = (200, options.elements // 200)
    J, upstream = (tf.constant(rng.normal(1, 1, shape), tf.float32) for _ in range(2))
    step = tf.Variable(0, dtype=tf.int64)
    runs = {name: forward_and_backward(tf, f) for name, f in variants(tf, step).items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    used: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(options.rounds + 3):
        step.assign_add(1)
        for name, run in runs.items():
            start, busy = time.perf_counter(), time.process_time()
            run(J, upstream)
            if round_ >= 3:  # the first rounds compile and warm up
                seconds[name].append(time.perf_counter() - start)
                used[name].append(time.process_time() - busy)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    busy_medians = {name: statistics.median(times) for name, times in used.items()}
    print(f"TensorFlow {tf.__version__}, {shape[0]} x {shape[1]} elements, {options.rounds} rounds")
    for name in runs:
        wall, busy = medians[name], busy_medians[name]
        print(
            f"{name:42s} {1e3 * wall:7.2f} ms {wall / medians['ReLU']:5.1f} x ReLU"
            f"   processor {1e3 * busy:7.2f} ms {busy / busy_medians['ReLU']:5.1f} x"
        )


if __name__ == "__main__":
    main()
