"""Bläsche, Means & Laing (2020), "Degree assortativity in networks of spiking neurons", Journal of
Computational Dynamics 7, arXiv 2004.00206: of four ways in which degrees of connected neurons can
be correlated two leave the dynamics of a network of theta neurons as they are, and two do not.

In- and out-degrees are drawn from ``P(k) ~ k^-3``, independent of each other; targets of edges are
exchanged until the correlation is as wanted. The published statement is that of the abstract; the
figures beside ours are those of a second implementation, which was written from the equations
without sight of this one, each the mean of five wirings.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from ..errors import ValidationError
from ..jobs.local import Job
from ..report.plots.canvas import new_figure
from ..report.plots.theta import bifurcation_diagram, degree_degree, rate_by_degree
from ..report.tables.grid import Column, Grid
from ..support.writing import write_text
from ..theta import (
    TYPES,
    Branch,
    MeanField,
    angles,
    assortativity,
    configuration_model,
    degree_classes,
    degree_sequence,
    follow,
    lorentzian,
    rewire,
    simulate,
)

__all__ = ["DATASETS", "FIGURES", "FROM_TABLE", "MATTER", "NOISES", "REFERENCE", "SIZES", "TABLES",
           "Reproduction"]  # fmt: skip


class Size(NamedTuple):
    """A network: its neurons, and the bounds of their degrees.

    Attributes
    ----------
    neurons : int
        Number of neurons.
    low, high : int
        Smallest and largest degree.
    """

    neurons: int
    low: int
    high: int


#: The networks; that of 5,000 neurons is the paper's.
SIZES = {"n5000": Size(5000, 750, 2000), "n2000": Size(2000, 100, 400), "n500": Size(500, 25, 100)}

#: What `Reproduction` takes for a data set: the names of the networks.
DATASETS = ("n2000", "n5000", "n500")

#: Types (sender's degree, receiver's degree) that change the dynamics. The abstract says two of the
#: four; which ones follows from the mean field where in- and out-degrees are independent.
MATTER = (("in", "in"), ("in", "out"))

#: Of the second implementation, network ``n2000``: rate at eta0 = -0.45, the fold at which activity
#: ends, the fold at which it begins, rate at -0.30. By type and r; None is neutral wiring, whose
#: spreads over wirings are 0.0017, 0.006, 0.012.
REFERENCE: dict[Any, tuple[float, float, float, float]] = {
    None: (0.3053, -0.570, -0.386, 0.3516),
    ("in", "in", -0.2): (0.3111, -0.602, -0.344, 0.3546),
    ("in", "in", 0.2): (0.2958, -0.522, -0.450, 0.3476),
    ("in", "out", -0.2): (0.3004, -0.541, -0.374, 0.3495),
    ("in", "out", 0.2): (0.3087, -0.590, -0.412, 0.3532),
}

#: Rows of a table of noise; the paper has none.
NOISES: tuple[str, ...] = ()

#: Tables that can be asked for, the first by default.
TABLES = ("mixing", "network")

#: Figures of computed values, and the table that each needs.
FROM_TABLE = {"branches": "mixing"}

_KAPPA, _DELTA = 1.5, 0.05
_NEAR, _FAR = -0.45, -0.30
_POINTS = (_FAR, _NEAR, 0.0)
#: How currents are drawn: each by itself, or one from each of as many equally likely intervals.
_WAYS = ("random", "stratified")
_COEFFICIENTS = (-0.2, -0.1, 0.0, 0.1, 0.2)
_DURATION, _SKIP, _STEP = 150.0, 50.0, 0.05


@dataclasses.dataclass(frozen=True)
class Reproduction:
    """The paper's statement for one size of network.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    folder : Path
        Where results are kept; an interrupted run continues from it.
    seeds : int
        Wirings.
    epochs : int, optional
        There is nothing to train; refused.
    n_images : int, optional
        There are no images; with a number only coefficients of -0.2, 0 and 0.2 are computed.
    noises : tuple of str
        Rows of a table that this paper has not.
    progress : bool
        Nothing here is slow enough to show any.
    validation : bool
        There is nothing to hold out; refused.
    draws : int
        Draws of the neurons' currents, for the table ``"network"``.

    Raises
    ------
    ValidationError
        If there is no such network, or something is asked for that has no meaning here.
    """

    dataset: str
    folder: Path
    seeds: int = 5
    epochs: int | None = None
    n_images: int | None = None
    noises: tuple[str, ...] = NOISES
    progress: bool = True
    validation: bool = False
    draws: int = 5

    def __post_init__(self) -> None:
        if self.dataset not in SIZES:
            raise ValidationError(
                f"blaesche2020 has no network {self.dataset!r}; expected {', '.join(DATASETS)}"
            )
        for name in ("noises", "epochs", "validation"):
            if getattr(self, name):
                raise ValidationError(
                    f"{name} is {getattr(self, name)!r}; blaesche2020 computes a mean field and "
                    "has no images, training, or noise: leave it out"
                )

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Coefficients of assortativity that are computed."""
        return _COEFFICIENTS if self.n_images is None else (-0.2, 0.0, 0.2)

    @property
    def where(self) -> Path:
        """Folder of this network's results and tables."""
        return self.folder / self.dataset

    def _result(self, seed: int, kind: tuple[str, str], r: float, suffix: str = "json") -> Path:
        name = "neutral" if r == 0 else f"{kind[0]}-{kind[1]}{r:+g}"
        return self.where / f"wiring{seed}" / f"{name}.{suffix}"

    def _wirings(self, seed: int) -> Iterator[tuple[tuple[str, str], float]]:
        yield TYPES[0], 0.0
        for kind in TYPES:
            yield from ((kind, r) for r in self.coefficients if r)

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        _require(table)
        if table == "network":
            return [
                Job(
                    f"network, eta0 {eta0:g}, {way} draw {draw}", "simulate", 1,
                    self._run_of(eta0, draw, way), Reproduction._simulate, (self, eta0, draw, way),
                )
                for way in _WAYS for eta0 in _POINTS for draw in range(self.draws)
            ]  # fmt: skip
        return [
            Job(
                f"wiring {seed}, ({kind[0]}, {kind[1]}) {r:+g}" if r else f"wiring {seed}, neutral",
                "mean field", 1, self._result(seed, kind, r), Reproduction._follow,
                (self, seed, kind, r),
            )
            for seed in range(self.seeds) for kind, r in self._wirings(seed)
        ]  # fmt: skip

    def graph(self, seed: int, kind: tuple[str, str] = TYPES[0], r: float = 0.0) -> Any:
        """The wiring of a seed, with an assortativity.

        Parameters
        ----------
        seed : int
            Seed of degrees and edges.
        kind : (str, str)
            Which degree of the sender and of the receiver.
        r : float
            The coefficient; 0 for wiring as it was drawn.
        """
        neutral = _neutral(SIZES[self.dataset], seed)
        return neutral if r == 0 else rewire(neutral, r, *kind, seed=seed)

    def _follow(self, seed: int, kind: tuple[str, str], r: float) -> None:
        """Rates at two points and the folds of one wiring."""
        graph = self.graph(seed, kind, r)
        classes = degree_classes(graph)
        rates = {}
        for eta0 in (_NEAR, _FAR):
            field = MeanField.of(classes, eta0, _KAPPA, _DELTA)
            rates[str(eta0)] = field.rate(field.fixed_point("active"))
        field = MeanField.of(classes, 0.0, _KAPPA, _DELTA)
        branch = follow(field, "eta0", -1.0, longest=0.02)  # smooth when drawn
        branch.save(self._result(seed, kind, r, "branch"))
        found = {
            "rates": rates, "folds": branch.folds[:, 0].tolist(), "hopfs": branch.hopfs.tolist(),
            "assortativity": {" ".join(k): assortativity(graph, *k) for k in TYPES},
            "singular_values": classes.singular_values[:4].tolist(),
        }  # fmt: skip
        write_text(self._result(seed, kind, r), json.dumps(found))

    def _run_of(self, eta0: float, draw: int, way: str) -> Path:
        suffix = "" if way == "random" else f"-{way}"
        return self.where / "runs" / f"{eta0:g}-draw{draw}{suffix}.json"

    def _simulate(self, eta0: float, draw: int, way: str) -> None:
        """The neutral network of wiring 0 with one draw of currents."""
        run, field, z, _ = self._run(eta0, draw, way=way)
        found = {"rate": run.mean_rate, "mean_field": field.rate(z)}
        write_text(self._run_of(eta0, draw, way), json.dumps(found))

    def _run(
        self, eta0: float, draw: int, kind: tuple[str, str] = TYPES[0], r: float = 0.0,
        way: str = "random",
    ) -> tuple[Any, MeanField, Any, Any]:  # fmt: skip
        graph = self.graph(0, kind, r)
        classes = degree_classes(graph)
        field = MeanField.of(classes, eta0, _KAPPA, _DELTA)
        z = field.fixed_point("active")
        eta = lorentzian(graph.shape[0], eta0, _DELTA, seed=draw, stratified=way == "stratified")
        run = simulate(
            graph, eta, _KAPPA, _DURATION, dt=_STEP, skip=_SKIP,
            theta=angles(z, classes.members, seed=draw),
        )  # fmt: skip
        return run, field, z, classes

    def table(self, table: str) -> Grid:
        """One of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        _require(table)
        return self._mixing() if table == "mixing" else self._network()

    def _row(self, kind: tuple[str, str], r: float) -> list[dict[str, Any]]:
        return [_read(self._result(seed, kind, r)) for seed in range(self.seeds)]

    def _mixing(self) -> Grid:
        neutral = self._row(TYPES[0], 0.0)
        rows = [self._summary("neutral", None, 0.0, neutral, neutral)]
        for kind in TYPES:
            for r in self.coefficients:
                if r:
                    name = f"({kind[0]}, {kind[1]})"
                    rows.append(self._summary(name, kind, r, self._row(kind, r), neutral))
        columns = (
            Column("type", "type"),
            Column("r", "r", "+.1f"),
            Column("published", "published: matters"),
            Column("change", "change of the rate at -0.45 [%]", "+.2f"),
            Column("rate_near", "rate at -0.45", ".4f"),
            Column("reference_near", "reference", ".4f"),
            Column("ends", "activity ends at", ".3f"),
            Column("reference_ends", "reference", ".3f"),
            Column("begins", "activity begins at", ".3f"),
            Column("reference_begins", "reference", ".3f"),
            Column("rate_far", "rate at -0.30", ".4f"),
            Column("reference_far", "reference", ".4f"),
            Column("spread", "spread of the rate over wirings", ".4f"),
            Column("others", "largest change of another r", ".3f"),
        )
        size = SIZES[self.dataset]
        notes = (
            f"{size.neurons} neurons with {size.low} to {size.high} edges, kappa {_KAPPA}, delta "
            f"{_DELTA}; means of {self.seeds} wirings; mean field of 10 x 10 classes; points on "
            "the eta0 axis, rates in spikes per time constant",
            "published: the abstract has two types without effect and two with one; which ones, "
            "by the mean field: what a class receives depends on in-degrees of its senders",
            "reference: a second implementation of the same equations, means of its five wirings "
            "of 2,000 neurons",
        )
        return Grid(f"Bläsche et al. 2020, {self.dataset}", columns, tuple(rows), notes)

    def _summary(
        self, name: str, kind: Any, r: float, found: list[Any], neutral: list[Any]
    ) -> dict[str, Any]:
        near = np.array([f["rates"][str(_NEAR)] for f in found])
        before = np.array([f["rates"][str(_NEAR)] for f in neutral])
        own = None if kind is None else " ".join(kind)
        moved = [
            abs(f["assortativity"][k] - n["assortativity"][k])
            for f, n in zip(found, neutral, strict=True) for k in f["assortativity"] if k != own
        ]  # fmt: skip
        near_ref, ends, begins, far = REFERENCE.get(
            kind if kind is None else (*kind, r), (None, None, None, None)
        ) if self.dataset == "n2000" else (None, None, None, None)  # fmt: skip
        return {
            "type": name, "r": r, "published": "" if kind is None else
            "yes" if kind in MATTER else "no",
            "change": float(100 * (near / before - 1).mean()), "rate_near": float(near.mean()),
            "reference_near": near_ref, "ends": _mean(f["folds"][0] for f in found),
            "reference_ends": ends, "begins": _mean(f["folds"][-1] for f in found),
            "reference_begins": begins, "rate_far": _mean(f["rates"][str(_FAR)] for f in found),
            "reference_far": far, "spread": float(near.std(ddof=1)) if len(near) > 1 else None,
            "others": max(moved),
        }  # fmt: skip

    def _network(self) -> Grid:
        rows = []
        for way, eta0 in itertools.product(_WAYS, _POINTS):
            found = [_read(self._run_of(eta0, draw, way)) for draw in range(self.draws)]
            rates, field = [f["rate"] for f in found], found[0]["mean_field"]
            median = float(np.median(rates))
            rows.append({
                "currents": way, "eta0": eta0, "field": field, "median": median, "low": min(rates),
                "high": max(rates), "difference": 100 * (median / field - 1), "draws": self.draws,
            })  # fmt: skip
        columns = (
            Column("currents", "currents"),
            Column("eta0", "eta0", ".2f"),
            Column("field", "mean field", ".4f"),
            Column("median", "network, median", ".4f"),
            Column("low", "lowest draw", ".4f"),
            Column("high", "highest draw", ".4f"),
            Column("difference", "median - mean field [%]", "+.2f"),
            Column("draws", "draws"),
        )
        notes = (
            f"neutral wiring of seed 0, kappa {_KAPPA}, delta {_DELTA}; {_DURATION - _SKIP:g} time "
            f"constants after {_SKIP:g}, steps of {_STEP:g}; every draw is one of the neurons' "
            "currents, whose distribution has heavy tails; stratified draws take one current from "
            "each of as many equally likely intervals as there are neurons",
        )
        return Grid(f"Network and mean field, {self.dataset}", columns, tuple(rows), notes)


@functools.lru_cache(maxsize=1)
def _neutral(size: Size, seed: int) -> sparse.csr_array:
    first, second, third = np.random.SeedSequence(seed).generate_state(3).tolist()
    k_in = degree_sequence(size.neurons, size.low, size.high, seed=first)
    k_out = degree_sequence(size.neurons, size.low, size.high, total=int(k_in.sum()), seed=second)
    return configuration_model(k_in, k_out, seed=third)


def _mean(values: Iterator[float]) -> float:
    return float(np.mean(list(values)))


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _draw_branches(plan: Reproduction) -> tuple[Any, Grid]:
    """Bifurcation diagrams of the four types, wiring 0."""
    axes = new_figure((9.0, 6.6)).subplots(2, 2, sharex=True, sharey=True)
    rows = []
    for ax, kind in zip(axes.flat, TYPES, strict=True):
        branches = {}
        for r in (-0.2, 0.0, 0.2):
            branch = Branch.load(plan._result(0, kind, r, "branch"))
            branches[f"r = {r:g}"] = branch
            rows += [
                {"type": f"({kind[0]}, {kind[1]})", "r": r, "eta0": fold[0], "rate": fold[1]}
                for fold in branch.folds.tolist()
            ]
        bifurcation_diagram(branches, ax)
        ax.set(title=f"({kind[0]}, {kind[1]})", xlim=(-0.75, -0.2))
        ax.spines[["top", "right"]].set_visible(False)
        ax.label_outer()
    axes[0, 0].autoscale(axis="y")  # the first panel had set the limit for all
    axes[0, 0].set_ylim(bottom=0)
    columns = (Column("type", "type"), Column("r", "r", "+.1f"), Column("eta0", "eta0", ".4f"),
               Column("rate", "rate", ".4f"))  # fmt: skip
    return axes[0, 0], Grid(f"Folds of wiring 0, {plan.dataset}", columns, tuple(rows), ())


def _draw_degrees(plan: Reproduction) -> tuple[Any, Grid]:
    """Who is connected: degree-degree histograms of the four types at r = 0.2."""
    axes = new_figure((9.0, 7.2)).subplots(2, 2)
    rows = []
    for ax, kind in zip(axes.flat, TYPES, strict=True):
        graph = plan.graph(0, kind, 0.2)
        degree_degree(graph, *kind, ax)
        ax.set_title(f"({kind[0]}, {kind[1]}), r = 0.2")
        rows.append({"type": f"({kind[0]}, {kind[1]})", "r": assortativity(graph, *kind)})
    columns = (Column("type", "type"), Column("r", "r", "+.4f"))
    return axes[0, 0], Grid(f"Rewired wiring 0, {plan.dataset}", columns, tuple(rows), ())


def _draw_rates(plan: Reproduction) -> tuple[Any, Grid]:
    """Rate by degree of the network and of its mean field, neutral and mixed by in-degrees."""
    axes = new_figure((10.0, 4.0)).subplots(1, 3, sharey=True)
    rows = []
    for ax, r in zip(axes, (-0.2, 0.0, 0.2), strict=True):
        run, field, z, classes = plan._run(_NEAR, 0, ("in", "in"), r)
        rate_by_degree(classes, run.rates, field, z, ax)
        ax.set_title(f"(in, in), r = {r:g}")
        ax.spines[["top", "right"]].set_visible(False)
        ax.label_outer()
        rows.append({"r": r, "network": run.mean_rate, "field": field.rate(z)})
    axes[0].autoscale(axis="y")  # the first panel had set the limit for all
    axes[0].set_ylim(bottom=0)
    columns = (Column("r", "r", "+.1f"), Column("network", "network", ".4f"),
               Column("field", "mean field", ".4f"))  # fmt: skip
    return axes[0], Grid(f"Mean rates at eta0 = {_NEAR}", columns, tuple(rows), ())


#: Figures that can be drawn, by name.
FIGURES = {"branches": _draw_branches, "degrees": _draw_degrees, "rates": _draw_rates}


def _require(table: str) -> None:
    if table not in TABLES:
        raise ValidationError(
            f"blaesche2020 has no table {table!r}; expected one of {', '.join(TABLES)}"
        )
