"""Skatchkovsky, Jang & Simeone (2020), "Federated neuromorphic learning of spiking neural networks
for low-power edge intelligence", ICASSP, arXiv 1910.09594: devices that see few classes each learn
all of them by averaging weights.

The paper's recordings of an event camera are replaced by MNIST's digits, whose pixels emit at
random. It states no numbers in its text: those of `REFERENCE` are of a second implementation,
written from the equations, with 20 digits per device. The learning rate and the number of digits
were chosen on training digits that were held out.
"""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...datasets.base import Split
from ...jobs.local import Job
from ...models.probabilistic import ProbabilisticModel
from ...models.raised_cosines import RaisedCosines
from ...probabilistic.federated.device import OnlineDevice
from ...probabilistic.federated.films import GreyFilms
from ...probabilistic.federated.training import Federation, train_federated
from ...probabilistic.learner import OnlineLearner
from ...probabilistic.rule import LocalVariationalRule
from ...report.tables.grid import Column, Grid
from ...support.words.counted import counted
from ...support.writing import write_text
from ..settings import Settings
from .figures import draw_loss, draw_rates

__all__ = ["DATASETS", "FIGURES", "FROM_TABLE", "NOISES", "REFERENCE", "TABLES", "Recipe",
           "Reproduction", "Scheme"]  # fmt: skip

#: Data sets that `Reproduction` has a recipe for.
DATASETS = ("mnist",)

#: Of the second implementation: test loss in nats per step and accuracy in percent, by period.
REFERENCE: dict[int | None, tuple[float, float]] = {
    None: (3.5, 50.0), 1: (0.23, 97.5), 8: (0.23, 97.5), 40: (0.24, 97.5), 80: (0.26, 97.5),
    400: (0.35, 97.5),
}  # fmt: skip

#: Rows of a table of noise; the paper has none.
NOISES: tuple[str, ...] = ()

#: Tables that can be asked for, the first by default.
TABLES = ("periods", "rates", "devices")

#: Figures, and the table that each needs.
FROM_TABLE = {"loss": "periods", "rates": "rates"}

#: Figures that can be drawn, by name.
FIGURES = {"loss": draw_loss, "rates": draw_rates}

_PERIODS = (None, 1, 8, 40, 80, 400)
_RATED = (0.025, 0.1)  # filters per change of weights; 1, 2, 4 and 8 of 8 in an exchange
_POINTS = 20  # of a curve of the loss
_STEPS = 80


class Scheme(NamedTuple):
    """How devices learn together.

    Attributes
    ----------
    n_devices : int
        2 with a class each (1 and 7), or 10 with two classes each.
    period : int or None
        Changes of weights between two exchanges; None for no exchange at all.
    rate : float or None
        Filters sent per change; all with None.
    killed : bool
        Whether the process of one device is killed half-way.
    """

    n_devices: int
    period: int | None
    rate: float | None = None
    killed: bool = False

    @property
    def name(self) -> str:
        """For files."""
        parts = [f"{self.n_devices}-devices"]
        parts.append("apart" if self.period is None else f"period-{self.period}")
        parts += [] if self.rate is None else [f"rate-{self.rate:g}"]
        return "-".join(parts + (["killed"] if self.killed else []))


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a device learns.

    Parameters
    ----------
    epochs : int
        How often it sees its digits.
    digits : int
        Digits of a device.
    learning_rate : float
        Step along the gradient.
    """

    epochs: int = 1
    digits: int = 400
    learning_rate: float = 2e-4

    @property
    def n_updates(self) -> int:
        """Changes of a device's weights."""
        return self.epochs * self.digits * _STEPS


class _Killed(OnlineDevice):
    """A device whose process gets SIGKILL after some steps."""

    last = 0

    def stepped(self, n_updates: int) -> OnlineDevice:
        """As any device, but not beyond its last step.

        Parameters
        ----------
        n_updates : int
            Changes of weights.
        """
        if self.learner.n_steps >= self.last:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        return super().stepped(n_updates)


