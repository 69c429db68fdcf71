"""Plots of neurons: firing rates against the current, and their slopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import nengo
import numpy as np

from ...neurons.counterparts import firing_threshold, neuron_rate, neuron_slope
from ...neurons.parameters import neuron_to_dict
from .canvas import COLOURS, GREY, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["slope", "tuning_curve"]

#: one neuron, several, or several under names of one's own
Neurons: TypeAlias = (
    nengo.neurons.NeuronType
    | Iterable[nengo.neurons.NeuronType]
    | Mapping[str, nengo.neurons.NeuronType]
)


def tuning_curve(
    neurons: Neurons, ax: Axes | None = None, *, low: float = -1.0, high: float = 6.0
) -> Axes:
    """Mean firing rate against input current.

    Parameters
    ----------
    neurons : NeuronType, sequence or dict of NeuronType
        Rate or spiking types; a spiking one shows its analytic rate. A dict names the curves.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    low, high : float
        Range of the current ``J`` (dimensionless, threshold 1).

    Returns
    -------
    matplotlib.axes.Axes
        The vertical axis is in Hz, without the neurons' amplitude.

    Examples
    --------
    >>> tuning_curve({"LIF": nengo.LIF()}).get_ylabel()
    'firing rate [Hz]'
    """
    ax = _draw(neuron_rate, neurons, ax, low, high)
    ax.set_ylabel("firing rate [Hz]")
    ax.set_title("Tuning curve", loc="left")
    return ax


def slope(
    neurons: Neurons, ax: Axes | None = None, *, low: float = -1.0, high: float = 6.0
) -> Axes:
    """Slope of the tuning curve, the factor that training multiplies errors with.

    Parameters
    ----------
    neurons, ax, low, high
        As for `tuning_curve`.

    Returns
    -------
    matplotlib.axes.Axes
        The vertical axis is in Hz per unit of current, without the neurons' amplitude. A hard
        LIF neuron's slope is infinite at threshold; the axis ends at twice the largest slope
        that is found half a unit of current away from it.
    """
    ax = _draw(neuron_slope, neurons, ax, low, high)
    tops = [_slope_away(neuron, low, high) for neuron in _named(neurons).values()]
    ax.set_ylim(0, 2 * max(tops) if max(tops) > 0 else None)
    ax.set_ylabel("slope [Hz per unit of current]")
    ax.set_title("Slope of the tuning curve", loc="left")
    return ax


def _draw(function: Any, neurons: Neurons, ax: Axes | None, low: float, high: float) -> Axes:
    ax = axes_or_new(ax)
    curves = _named(neurons)
    styles = ("-", (0, (4, 3)), (0, (1, 1.5)), "-.")
    for i, (name, neuron) in enumerate(curves.items()):
        x = _currents(low, high, firing_threshold(neuron))
        style = styles[i % len(styles)]
        colour = COLOURS[i % len(COLOURS)]
        hertz = function(neuron, x) / getattr(neuron, "amplitude", 1.0)
        ax.plot(x, hertz, ls=style, color=colour, label=name, lw=max(2.6 - 0.4 * i, 1.2))
    for threshold in sorted({firing_threshold(neuron) for neuron in curves.values()}):
        ax.axvline(threshold, color=GREY, lw=0.8, ls=":", zorder=0)
    ax.set_xlim(low, high)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("input current J (threshold dotted)")
    ax.legend(frameon=False, fontsize="small")
    return ax


def _currents(low: float, high: float, threshold: float) -> np.ndarray:
    """Evenly spaced currents, dense around the threshold and never exactly on it."""
    near = threshold + np.concatenate([-np.geomspace(0.5, 1e-4, 100), np.geomspace(1e-4, 0.5, 100)])
    x = np.concatenate([np.linspace(low, high, 701), near])
    return np.unique(x[(x >= low) & (x <= high) & (x != threshold)])


def _slope_away(neuron: nengo.neurons.NeuronType, low: float, high: float) -> float:
    """Largest slope at least half a unit of current away from the threshold."""
    x = np.linspace(low, high, 701)
    x = x[np.abs(x - firing_threshold(neuron)) >= 0.5]
    return float(np.max(neuron_slope(neuron, x) / getattr(neuron, "amplitude", 1.0), initial=0.0))


def _named(neurons: Neurons) -> Mapping[str, nengo.neurons.NeuronType]:
    if isinstance(neurons, Mapping):
        return neurons
    if isinstance(neurons, nengo.neurons.NeuronType):
        neurons = [neurons]
    return {_label(neuron): neuron for neuron in neurons}


def _label(neuron: nengo.neurons.NeuronType) -> str:
    """Type and numbers, times in ms; what has no influence on the rate in Hz is left out."""
    record = neuron_to_dict(neuron)
    words = []
    for name, unit in (("tau_rc", " ms"), ("tau_ref", " ms"), ("sigma", "")):
        if name in record:
            words.append(f"{name} {record[name] * (1e3 if unit else 1):g}{unit}")
    return ", ".join([record["type"], *words])
