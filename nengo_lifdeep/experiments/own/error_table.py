"""Table of errors: networks in rates, in spikes and on the chip, with what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...energy.devices import get_device
from ...inputs.presentation import Presentation
from ...records import Evaluation
from ...report.tables.grid import Column, Grid
from ...support.words.counted import counted
from ..comparison import interval
from .recipe import Recipe
from .trial import CHECKED, Trial

__all__ = ["errors_table"]

_COLUMNS = (
    Column("seed", "seed"),
    Column("hours", "training [h]", ".2f"),
    *(
        Column(f"{key}{end}", heading, ".2f")
        for key, name in (("rates", "rates"), ("spikes", "spikes"), ("chip", "chip"))
        for end, heading in (("", f"{name}, error [%]"), ("_interval", f"95 %, {name}"))
    ),
    Column("per_image", "spikes per image", ",.0f"),
    Column("events", "synaptic events", ",.0f"),
    Column("macs", "multiply-adds of a pass in rates", ",d"),
    Column("energy", "Loihi [mJ]", ".2g"),
    Column("moved", "spikes moved [%]", ".3f"),
    Column("otherwise", "other decisions"),
)


def errors_table(title: str, recipe: Recipe, trials: Sequence[Trial], *said: str) -> Grid:
    """The table, a row for each network.

    Parameters
    ----------
    title : str
        Of the table.
    recipe : Recipe
        How they were trained and are shown.
    trials : sequence of Trial
        With everything measured.
    *said : str
        Notes on them, in front of those on how it was measured.
    """
    notes = [_note(trial) for trial in trials]
    findings = (str(each) for trial in trials for each in trial.evaluation("rates").findings)
    notes += [*said, *dict.fromkeys(findings), *_how(recipe)]
    return Grid(title, _COLUMNS, tuple(_row(trial) for trial in trials), tuple(notes))


def _row(trial: Trial) -> dict[str, Any]:
    timing = trial.recipe.presentation
    rates, chip = trial.evaluation("rates"), trial.evaluation("chip")
    spikes, counts = trial.evaluation("spikes", trial.recipe.conversion), trial.counts()
    error, check = _error(spikes, timing.c_steps, timing.n_steps), trial.check()
    loihi = get_device("loihi").joules(counts)
    return {
        "seed": trial.seeds, "hours": trial.hours,
        "rates": rates.error, "rates_interval": interval(rates.error, rates.n_images),
        "spikes": error, "spikes_interval": interval(error, spikes.n_images),
        "chip": chip.error, "chip_interval": interval(chip.error, chip.n_images),
        "per_image": sum(counts.spikes.values()), "events": counts.total_events,
        "macs": counts.network_macs, "energy": 1e3 * sum(filter(None, loihi)),
        "moved": 100 * check.share_moved, "otherwise": check.other_decisions,
    }  # fmt: skip


def _note(trial: Trial) -> str:
    rates, chip = trial.evaluation("rates"), trial.evaluation("chip")
    spikes = trial.evaluation("spikes", trial.recipe.conversion)
    return (
        f"{trial.who}: {counted(rates.n_images, 'image')}, on the chip {chip.n_images:,}: "
        f"{chip.notes[-1]}; {spikes.mean_rate:.1f} Hz; {trial.origin}"
    )


def _how(recipe: Recipe) -> Iterable[str]:
    return (
        f"{recipe.in_words} without a share of {recipe.held_out:.3g} of the training images, by "
        "which everything was chosen; training: hours by the clock",
        f"spikes: membranes start {recipe.conversion}, {_times(recipe.presentation)}; spikes, "
        "events and joules (a published figure for each) of up to 500 images, in that time",
        f"chip: lowpass of {1e3 * recipe.chip_synapse:g} ms, rates x {recipe.chip_rates:g}, "
        f"{_times(recipe.on_chip)}",
        f"moved, other decisions: {CHECKED} random images against nengo.Simulator",
    )


def _times(shown: Presentation) -> str:
    return f"{1e3 * shown.t_p:g} ms, averaged from {1e3 * shown.t_c:g} ms on"


def _error(judged: Evaluation, start: int, end: int) -> float:
    assert judged.windows is not None
    return 100 * (1 - judged.windows.at(start, end))
