"""Tables of Jang et al. (2020): what is seen of the sign, and with how many weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...report.tables.grid import Column, Grid
from ...support.words.counted import counted
from .recipes import Recipe, Scheme

__all__ = ["REFERENCE", "inputs_table", "resources_table"]

#: Of the second implementation, after three epochs: percent with the right digit and contrast.
REFERENCE = {"signed": 94.5, "unsigned": 49.8}

Found = Mapping[Scheme, Sequence[Mapping[str, Any]]]


def inputs_table(found: Found, recipe: Recipe) -> Grid:
    """Signed against unsigned input, means over seeds.

    Parameters
    ----------
    found : mapping
        By network: of every seed ``accuracy`` and ``digit`` after each epoch, ``n_weights``,
        ``n_films`` and ``events``.
    recipe : Recipe
        How networks learned.
    """
    rows = [
        {**_row(scheme, seeds), "reference": REFERENCE.get(scheme.events)}
        for scheme, seeds in found.items()
    ]
    columns = (
        Column("events", "events"),
        Column("reference", "another program [%]", ".1f"),
        Column("accuracy", "digit and contrast [%]", ".1f"),
        Column("least", "least [%]", ".1f"),
        Column("most", "most [%]", ".1f"),
        Column("digit", "digit [%]", ".1f"),
        Column("n_weights", "weights", ",.0f"),
        Column("per_film", "events per film", ",.0f"),
        Column("n_films", "films", ",.0f"),
    )
    notes = (
        *_notes(found, recipe, "14 x 14 pixels, nothing hidden, 6 filters"),
        "another program: its own digits, one seed, a constant learning rate; the paper used "
        "recordings of a camera",
    )
    return _grid("Signed and unsigned events", columns, rows, notes)


def resources_table(found: Found, recipe: Recipe) -> Grid:
    """Hidden circuits against none, and two values against one, by the number of weights.

    Parameters
    ----------
    found : mapping
        As for `inputs_table`.
    recipe : Recipe
        How networks learned.
    """
    rows = [_row(scheme, seeds) for scheme, seeds in found.items()]
    columns = (
        Column("pixels", "pixels"),
        Column("events", "events"),
        Column("hidden", "hidden circuits", ",.0f"),
        Column("kernels", "filters", ",.0f"),
        Column("n_weights", "weights", ",.0f"),
        Column("accuracy", "digit and contrast [%]", ".1f"),
        Column("least", "least [%]", ".1f"),
        Column("most", "most [%]", ".1f"),
        Column("digit", "digit [%]", ".1f"),
        Column("n_films", "films", ",.0f"),
    )
    return _grid("Hidden circuits and weights", columns, rows, _notes(found, recipe, ""))


def _row(scheme: Scheme, seeds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    accuracies = [each["accuracy"][-1] for each in seeds]
    return {
        **scheme._asdict(), "pixels": f"{scheme.pixels} x {scheme.pixels}",
        "accuracy": float(np.mean(accuracies)), "least": min(accuracies), "most": max(accuracies),
        "digit": float(np.mean([each["digit"][-1] for each in seeds])),
        "n_weights": seeds[0]["n_weights"], "n_films": seeds[0]["n_films"],
        "per_film": seeds[0]["events"],
    }  # fmt: skip


def _notes(found: Found, recipe: Recipe, what: str) -> tuple[str, ...]:
    n = max(map(len, found.values()))
    words = [
        "digits 1 and 7, moving, in normal and inverted contrast: four classes", what,
        f"{counted(recipe.digits, 'image')} of each digit in both contrasts, "
        f"{counted(recipe.epochs, 'epoch')}, "
        f"learning rate {recipe.learning_rate:g} and falling; means over {counted(n, 'seed')}",
    ]  # fmt: skip
    return ("; ".join(filter(None, words)),)


def _grid(title: str, columns: tuple[Column, ...], rows: Any, notes: tuple[str, ...]) -> Grid:
    shown = tuple({c.key: row[c.key] for c in columns} for row in rows)
    return Grid(f"Jang et al. 2020, {title.lower()}", columns, shown, notes)
