"""The papers' tables, published next to measured: errors, noise, time against efficiency.

Every spiking error is given twice: with images that follow one another without a reset, as the
papers show them, and with every image from the initial state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..report.tables.grid import Column, Grid
from .comparison import COLUMNS, NOTE, compared
from .plan import Plan
from .trial import mean_and_spread

__all__ = ["CHECKED", "errors_table", "noise_table", "times", "trade_off_table"]

#: Images of the main network that `nengo.Simulator` runs again.
CHECKED = 20


def errors_table(plan: Plan) -> Grid:
    """ReLU network, SoftLIF network, LIF network in spikes, as a stream and reset by image.

    Parameters
    ----------
    plan : Plan
        The networks of the paper.
    """
    trial, (relu, soft, lif) = plan.main(), plan.published_errors
    tau, _, t_p = plan.spiking
    spiking, shown = trial.spikes(tau), f"LIF network in spikes {times(plan.spiking)}"
    judged = trial.rates()
    draws = trial.errors(*plan.spiking)
    error, spread = mean_and_spread(draws)
    stream = trial.stream_error(*plan.spiking)
    found = (
        ("ReLU network", relu, plan.relu().rates().error, None),
        ("SoftLIF network", soft, judged.error, None),
        (f"{shown}, stream", lif, stream, None),
        (f"{shown}, reset by image", lif, error, spread),
    )
    n = judged.n_images
    rows = tuple(
        {
            "network": name,
            "published": old,
            "measured": new,
            "spread": sd,
            **compared(new, n, old, plan.n_published),
        }
        for name, old, new, sd in found
    )
    columns = (
        Column("network", "network"),
        Column("published", "published error [%]", ".2f"),
        Column("measured", "measured error [%]", ".2f"),
        Column("spread", "s.d. over draws", ".2f"),
        *COLUMNS,
    )
    drawn = "membranes start at 0"
    if trial.recipe.initial_voltage == "uniform":
        each = ", ".join(f"{e:.2f}" for e in draws)
        drawn = f"{len(draws)} draws of initial voltages: {each}"
    rates = f"{spiking.mean_rate:.1f} Hz, as a stream {trial.stream(tau, t_p).mean_rate:.1f} Hz"
    notes = (
        *plan.how(),
        "one training of each network",
        f"reset by image: {drawn}",
        f"conversion costs {stream - judged.error:+.2f} points as a stream, "
        f"{error - judged.error:+.2f} reset by image; {rates}",
        str(trial.spike_check(CHECKED)),
        *_compared(plan),
    )
    return Grid(f"Hunsberger & Eliasmith 2016, {plan.data_name}", columns, rows, notes)


def noise_table(plan: Plan, protocols: Sequence[Any], published: dict[str, Any]) -> Grid:
    """Noise in training against protocols: mean over seeds, as a stream and reset by image.

    Parameters
    ----------
    plan : Reproduction
        Whose jobs for this table are done.
    protocols : sequence of (tau_s, t_c, t_p)
        The columns, after the rates.
    published : dict
        Mean and s.d. of the papers' five networks by noise and column; empty if there are none.
    """
    heads = ["rates", *map(times, protocols)]
    columns = [Column("noise", "noise in training")]
    for i, head in enumerate(heads):
        columns.append(Column(f"published{i}", f"published {head}", ".2f"))
        columns.append(Column(f"stream{i}", f"stream {head}", ".2f"))
        columns.append(Column(f"measured{i}", f"reset {head}" if i else "measured rates", ".2f"))
        columns.append(Column(f"spread{i}", "s.d.", ".2f"))
        columns.append(Column(f"interval{i}", "95 % interval", ".2f"))
        columns.append(Column(f"p{i}", "p", ".2g"))
    rows = []
    for noise in plan.noises:
        trials = [plan.noisy(noise, seed) for seed in range(plan.seeds)]
        n = trials[0].rates().n_images
        row: dict[str, Any] = {"noise": noise}
        measured = [[trial.rates().error for trial in trials]]
        measured += [[trial.error(*protocol) for trial in trials] for protocol in protocols]
        for i, values in enumerate(measured):
            row[f"measured{i}"], row[f"spread{i}"] = mean_and_spread(values)
            like_theirs = row[f"measured{i}"]
            if i:
                streams = [trial.stream_error(*protocols[i - 1]) for trial in trials]
                like_theirs = row[f"stream{i}"] = mean_and_spread(streams)[0]
            if noise in published:
                row[f"published{i}"] = published[noise][i][0]
            cells = compared(like_theirs, n, row.get(f"published{i}"), plan.n_published)
            row[f"interval{i}"], row[f"p{i}"] = cells["interval"], cells["p"]
        rows.append(row)
    notes = (
        *plan.how(),
        f"protocols: tau_s, t_c, t_p in ms; {plan.networks()} per row; interval and p of the "
        "rates and of the stream, s.d. of the images reset one by one",
        *(("published: mean of five networks", *_compared(plan)) if published else ()),
    )
    title = f"Error [%] by noise in training, {plan.data_name}, {plan.networks()}"
    return Grid(title, tuple(columns), tuple(rows), notes)


def trade_off_table(plan: Plan) -> Grid:
    """Classification time against error and efficiency; efficiency is that of the stream.

    Parameters
    ----------
    plan : Plan
        The networks of the paper.
    """
    from ..energy import published_cost

    trial = plan.main()
    architecture = trial.trained().architecture
    n = trial.rates().n_images
    rows = []
    for protocol, (error, efficiency) in plan.trade_off_protocols().items():
        tau, _, t_p = protocol
        judged = trial.stream(tau, t_p)
        stream = trial.stream_error(*protocol)
        reset, spread = mean_and_spread(trial.errors(*protocol))
        rows.append(
            {
                "protocol": times(protocol),
                "published": error,
                "stream": stream,
                **compared(stream, n, error, plan.n_published),
                "reset": reset,
                "spread": spread,
                "published_efficiency": efficiency,
                "efficiency": published_cost(architecture, judged.layer_rates, t_p).efficiency,
                "rate": judged.mean_rate,
            }
        )
    columns = (
        Column("protocol", "tau_s, t_c, t_p [ms]"),
        Column("published", "published error [%]", ".2f"),
        Column("stream", "error, stream [%]", ".2f"),
        *COLUMNS,
        Column("reset", "error, reset by image [%]", ".2f"),
        Column("spread", "s.d. over draws", ".2f"),
        Column("published_efficiency", "published efficiency", ".2f"),
        Column("efficiency", "efficiency, stream", ".2f"),
        Column("rate", "mean rate, stream [Hz]", ".1f"),
    )
    notes = (
        *plan.how(),
        "one training; efficiency in the papers' accounting: padded edges, input cost",
        *_compared(plan),
    )
    return Grid(f"Time, error, efficiency, {plan.data_name}", columns, tuple(rows), notes)


def _compared(plan: Plan) -> tuple[str, ...]:
    """The note on p, where there is anything published to compare with."""
    return () if plan.published_errors == (None, None, None) else (NOTE,)


def times(protocol: tuple[float, float, float]) -> str:
    """``(tau_s, t_c, t_p)`` in milliseconds, as headings have them.

    Parameters
    ----------
    protocol : (float, float, float)
        The times, in seconds.
    """
    return "(" + ", ".join(f"{1e3 * t:g}" for t in protocol) + ")"
