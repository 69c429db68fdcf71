"""`OwnNetworks`: what `lifdeep reproduce own-mnist` and `own-cifar10` have in common."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...jobs.local import Job
from ...report.plots.canvas import COLOURS, new_figure
from ...report.tables.grid import Column, Grid
from ...support.words.counted import counted
from ..comparison import interval
from ..settings import Settings
from .conversion import Conversion
from .error_table import errors_table
from .recipe import Recipe
from .recipes import known_recipes
from .together import Committee
from .trial import Trial

__all__ = ["CONVERSIONS", "FIGURES", "FROM_TABLE", "NOISES", "TABLES", "OwnNetworks"]

#: Tables that can be asked for, and rows of a table of noise, of which there are none.
TABLES = ("errors", "latency", "committee")
NOISES: tuple[str, ...] = ()

#: Conversions that the table of latency compares.
CONVERSIONS = (
    Conversion("zero"), Conversion("half"), Conversion("uniform"), Conversion("half", 2.0),
    Conversion("half", 4.0), Conversion("half", 4.0, 0.001),
    Conversion("half", 1.0, 0.001, 600.0), Conversion("half", 1.0, 0.0),
)  # fmt: skip

#: Ends of the presentations that the table of latency shows, in milliseconds.
_TIMES = (10, 15, 20, 25, 30, 40, 60, 100, 200)

#: Share of the accuracy in rates that the shortest time has to keep.
_KEPT = 0.99


@dataclasses.dataclass(frozen=True)
class OwnNetworks(Settings):
    """Our networks of one data set: errors in rates, in spikes and on the chip; error against time.

    Parameters
    ----------
    networks : tuple of str
        One of those that there are recipes for; by default the first of `known_recipes`.
    **settings
        As `Settings` has them, but that with ``validation`` the images that each training leaves
        out take the place of the test images. Initial voltages are not drawn, except in the table
        of latency, once.

    Raises
    ------
    ValidationError
        If the data set is unknown, the network has no recipe for it, or several are named.
    """

    ASKED = TABLES

    networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        known = known_recipes(self.dataset)
        if len(self.networks) > 1 or not set(self.networks) <= known.keys():
            raise ValidationError(
                f"networks is {' and '.join(self.networks)}; expected one of {self.PAPER} for "
                f"{self.dataset} ({' or '.join(known)}). Tables are of one network each"
            )

    @property
    def recipe(self) -> Recipe:
        """How the networks are trained and shown; with ``epochs`` in one cycle of so many."""
        known = known_recipes(self.dataset)
        recipe = known[next(iter(self.networks or known))]
        if self.epochs is None:
            return recipe
        return dataclasses.replace(recipe, epochs=self.epochs, again=0, sharpen=0)

    def trials(self) -> list[Trial]:
        """One for each seed."""
        recipe = self.recipe
        where = self.folder / self.dataset / f"{recipe.network}-{recipe.length}-epochs"
        return [
            Trial(
                self.dataset, recipe, seed, where / f"seed{seed}", self.n_images, self.validation,
                self.progress,
            )
            for seed in range(self.seeds)
        ]  # fmt: skip

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        trials = self.trials()
        jobs = [trial.job("train", self.recipe.n_epochs) for trial in trials]
        if table == "committee":
            together = Committee.of(trials)
            jobs += [trial.job("rates", 1) for trial in trials]
            return [*jobs, together.job("train", 1), *self._measured(together)]
        for trial in trials:
            if table == "errors":
                jobs += self._measured(trial)
            else:
                jobs.append(trial.job("rates", 1))
                jobs += [
                    trial.job(kind, 1, each) for each in CONVERSIONS for kind in ("chosen", "timed")
                ]
        return jobs

    def _measured(self, trial: Trial) -> list[Job]:
        """Everything that a row of errors shows."""
        others = [trial.job(kind, 1) for kind in ("operations", "check", "chip")]
        return [trial.job("rates", 1), trial.job("spikes", 1, self.recipe.conversion), *others]

    def table(self, table: str) -> Grid:
        """One of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        if table == "latency":
            return self._latency()
        title = f"{self.recipe.network} on {self.dataset}{self._suffix}"
        if table == "errors":
            return errors_table(title, self.recipe, self.trials())
        together = Committee.of(self.trials())
        title += f", {together.who}"
        return errors_table(title, self.recipe, [together], together.beside_its_members())

    @property
    def _suffix(self) -> str:
        return ", images that were not trained on" if self.validation else ""

    def _latency(self) -> Grid:
        rows: list[dict[str, Any]] = []
        for conversion in CONVERSIONS:
            errors = [self._by_time(trial, conversion) for trial in self.trials()]
            mean = np.mean([found for found, _ in errors], axis=0)
            needed = [self._needed(trial, found) for trial, (found, _) in zip(
                self.trials(), errors, strict=True)]  # fmt: skip
            spikes = [
                trial.evaluation("timed", conversion).spikes_per_image for trial in self.trials()
            ]
            rows.append({
                "conversion": str(conversion),
                **{f"t{ms}": float(mean[ms]) for ms in _TIMES if ms < len(mean)},
                "needed": ", ".join("–" if each is None else str(each) for each in needed),
                "spikes": float(np.mean([each or 0 for each in spikes])),
            })  # fmt: skip
        columns = (
            Column("conversion", "membranes start"),
            *(Column(f"t{ms}", f"{ms} ms", ".2f") for ms in _TIMES),
            Column("needed", f"ms for {100 * _KEPT:g} % of the accuracy, each seed"),
            Column("spikes", f"spikes in {1e3 * self.recipe.longest:g} ms", ",.0f"),
        )
        n, by = (
            self.trials()[0].evaluation(kind, CONVERSIONS[0]).n_images
            for kind in ("timed", "chosen")
        )
        shown = "random images"
        chosen = f"{by:,} images that were not trained on"
        if self.validation:
            shown = "images that were not trained on, from one half of them"
            chosen = f"{by:,} images of the other half"
        rates = ", ".join(f"{trial.evaluation('rates').error:.2f}" for trial in self.trials())
        notes = (
            "error [%] by the length of the presentation, mean of "
            f"{counted(self.seeds, 'training')}, of "
            f"{n:,} {shown}; in rates, of all images, {rates}; the start of the average is "
            f"chosen for each length by {chosen}",
            "a neuron fires at most once per step of 1 ms; networks with an error as low at one or "
            "two steps have neurons with several spikes or thresholds per step",
        )
        title = f"{self.recipe.network} on {self.dataset}, error against time{self._suffix}"
        return Grid(title, columns, tuple(rows), notes)

    def _by_time(self, trial: Trial, conversion: Conversion) -> tuple[np.ndarray, np.ndarray]:
        """Error in percent by the length in steps, and the start of the average for each."""
        grids = []
        for kind in ("chosen", "timed"):
            windows = trial.evaluation(kind, conversion).windows
            assert windows is not None
            grids.append(windows.grid())
        chosen, judged = grids
        n_steps = chosen.shape[1] - 1
        starts = np.array([0, *(np.nanargmax(chosen[:p, p]) for p in range(1, n_steps + 1))])
        accuracy = judged[starts, np.arange(n_steps + 1)]
        accuracy[0] = 1 / len(trial.data.classes)
        return 100 * (1 - accuracy), starts

    def _needed(self, trial: Trial, errors: np.ndarray) -> int | None:
        """Shortest length from which on the share of the accuracy is kept, in steps."""
        least = _KEPT * trial.evaluation("rates").accuracy
        below = np.flatnonzero(1 - errors / 100 < least)
        first = int(below[-1]) + 1
        return first if first < len(errors) else None


