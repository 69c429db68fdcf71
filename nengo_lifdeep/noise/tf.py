"""TensorFlow twin of the noise models, written to sit inside one compiled kernel.

The random numbers are a pure function of ``(seed, step, index)``: a counter is hashed, nothing
is kept between steps. The same seed and step give the same noise whatever was run before, which
is what makes a resumed training equal an unbroken one.
"""

from __future__ import annotations

import math
from typing import Any

from ..compat import import_tensorflow
from ..errors import ValidationError
from .base import NoiseModel
from .filtered import AlphaNoise, AlphaRCNoise, LowpassNoise, LowpassRCNoise
from .gaussian import GaussianNoise
from .measured import MeasuredNoise
from .tf_math import exp_negative, polynomial

__all__ = ["noisy_rate", "random_keys", "uniform"]

# The printed formulas divide differences by y = p |1/tau_s - 1/tau_rc| twice. Below this y the
# float32 error would pass 1e-4 of the rate, and the series takes over.
_SMALLEST_Y = 0.1
_LONGEST = 1e6


def _mix(tf: Any, word: Any, key: Any) -> Any:
    """Scramble 32-bit words: xorshift-multiply rounds with the key between them.

    The multipliers are those of "lowbias32" (C. Wellons, hash prospector, 2018). The key enters
    in the middle as well as through the counter, so that two steps whose counters overlap still
    differ.
    """
    word = tf.bitwise.bitwise_xor(word, tf.bitwise.right_shift(word, _u32(tf, 16)))
    word = tf.bitwise.bitwise_xor(word * _u32(tf, 0x7FEB352D), key)
    word = tf.bitwise.bitwise_xor(word, tf.bitwise.right_shift(word, _u32(tf, 15)))
    word = word * _u32(tf, 0x846CA68B)
    return tf.bitwise.bitwise_xor(word, tf.bitwise.right_shift(word, _u32(tf, 16)))


def _u32(tf: Any, value: int) -> Any:
    return tf.constant(value, tf.uint32)


def random_keys(seed: Any, step: Any) -> tuple[Any, Any]:
    """Two 32-bit keys out of two seed words and a 64-bit step, each word fed through a round.

    Parameters
    ----------
    seed : (2,) int tensor
        Stream, one per population.
    step : int tensor
        Number of the training step.

    Returns
    -------
    keys : tuple of uint32 scalar tensors
        For `uniform`. They are made apart from it, because a compiled loop would compute them again
        for every element.

    Examples
    --------
    >>> random_keys([1, 2], 7)[0].dtype.name
    'uint32'
    """
    tf = import_tensorflow()
    step = tf.cast(step, tf.int64)
    low = tf.cast(tf.bitwise.bitwise_and(step, 0xFFFFFFFF), tf.uint32)
    high = tf.cast(tf.bitwise.right_shift(step, tf.constant(32, tf.int64)), tf.uint32)
    seed = tf.bitcast(tf.cast(seed, tf.int32), tf.uint32)
    state = _mix(tf, seed[0], _u32(tf, 0x9E3779B9))
    for word in (seed[1], low, high):
        state = _mix(tf, state + word, _u32(tf, 0x85EBCA6B))
    return state, _mix(tf, state, _u32(tf, 0xC2B2AE35))


def uniform(shape: Any, keys: tuple[Any, Any], dtype: Any) -> Any:
    """Uniform numbers ``(k + 1/2) / 2^23``, k in [0, 2^23), of the open interval (0, 1).

    Parameters
    ----------
    shape : tensor of int
        Shape of the result, at most 2^31 elements.
    keys : tuple of uint32 scalar tensors
        From `random_keys`.
    dtype : tf.DType
        float32 or float64; both hold the same numbers.

    Examples
    --------
    >>> import tensorflow as tf
    >>> bool(tf.reduce_all(uniform([3], random_keys([1, 2], 7), tf.float32) < 1))
    True
    """
    tf = import_tensorflow()
    offset, key = keys
    index = tf.bitcast(tf.range(tf.reduce_prod(shape), dtype=tf.int32), tf.uint32)
    word = tf.bitwise.right_shift(_mix(tf, index + offset, key), _u32(tf, 9))
    # through int32: the conversion from unsigned is slow on most processors
    number = tf.cast(tf.bitcast(word, tf.int32), dtype)
    return tf.reshape((number + 0.5) * 2.0**-23, shape)


