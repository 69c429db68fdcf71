"""Accuracy of time windows: every ``t_c`` and ``t_p`` from one run, computed on demand."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..support.arrays.owned_arrays import adopted
from ..support.checks import checked_whole, each, whole
from ..support.checks.arrays import checked_array
from ..support.short_repr import short_repr
from .window_counts import count_grid, count_row, grid_shares, running_totals, shares

__all__ = ["Windows"]


#: bytes that one grid may take
_LARGEST_GRID = 1 << 30


@dataclasses.dataclass(frozen=True, eq=False)
class Windows:
    """How many predictions were right, had scores been averaged over other windows of time.

    A few starts are counted when the images are judged, which costs as much as there are scores.
    All the others cost the square of the steps, and are counted when they are asked for.

    Parameters
    ----------
    starts : (n,) array of int
        Steps at which averaging began, ascending.
    accuracy : (n, n_steps + 1) array
        ``accuracy[i, p]`` averages over ``starts[i] <= step < p``; NaN where that is no step.
    scores : (image, step, class) array of float32, optional
        What other starts are counted from; None where it was too much to keep.
    labels : (image,) array of int, optional
        True classes, with ``scores``.

    Raises
    ------
    ValidationError
        If the arrays do not fit each other.

    Examples
    --------
    >>> scores = np.array([[[1, 0], [0, 3], [0, 0]]], np.float32)
    >>> windows = Windows.of(scores, np.array([1]), starts=[0])
    >>> windows.row(0).tolist(), windows.at(1, 2)
    ([nan, 0.0, 1.0, 1.0], 1.0)
    >>> windows.grid().shape
    (3, 4)
    """

    starts: np.ndarray
    accuracy: np.ndarray
    scores: np.ndarray | None = None
    labels: np.ndarray | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        starts = checked_array(
            self.starts, "Windows.starts", kind="whole", shape=("n",), low=0, dtype=np.int64,
            own=True,
        )  # fmt: skip
        rows = checked_array(
            self.accuracy, "Windows.accuracy", shape=(len(starts), "n_steps + 1"), finite=False,
            dtype=float, own=True,
        )  # fmt: skip
        if len(starts) == 0 or (np.diff(starts) <= 0).any() or starts[-1] >= rows.shape[1] - 1:
            raise ValidationError(
                f"Windows.starts are {starts.tolist()[:5]}; expected ascending steps below the "
                f"run's {rows.shape[1] - 1}"
            )
        inside = np.arange(rows.shape[1]) > starts[:, np.newaxis]
        if (
            not ((rows[inside] >= 0) & (rows[inside] <= 1)).all()
            or np.isfinite(rows[~inside]).any()
        ):
            raise ValidationError(
                "Windows.accuracy: expected shares from 0 to 1 after each start, and NaN before"
            )
        if (self.scores is None) != (self.labels is None):
            raise ValidationError("Windows: scores and labels belong together; give both or none")
        if self.scores is not None:
            steps = rows.shape[1] - 1
            scores = checked_array(
                self.scores, "Windows.scores", shape=("image", steps, "class"), finite=False,
                own=True,
            )  # fmt: skip
            object.__setattr__(self, "scores", scores)
            object.__setattr__(self, "labels", _labels(self.labels, len(scores)))
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "accuracy", rows)

    @classmethod
    def of(cls, scores: np.ndarray, labels: np.ndarray, starts: list[int]) -> Windows:
        """Windows of class scores ``(image, step, class)``, counted for some starts.

        Parameters
        ----------
        scores : (image, step, class) array of float
            Class scores at every step.
        labels : (n_images,) array of int
            The true classes.
        starts : list of int
            First steps of the windows that are counted.
        """
        scores = checked_array(scores, "scores", shape=("image", "step", "class"))
        labels = _labels(labels, len(scores))
        starts = each(whole(0, max(scores.shape[1] - 1, 0)), "steps", least=1)(starts, "starts")
        chosen = sorted(set(starts))
        right = np.zeros((len(chosen), scores.shape[1] + 1), np.int64)
        for total, part in running_totals(scores):
            for row, start in zip(right, chosen, strict=True):
                row += count_row(total, labels[part], start)
        return cls(np.array(chosen), shares(right, chosen, len(labels)), scores, labels)

    @property
    def n_steps(self) -> int:
        """Steps of the run."""
        return self.accuracy.shape[1] - 1

    @property
    def is_whole(self) -> bool:
        """Whether every start is counted already."""
        return len(self.starts) == self.n_steps

    @property
    def is_able(self) -> bool:
        """Whether every window can be had: counted already, or from scores that were kept."""
        return self.is_whole or self.scores is not None

    def has(self, start: int) -> bool:
        """Whether the windows from step ``start`` on can be had.

        Parameters
        ----------
        start : int
            First step of the average, counted from 0.
        """
        start = checked_whole(start, "start")
        return self.is_able or start in self.starts

    def row(self, start: int) -> np.ndarray:
        """Accuracy averaging from step ``start`` to before step ``p``, shape ``(n_steps + 1,)``.

        Parameters
        ----------
        start : int
            First step of the average, counted from 0.

        Raises
        ------
        ValidationError
            If ``start`` is no step of the run, or was not counted and the scores were not kept.
        """
        start = checked_whole(start, "start")
        if start >= self.n_steps:
            raise ValidationError(
                f"start is step {start}; expected one before the end, at {self.n_steps}"
            )
        place = int(np.searchsorted(self.starts, start))
        if place < len(self.starts) and self.starts[place] == start:
            return self.accuracy[place]
        scores, labels = self._kept(f"windows from step {start} on")
        return Windows.of(scores, labels, [start]).accuracy[0]

    def at(self, start: int, end: int) -> float:
        """Accuracy averaging over ``start <= step < end``; NaN where that is no step.

        Parameters
        ----------
        start, end : int
            First step of the window, and the step after its last.
        """
        end = whole(0, self.n_steps)(end, "end")
        return float(self.row(start)[end])

    def grid(self, every: int = 1) -> np.ndarray:
        """Accuracy of every window whose edges are multiples of ``every`` steps.

        Parameters
        ----------
        every : int
            Coarser grids cost less, by its square.

        Returns
        -------
        (n_edges, n_edges) array, or (n_steps, n_steps + 1) at every step
            ``grid[i, j]`` averages over ``i * every <= step < j * every``; NaN where that is no
            step.

        Raises
        ------
        ValidationError
            If it would be larger than 1 GiB, or the scores were not kept.
        """
        every = checked_whole(every, "every", low=1)
        rows = -(-self.n_steps // every)
        size = 8 * rows * (self.n_steps // every + 1)
        if size > _LARGEST_GRID:
            raise ValidationError(
                f"all windows of {self.n_steps:,} steps are {rows:,} x {rows + 1:,} numbers, "
                f"{size / 2**30:.1f} GiB; take row(start), at(start, end), or "
                f"grid(every={every * 2 * -(-self.n_steps // (every * 10_000))})"
            )
        if every == 1:
            return self._whole
        if self.is_whole:
            return self.accuracy[::every, ::every]
        scores, labels = self._kept("all windows")
        edges = np.arange(0, self.n_steps + 1, every)
        return grid_shares(count_grid(scores, labels, edges), len(labels), rows)

    @cached_property
    def _whole(self) -> np.ndarray:
        if self.is_whole:
            return self.accuracy
        scores, labels = self._kept("all windows")
        right = count_grid(scores, labels, np.arange(self.n_steps + 1))
        found = grid_shares(right, len(labels), self.n_steps)
        return adopted(found)

    def _kept(self, what: str) -> tuple[np.ndarray, np.ndarray]:
        if self.scores is None or self.labels is None:
            counted = ", ".join(map(str, self.starts[:5]))
            raise ValidationError(
                f"{what} were not counted, and the class scores of so many images and steps are "
                f"not kept (counted from steps {counted}). Ask for them: evaluate(..., grid=True), "
                "or run(...).accuracy_grid(labels) on fewer images"
            )
        return self.scores, self.labels


def _labels(labels: Any, n: int) -> np.ndarray:
    what = "Windows.labels"
    return checked_array(labels, what, kind="whole", shape=(n,), low=0, dtype=np.int64, own=True)
