"""TensorFlow twins of the rates: one compiled kernel forward, with the noise, and one backward.

`activation` is what networks use. Its gradient is the analytic slope of the noiseless curve
times the incoming gradient: noise changes what the next layers see, never the derivative, as in
the papers. How the kernel came to look as it does is in ``docs/decisions/softlif_kernel.md``.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

from nengo.neurons import NeuronType

from ...compat import import_tensorflow
from ...compat.xla import use_whole_registers
from ...errors import ValidationError
from ...noise import NoiseModel
from ...noise.tf import noisy_rate, random_keys, uniform
from ..counterparts import firing_threshold, rate_counterpart
from ..kinds import kind_of
from ..parameters import neuron_from_dict, neuron_to_dict

__all__ = ["activation", "kernel", "softlif"]


def activation(
    J: Any,
    neuron: NeuronType,
    noise: NoiseModel | None = None,
    seed: Sequence[int] | None = None,
    step: Any = None,
    *,
    dt: float = 0.001,
    compiled: bool = True,
    first: Any = None,
) -> Any:
    """Output of a layer of rate neurons: amplitude times Hz, with an analytic gradient.

    Parameters
    ----------
    J : float32 or float64 tensor
        Input currents, any shape.
    neuron : nengo.neurons.NeuronType
        Any supported type; spiking ones give their mean rate. Its own ``noise`` is not used.
    noise : NoiseModel, optional
        Noise to apply where the hard neuron fires.
    seed : sequence of 2 int, optional
        Random stream of this layer. Needed with noise.
    step : int tensor, optional
        Number of the training step. Needed with noise; noise is a pure function of seed and
        step.
    dt : float
        Duration of a step in seconds, for NengoLoihi's neuron types.
    compiled : bool
        Compile the kernel with XLA; without, it runs operation by operation.
    first : int32 tensor, optional
        Place of the first current among those that share a stream of noise, where several devices
        compute a part each; 0 by default.

    Returns
    -------
    tensor
        Outputs of the shape and type of ``J``.

    Raises
    ------
    ValidationError
        If the neuron type is not supported, or noise comes without seed and step.

    Examples
    --------
    >>> import nengo, tensorflow as tf
    >>> activation(tf.constant([0.0, 2.0]), nengo.LIFRate()).numpy().round(2)
    array([ 0.  , 63.04], dtype=float32)
    """
    tf = import_tensorflow()
    J = tf.convert_to_tensor(J)
    if J.dtype not in (tf.float32, tf.float64):
        raise ValidationError(f"currents are of type {J.dtype.name}; expected float32 or float64")
    if noise is not None and (step is None or seed is None or len(seed) != 2):
        raise ValidationError(
            f"noise {noise!r} was given with seed {seed!r} and step {step!r}; expected two seed "
            "words and the number of the training step"
        )
    record = json.dumps({**neuron_to_dict(neuron), **_without_noise(neuron)})
    kernels = _kernels(record, noise, float(dt), compiled)
    extra: tuple[Any, ...] = ()
    if noise is not None:
        counter = tf.cast(tf.convert_to_tensor(step), tf.int64)
        extra = (tf.constant(list(seed or ()), tf.int32), counter)
        if first is not None:
            extra = (*extra, first)

    @tf.custom_gradient
    def respond(J: Any) -> Any:
        return kernels.value(J, *extra), lambda upstream: kernels.gradient(J, upstream)

    return respond(J)


def softlif(
    J: Any,
    neuron: NeuronType,
    noise: NoiseModel | None = None,
    seed: Sequence[int] | None = None,
    step: Any = None,
) -> Any:
    """`activation` under the name of the neuron it was written for.

    Parameters
    ----------
    J : tensor of float32 or float64
        Input currents, dimensionless.
    neuron : nengo.neurons.NeuronType
        The neuron whose parameters are used.
    noise : NoiseModel, optional
        Noise on the rates.
    seed : sequence of two int, optional
        Seed of the noise.
    step : tensor or int, optional
        Training step, on which the noise depends.

    Examples
    --------
    >>> import tensorflow as tf
    >>> from nengo_lifdeep.neurons import SoftLIF
    >>> softlif(tf.constant([2.0]), SoftLIF()).numpy().round(2)
    array([63.04], dtype=float32)
    """
    return activation(J, neuron, noise, seed, step)


def _without_noise(neuron: NeuronType) -> dict[str, None]:
    return {"noise": None} if hasattr(neuron, "noise") else {}


@dataclasses.dataclass(frozen=True)
class _Kernels:
    """Functions of one neuron type: ``value(J[, seed, step])`` and ``gradient(J, upstream)``."""

    value: Callable[..., Any]
    gradient: Callable[..., Any]


@functools.lru_cache(maxsize=256)
def _kernels(record: str, noise: NoiseModel | None, dt: float, compiled: bool) -> _Kernels:
    """Compile what `activation` runs.

    The slope is computed in the backward pass from the current alone, which is as fast as
    storing it. Noise is three loops (periods, random numbers, values) and not one: XLA does not
    vectorise a loop that holds them all, and takes twice as long for it.
    """
    tf = import_tensorflow()
    if compiled:
        use_whole_registers()
    neuron = neuron_from_dict(json.loads(record))
    amplitude = float(getattr(neuron, "amplitude", 1.0))
    threshold = firing_threshold(neuron)
    tau_rc, tau_ref = getattr(neuron, "tau_rc", None), getattr(neuron, "tau_ref", 0.0)
    compile_ = functools.partial(tf.function, jit_compile=compiled or None, autograph=False)

    clean = compile_(lambda J: amplitude * kernel(J, neuron, dt)[0])
    gradient = compile_(lambda J, upstream: upstream * (amplitude * kernel(J, neuron, dt)[2]))
    if noise is None:
        return _Kernels(clean, gradient)

    keys = compile_(random_keys)
    phases = compile_(lambda J, *keys: uniform(tf.shape(J), keys, J.dtype))
    periods = compile_(lambda J: kernel(J, neuron, dt)[1])
    values = compile_(
        lambda J, period, u: (
            amplitude * noisy_rate(noise, period, J > threshold, u, tau_rc, tau_ref)
        )
    )

    def noisy(J: Any, seed: Any, step: Any, first: Any = None) -> Any:
        offset, key = keys(seed, step)
        if first is not None:
            offset += tf.bitcast(first, tf.uint32)
        return values(J, periods(J), phases(J, offset, key))

    return _Kernels(noisy, gradient)


def kernel(J: Any, neuron: NeuronType, dt: float = 0.001) -> tuple[Any, Any, Any]:
    """Rate (Hz), period (s) and slope (Hz per unit current) as plain TensorFlow operations.

    The amplitude is not applied. Periods of neurons that do not fire at all are infinite.

    Parameters
    ----------
    J : tensor of float32 or float64
        Input currents, dimensionless.
    neuron : nengo.neurons.NeuronType
        The neuron whose parameters are used.
    dt : float
        Time step, in seconds.

    Raises
    ------
    ValidationError
        If the type has no TensorFlow twin.
    """
    tf = import_tensorflow()
    kind = kind_of(neuron)
    if kind.twin is None:
        raise ValidationError(
            f"{type(neuron).__name__} has no twin in TensorFlow, as it is not trained; use its "
            f"rate counterpart {rate_counterpart(neuron)!r}"
        )
    rate, slope = kind.twin(tf, J, neuron, dt)
    return rate, 1 / rate, slope
