"""`SiegertLIF`, the rate of a LIF neuron in noise, and `NoisyLIF`, which spikes at it.

The current fluctuates so quickly that the membrane, without its threshold, would be normally
distributed around ``J`` with standard deviation ``sigma_v``. The mean time to the next spike is
Siegert's integral of ``exp(x^2) (1 + erf(x)) = erfcx(-x)``.
"""

from __future__ import annotations

import math
from typing import Any

import nengo
import numpy as np
import scipy  # whose special functions are loaded at their first use
from nengo.params import NumberParam
from numpy.typing import NDArray

from ..support.checks.arrays import checked_array
from .bounds import check_parameters
from .builtin import divided, remade
from .kinds import NeuronKind, add_kind

__all__ = ["NoisyLIF", "SiegertLIF", "siegert_rate", "siegert_slope"]

#: nodes of the quadrature, for the truth and for the twin
_NODES, _TWIN_NODES = 200, 48

#: beyond this many widths under the threshold the neuron is silent
_DEEP, _TWIN_DEEP = 26.0, 9.0

#: below this ``erfcx`` is taken from its asymptotic series, where 32 bits have no ``erfc`` left
_FAR = 3.0


class SiegertLIF(nengo.LIFRate):
    """Mean rate of a LIF neuron whose current fluctuates.

    Noise smooths the threshold by itself: the slope is finite everywhere, and the curve tends to
    that of `nengo.LIFRate` as ``sigma_v`` shrinks. Its spiking counterpart is `NoisyLIF`.

    Parameters
    ----------
    tau_rc, tau_ref : float
        Membrane time constant (positive) and refractory period (zero or more), in seconds.
    sigma_v : float
        Standard deviation of the membrane without its threshold, in units of the threshold,
        positive.
    amplitude : float
        Output per Hz, positive.
    initial_state : dict, optional
        As in `nengo.LIFRate`.

    Raises
    ------
    ValidationError
        If a parameter is out of bounds.

    Examples
    --------
    >>> SiegertLIF(sigma_v=0.3).rates([0.5, 1.0, 2.0], gain=1.0, bias=0.0).ravel().round(1)
    array([ 6.8, 25.3, 65.5])

    References
    ----------
    Siegert (1951), "On the First Passage Time Probability Problem", Physical Review 81. Form used
    here: Brunel and Hakim (1999), Neural Computation 11, equation 3.12.
    """

    sigma_v = NumberParam("sigma_v", low=0, low_open=True)

    def __init__(
        self,
        tau_rc: float = 0.02,
        tau_ref: float = 0.002,
        sigma_v: float = 0.2,
        amplitude: float = 1,
        initial_state: dict | None = None,
    ) -> None:
        given = {
            "tau_rc": tau_rc, "tau_ref": tau_ref, "sigma_v": sigma_v, "amplitude": amplitude,
            "initial_state": initial_state,
        }  # fmt: skip
        check_parameters(type(self).__name__, given)
        super().__init__(tau_rc, tau_ref, amplitude, initial_state=initial_state)
        self.sigma_v = sigma_v

    def rates(self, x: Any, gain: Any, bias: Any) -> NDArray:
        """Output for input ``x``, amplitude included."""
        x = checked_array(x, "x", finite=False)
        return self._output(self.current(x, gain, bias))

    def step(self, dt: float, J: NDArray, output: NDArray) -> None:
        """Write the output at currents ``J``."""
        output[...] = self._output(J)

    def _output(self, J: NDArray) -> NDArray:
        return self.amplitude * siegert_rate(J, self.tau_rc, self.tau_ref, self.sigma_v)