def _draw_latency(plan: OwnNetworks) -> tuple[Any, Grid]:
    """Error against the length of the presentation; bands: 95 %, for one training's images."""
    axes = new_figure((9.6, 4.2)).subplots()
    rows: list[dict[str, Any]] = []
    for number, conversion in enumerate(CONVERSIONS):
        again, colour = divmod(number, len(COLOURS))
        found = [plan._by_time(trial, conversion)[0] for trial in plan.trials()]
        errors = np.mean(found, axis=0)
        n = plan.trials()[0].evaluation("timed", conversion).n_images
        time = np.arange(1, len(errors))
        low, high = zip(*(interval(float(e), n) for e in errors[1:]), strict=True)
        axes.plot(time, errors[1:], "--" if again else "-", color=COLOURS[colour],
                  label=str(conversion))  # fmt: skip
        axes.fill_between(time, low, high, color=COLOURS[colour], alpha=0.1, linewidth=0)
        rows += [
            {"conversion": str(conversion), "ms": int(t), "error": float(e), "interval": (a, b)}
            for t, e, a, b in zip(time, errors[1:], low, high, strict=True)
        ]
    axes.set(
        xscale="log", yscale="log", xlabel="length of the presentation [ms]", ylabel="error [%]"
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(title="membranes start", frameon=False, bbox_to_anchor=(1.0, 1.0), loc="upper left")
    columns = (Column("conversion", "membranes start"), Column("ms", "ms"),
               Column("error", "error [%]", ".2f"),
               Column("interval", "95 % interval", ".2f"))  # fmt: skip
    title = f"{plan.recipe.network} on {plan.dataset}, error against time{plan._suffix}"
    return axes, Grid(title, columns, tuple(rows), ())


#: Tables that figures need, and figures that can be drawn, by name.
FROM_TABLE = {"latency": "latency"}
FIGURES = {"latency": _draw_latency}
