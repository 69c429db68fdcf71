"""Everything about a deployment in one folder: a page, its numbers as JSON, its pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import __version__, energy
from ...datasets.base import Split
from ...deployment import ChipRung, Deployment, chip_ladder
from ...records import Evaluation, ValueEvaluation
from ...simulators import complete
from ...support.temporaries import alone_at
from ...support.words.counted import counted
from ...support.writing import try_folder, write_bytes, write_text
from ..plots.accuracy import accuracy_against_time
from ..plots.activity import layer_rates
from ..plots.canvas import picture_content
from ..plots.cores import core_map
from ..plots.values import error_against_time
from ..tables.deployment import (
    chip_ladder_table,
    core_table,
    ledger_table,
    time_table,
)
from ..tables.energy import device_table, operation_table
from ..tables.findings import findings_table
from ..tables.grid import Grid
from ..tables.plain_text import as_text
from ..tables.published import published_tables
from .page import Page, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["write_deployment_report"]

#: whose energy the report shows
_DEVICES = ("loihi", "loihi2", "cpu", "gpu")

_UNFINISHED = "The ladder ended here; the other rungs were not run."

#: images whose synaptic operations are counted
_COUNTED = 100


def write_deployment_report(
    folder: str | os.PathLike[str],
    deployment: Deployment,
    data: Split | None = None,
    *,
    rungs: Sequence[ChipRung] | None = None,
    few: int = 20,
    check: int = 3,
    progress: bool | None = None,
) -> dict[str, Path]:
    """Save a deployment's report: ``deployment.html``, ``.md``, ``.json`` and its pictures.

    Without images, or where the network does not fit, it is the plan alone: cores, findings, the
    map. With images it is also the ladder from rates to integers, accuracy against time, synaptic
    operations and energy, and the ledger of what was dropped. Nothing is written before all of it
    is measured and drawn, and not while another process writes a report into the folder.

    Parameters
    ----------
    folder : path-like
        Made if it is not there; files of the same names are replaced, each atomically.
    deployment : Deployment
        From `deploy`.
    data : Split, optional
        Images with labels or targets to emulate.
    rungs : sequence of ChipRung, optional
        What `chip_ladder` found on these images; measured here if it is not given. If they end
        before the chip, or its rung was refused, only their table is shown, and why.
    few, check, progress
        As for `chip_ladder`.

    Returns
    -------
    dict of str to Path
        What was written.

    Raises
    ------
    ModelFileError
        If a file cannot be written.
    """
    folder, plan = try_folder(folder), deployment.plan
    if rungs is None and data is not None and plan.fits:
        rungs = chip_ladder(deployment, data, few=few, check=check, progress=progress)
    drawn: dict[str, Picture] = {}
    reached = rungs if rungs and _reached_the_chip(rungs) else ()
    parts: list[str | Grid | Picture] = [
        f"# {as_text(plan.model.name)} on Loihi",
        _summary(deployment, reached, rungs or ()),
        findings_table(deployment.findings, "All rules are kept."),
        core_table(plan),
    ]
    if plan.cuts:
        words = "layers on cores, and how full each core is"
        drawn["core-map"] = _picture(folder / "core-map.png", words, core_map(plan))
        parts.append(drawn["core-map"])
    if deployment.changes:
        parts += [
            "## Changed for the chip",
            "\n".join(f"- {as_text(each)}" for each in deployment.changes),
        ]
    record: dict[str, Any] = {"written_by": f"nengo_lifdeep {__version__}", **plan.to_dict()}
    record["findings"] = [finding.to_dict() for finding in deployment.findings]
    record["rates_judged_on_images"] = deployment.n_images
    record["changes"] = list(deployment.changes)
    record["rate_deviation"] = deployment.rate_deviation
    if reached and data is not None:
        parts += _measured(deployment, reached, folder, data, drawn, record)
    elif rungs:
        parts += ["## From rates to the chip", chip_ladder_table(rungs)]
        parts += [] if rungs[-1].refusal else [_UNFINISHED]
        record["ladder"] = _ladder_records(rungs)
    numbers = folder / "deployment.json"
    with alone_at(numbers):  # two at a time would mix pages of two deployments
        written = {name: write_bytes(p.path, p.data or b"") for name, p in drawn.items()}
        files = Page(parts).save(folder, "deployment")
        written |= {"page": files["html"], "page-text": files["md"]}
        written["numbers"] = write_text(numbers, json.dumps(record, indent=2) + "\n")
    return written


def _picture(path: Path, words: str, axes: Axes) -> Picture:
    """Drawn into memory."""
    return Picture(path, words, picture_content(axes))


def _reached_the_chip(rungs: Sequence[ChipRung]) -> bool:
    """Whether the last rung is the emulated chip, with every image."""
    last = rungs[-1]
    found = last.evaluation
    return found is not None and found.simulator == "loihi-exact" and last.complete


def _ladder_records(rungs: Sequence[ChipRung]) -> list[dict[str, Any]]:
    """The ladder's rows, and why a rung has no figures, which the table says in its notes."""
    rows = chip_ladder_table(rungs).records()
    return [{**row, "refusal": rung.refusal} for row, rung in zip(rows, rungs, strict=True)]


