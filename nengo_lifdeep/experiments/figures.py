"""The papers' figures: neurons, noise against simulated neurons, time against error, rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nengo
import numpy as np

from ..neurons import SoftLIF
from ..noise import AlphaNoise, AlphaRCNoise, LowpassNoise, LowpassRCNoise, NoiseModel
from ..report.plots.canvas import COLOURS, new_figure
from ..report.plots.neurons import slope, tuning_curve
from ..report.plots.noise import noise_histogram, noise_spread
from ..report.tables.grid import Column, Grid
from .plan import Plan
from .regular_trains import filtered_trains

__all__ = ["FIGURES", "figure"]

#: their intervals are whole numbers of steps of 0.2 ms
_RATES = np.array([5.0, 10.0, 20.0, 40.0, 100.0, 125.0, 250.0])
_EACH = 40  # simulated neurons per rate, at random phases


def figure(name: str, plan: Plan) -> tuple[Any, Grid]:
    """One figure and its numbers.

    Parameters
    ----------
    name : str
        One of `FIGURES`; those of trained networks need the table "trade-off" to be computed.
    plan : Reproduction
        The data set, and where its files are.

    Returns
    -------
    axes : matplotlib.axes.Axes
        Of a figure to save.
    numbers : Grid
        What was drawn, or how far theory and simulation agree.
    """
    return FIGURES[name](plan)


def _axes(columns: int = 1, width: float = 10.0, height: float = 4.0) -> Any:
    axes = new_figure((width, height)).subplots(1, columns)
    for ax in np.ravel(axes):
        ax.spines[["top", "right"]].set_visible(False)
    return axes


def _response(plan: Plan) -> tuple[Any, Grid]:
    """Response and slope of the hard and the soft neuron."""
    neurons: dict[str, Any] = {"LIF": nengo.LIFRate(tau_rc=0.02, tau_ref=0.002)}
    for sigma in (0.01, 0.02, 0.1):
        neurons[f"SoftLIF, sigma {sigma:g}"] = SoftLIF(tau_rc=0.02, tau_ref=0.002, sigma=sigma)
    left, right = _axes(2)
    tuning_curve(neurons, left, low=0.5, high=2.0)
    slope(neurons, right, low=0.5, high=2.0)
    from ..neurons import neuron_rate, neuron_slope

    columns = [Column("current", "current J", ".2f")]
    rows: list[dict[str, Any]] = [{"current": J} for J in (0.9, 1.0, 1.1, 1.5, 2.0)]
    for name, neuron in neurons.items():
        columns += [Column(name, f"{name} [Hz]", ".1f"), Column(f"{name} slope", "slope", ".0f")]
        for row in rows:
            row[name] = float(neuron_rate(neuron, row["current"]))
            row[f"{name} slope"] = float(neuron_slope(neuron, row["current"]))
    return left, Grid("Response and slope", tuple(columns), tuple(rows))


def _variance(plan: Plan) -> tuple[Any, Grid]:
    """Spread of filtered spike trains against rate: closed forms and simulated neurons."""
    left, right = _axes(2)
    rows = []
    for ax, membrane in ((left, False), (right, True)):
        kinds = (LowpassRCNoise, AlphaRCNoise) if membrane else (LowpassNoise, AlphaNoise)
        noises: dict[str, NoiseModel] = {
            f"{'lowpass' if i == 0 else 'alpha'} {1e3 * tau:g} ms": kind(tau)
            for tau in (0.003, 0.005)
            for i, kind in enumerate(kinds)
        }
        found = {}
        for name, noise in noises.items():
            tau: float = noise.tau_s  # type: ignore[attr-defined]
            filtered = nengo.Lowpass(tau) if "lowpass" in name else nengo.Alpha(tau)
            value = filtered_trains(np.repeat(_RATES, _EACH), filtered, membrane)
            spread = value.reshape(len(value), len(_RATES), _EACH).std(axis=(0, 2))
            found[name] = (_RATES, spread)
            theory = np.sqrt(noise.variance(_RATES, 0.02))
            rows += [
                {"filter": name + (", then the membrane" if membrane else ""), "rate": rate,
                 "theory": float(t), "simulated": float(s), "off": float(100 * (s / t - 1))}
                for rate, t, s in zip(_RATES, theory, spread, strict=True)
            ]  # fmt: skip
        noise_spread(noises, found, ax)
        ax.set_title("after the synapse" if not membrane else "after synapse and membrane")
    low = min(left.get_ylim()[0], right.get_ylim()[0])
    for ax in (left, right):
        ax.set_ylim(max(low, 0.05), left.get_ylim()[1])
    columns = (
        Column("filter", "filter"),
        Column("rate", "rate [Hz]", ".0f"),
        Column("theory", "theory [Hz]", ".2f"),
        Column("simulated", "simulated [Hz]", ".2f"),
        Column("off", "off by [%]", "+.1f"),
    )
    notes = (f"{_EACH} neurons per rate in nengo.Simulator, 1 s, steps of 0.2 ms",)
    return left, Grid("Standard deviation of filtered spike trains", columns, tuple(rows), notes)


def _membrane(plan: Plan) -> tuple[Any, Grid]:
    """The alpha-RC noise's distribution and that of simulated membranes."""
    axes = _axes(3, 12.0, 3.6)
    rows = []
    for ax, rate in zip(axes, (20.0, 50.0, 125.0), strict=True):
        value = filtered_trains(np.full(_EACH, rate), nengo.Alpha(0.003), membrane=True)
        noise = AlphaRCNoise(0.003)
        noise_histogram(noise, rate, value, ax)
        drawn = noise.sample(np.full(200_000, rate), np.random.default_rng(1), 0.02)
        shares = (5, 25, 50, 75, 95)
        pairs = zip(np.percentile(value, shares), np.percentile(drawn, shares), strict=True)
        row: dict[str, Any] = {"rate": rate}
        for share, (simulated, sampled) in zip(shares, pairs, strict=True):
            row[f"s{share}"], row[f"m{share}"] = float(simulated), float(sampled)
        rows.append(row)
    columns = [Column("rate", "rate [Hz]", ".0f")]
    for share in (5, 25, 50, 75, 95):
        columns.append(Column(f"s{share}", f"{share} %: simulated", ".1f"))
        columns.append(Column(f"m{share}", "model", ".1f"))
    return axes[0], Grid("Alpha-RC noise against membranes [Hz]", tuple(columns), tuple(rows))


