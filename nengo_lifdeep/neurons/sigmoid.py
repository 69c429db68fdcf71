"""The table's entries for Nengo's sigmoid and hyperbolic tangent.

Both saturate at ``1 / tau_ref``; nothing of theirs is a threshold. In spikes they are
`nengo.RegularSpiking` around the rate; the tangent's negative rates become spikes of negative sign,
which no chip has.
"""

from __future__ import annotations

from typing import Any

import nengo
import numpy as np
import scipy  # whose special functions are loaded at their first use
from numpy.typing import NDArray

from .builtin import divided
from .kinds import NeuronKind, add_kind

__all__ = ["sigmoid_rate", "tanh_rate"]


def sigmoid_rate(J: Any, tau_ref: float) -> NDArray:
    """``1 / (tau_ref (1 + exp(-J)))``, in Hz.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    tau_ref : float
        Refractory period, in seconds.

    Examples
    --------
    >>> sigmoid_rate([0.0], 0.0025)
    array([200.])
    """
    return scipy.special.expit(np.asarray(J, dtype=float)) / tau_ref


def _sigmoid_slope(neuron: Any, J: Any, dt: float) -> NDArray:
    J = np.asarray(J, dtype=float)
    return scipy.special.expit(J) * scipy.special.expit(-J) / neuron.tau_ref


def _sigmoid_twin(tf: Any, J: Any, neuron: Any, dt: float) -> tuple[Any, Any]:
    rate = tf.sigmoid(J) / neuron.tau_ref
    return rate, rate * tf.sigmoid(-J)


def tanh_rate(J: Any, tau_ref: float) -> NDArray:
    """``tanh(J) / tau_ref``, in Hz; negative for negative currents.

    Parameters
    ----------
    J : (...,) array_like
        Input currents, dimensionless; the firing threshold of LIF neurons is 1.
    tau_ref : float
        Refractory period, in seconds.

    Examples
    --------
    >>> tanh_rate([-1000.0], 0.0025)
    array([-400.])
    """
    return np.tanh(np.asarray(J, dtype=float)) / tau_ref


def _tanh_slope(neuron: Any, J: Any, dt: float) -> NDArray:
    with np.errstate(over="ignore"):  # infinite cosh: slope 0
        return 1 / np.cosh(np.asarray(J, dtype=float)) ** 2 / neuron.tau_ref


def _tanh_twin(tf: Any, J: Any, neuron: Any, dt: float) -> tuple[Any, Any]:
    t = tf.tanh(J)
    return t / neuron.tau_ref, (1 - t * t) / neuron.tau_ref


add_kind(
    "Sigmoid",
    NeuronKind(
        lambda: nengo.Sigmoid,
        ("tau_ref",),
        lambda n, J, dt: sigmoid_rate(J, n.tau_ref),
        _sigmoid_slope,
        _sigmoid_twin,
        nengo.RegularSpiking,
        faster=divided("tau_ref"),
    ),
)
add_kind(
    "Tanh",
    NeuronKind(
        lambda: nengo.Tanh,
        ("tau_ref",),
        lambda n, J, dt: tanh_rate(J, n.tau_ref),
        _tanh_slope,
        _tanh_twin,
        nengo.RegularSpiking,
        faster=divided("tau_ref"),
    ),
)