class NoisyLIF(nengo.LIF):
    """A LIF neuron with white noise in its current, spiking; for `nengo.Simulator`.

    The noise of a step is such that the membrane, sampled in these steps and without its
    threshold, has standard deviation ``sigma_v``. Crossings between two steps go unseen, so rates
    are a little lower than `SiegertLIF`'s, the less the shorter the step.

    Parameters
    ----------
    tau_rc, tau_ref, sigma_v, amplitude
        As of `SiegertLIF`.
    min_voltage : float
        Where membranes stop; nowhere by default, as in Siegert's theory.
    initial_state : dict, optional
        As in `nengo.LIF`.

    Examples
    --------
    >>> with nengo.Network(seed=0) as net:
    ...     ensemble = nengo.Ensemble(50, 1, neuron_type=NoisyLIF(sigma_v=0.3), gain=np.ones(50),
    ...                               bias=np.full(50, 2.0))
    ...     probe = nengo.Probe(ensemble.neurons)
    >>> with nengo.Simulator(net, progress_bar=False) as sim:
    ...     sim.run(1.0)
    >>> bool(abs(sim.data[probe].mean() - 65) < 5)
    True
    """

    sigma_v = NumberParam("sigma_v", low=0, low_open=True)

    def __init__(
        self,
        tau_rc: float = 0.02,
        tau_ref: float = 0.002,
        sigma_v: float = 0.2,
        min_voltage: float = -math.inf,
        amplitude: float = 1,
        initial_state: dict | None = None,
    ) -> None:
        given = {
            "tau_rc": tau_rc, "tau_ref": tau_ref, "sigma_v": sigma_v, "amplitude": amplitude,
            "initial_state": initial_state,
        }  # fmt: skip
        check_parameters(type(self).__name__, given)
        super().__init__(tau_rc, tau_ref, min_voltage, amplitude, initial_state)
        self.sigma_v = sigma_v

    def make_state(self, n_neurons: int, rng: Any = np.random, dtype: Any = None) -> dict:
        """The membrane's state, and the generator of the noise.

        Parameters
        ----------
        n_neurons : int
            Number of neurons.
        rng : numpy.random.RandomState
            Source of the initial voltages and of the seed of the noise.
        dtype : dtype, optional
            Type of the state's arrays.
        """
        return {**super().make_state(n_neurons, rng=rng, dtype=dtype), "rng": rng}

    def step(
        self,
        dt: float,
        J: NDArray,
        output: NDArray,
        voltage: NDArray,
        refractory_time: NDArray,
        rng: Any,
    ) -> None:
        """One step of the LIF neuron with a noisy current."""
        decay = math.exp(-dt / self.tau_rc)
        spread = self.sigma_v * math.sqrt((1 + decay) / (1 - decay))
        noisy = J + spread * rng.standard_normal(J.shape).astype(J.dtype)
        super().step(dt, noisy, output, voltage, refractory_time)


def _ends(J: Any, sigma_v: float, deep: float) -> tuple[Any, Any]:
    """Integration limits: reset and threshold, in widths from the mean."""
    width = math.sqrt(2) * sigma_v
    x = np.minimum((1 - np.asarray(J, dtype=float)) / width, deep)
    return x - 1 / width, x


def siegert_rate(J: Any, tau_rc: float, tau_ref: float, sigma_v: float) -> NDArray:
    """Mean rate in Hz of a LIF neuron whose membrane fluctuates by ``sigma_v``.

    ``1 / r = tau_ref + tau_rc sqrt(pi) int_a^b erfcx(-x) dx`` with ``a = -J / (sqrt(2) sigma_v)``
    and ``b = (1 - J) / (sqrt(2) sigma_v)``, by Gauss-Legendre quadrature.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.
    sigma_v : float
        Standard deviation of the membrane voltage without a threshold (threshold 1).

    Examples
    --------
    >>> siegert_rate([2.0, 2.0], 0.02, 0.002, np.array(0.001)).round(2)
    array([63.04, 63.04])
    """
    a, b = _ends(J, float(sigma_v), _DEEP)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = (b - a) / 2
    x = ((a + b) / 2)[..., None] + half[..., None] * nodes
    integral = half * (weights * scipy.special.erfcx(-x)).sum(axis=-1)
    return 1 / (tau_ref + tau_rc * math.sqrt(math.pi) * integral)


