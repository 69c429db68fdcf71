"""Tables about a deployment: cores, findings, the accuracy ladder, the ledger of losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...deployment import ChipRung, Deployment
from ...loihi.board import CORE_LIMITS
from ...loihi.number_range import REGISTERS, NumberRange, wraps_of
from ...loihi.plan import Plan
from ...records import Evaluation, ValueEvaluation
from ...support.words.counted import counted
from .grid import Column, Grid

__all__ = ["chip_ladder_table", "core_table", "ledger_table", "time_table"]


def core_table(plan: Plan) -> Grid:
    """How every layer is cut into cores, and how full the fullest of them is.

    Parameters
    ----------
    plan : Plan
        The plan of the deployment.
    """
    of_bits = "" if plan.weight_bits == 8 else f", weights of {plan.weight_bits} bits"
    columns = (
        Column("name", "layer"),
        Column("shape", "shape"),
        Column("place", "runs on"),
        Column("block", "per core"),
        Column("cores", "cores", ",d"),
        Column("compartments", f"neurons of {CORE_LIMITS['compartments']:,}", ",d"),
        Column("in_axons", f"input axons of {CORE_LIMITS['in_axons']:,}", ",d"),
        Column("out_axons", f"output axons of {CORE_LIMITS['out_axons']:,}", ",d"),
        Column("memory_percent", f"synapse memory{of_bits} [%]", ".1f"),
        Column("deliveries", "cores a spike reaches", ".1f"),
    )
    rows: list[dict[str, Any]] = [
        {"name": p.name, "shape": _times(p.shape), "place": "host"} for p in plan.model.on_host
    ]
    for layer in plan.layers:
        row: dict[str, Any] = {"name": layer.name, "shape": _times(layer.population.shape)}
        if layer.cut is None:
            rows.append({**row, "place": "does not fit"})
            continue
        use = plan.fullest(layer)
        row |= {
            "place": "chip",
            "block": _times(layer.cut.block),
            "cores": layer.cut.n_cores,
            "compartments": use.compartments,
            "in_axons": use.in_axons,
            "out_axons": use.out_axons,
            "memory_percent": 100 * use.synapse_bits / CORE_LIMITS["synapse_bits"],
            "deliveries": plan.deliveries(layer),
        }
        rows.append(row)
    rows.append({"name": "read-out", "shape": str(plan.model.n_classes), "place": "host"})
    notes = ["Figures of the fullest core of each layer."]
    if plan.layers and plan.fits:
        mean = ", ".join(
            f"{name.replace('_', ' ')} {100 * value:.0f} %"
            for name, value in plan.utilisation().items()
        )
        notes.append(f"Used of all cores on average: {mean}.")
        notes.append(
            f"From the first spike to the read-out: {counted(plan.hops, 'step')}, one per hop."
        )
    if plan.busiest is not None:
        notes.append(f"Busiest core, which sets the duration of a step: {plan.busiest}.")
    title = f"{plan.model.name} on {plan.board.name}: {plan.extent}"
    return Grid(title, columns, tuple(rows), tuple(notes))


def chip_ladder_table(rungs: Sequence[ChipRung]) -> Grid:
    """Accuracy, or R2 of values, on every step of the way to the chip, with its interval.

    Parameters
    ----------
    rungs : sequence of ChipRung
        The rungs, in order. Of one that was refused there are no figures, and a note says why.
    """
    columns = (
        Column("name", "rung"),
        Column("n_images", "images", ",d"),
        Column("error_percent", "error [%]", ".2f"),
        Column("interval_percent", "95 %", ".2f"),
        Column("r2", "R2", ".4f"),
        Column("r2_interval", "95 % of R2", ".4f"),
        Column("drop", "points below the rates", "+.2f"),
        Column("spikes", "spikes per image", ",.0f"),
        Column("mean_rate", "mean rate [Hz]", ".1f"),
    )
    rows: list[dict[str, Any]] = []
    for rung in rungs:
        e = rung.evaluation
        if e is None:
            rows.append({"name": rung.name})
            continue
        rows.append(
            {
                "name": rung.name,
                "n_images": e.n_images,
                **_reached(e),
                "drop": rung.drop,
                "spikes": e.spikes_per_image,
                "mean_rate": e.mean_rate,
            }
        )
    notes = ["Each rung is compared with the rates on its own images."]
    notes += [f"{rung.name}: not run. {rung.refusal}" for rung in rungs if rung.refusal]
    measured = [(rung.name, rung.evaluation) for rung in rungs if rung.evaluation is not None]
    notes += [f"{name}: {finding}" for name, e in measured for finding in e.findings]
    return Grid("Every rung of the ladder", columns, tuple(rows), tuple(notes))


def _reached(evaluation: Evaluation | ValueEvaluation) -> dict[str, Any]:
    """Error or R2, with its interval."""
    if isinstance(evaluation, ValueEvaluation):
        return {"r2": evaluation.r2, "r2_interval": evaluation.interval()}
    low, high = evaluation.interval
    return {
        "error_percent": evaluation.error,
        "interval_percent": (100 * (1 - high), 100 * (1 - low)),
    }


def time_table(evaluation: Evaluation | ValueEvaluation, points: int = 8) -> Grid:
    """Accuracy against presentation time, each with the best start of the averaging window.

    Of values the mean absolute error.

    Parameters
    ----------
    evaluation : Evaluation or ValueEvaluation
        The evaluation.
    points : int
        Number of presentation times.
    """
    columns = (
        Column("t_p_ms", "t_p [ms]", ".0f"),
        Column("t_c_ms", "t_c [ms]", ".0f"),
        Column("error_percent", "error [%]", ".2f"),
        Column("mean_absolute_error", "mean absolute error", ".4g"),
    )
    timing = evaluation.presentation
    assert timing is not None
    every = max(1, 10 * round(timing.n_steps / points / 10) or timing.n_steps // points)
    ends = sorted({*range(every, timing.n_steps, every), timing.n_steps})
    if isinstance(evaluation, ValueEvaluation):
        return Grid("Error of the values against time", columns, _errors_at(evaluation, ends))
    windows, rows = evaluation.windows, []
    assert windows is not None
    for t_p in ends:
        start = min(timing.c_steps, t_p - 1)
        starts = [c for c in (start, round(t_p / 3)) if c < t_p and windows.has(c)]
        found = {c: windows.at(c, t_p) for c in starts or [0]}
        best = max(found, key=lambda c: found[c])
        rows.append(
            {
                "t_p_ms": 1e3 * t_p * timing.dt,
                "t_c_ms": 1e3 * best * timing.dt,
                "error_percent": 100 * (1 - found[best]),
            }
        )
    return Grid("Accuracy against time", columns, tuple(rows))


def _errors_at(evaluation: ValueEvaluation, ends: Sequence[int]) -> tuple[dict[str, Any], ...]:
    """Mean absolute errors, each with the better of the starts that were counted."""
    errors, timing = evaluation.in_time, evaluation.presentation
    assert errors is not None and timing is not None
    rows = []
    for end in ends:
        found = {int(c): float(errors.row(int(c))[end]) for c in errors.starts if c < end}
        best = min(found, key=lambda c: found[c])
        times = {"t_p_ms": 1e3 * end * timing.dt, "t_c_ms": 1e3 * best * timing.dt}
        rows.append({**times, "mean_absolute_error": found[best]})
    return tuple(rows)


def ledger_table(
    deployment: Deployment, evaluation: Evaluation | ValueEvaluation | None = None
) -> Grid:
    """What the chip drops, as numbers, layer by layer: nothing is lost in silence.

    Parameters
    ----------
    deployment : Deployment
        The deployment.
    evaluation : Evaluation or ValueEvaluation, optional
        An evaluation on the emulated chip, for its counters.
    """
    columns = (
        Column("name", "layer"),
        Column("lost_bits", "weight bits lost to the range", "d"),
        Column("outlier_bits", "weight bits lost to outliers", "d"),
        Column("load", "all inputs at once / register", ".2f"),
        Column("wraps", "wraps seen", ",d"),
    )
    wraps = None if evaluation is None else _wraps(evaluation)
    rows = []
    for layer in deployment.plan.layers:
        numbers = [n for n in layer.numbers if isinstance(n, NumberRange)]
        rows.append(
            {
                "name": layer.name,
                "lost_bits": max((n.lost_bits for n in numbers), default=None),
                "outlier_bits": max((n.outlier_bits for n in numbers), default=None),
                "load": max((n.load for n in numbers), default=None),
                "wraps": None if wraps is None else wraps.get(layer.name),
            }
        )
    notes = ["Biases out of range are errors of the plan: none is clipped."]
    notes += [
        f"Host: {finding.found}."
        for finding in deployment.plan.findings
        if finding.rule == "spikes into the chip keep within the link"
    ]
    return Grid("Ledger", columns, tuple(rows), tuple(notes))


def _wraps(evaluation: Evaluation | ValueEvaluation) -> dict[str, int] | None:
    """Wraps by layer, over all registers; None where the simulator does not count them."""
    counted = [evaluation.counters.get(wraps_of(register)) for register in REGISTERS]
    found = [counts for counts in counted if counts is not None]
    if not found:
        return None
    return {name: sum(counts.get(name, 0) for counts in found) for name in found[0]}


def _times(shape: Any) -> str:
    return " x ".join(map(str, shape))