def noisy_rate(
    noise: NoiseModel,
    period: Any,
    firing: Any,
    u: Any,
    neuron_tau_rc: float | None = None,
    shortest_period: float = 0.0,
) -> Any:
    """One random value per rate ``1 / period``, as `NoiseModel.sample`.

    Parameters
    ----------
    noise : NoiseModel
        Which noise.
    period : tensor
        Intervals between spikes in seconds; infinite for a rate of zero.
    firing : tensor of bool
        Where the hard neuron fires; elsewhere the rate is returned.
    u : tensor
        Uniform random numbers, from `uniform`: the phases.
    neuron_tau_rc : float, optional
        The neurons' membrane time constant in seconds, for the RC models.
    shortest_period : float
        Bound from below on the periods, in seconds; decides which form of the equations is
        accurate in float32.
    """
    tf = import_tensorflow()
    rate = 1 / period
    if type(noise) is GaussianNoise:
        normal = math.sqrt(2) * tf.math.erfinv(2 * u - 1)
        return tf.where(firing, rate + noise.sigma * normal, rate)
    if type(noise) is MeasuredNoise:
        normal = math.sqrt(2) * tf.math.erfinv(2 * u - 1)
        return tf.where(firing, rate + _interpolated(tf, rate, noise) * normal, rate)
    if type(noise) not in _SHAPES:
        raise ValidationError(
            f"noise {noise!r} has no TensorFlow twin; use one of "
            f"{', '.join(model.__name__ for model in (GaussianNoise, MeasuredNoise, *_SHAPES))}"
        )
    # silent neurons get a period that every formula can take; their value is not used
    model: Any = noise
    p = tf.minimum(tf.where(firing, period, tf.ones_like(period)), model.tau_s * _LONGEST)
    tau_rc: Any = model.resolve_tau_rc(neuron_tau_rc)
    value = _SHAPES[type(noise)](tf, u, p, model.tau_s, tau_rc, shortest_period)
    return tf.where(firing, value, rate)


def _interpolated(tf: Any, rate: Any, noise: MeasuredNoise) -> Any:
    """`MeasuredNoise.spread`: what every stretch between two measured rates adds."""
    spread = tf.fill(tf.shape(rate), tf.constant(noise.spreads[0], rate.dtype))
    points = list(zip(noise.rates, noise.spreads, strict=True))
    for (low, before), (high, after) in zip(points, points[1:], strict=False):
        part = tf.clip_by_value(rate, low, high) - low
        spread += part * ((after - before) / (high - low))
    return spread


def _decay_and_rest(tf: Any, a: Any, smallest: float) -> tuple[Any, Any]:
    """``exp(-a)`` and ``1 - exp(-a)``, by subtraction if ``a >= smallest`` makes that safe."""
    q = exp_negative(tf, -a)
    return q, 1 - q if smallest >= _SMALLEST_Y else -tf.math.expm1(-a)


def _lowpass(tf: Any, u: Any, p: Any, tau_s: float, tau_rc: float | None, shortest: float) -> Any:
    a = p * (1 / tau_s)
    _, e = _decay_and_rest(tf, a, shortest / tau_s)
    return exp_negative(tf, -u * a) / (e * tau_s)


def _alpha(tf: Any, u: Any, p: Any, tau_s: float, tau_rc: float | None, shortest: float) -> Any:
    a = p * (1 / tau_s)
    q, e = _decay_and_rest(tf, a, shortest / tau_s)
    return a * exp_negative(tf, -u * a) * (u * e + q) / (tau_s * e * e)


def _well_apart(tau_s: float, tau_rc: float, shortest: float) -> bool:
    return shortest * abs(1 / tau_s - 1 / tau_rc) >= _SMALLEST_Y


