"""Plots of noise: how much filtered spikes vary, in theory and in simulated neurons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...noise import NoiseModel
from .canvas import COLOURS, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["noise_histogram", "noise_spread"]


def noise_spread(
    noises: Mapping[str, NoiseModel],
    simulated: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    ax: Axes | None = None,
    *,
    tau_rc: float = 0.02,
    rates: tuple[float, float] = (2.0, 300.0),
) -> Axes:
    """Standard deviation of noise models against the firing rate.

    Parameters
    ----------
    noises : dict of str to NoiseModel
        Curves by name.
    simulated : dict of str to (rates, spreads), optional
        Points by the same names, in Hz.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    tau_rc : float
        Membrane time constant for the RC models, in seconds.
    rates : (float, float)
        Range of rates, in Hz.

    Returns
    -------
    matplotlib.axes.Axes
        Both axes logarithmic, in Hz; points are simulations, lines the models.
    """
    ax = axes_or_new(ax)
    x = np.geomspace(*rates, 300)
    for i, (name, noise) in enumerate(noises.items()):
        colour = COLOURS[i % len(COLOURS)]
        ax.plot(x, np.sqrt(noise.variance(x, tau_rc)), color=colour, label=name)
        if simulated and name in simulated:
            ax.plot(*simulated[name], "o", color=colour, ms=5, mfc="white")
    if simulated:
        ax.plot([], [], "o", color="black", mfc="white", ms=5, label="simulated LIF neurons")
    ax.set_xscale("log")
    ax.set_yscale("log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    ax.set_xlabel("firing rate [Hz]")
    ax.set_ylabel("standard deviation [Hz]")
    ax.legend(frameon=False, fontsize="small")
    return ax


def noise_histogram(
    noise: NoiseModel,
    rate: float,
    simulated: Any = None,
    ax: Axes | None = None,
    *,
    tau_rc: float = 0.02,
    seed: int = 0,
) -> Axes:
    """Distribution of a noise model at one rate, compared with simulated neurons.

    Parameters
    ----------
    noise : NoiseModel
        Its samples are drawn as a line.
    rate : float
        Firing rate in Hz.
    simulated : array_like, optional
        Filtered values of simulated neurons at that rate, in Hz; drawn as bars.
    ax : matplotlib.axes.Axes, optional
        Where to draw; new axes by default.
    tau_rc : float
        Membrane time constant for the RC models, in seconds.
    seed : int
        For the samples.

    Returns
    -------
    matplotlib.axes.Axes
        Values in Hz, density per Hz; the mean is a dashed line.
    """
    ax = axes_or_new(ax)
    samples = noise.sample(np.full(200_000, float(rate)), np.random.default_rng(seed), tau_rc)
    values = samples if simulated is None else np.concatenate([samples, np.ravel(simulated)])
    edges = np.linspace(values.min(), values.max(), 41)
    if simulated is not None:
        bars, _ = np.histogram(np.ravel(simulated), edges, density=True)
        ax.stairs(bars, edges, fill=True, color=COLOURS[5], label="simulated")
    counts, _ = np.histogram(samples, edges, density=True)
    ax.stairs(counts, edges, color=COLOURS[1], lw=1.5, label=type(noise).__name__)
    ax.axvline(rate, color="black", ls="--", lw=1, label=f"rate, {rate:g} Hz")
    ax.set_xlabel("filtered spikes [Hz]")
    ax.set_ylabel("density [1/Hz]")
    ax.legend(frameon=False, fontsize="small")
    return ax