def _measured(
    deployment: Deployment,
    rungs: Sequence[ChipRung],
    folder: Path,
    data: Split,
    drawn: dict[str, Picture],
    record: dict[str, Any],
) -> list[str | Grid | Picture]:
    """What the emulator showed: tables, pictures into ``drawn``, numbers into ``record``."""
    chip = rungs[-1].evaluation
    assert chip is not None
    found = [rung.evaluation for rung in rungs if rung.evaluation is not None]
    timed = [e for e in found if e.presentation is not None]
    timed = [e for e in timed if e.n_images == chip.n_images and e.simulator != "events"]
    if isinstance(chip, ValueEvaluation):
        of_values = [e for e in timed if isinstance(e, ValueEvaluation)]
        axes, what = error_against_time(of_values), "error of the values"
    else:
        of_classes = [e for e in timed if isinstance(e, Evaluation)]
        axes, what = accuracy_against_time(of_classes), "accuracy"
    words = f"{what} against presentation time"
    drawn["time"] = _picture(folder / "accuracy-time.png", words, axes)
    words = "mean rate of every layer"
    drawn["rates"] = _picture(folder / "layer-rates.png", words, layer_rates([chip]))
    shown = data.take(min(_COUNTED, len(data)))
    counts = energy.count(complete(deployment.run(shown)), deployment.model)
    counts = counts.without_host()  # what turns pixels into spikes is outside of the chip
    grids = {
        "ladder": chip_ladder_table(rungs),
        "time": time_table(chip),
        "operations": operation_table(counts, title="Synaptic operations on the chip"),
        "energy": device_table(counts, _DEVICES, title="Energy per image, estimated"),
        "ledger": ledger_table(deployment, chip),
    }
    record |= {name: grid.records() for name, grid in grids.items()}
    record["ladder"] = _ladder_records(rungs)
    record["notes"] = list(chip.notes)
    return [
        "## From rates to the chip",
        grids["ladder"],
        *(["\n".join(f"- {as_text(note)}" for note in chip.notes)] if chip.notes else []),
        "## Time",
        grids["time"],
        drawn["time"],
        "## Activity and energy",
        grids["operations"],
        drawn["rates"],
        grids["energy"],
        *published_tables([chip]),
        "## Rounding losses",
        grids["ledger"],
    ]


def _summary(deployment: Deployment, reached: Sequence[ChipRung], rungs: Sequence[ChipRung]) -> str:
    plan = deployment.plan
    if not plan.fits:
        n = len(plan.errors)
        return f"Does not fit: {counted(n, 'error')}; every one is below."
    deviation = deployment.rate_deviation
    equal = f"to {deviation:.1g} of the largest score" if deviation else "exactly"
    words = (
        f"Fits on {counted(plan.n_cores, 'core')} of {counted(plan.n_chips, 'chip')}. "
        f"In rates the lowered network equals the original {equal}."
    )
    if rungs and rungs[-1].refusal:
        words += f" Not run on the emulated chip: {as_text(rungs[-1].refusal)}."
    chip, rate = (reached[i].evaluation if reached else None for i in (-1, 0))
    if chip is not None and rate is not None:
        if isinstance(chip, ValueEvaluation):
            low, high = chip.interval()
            return words + (
                f" On the emulated chip: R2 {chip.r2:.4f} (95 %: {low:.4f} to {high:.4f}) on "
                f"{counted(chip.n_images, 'image')}; rates {rate.score:.4f}."
            )
        low, high = chip.interval
        of_rates = 100 * (1 - rate.score)
        words += (
            f" On the emulated chip: error {chip.error:.2f} % (95 %: {100 * (1 - high):.2f} to "
            f"{100 * (1 - low):.2f}) on {counted(chip.n_images, 'image')}; rates {of_rates:.2f} %."
        )
    return words