def _lowpass_rc(tf: Any, u: Any, p: Any, tau_s: float, tau_rc: float, shortest: float) -> Any:
    if _well_apart(tau_s, tau_rc, shortest):
        a, b = p * (1 / tau_s), p * (1 / tau_rc)
        _, e = _decay_and_rest(tf, a, shortest / tau_s)
        _, e_rc = _decay_and_rest(tf, b, shortest / tau_s)
        difference = exp_negative(tf, -u * b) * e - exp_negative(tf, -u * a) * e_rc
        return difference / (e * e_rc) * (1 / (tau_rc - tau_s))
    low, high = max(tau_s, tau_rc), min(tau_s, tau_rc)
    slow, fast = p * (1 / low), p * (1 / high)
    y = p * ((low - high) / low / high)
    inner = u * _mean_decay(tf, u * y)
    wrapped = tf.exp(-u * y - slow) * _mean_decay(tf, y) / -tf.math.expm1(-fast)
    return fast / low * tf.exp(-u * slow) / -tf.math.expm1(-slow) * (inner + wrapped)


def _alpha_rc(tf: Any, u: Any, p: Any, tau_s: float, tau_rc: float, shortest: float) -> Any:
    if not _well_apart(tau_s, tau_rc, shortest):
        return _alpha_rc_series(tf, u, p, tau_s, tau_rc)
    d = tau_rc - tau_s
    a, b = p * (1 / tau_s), p * (1 / tau_rc)
    q, e = _decay_and_rest(tf, a, shortest / tau_s)
    _, e_rc = _decay_and_rest(tf, b, shortest / tau_s)
    slow = exp_negative(tf, -u * b) * (tau_rc / d**2) * (e * e)
    fast = exp_negative(tf, -u * a) * e_rc * ((tau_rc / d**2) * e + (u * e + q) * a * (1 / d))
    return (slow - fast) / (e * e * e_rc)


def _alpha_rc_series(tf: Any, u: Any, p: Any, tau_s: float, tau_rc: float) -> Any:
    """The sum of positive terms of `AlphaRCNoise`, for time constants that nearly coincide."""
    a, b = p * (1 / tau_s), p * (1 / tau_rc)
    y = p * (abs(tau_rc - tau_s) / tau_s / tau_rc)
    slow, curve = (b, _chi) if tau_rc > tau_s else (a, _psi)
    q, e, e_rc = exp_negative(tf, -a), -tf.math.expm1(-a), -tf.math.expm1(-b)
    first = exp_negative(tf, -slow) * _mean_decay(tf, y)
    second = exp_negative(tf, -slow) * curve(tf, y)
    within = exp_negative(tf, -u * slow) * u * u * curve(tf, u * y)
    wrapped = exp_negative(tf, -u * a) * ((q / e + u) * first + second) / e
    return a * (b / e_rc) * (within + wrapped) * (1 / tau_s)


def _mean_decay(tf: Any, y: Any) -> Any:
    safe = tf.maximum(y, 1e-30)
    return -tf.math.expm1(-safe) / safe


_PSI = [(-1) ** k / math.factorial(k + 2) for k in range(18)]
_CHI = [(-1) ** k * (k + 1) / math.factorial(k + 2) for k in range(18)]


def _psi(tf: Any, y: Any) -> Any:
    safe = tf.maximum(y, 1)
    direct = (tf.math.expm1(-safe) / safe + 1) / safe
    return tf.where(y < 1, polynomial(tf.minimum(y, 1), _PSI), direct)


def _chi(tf: Any, y: Any) -> Any:
    safe = tf.maximum(y, 1)
    decay = tf.exp(-safe)
    return tf.where(y < 1, polynomial(tf.minimum(y, 1), _CHI), ((1 - decay) / safe - decay) / safe)


_SHAPES = {
    AlphaNoise: _alpha,
    AlphaRCNoise: _alpha_rc,
    LowpassNoise: _lowpass,
    LowpassRCNoise: _lowpass_rc,
}
