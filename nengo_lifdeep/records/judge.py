"""Evaluate class scores chunk by chunk: predictions and counts are kept, not the scores."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..inputs.presentation import Presentation, timing_or_default
from ..support.checks import checked, each, flag, instance, real, shown, whole
from ..support.checks.arrays import checked_array
from ..support.words.counted import counted
from .window_counts import count_grid, count_row, running_totals, shares
from .windows import Windows

__all__ = ["Judge"]

#: bytes of class scores that are kept for windows that somebody may ask for later
_KEPT = 1 << 26

#: with fewer classes five guesses are no achievement
_CLASSES_FOR_TOP5 = 100


class Judge:
    """Takes class scores in the order of the images, and counts correct predictions.

    Its memory grows with images, steps and chunks, but not with images times steps times classes:
    scores are kept only up to 64 MiB, so that all windows of a small run can be had afterwards.

    Parameters
    ----------
    labels : (n_images,) array of int
        True classes of all the images that will come.
    n_classes : int
        Number of scores at every step.
    timing : Presentation or None
        Timing of the run; None where there is no time.
    grid : bool
        Whether correct predictions are counted for every window, whatever it costs.
    starts : sequence of float
        Further ``t_c`` in seconds whose predictions are wanted; see `accuracy_from`.
    keep : bool
        Whether scores are kept, where they are few.

    Attributes
    ----------
    n_images : int
        Images judged so far.

    Raises
    ------
    ValidationError
        If labels or numbers are of another kind, or starts are given where there is no time.

    Examples
    --------
    >>> timing = Presentation(t_c=0.001, t_p=0.003)
    >>> judge = Judge(np.array([1, 0]), 2, timing)
    >>> for scores in np.array([[[9, 0], [0, 3], [0, 0]], [[1, 0], [1, 0], [1, 0]]], np.float32):
    ...     judge.add(scores[np.newaxis])
    >>> judge.predictions.tolist(), judge.windows().at(0, 3)
    ([1, 0], 0.5)
    """

    @checked(
        n_classes=whole(1),
        timing=timing_or_default,
        grid=flag,
        starts=each(real(0), "times in seconds"),
        keep=flag,
    )
    def __init__(
        self,
        labels: np.ndarray,
        n_classes: int,
        timing: Presentation | None,
        *,
        grid: bool = False,
        starts: Sequence[float] = (),
        keep: bool = True,
    ) -> None:
        self.labels = checked_array(
            labels, "labels", kind="whole", shape=("image",), low=0, dtype=np.int64
        )
        self.n_classes, self.timing = n_classes, timing
        self.n_images = 0
        self.answers = np.zeros(len(labels), np.int64)
        self.n_top5 = 0
        self._margins = np.zeros(len(labels) if n_classes == 2 else 0, np.float32)
        self._starts: list[int] = []
        self._rows: np.ndarray = np.zeros((0, 0), np.int64)
        self._grid: np.ndarray | None = None
        self._right = dict.fromkeys(checked_starts(starts, timing), 0)
        self._kept: list[np.ndarray] | None = None
        if timing is not None:
            steps = timing.n_steps
            self._starts = sorted({0, timing.c_steps})
            self._rows = np.zeros((len(self._starts), steps + 1), np.int64)
            if grid:
                self._grid = np.zeros((steps + 1, steps + 1), np.int64)
            elif keep and 4 * len(labels) * steps * n_classes <= _KEPT:
                self._kept = []

    def add(self, outputs: np.ndarray) -> None:
        """Judge the next images.

        Parameters
        ----------
        outputs : (image, step, class) array
            Their class scores; one step where there is no time.

        Raises
        ------
        ValidationError
            If there are more images than labels, or a score is not finite.
        """
        steps = 1 if self.timing is None else self.timing.n_steps
        outputs = checked_array(
            outputs, "outputs", shape=("image", steps, self.n_classes), finite=False,
            dtype=np.float32,
        )  # fmt: skip
        part = slice(self.n_images, self.n_images + len(outputs))
        labels = self.labels[part]
        if len(labels) < len(outputs):
            raise ValidationError(
                f"{counted(len(self.labels), 'label')} for at least "
                f"{counted(part.stop, 'image')}; expected one each"
            )
        require_finite(outputs, part.start)
        for start in self._right:
            timing = dataclasses.replace(self.timing, t_c=start)  # type: ignore[type-var]
            self._right[start] += int(
                (window_scores(outputs, timing).argmax(axis=1) == labels).sum()
            )
        scores = window_scores(outputs, self.timing)
        self.answers[part] = scores.argmax(axis=1)
        if self.n_classes == 2:
            self._margins[part] = scores[:, 1] - scores[:, 0]
        if self.n_classes >= _CLASSES_FOR_TOP5:
            best = np.argpartition(scores, -5, axis=1)[:, -5:]
            self.n_top5 += int((best == labels[:, np.newaxis]).any(axis=1).sum())
        if self.timing is not None:
            for total, some in running_totals(outputs):
                for row, start in zip(self._rows, self._starts, strict=True):
                    row += count_row(total, labels[some], start)
        if self._grid is not None:
            self._grid += count_grid(outputs, labels, np.arange(outputs.shape[1] + 1))
        if self._kept is not None:
            self._kept.append(outputs.copy())  # simulators may use their array again
        self.n_images += len(outputs)

    @checked(start=whole(), stop=whole())
    def part(self, start: int, stop: int) -> Judge:
        """A judge of some of the images, which `merge` takes back once it has judged them.

        Parameters
        ----------
        start, stop : int
            First image, and the image after the last one.

        Raises
        ------
        ValidationError
            If they are no such images.
        """
        require_part(start, stop, len(self.labels))
        found = Judge(
            self.labels[start:stop], self.n_classes, self.timing, grid=self._grid is not None,
            starts=list(self._right), keep=False,
        )  # fmt: skip
        found._kept = None if self._kept is None else []
        return found

    def merge(self, part: Judge) -> None:
        """Take what a judge of the next images has counted: as if they had been judged here.

        Parameters
        ----------
        part : Judge
            What `part` gave, after its images; interrupted, it is the last one.

        Raises
        ------
        ValidationError
            If its images do not follow those judged so far, or it counted something else.
        """
        part = instance(Judge)(part, "part")
        images = slice(self.n_images, self.n_images + part.n_images)
        asked = (part.n_classes, part.timing, list(part._right), part._grid is None)
        mine = (self.n_classes, self.timing, list(self._right), self._grid is None)
        if asked != mine or not np.array_equal(
            part.labels, self.labels[self.n_images : self.n_images + len(part.labels)]
        ):
            raise ValidationError(
                f"a judge of {len(part.labels)} images was to be merged at image {self.n_images}, "
                "and is not of the images there, or not of the same windows; give what part() gave"
            )
        self.answers[images] = part.answers[: part.n_images]
        if self.n_classes == 2:
            self._margins[images] = part._margins[: part.n_images]
        self.n_top5 += part.n_top5
        self._rows += part._rows
        for start, right in part._right.items():
            self._right[start] += right
        if self._grid is not None:
            self._grid += part._grid
        if self._kept is not None:
            self._kept += part._kept or []
        self.n_images += part.n_images

    def counted(self) -> dict[str, np.ndarray]:
        """What was counted of the images so far, as arrays that a file can hold."""
        found = {
            "answers": self.predictions,
            "margins": self._margins[: len(self._margins) and self.n_images],
            "rows": self._rows,
            "from_starts": np.array(list(self._right.values()), np.int64),
            "top5": np.array(self.n_top5),
        }
        if self._grid is not None:
            found["grid"] = self._grid
        if self._kept is not None:
            empty = np.zeros((0, 1, self.n_classes), np.float32)
            found["kept"] = np.concatenate(self._kept) if self._kept else empty
        return found

    @checked(counted=instance(Mapping))
    def recall(self, counted: Mapping[str, np.ndarray]) -> None:
        """Take what a judge of the same images has counted, in place of judging them again.

        Parameters
        ----------
        counted : dict of str to array
            What `counted` gave.

        Raises
        ------
        ValidationError
            If it is not of a judge of these images, windows and classes.
        """
        mine = self.counted()
        same = ("rows", "from_starts", "top5", *({"grid"} & mine.keys()))
        fits = mine.keys() == counted.keys() and all(
            np.shape(counted[n]) == np.shape(mine[n]) for n in same
        )
        fits = fits and len(counted["margins"]) == (
            len(counted["answers"]) if self.n_classes == 2 else 0
        )
        if fits and "kept" in mine:
            kept = np.shape(counted["kept"])
            n = len(counted["answers"])
            fits = len(kept) == 3 and (kept[0], kept[2]) == (n, self.n_classes)
        if not fits or not 0 < len(counted["answers"]) <= len(self.labels):
            raise ValidationError(
                f"counted are {shown(sorted(counted))}; expected those of a judge of at most "
                f"{len(self.labels)} images, with the same windows and classes"
            )
        n = self.n_images = len(counted["answers"])
        self.answers[:n] = counted["answers"]
        self._margins[:n] = counted["margins"]
        self._rows = np.array(counted["rows"])
        self._right = dict(zip(self._right, map(int, counted["from_starts"]), strict=True))
        self.n_top5 = int(counted["top5"])
        if self._grid is not None:
            self._grid = np.array(counted["grid"])
        if self._kept is not None:
            self._kept = [np.array(counted["kept"])]

    @classmethod
    def of(
        cls, outputs: np.ndarray, labels: np.ndarray, timing: Presentation | None, grid: bool
    ) -> Judge:
        """A judge of scores that are in memory already; they are shared, not copied.

        Parameters
        ----------
        outputs : (image, step, class) array of float
            Class scores at every step.
        labels : (n_images,) array of int
            The true classes.
        timing : Presentation or None
            How the images were shown; None in rates.
        grid : bool
            Whether every window is counted.
        """
        outputs = checked_array(outputs, "outputs", shape=("image", "step", "class"))
        judge = cls(labels, outputs.shape[2], timing, grid=grid)
        small, judge._kept = judge._kept is not None, None
        judge.add(outputs)
        judge._kept = [outputs] if small else None
        return judge

    @property
    def predictions(self) -> np.ndarray:
        """Classes answered so far, shape ``(n_images,)``."""
        return self.answers[: self.n_images]

    @property
    def margins(self) -> np.ndarray | None:
        """Score of class 1 less that of class 0, shape ``(n_images,)``; None but of two classes."""
        return self._margins[: self.n_images] if self.n_classes == 2 else None

    @property
    def top5_accuracy(self) -> float | None:
        """Share of images whose class is among the five best; None below 100 classes."""
        if self.n_classes < _CLASSES_FOR_TOP5 or not self.n_images:
            return None
        return self.n_top5 / self.n_images

    def accuracy_from(self, t_c: float) -> float:
        """Share of correct predictions when averaging begins at one of ``starts``, in seconds.

        Parameters
        ----------
        t_c : float
            Start of the average, in seconds.

        Raises
        ------
        ValidationError
            If it is not one of ``starts``, or no image was judged yet.
        """
        if real()(t_c, "t_c") not in self._right:
            raise ValidationError(
                f"t_c is {t_c}; this judge counted from {list(self._right)} s: give it in starts"
            )
        if not self.n_images:
            raise ValidationError("no image was judged yet, so there is no accuracy; add() some")
        return self._right[float(t_c)] / self.n_images

    def windows(self) -> Windows | None:
        """Accuracy of windows of time; None where there is no time, or no image yet."""
        if self.timing is None or not self.n_images:
            return None
        if self._grid is not None:
            starts = list(range(self.timing.n_steps))
            return Windows(np.array(starts), shares(self._grid[:-1], starts, self.n_images))
        rows = shares(self._rows, self._starts, self.n_images)
        if not self._kept:
            return Windows(np.array(self._starts), rows)
        kept = self._kept[0] if len(self._kept) == 1 else np.concatenate(self._kept)
        return Windows(np.array(self._starts), rows, kept, self.labels[: self.n_images])


def require_part(start: int, stop: int, n: int) -> None:
    """Raise `ValidationError` unless these are some of the images."""
    if not start < stop <= n:
        raise ValidationError(
            f"start is {start} and stop {stop}; expected ascending positions in "
            f"{counted(n, 'image')}"
        )


def checked_starts(starts: Sequence[float], timing: Presentation | None) -> list[float]:
    """Times from which on averages are wanted; refused where there is no time."""
    if starts and timing is None:
        raise ValidationError(
            f"starts are {list(starts)} s, but there is no timing, as for rates; leave them out"
        )
    return [float(start) for start in starts]


class StepJudge:
    """Cuts the outputs of whole series into those of their steps, which another judge takes.

    Parameters
    ----------
    judge : Judge or ValueJudge
        Of all steps, series by series; its timing is that of one step.
    n_steps : int
        Steps of a series.

    Examples
    --------
    >>> inside = Judge(np.array([0, 1]), 2, Presentation(t_c=0, t_p=0.002))
    >>> judge = StepJudge(inside, 2)
    >>> judge.add(np.array([[[1, 0], [1, 0], [0, 1], [0, 1]]], np.float32))
    >>> inside.predictions
    array([0, 1])
    """

    def __init__(self, judge: Any, n_steps: int) -> None:
        self.judge, self.n_steps = judge, n_steps

    def add(self, outputs: np.ndarray) -> None:
        """Judge the steps of the next series.

        Parameters
        ----------
        outputs : (series, time step, output) array
            The time steps of all steps after one another.
        """
        n, times, n_outputs = outputs.shape
        steps = n * self.n_steps
        self.judge.add(np.asarray(outputs).reshape(steps, times // self.n_steps, n_outputs))


def window_scores(outputs: np.ndarray, timing: Presentation | None) -> np.ndarray:
    """Mean output over the window of ``timing``, shape ``(image, class)``."""
    if timing is None:
        return outputs[:, 0]
    return outputs[:, timing.c_steps : timing.n_steps].mean(axis=1)


def require_finite(
    outputs: np.ndarray, first: int = 0, names: tuple[str, str] = ("class scores", "class")
) -> None:
    """Raise `ValidationError` that names the first image and step with an invalid output."""
    if np.isfinite(outputs.sum(dtype=np.float64)):
        return
    for image, scores in enumerate(outputs):
        bad = np.argwhere(~np.isfinite(scores))
        if len(bad):
            step, label = bad[0].tolist()
            raise ValidationError(
                f"{names[0]} of image {first + image} are {scores[step, label]} at step {step} "
                f"({names[1]} {label}); expected finite numbers. Look at the network's weights and "
                "at the images"
            )
