"""The table's entries for theta neurons."""

from __future__ import annotations

from typing import Any

from ..builtin import divided, remade
from ..kinds import NeuronKind, add_kind
from .types import THETA_BOUNDS, Theta, ThetaRate, theta_rate, theta_slope

__all__: list[str] = []

_PARAMETERS = ("tau", "amplitude")


def _rate(neuron: Any, J: Any, dt: float) -> Any:
    return theta_rate(J, neuron.tau)


def _slope(neuron: Any, J: Any, dt: float) -> Any:
    return theta_slope(J, neuron.tau)


def _twin(tf: Any, J: Any, neuron: Any, dt: float) -> tuple[Any, Any]:
    unit = 1 / (3.141592653589793 * neuron.tau)
    above = J > 0
    root = tf.sqrt(tf.where(above, J, tf.ones_like(J)))
    zero = tf.zeros_like(J)
    return tf.where(above, unit * root, zero), tf.where(above, 0.5 * unit / root, zero)


add_kind(
    "ThetaRate",
    NeuronKind(
        lambda: ThetaRate,
        _PARAMETERS,
        _rate,
        _slope,
        _twin,
        remade("Theta"),
        faster=divided("tau"),
        bounds=THETA_BOUNDS,
    ),
)
add_kind(
    "Theta",
    NeuronKind(
        lambda: Theta,
        _PARAMETERS,
        _rate,
        _slope,
        rate_type=remade("ThetaRate"),
        faster=divided("tau"),
        bounds=THETA_BOUNDS,
    ),
)
