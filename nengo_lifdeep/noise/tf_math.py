"""Elementary functions for compiled float32 kernels: polynomials that vectorise inside a loop.

XLA computes TensorFlow's own exp and log well when they stand alone, but one loop that holds
several of them is two to three times slower than the same loop over these (measured in
``docs/decisions/softlif_kernel.md``). Relative errors are a few 1e-7 on the ranges stated.
Float64 uses TensorFlow's functions. The coefficients are Chebyshev interpolations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["exp_negative", "log", "log1p_fraction", "polynomial"]

# log(1 + e) / e on [0, 1], error 3e-8
_LOG1P = (
    0.999999971,
    -0.499995015,
    0.333192713,
    -0.248443699,
    0.191114311,
    -0.136747697,
    0.078361668,
    -0.0295885074,
    0.0052534578,
)
# log(1 + f) / f on [-1/3, 1/3], error 3e-8
_LOG = (
    1,
    -0.499999321,
    0.33333158,
    -0.250080268,
    0.200124269,
    -0.164127992,
    0.139807094,
    -0.154031555,
    0.140873286,
)
# 2^f on [-1/2, 1/2], error 1e-7
_EXP2 = (
    1.00000008,
    0.693147207,
    0.240221074,
    0.0555032721,
    0.0096760371,
    0.00134004322,
)
#: bits of 2/3: mantissas are taken between 2/3 and 4/3, so that log has no jump at 1
_TWO_THIRDS = 0x3F2AAAAB
_EXPONENT = 23


def polynomial(y: Any, coefficients: Sequence[float]) -> Any:
    """``sum_k coefficients[k] y^k`` by Horner's rule.

    Parameters
    ----------
    y : tensor of float
        Arguments.
    coefficients : sequence of float
        Coefficients, that of ``y^0`` first.
    """
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * y + coefficient
    return total


def exp_negative(tf: Any, x: Any) -> Any:
    """``exp(x)`` for ``x <= 0``; arguments below -60 give exp(-60), which nothing here can see.

    Parameters
    ----------
    tf : module
        TensorFlow.
    x : tensor of float
        Arguments, at most 0.
    """
    x = tf.maximum(x, -60.0)
    if x.dtype != tf.float32:
        return tf.exp(x)
    scaled = x * (1 / math.log(2))
    whole = tf.round(scaled)
    bits = tf.bitcast(polynomial(scaled - whole, _EXP2), tf.int32)
    return tf.bitcast(bits + tf.cast(whole, tf.int32) * (1 << _EXPONENT), tf.float32)


def log(tf: Any, y: Any) -> Any:
    """``log(y)`` for finite normal ``y > 0``.

    Parameters
    ----------
    tf : module
        TensorFlow.
    y : tensor of float
        Arguments, above 0.
    """
    if y.dtype != tf.float32:
        return tf.math.log(y)
    bits = tf.bitcast(y, tf.int32)
    exponent = tf.bitwise.right_shift(bits - _TWO_THIRDS, _EXPONENT)
    f = tf.bitcast(bits - exponent * (1 << _EXPONENT), tf.float32) - 1
    return tf.cast(exponent, tf.float32) * math.log(2) + f * polynomial(f, _LOG)


def log1p_fraction(tf: Any, e: Any) -> Any:
    """``log(1 + e)`` for e in [0, 1], accurate for the smallest e.

    Parameters
    ----------
    tf : module
        TensorFlow.
    e : tensor of float
        Arguments from 0 to 1.
    """
    return tf.math.log1p(e) if e.dtype != tf.float32 else e * polynomial(e, _LOG1P)