def _trade_off(plan: Plan) -> tuple[Any, Grid]:
    """Error against presentation time, one panel per synapse, one line per start of averaging."""
    trial = plan.main()
    taus = sorted({tau for tau, _, _ in plan.trade_off_protocols()})
    axes = np.atleast_1d(_axes(len(taus), 4.0 * len(taus) + 1, 4.0))
    starts = (0.01, 0.02, 0.04, 0.06, 0.1)
    ends = (0.04, 0.06, 0.08, 0.1, 0.15, 0.2)
    rows, worst = [], 0.0
    for ax, tau in zip(axes, taus, strict=True):
        grid = trial.spikes(tau).accuracy_grid
        assert grid is not None
        for start, colour in zip(starts, COLOURS, strict=False):
            first = round(1000 * start)
            steps = np.arange(first + 5, grid.shape[1])
            errors = 100 * (1 - grid[first, steps])
            ax.plot(steps, errors, color=colour, label=f"{1e3 * start:g} ms")
            worst = max(worst, float(errors[-1]))
            for end in ends:
                if end > start:
                    error = float(100 * (1 - grid[first, round(1000 * end)]))
                    rows.append({"tau": 1e3 * tau, "t_c": 1e3 * start, "t_p": 1e3 * end,
                                 "error": error})  # fmt: skip
        rates = trial.rates().error
        ax.axhline(rates, color="black", ls="--", lw=1, label=f"rates, {rates:.2f} %")
        ax.set_title("no synapse" if tau == 0 else f"synapse {1e3 * tau:g} ms")
        ax.set_xlabel("presentation time $t_p$ [ms]")
        ax.set_yscale("log")
        ax.set_ylim(0.9 * rates, 100)
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter("")
    axes[0].set_ylabel("error [%]")
    axes[-1].legend(title="averaging from t_c", frameon=False, fontsize="small")
    columns = (
        Column("tau", "tau_s [ms]", "g"),
        Column("t_c", "t_c [ms]", ".0f"),
        Column("t_p", "t_p [ms]", ".0f"),
        Column("error", "error [%]", ".2f"),
    )
    return axes[0], Grid(f"Time against error, {plan.dataset}", columns, tuple(rows), plan.how())


def _rates(plan: Plan) -> tuple[Any, Grid]:
    """Mean rate of every layer, in rates and in spikes at every synapse."""
    trial = plan.main()
    taus = sorted({tau for tau, _, _ in plan.trade_off_protocols()})
    found = {"rate network": trial.rates().layer_rates}
    for tau in taus:
        name = "spikes, no synapse" if tau == 0 else f"spikes, {1e3 * tau:g} ms"
        found[name] = trial.spikes(tau).layer_rates
    layers = list(found["rate network"])
    ax = _axes(1, 7.0, 4.0)
    width = 0.8 / len(found)
    for i, (name, rates) in enumerate(found.items()):
        place = np.arange(len(layers)) + (i - (len(found) - 1) / 2) * width
        bars = ax.bar(
            place, [rates[layer] for layer in layers], width, color=COLOURS[i], label=name
        )
        ax.bar_label(bars, fmt="{:.1f}", fontsize=7, padding=1)
    ax.set_xticks(np.arange(len(layers)), layers)
    ax.set_ylabel("mean firing rate [Hz]")
    ax.legend(frameon=False, fontsize="small")
    columns = (Column("layer", "layer"), *(Column(name, f"{name} [Hz]", ".2f") for name in found))
    rows = tuple(
        {"layer": layer, **{name: rates[layer] for name, rates in found.items()}}
        for layer in layers
    )
    return ax, Grid(f"Mean rates, {plan.dataset}", columns, rows, plan.how())


#: Figures by name.
FIGURES: dict[str, Callable[[Plan], tuple[Any, Grid]]] = {
    "response": _response,
    "variance": _variance,
    "membrane": _membrane,
    "trade-off": _trade_off,
    "rates": _rates,
}

#: Figures of trained networks, and the table whose parts they are drawn from.
FROM_TABLE = {"trade-off": "trade-off", "rates": "trade-off"}