def siegert_slope(J: Any, tau_rc: float, tau_ref: float, sigma_v: float) -> NDArray:
    """Derivative of `siegert_rate` by the current, in Hz: the integrand at the two ends.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    tau_rc : float
        Membrane time constant, in seconds.
    tau_ref : float
        Refractory period, in seconds.
    sigma_v : float
        Standard deviation of the membrane voltage without a threshold (threshold 1).

    Examples
    --------
    >>> siegert_slope([1.0], 0.02, 0.002, 0.3).round(1)
    array([41.5])
    """
    a, b = _ends(J, sigma_v, _DEEP)
    width = math.sqrt(2) * sigma_v
    rise = scipy.special.erfcx(-b) - scipy.special.erfcx(-a)
    factor = tau_rc * math.sqrt(math.pi) / width
    return siegert_rate(J, tau_rc, tau_ref, sigma_v) ** 2 * factor * rise


def _erfcx_negative(tf: Any, x: Any) -> Any:
    """``erfcx(-x) = exp(x^2) erfc(-x)``; far below zero, where erfc has no digits, a series."""
    near = tf.maximum(x, -_FAR)
    z = 1 / tf.maximum(-x, _FAR)
    z2 = z * z
    series = 1 - z2 * (0.5 - z2 * (0.75 - z2 * (1.875 - z2 * 6.5625)))
    far = z * series * (1 / math.sqrt(math.pi))
    return tf.where(x < -_FAR, far, tf.exp(near * near) * tf.math.erfc(-near))


def _twin(tf: Any, J: Any, neuron: Any, dt: float) -> tuple[Any, Any]:
    width = math.sqrt(2) * neuron.sigma_v
    b = tf.minimum((1 - J) * (1 / width), _TWIN_DEEP)
    a = b - 1 / width
    nodes, weights = np.polynomial.legendre.leggauss(_TWIN_NODES)
    total = tf.zeros_like(b)
    for node, weight in zip(nodes, weights, strict=True):
        x = (a + b) * 0.5 + float(node) * 0.5 / width
        total += float(weight) * _erfcx_negative(tf, x)
    integral = total * (0.5 / width)
    rate = 1 / (neuron.tau_ref + neuron.tau_rc * math.sqrt(math.pi) * integral)
    rise = _erfcx_negative(tf, b) - _erfcx_negative(tf, a)
    # rate * (rate * rise), as the product of a tiny square and a huge rise would underflow
    return rate, rate * (rate * (rise * (neuron.tau_rc * math.sqrt(math.pi) / width)))


_PARAMETERS = ("tau_rc", "tau_ref", "sigma_v", "amplitude")
_FASTER = divided("tau_rc", "tau_ref")

add_kind(
    "SiegertLIF",
    NeuronKind(
        lambda: SiegertLIF,
        _PARAMETERS,
        lambda n, J, dt: siegert_rate(J, n.tau_rc, n.tau_ref, n.sigma_v),
        lambda n, J, dt: siegert_slope(J, n.tau_rc, n.tau_ref, n.sigma_v),
        _twin,
        remade("NoisyLIF"),
        threshold=1.0,
        faster=_FASTER,
    ),
)
add_kind(
    "NoisyLIF",
    NeuronKind(
        lambda: NoisyLIF,
        (*_PARAMETERS[:3], "min_voltage", "amplitude"),
        lambda n, J, dt: siegert_rate(J, n.tau_rc, n.tau_ref, n.sigma_v),
        lambda n, J, dt: siegert_slope(J, n.tau_rc, n.tau_ref, n.sigma_v),
        rate_type=remade("SiegertLIF"),
        threshold=1.0,
        faster=_FASTER,
    ),
)
