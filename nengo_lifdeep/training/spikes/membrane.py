"""Neurons over all steps of a window as one TensorFlow operation, with the gradients of spikes.

Time is counted in steps here, the first axis of every array is time, and a spike is 1. The
equations are those of Lee et al. (2020), "Enabling Spike-based Backpropagation for Training Deep
Neural Network Architectures", as the authors' code computes them; `docs/spike_training.md` has
them. Importing this module imports TensorFlow.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from ...compat import import_tensorflow
from ...compat.xla import use_whole_registers
from .rule import MembraneRule, fires, sensitivity, step, surrogate

tf: Any = import_tensorflow()

__all__ = ["accumulated", "fire"]


def fire(charge: Any, rule: MembraneRule) -> Any:
    """Spikes of neurons in every step, differentiable by ``rule``.

    Parameters
    ----------
    charge : (n_steps, ...) or (1, ...) tensor of float
        What is added to the voltages in every step; one row for the same in all.
    rule : MembraneRule
        The neurons.

    Returns
    -------
    (n_steps, ...) tensor of float
        0 and 1.

    Examples
    --------
    >>> rule = MembraneRule(n_steps=7)
    >>> fire(tf.constant([[0.4]]), rule)[:, 0].numpy().astype(int).tolist()
    [0, 0, 1, 0, 0, 1, 0]
    """
    forward, backward = _kernels(rule)
    n_given = charge.shape[0]

    @tf.custom_gradient
    def respond(flat: Any) -> Any:
        spikes, *kept = forward(tf.stop_gradient(flat))  # no tape needs what is inside the loop

        def gradient(upstream: Any) -> Any:
            return backward(upstream, spikes, *kept, constant=n_given == 1)

        return spikes, gradient

    spikes = respond(tf.reshape(charge, (n_given, -1)))
    return tf.reshape(spikes, (rule.n_steps, *charge.shape[1:]))


def accumulated(charge: Any, rule: MembraneRule, scale: float = 1.0) -> Any:
    """Values of the read-out at the end of the window: added up with the leak, never fired.

    ``scale * sum_t leak^(n_steps - t + 1) charge(t)``. The published derivative is that without
    the leak, ``scale`` for every step; of surrogate gradients it is the exact one.

    Parameters
    ----------
    charge : (n_steps, ...) or (1, ...) tensor of float
        What is added in every step; one row for the same in all.
    rule : MembraneRule
        Its leak and its kind of derivative.
    scale : float
        Factor on the sum.

    Examples
    --------
    >>> accumulated(tf.ones((3, 1)), MembraneRule(n_steps=3, leak=0.5)).numpy().tolist()
    [0.875]
    """
    n, given = rule.n_steps, charge.shape[0]
    shares = [scale * rule.leak ** (n - t) for t in range(n)]
    shares = shares if given == n else [math.fsum(shares)]
    straight = [scale] * n if given == n else [scale * n]
    weights = tf.constant(shares, charge.dtype)
    back = tf.constant(straight, charge.dtype) if rule.derivative == "lee2020" else weights

    @tf.custom_gradient
    def sum_up(values: Any) -> Any:
        total = tf.tensordot(weights, values, 1)
        return total, lambda upstream: tf.tensordot(back[:, None], upstream[None], 1)

    return sum_up(charge)


@functools.lru_cache(maxsize=256)
def _kernels(rule: MembraneRule) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``forward(charge) -> spikes, *kept`` and ``backward(upstream, spikes, *kept, constant)``."""
    use_whole_registers()
    compile_ = functools.partial(tf.function, jit_compile=True, autograph=False)
    if rule.derivative == "lee2020":
        return compile_(_published_forward(rule)), compile_(_published_backward(rule))
    return compile_(_voltages_forward(rule)), compile_(_surrogate_backward(rule))


def _rows(charge: Any, rule: MembraneRule) -> Callable[[Any], Any]:
    """What arrives at a step: a row of it, or the only one."""
    return (lambda t: charge[0]) if charge.shape[0] == 1 != rule.n_steps else (lambda t: charge[t])


def _written(rule: MembraneRule, dtype: Any, shape: Any) -> Any:
    return tf.TensorArray(dtype, rule.n_steps, element_shape=shape)


def _published_forward(rule: MembraneRule) -> Callable[..., Any]:
    def forward(charge: Any) -> Any:
        arriving, shape = _rows(charge, rule), charge.shape[1:]
        zero = tf.zeros(shape, charge.dtype)

        def body(t: Any, voltage: Any, trace: Any, count: Any, out: Any) -> Any:
            spikes, _, left = step(voltage, arriving(t), rule)
            return t + 1, left, rule.leak * trace + spikes, count + spikes, out.write(t, spikes)

        start = (0, zero, zero, zero, _written(rule, charge.dtype, shape))
        _, _, trace, count, out = tf.while_loop(lambda t, *_: t < rule.n_steps, body, start)
        return out.stack(), sensitivity(trace, count, rule)

    return forward


def _published_backward(rule: MembraneRule) -> Callable[..., Any]:
    """A step with a spike takes the error of that spike, one without that of the next step.

    All input of an interval shares the error of the spike that ends it. The reset cuts the path to
    earlier steps, and the leak is passed by, since the correction stands for it.
    """

    def backward(upstream: Any, spikes: Any, factor: Any, constant: bool) -> Any:
        def chosen(t: Any, error: Any) -> Any:
            return tf.where(spikes[t] > 0, factor * upstream[t], error)

        return _backwards(rule, chosen, tf.zeros_like(factor), constant)

    return backward


def _voltages_forward(rule: MembraneRule) -> Callable[..., Any]:
    def forward(charge: Any) -> Any:
        arriving, shape = _rows(charge, rule), charge.shape[1:]

        def body(t: Any, voltage: Any, reached: Any) -> Any:
            _, above, left = step(voltage, arriving(t), rule)
            return t + 1, left, reached.write(t, above)

        start = (0, tf.zeros(shape, charge.dtype), _written(rule, charge.dtype, shape))
        _, _, array = tf.while_loop(lambda t, *_: t < rule.n_steps, body, start)
        reached = array.stack()
        return fires(reached, rule), reached

    return forward


def _surrogate_backward(rule: MembraneRule) -> Callable[..., Any]:
    """Backpropagation through time, with a smooth function in place of the step's derivative."""

    def backward(upstream: Any, spikes: Any, reached: Any, constant: bool) -> Any:
        def chosen(t: Any, error: Any) -> Any:
            arriving, voltage, kept = upstream[t], reached[t], rule.leak * error
            if rule.through_reset:
                arriving -= voltage * kept
            return surrogate(voltage - rule.threshold, rule) * arriving + (1 - spikes[t]) * kept

        return _backwards(rule, chosen, tf.zeros_like(reached[0]), constant)

    return backward


def _backwards(rule: MembraneRule, chosen: Callable[..., Any], zero: Any, constant: bool) -> Any:
    """Errors of all steps, from the last to the first; their sum where the input was constant."""
    last = rule.n_steps - 1

    def summed(i: Any, error: Any, total: Any) -> Any:
        error = chosen(last - i, error)
        return i + 1, error, total + error

    def listed(i: Any, error: Any, out: Any) -> Any:
        error = chosen(last - i, error)
        return i + 1, error, out.write(last - i, error)

    until = lambda i, *_: i < rule.n_steps  # noqa: E731
    if constant and rule.n_steps > 1:
        return tf.while_loop(until, summed, (0, zero, zero))[2][None]
    start = (0, zero, _written(rule, zero.dtype, zero.shape))
    return tf.while_loop(until, listed, start)[2].stack()
