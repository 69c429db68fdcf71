"""Tables of O'Connor & Welling (2016): errors, errors against steps, additions against ink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...report.tables.grid import Column, Grid
from ..comparison import COLUMNS, NOTE, compared
from .recipes import ERRORS, RULES

__all__ = ["errors_table", "ink_table", "steps_table"]

_PARTS = 10  # of the images, from little ink to much


def errors_table(
    found: Mapping[tuple[int, str, int], Mapping[str, Any]], name: str, epochs: int, compare: bool
) -> Grid:
    """Errors in spikes and in rates of every network, and means over seeds.

    Parameters
    ----------
    found : mapping
        By hidden units, rule and seed: ``error``, ``rates``, ``additions`` and ``n_images``.
    name : str
        Of the data set.
    epochs : int
        Of a training.
    compare : bool
        Whether images are those of the published figures.
    """
    rows = []
    for hidden, rule in dict.fromkeys(network[:2] for network in found):
        seeds = {n[2]: each for n, each in found.items() if n[:2] == (hidden, rule)}
        known = ERRORS.get((hidden, rule), (None, None)) if compare else (None, None)
        label = f"784-{hidden}-{hidden}-10, {RULES[rule].words}"
        for seed, each in seeds.items():
            rows.append({
                "network": f"{label}, seed {seed}",
                "published": known[0], "measured": each["error"],
                "published_rates": known[1], "measured_rates": each["rates"],
                "additions": each["additions"],
                **compared(each["error"], each["n_images"], known[0], 10_000),
            })  # fmt: skip
        if len(seeds) > 1:
            rows.append({
                "network": f"{label}, mean of {len(seeds)}", "published": known[0],
                "published_rates": known[1], **_means(seeds),
            })  # fmt: skip
    columns = (
        Column("network", "network"),
        Column("published", "published, in spikes [%]", ".2f"),
        Column("measured", "measured, in spikes [%]", ".2f"),
        Column("published_rates", "published, in rates [%]", ".2f"),
        Column("measured_rates", "measured, in rates [%]", ".2f"),
        Column("additions", "additions per image", ",.0f"),
        *COLUMNS,
    )
    paper = ERRORS["paper"]
    notes = (
        f"published: notes in the authors' code; the paper has {paper['sgd']} % for spiking SGD "
        f"and {paper['fsgd']} % for spiking FSGD, with other sizes and epochs",
        f"{epochs} epochs; in spikes: 10 steps, layers fire after every event or, where the row "
        "says so, once per step; weights of ReLU rows were trained in rates",
        NOTE,
    )
    return Grid(f"O'Connor & Welling 2016, {name}", columns, tuple(rows), notes)


def _means(seeds: Mapping[int, Mapping[str, Any]]) -> dict[str, float]:
    cells = (("measured", "error"), ("measured_rates", "rates"), ("additions", "additions"))
    return {cell: float(np.mean([each[name] for each in seeds.values()])) for cell, name in cells}


def steps_table(
    measured: Mapping[tuple[str, str, int], Sequence[Mapping[str, Any]]], name: str, hidden: int
) -> Grid:
    """Errors against steps, means over seeds.

    Parameters
    ----------
    measured : mapping
        By rule, when layers fire, and steps: of every seed ``error``, ``spikes``, ``additions``,
        ``dense``, ``share`` and ``n_images``.
    name : str
        Of the data set.
    hidden : int
        Units of a hidden layer.
    """
    rows = []
    for (rule, order, steps), seeds in measured.items():
        cells = {
            cell: float(np.mean([each[cell] for each in seeds]))
            for cell in ("error", "spikes", "additions", "dense", "share")
        }
        errors = [each["error"] for each in seeds]
        rows.append({
            "trained": RULES[rule].words, "order": order, "steps": steps, **cells,
            "lowest": min(errors), "highest": max(errors), "n_images": seeds[0]["n_images"],
        })  # fmt: skip
    columns = (
        Column("trained", "trained by"),
        Column("order", "layers fire after every"),
        Column("steps", "steps"),
        Column("error", "error [%]", ".2f"),
        Column("lowest", "lowest [%]", ".2f"),
        Column("highest", "highest [%]", ".2f"),
        Column("spikes", "spikes per image", ",.0f"),
        Column("additions", "additions per image", ",.0f"),
        Column("dense", "multiply-adds of a dense pass", ",.0f"),
        Column("share", "additions / multiply-adds", ".2f"),
        Column("n_images", "images", ",.0f"),
    )
    n = max(map(len, measured.values()))
    notes = (f"784-{hidden}-{hidden}-10, {n} trainings; spikes with those of the input",)
    return Grid(f"Error against steps, {name}", columns, tuple(rows), notes)


def ink_table(found: Mapping[str, Any], hidden: int) -> Grid:
    """Additions per image against the sum of its pixels, in tenths of the images.

    Parameters
    ----------
    found : mapping
        ``ink`` and ``additions`` of every image, and additions of a ``blank`` one.
    hidden : int
        Units of a hidden layer.
    """
    ink, additions = np.array(found["ink"]), np.array(found["additions"])
    rows = [{"part": "a blank image", "ink": 0.0, "additions": found["blank"][0], "n_images": 1}]
    for number, part in enumerate(np.array_split(np.argsort(ink, kind="stable"), _PARTS), start=1):
        if len(part):
            rows.append({
                "part": f"tenth {number}", "ink": ink[part].mean(),
                "additions": additions[part].mean(), "n_images": len(part),
            })  # fmt: skip
    columns = (
        Column("part", "images, from little ink to much"),
        Column("ink", "mean sum of pixels", ".1f"),
        Column("additions", "additions per image", ",.0f"),
        Column("n_images", "images", ",.0f"),
    )
    notes = (
        f"784-{hidden}-{hidden}-10, spiking FSGD, seed 0, 10 steps, layers fire after every event; "
        f"correlation over {len(ink):,} images {np.corrcoef(ink, additions)[0, 1]:.3f}",
    )
    return Grid("Additions against ink", columns, tuple(rows), notes)