@dataclasses.dataclass(frozen=True)
class Reproduction(Settings):
    """The paper's comparison, as far as files of it are there.

    Parameters
    ----------
    seeds : int
        Of digits, spikes and weights.
    n_images : int, optional
        Test digits of 1 and 7 (five times as many of all ten); all by default.
    recipe : Recipe, optional
        How devices learn.
    **others
        As `Settings` has them; no progress is shown.
    """

    PAPER = "skatchkovsky2020"
    SETS = DATASETS
    ASKED = TABLES

    recipe: Recipe = Recipe()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.epochs is not None:
            recipe = dataclasses.replace(self.recipe, epochs=self.epochs)
            object.__setattr__(self, "recipe", recipe)

    def schemes(self, table: str) -> Iterator[Scheme]:
        """How devices learn in one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        if table == "periods":
            yield from (Scheme(2, period) for period in _PERIODS)
        elif table == "rates":
            for rate in _RATED:
                yield from (Scheme(2, round(n / rate), rate) for n in (1, 2, 4, 8))
        else:
            yield from (Scheme(10, None), Scheme(10, _STEPS), Scheme(10, _STEPS, killed=True))

    def _file(self, scheme: Scheme, seed: int) -> Path:
        recipe = self.recipe
        kind = f"{recipe.digits}-digits-{recipe.epochs}-epochs-{recipe.learning_rate:g}"
        return self.where / kind / f"seed{seed}" / f"{scheme.name}-{self.judged}.json"

    def result(self, scheme: Scheme, seed: int) -> dict[str, Any]:
        """What a job has found.

        Parameters
        ----------
        scheme : Scheme
            One of `schemes`.
        seed : int
            Of ``range(seeds)``.
        """
        found: dict[str, Any] = _read(self._file(scheme, seed))
        return found

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        return [
            Job(f"{scheme.name}, seed {seed}", f"{scheme.n_devices} devices", 1,
                self._file(scheme, seed), Reproduction._train, (self, scheme, seed))
            for scheme in self.schemes(table)
            for seed in range(self.seeds)
        ]  # fmt: skip

    def _train(self, scheme: Scheme, seed: int) -> None:
        file, recipe = self._file(scheme, seed), self.recipe
        data = self.data
        classes = (1, 7) if scheme.n_devices == 2 else tuple(range(10))
        films, labels = self._test(data.test, classes)
        devices = _devices(data.train, classes, scheme, recipe, seed)
        period = recipe.n_updates // _POINTS if scheme.period is None else scheme.period
        kept = file.with_suffix(".curve.json")
        curve = _read(kept) if kept.exists() else []
        every = max(1, recipe.n_updates // _POINTS)
        few = slice(None, None, max(1, len(labels) // 200))

        def watch(found: Federation) -> None:
            if found.n_updates // every > (curve[-1][0] // every if curve else 0):
                loss = _mean_loss(found, films[few], labels[few])
                curve.append([found.n_updates, loss])
                write_text(kept, json.dumps(curve))

        executor: Any = None
        if scheme.killed:
            process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
            executor = [process, *[None] * (len(devices) - 1)]
        found = train_federated(
            devices, period, recipe.n_updates,
            rate=0 if scheme.period is None else scheme.rate,
            executor=executor, checkpoint=file.with_suffix(""), after=watch,
        )  # fmt: skip
        if scheme.killed:
            process.shutdown()
        alive: list[Any] = [d for d in found.devices if d.name in found.exchanges[-1].devices]
        several = alive if scheme.period is None or scheme.rate is not None else alive[:1]
        write_text(file, json.dumps({
            "accuracy": [float(100 * np.mean(d.learner.predict(films) == labels)) for d in several],
            "loss": [float(d.learner.losses(films, labels).mean()) for d in several],
            "curve": curve, "bytes": found.n_bytes if scheme.period is not None else 0,
            "exchanges": len(found.exchanges) if scheme.period is not None else 0,
            "left_out": sum(len(e.left_out) for e in found.exchanges), "n_images": len(labels),
        }))  # fmt: skip

    def _test(self, split: Split, classes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Films of test digits, and their classes by place."""
        place = {digit: i for i, digit in enumerate(classes)}
        at = np.flatnonzero(np.isin(split.labels, classes))
        n = None if self.n_images is None else self.n_images * len(classes) // 2
        if n is not None and n < len(at):
            at = np.sort(np.random.default_rng(0).choice(at, n, replace=False))
        labels = np.array([place[int(label)] for label in split.labels[at]])
        return GreyFilms(np.asarray(split.images[:])[at], _STEPS, seed=2**20)[:], labels

    def table(self, table: str) -> Grid:
        """One of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        self.require(table)
        rows = []
        for scheme in self.schemes(table):
            found = [self.result(scheme, seed) for seed in range(self.seeds)]
            loss, accuracy = (None, None)
            if table == "periods":
                loss, accuracy = REFERENCE[scheme.period]
            values = [value for one in found for value in one["accuracy"]]
            rows.append({
                "scheme": "apart" if scheme.period is None else (
                    "one device killed half-way" if scheme.killed else "together"),
                "period": scheme.period, "rate": scheme.rate,
                "exchanges": found[0]["exchanges"], "kilobytes": found[0]["bytes"] / 1000,
                "reference_loss": loss,
                "loss": float(np.mean([value for one in found for value in one["loss"]])),
                "reference": accuracy, "accuracy": float(np.mean(values)),
                "least": min(values), "most": max(values),
                "left_out": found[0]["left_out"], "n_images": found[0]["n_images"],
            })  # fmt: skip
        columns = [
            Column("scheme", "devices"),
            Column("period", "period", ",.0f"),
            Column("exchanges", "exchanges", ",.0f"),
            Column("kilobytes", "sent [kB]", ",.0f"),
            Column("loss", "test loss [nats/step]", ".3f"),
            Column("accuracy", "accuracy [%]", ".1f"),
            Column("least", "least [%]", ".1f"),
            Column("most", "most [%]", ".1f"),
            Column("n_images", "digits", ",.0f"),
        ]
        if table == "periods":
            columns[4:4] = [Column("reference_loss", "loss of another program", ".2f")]
            columns[6:6] = [Column("reference", "its accuracy [%]", ".1f")]
        elif table == "rates":
            columns[1:1] = [Column("rate", "filters per change", ".3f")]
        else:
            columns[4:4] = [Column("left_out", "times left out", ",.0f")]
        many = "ten digits on ten devices with two classes each" if table == "devices" else (
            "digits 1 and 7, two devices with one class each")  # fmt: skip
        recipe = self.recipe
        notes = (
            f"{many}; {recipe.digits} digits per device, for "
            f"{counted(recipe.epochs, 'epoch')} of {_STEPS} steps per image, learning rate "
            f"{recipe.learning_rate:g}; means over {counted(self.seeds, 'seed')}",
            "another program: its own digits, 20 per device, one seed; the paper states no numbers",
        )[: 2 if table == "periods" else 1]
        shown = tuple({c.key: row[c.key] for c in columns} for row in rows)
        return Grid(f"Skatchkovsky et al. 2020, {table}", tuple(columns), shown, notes)


def _devices(
    train: Split, classes: tuple[int, ...], scheme: Scheme, recipe: Recipe, seed: int
) -> list[OnlineDevice]:
    """Devices with their digits; every digit is on one device only."""
    rng = np.random.default_rng(seed)
    images, n = np.asarray(train.images[:]), len(classes)
    pools = {digit: rng.permutation(np.flatnonzero(train.labels == digit)) for digit in classes}
    model = ProbabilisticModel.initial(
        train.image_shape, n, basis=RaisedCosines(8, 10, 0.5), seed=seed,
        classes=tuple(map(str, classes)),
    )  # fmt: skip
    rule = LocalVariationalRule(recipe.learning_rate)
    devices = []
    for i in range(scheme.n_devices):
        places = [i] if scheme.n_devices == 2 else [i, (i + 1) % n]
        each = recipe.digits // len(places)
        chosen: list[np.ndarray] = []
        labels: list[int] = []
        for k, place in enumerate(places):
            chosen.append(pools[classes[place]][k * each : (k + 1) * each])
            labels += [place] * len(chosen[-1])
        order = rng.permutation(len(labels))
        at = np.concatenate(chosen)[order]
        kind = _Killed if scheme.killed and i == 0 else OnlineDevice
        device = kind(
            "sees " + " and ".join(str(classes[place]) for place in places),
            OnlineLearner(model, rule, seed=seed, counts_moves=scheme.rate is not None),
            GreyFilms(images[at], _STEPS, seed=100 * seed + i), np.array(labels)[order],
        )  # fmt: skip
        if isinstance(device, _Killed):
            device.last = recipe.n_updates // 2
        devices.append(device)
    return devices


def _mean_loss(found: Federation, films: np.ndarray, labels: np.ndarray) -> float:
    devices: Any = found.devices
    return float(np.mean([device.learner.losses(films, labels).mean() for device in devices]))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
