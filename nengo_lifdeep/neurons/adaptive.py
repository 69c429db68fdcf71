"""`SoftAdaptiveLIF`: the rate at which an adaptive LIF neuron settles, and its entry in the table.

Adaptation subtracts ``n`` from the current, and every spike adds to it; in the mean ``n`` is
``inc_n`` times the rate. The settled rate is therefore where ``r = f(J - inc_n r)``, with the
curve ``f`` of the neuron without adaptation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nengo
import numpy as np
from nengo.params import NumberParam
from numpy.typing import ArrayLike, NDArray

from ..noise import NoiseModel
from .bounds import check_parameters
from .builtin import divided, remade
from .kinds import NeuronKind, add_kind
from .rates import lif_rate, lif_slope, softlif_rate, softlif_slope
from .softlif import SoftLIF
from .tensorflow import twins

__all__ = ["SoftAdaptiveLIF", "settled_current"]

#: halvings of the interval in which the current lies: to the last bit of float64
_HALVINGS = 60
#: in the TensorFlow twin: fewer halvings, then Newton steps, which carry the gradient too
_TWIN_HALVINGS, _TWIN_NEWTON = 20, 4


class SoftAdaptiveLIF(SoftLIF):
    """Settled rate of an adaptive LIF neuron, smooth at its threshold.

    ``r = f(J - inc_n r)`` with the curve ``f`` of `SoftLIF`. Its spiking counterpart is
    `nengo.AdaptiveLIF`, which starts faster and gets to this rate within some ``tau_n``: show
    images longer than that, or begin averaging later.

    Parameters
    ----------
    tau_n : float
        Time constant of the adaptation in seconds, positive. The settled rate does not depend on
        it.
    inc_n : float
        Current that one spike takes away, integrated over time (per Hz in the settled state), zero
        or more.
    tau_rc, tau_ref, sigma, amplitude, noise, initial_state
        As of `SoftLIF`.

    Raises
    ------
    ValidationError
        If a parameter is out of bounds.

    Examples
    --------
    >>> neuron = SoftAdaptiveLIF(inc_n=0.01)
    >>> neuron.rates([2.0], gain=1.0, bias=0.0).ravel().round(1)
    array([44.3])

    References
    ----------
    La Camera et al. (2004), "Minimal Models of Adapted Neuronal Response to In Vivo-Like Input
    Currents", Neural Computation 16, equation 2.7.
    """

    tau_n = NumberParam("tau_n", low=0, low_open=True)
    inc_n = NumberParam("inc_n", low=0)

    def __init__(
        self,
        tau_n: float = 0.05,
        inc_n: float = 0.01,
        tau_rc: float = 0.02,
        tau_ref: float = 0.002,
        sigma: float = 0.02,
        amplitude: float = 1,
        noise: NoiseModel | None = None,
        initial_state: dict | None = None,
    ) -> None:
        check_parameters(type(self).__name__, {"tau_n": tau_n, "inc_n": inc_n})
        super().__init__(tau_rc, tau_ref, sigma, amplitude, noise, initial_state)
        self.tau_n = tau_n
        self.inc_n = inc_n

    def _output(self, J: NDArray) -> NDArray:
        return self.amplitude * _rate(self, J, 0.001)

    def gain_bias(self, max_rates: ArrayLike, intercepts: ArrayLike) -> tuple[NDArray, NDArray]:
        """As of `SoftLIF`, the current that adaptation takes away at ``max_rates`` added."""
        gain, _ = super().gain_bias(max_rates, intercepts)
        intercepts = np.atleast_1d(np.asarray(intercepts, dtype=float))
        gain = gain + self.inc_n * np.atleast_1d(max_rates) / (1 - intercepts)
        return gain, 1 - gain * intercepts

    def max_rates_intercepts(self, gain: ArrayLike, bias: ArrayLike) -> tuple[NDArray, NDArray]:
        """Rates in Hz at ``x = 1`` and the ``x`` at which ``J = 1``."""
        gain, bias = np.asarray(gain, dtype=float), np.asarray(bias, dtype=float)
        return _rate(self, gain + bias, 0.001), (1 - bias) / gain


def settled_current(rate: Callable[[NDArray], NDArray], J: ArrayLike, inc_n: float) -> NDArray:
    """Where ``u + inc_n f(u) = J``, by halving the interval ``[J - inc_n f(J), J]``.

    Parameters
    ----------
    rate : callable
        The curve without adaptation.
    J : array_like
        Currents.
    inc_n : float
        Of the adaptation.

    Examples
    --------
    >>> settled_current(lambda u: 2.0 * u, [3.0], inc_n=0.25).round(6)
    array([2.])
    """
    J = np.asarray(J, dtype=float)
    low, high = J - inc_n * rate(J), J
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = middle + inc_n * rate(middle) > J
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def _curves(neuron: Any) -> tuple[Any, Any]:
    if isinstance(neuron, SoftLIF):
        return (
            lambda u: softlif_rate(u, neuron.tau_rc, neuron.tau_ref, neuron.sigma),
            lambda u: softlif_slope(u, neuron.tau_rc, neuron.tau_ref, neuron.sigma),
        )
    return (
        lambda u: lif_rate(u, neuron.tau_rc, neuron.tau_ref),
        lambda u: lif_slope(u, neuron.tau_rc, neuron.tau_ref),
    )


def _rate(neuron: Any, J: Any, dt: float) -> NDArray:
    rate, _ = _curves(neuron)
    return rate(settled_current(rate, J, neuron.inc_n))


def _slope(neuron: Any, J: Any, dt: float) -> NDArray:
    """``f' / (1 + inc_n f')`` at the current that is left, by the implicit function theorem."""
    rate, slope = _curves(neuron)
    own = slope(settled_current(rate, J, neuron.inc_n))
    return own / (1 + neuron.inc_n * own)


def _twin(tf: Any, J: Any, neuron: Any, dt: float) -> tuple[Any, Any]:
    def curve(u: Any) -> tuple[Any, Any]:
        return twins.softlif(tf, u, neuron.tau_rc, neuron.tau_ref, neuron.sigma)

    inc_n = neuron.inc_n
    low, high = J - inc_n * curve(J)[0], J
    for _ in range(_TWIN_HALVINGS):
        middle = (low + high) / 2
        above = middle + inc_n * curve(middle)[0] > J
        low, high = tf.where(above, low, middle), tf.where(above, middle, high)
    u = (low + high) / 2
    for _ in range(_TWIN_NEWTON):
        rate, slope = curve(u)
        u = u - (u + inc_n * rate - J) / (1 + inc_n * slope)
    rate, slope = curve(u)
    return rate, slope / (1 + inc_n * slope)


_FASTER = divided("tau_rc", "tau_ref", "inc_n")

add_kind(
    "SoftAdaptiveLIF",
    NeuronKind(
        lambda: SoftAdaptiveLIF,
        ("tau_n", "inc_n", "tau_rc", "tau_ref", "sigma", "amplitude", "noise"),
        _rate,
        _slope,
        _twin,
        remade("AdaptiveLIF"),
        threshold=1.0,
        faster=_FASTER,
    ),
)
add_kind(
    "AdaptiveLIF",
    NeuronKind(
        lambda: nengo.AdaptiveLIF,
        ("tau_n", "inc_n", "tau_rc", "tau_ref", "min_voltage", "amplitude"),
        _rate,
        _slope,
        rate_type=remade("SoftAdaptiveLIF"),
        threshold=1.0,
        faster=_FASTER,
    ),
)
