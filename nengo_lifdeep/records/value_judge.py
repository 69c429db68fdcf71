"""Compare values with targets chunk by chunk: values and errors in time are kept, not steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import ValidationError
from ..inputs.presentation import Presentation, timing_or_default
from ..support.checks import checked, checked_whole, each, instance, real, shown, whole
from ..support.checks.arrays import checked_array
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .judge import checked_starts, require_finite, require_part, window_scores
from .window_counts import running_totals

__all__ = ["BLOCK", "ErrorInTime", "ValueJudge"]

#: images whose errors in time are summed one by one before the sums are: the parts of a run are of
#: whole blocks, so that it does not matter how it was cut
BLOCK = 20


@dataclasses.dataclass(frozen=True, eq=False)
class ErrorInTime:
    """Error of the values for every end of the window over which outputs are averaged.

    Parameters
    ----------
    starts : (k,) array of int
        Steps from which on outputs are averaged, counted from 0.
    absolute, squared : (k, n_steps + 1) arrays
        Mean absolute and mean squared error averaging over ``start <= step < end``; NaN up to each
        start.

    Raises
    ------
    ValidationError
        If the arrays do not fit each other.

    Examples
    --------
    >>> judge = ValueJudge(np.array([[1.0]]), Presentation(t_c=0, t_p=0.002))
    >>> judge.add(np.array([[[0.0], [2.0]]], np.float32))
    >>> judge.in_time().row(0)
    array([nan,  1.,  0.])
    """

    starts: np.ndarray
    absolute: np.ndarray
    squared: np.ndarray

    __repr__ = short_repr

    def __post_init__(self) -> None:
        starts = checked_array(
            self.starts, "ErrorInTime.starts", kind="whole", shape=("start",), low=0,
            dtype=np.int64, own=True,
        )  # fmt: skip
        object.__setattr__(self, "starts", starts)
        steps: int | str = "step"
        for name in ("absolute", "squared"):
            rows = checked_array(
                getattr(self, name), f"ErrorInTime.{name}", shape=(len(starts), steps),
                finite=False, dtype=np.float64, own=True,
            )  # fmt: skip
            object.__setattr__(self, name, rows)
            steps = rows.shape[1]
        if self.n_steps < 1 or (len(starts) and starts.max() >= self.n_steps):
            raise ValidationError(
                f"ErrorInTime.starts are {starts.tolist()}; expected steps of the {self.n_steps}"
            )

    @property
    def n_steps(self) -> int:
        """Steps of the run."""
        return self.absolute.shape[1] - 1

    def row(self, start: int, score: str = "mean_absolute_error") -> np.ndarray:
        """Error averaging from step ``start`` to before step ``p``, shape ``(n_steps + 1,)``.

        Parameters
        ----------
        start : int
            First step of the average; one of ``starts``.
        score : {"mean_absolute_error", "mean_squared_error"}
            Which error.

        Raises
        ------
        ValidationError
            If that start was not counted, or there is no such error.
        """
        rows = {"mean_absolute_error": self.absolute, "mean_squared_error": self.squared}
        if not isinstance(score, str) or score not in rows:
            raise ValidationError(f"score is {score!r}; expected {' or '.join(rows)}")
        found = np.flatnonzero(self.starts == checked_whole(start, "start"))
        if not len(found):
            raise ValidationError(
                f"start is step {start}; errors were counted from steps {self.starts.tolist()}"
            )
        return rows[score][found[0]]


class ValueJudge:
    """Takes outputs in the order of the images, and compares them with targets.

    The value of an image is its mean output over the window of the timing, as its class scores
    are elsewhere. Its memory grows with images times outputs, not with steps.

    Parameters
    ----------
    targets : (n_images, output) array
        What is to be given for all the images that will come.
    timing : Presentation or None
        Timing of the run; None where there is no time.
    starts : sequence of float
        Further ``t_c`` in seconds whose values are wanted; see `values_from`.

    Attributes
    ----------
    n_images : int
        Images judged so far.

    Raises
    ------
    ValidationError
        If targets are of another kind, or starts are given where there is no time.

    Examples
    --------
    >>> judge = ValueJudge(np.array([[1.0], [3.0]]), None)
    >>> judge.add(np.array([[[1.5]], [[3.0]]], np.float32))
    >>> judge.values.ravel().tolist(), judge.in_time()
    ([1.5, 3.0], None)
    """

    @checked(timing=timing_or_default, starts=each(real(0), "times in seconds"))
    def __init__(
        self, targets: np.ndarray, timing: Presentation | None, *, starts: Sequence[float] = ()
    ) -> None:
        self.targets = checked_array(
            targets, "targets", shape=("image", "output"), dtype=np.float32
        )
        self.timing = timing
        self.n_images = 0
        self._values = np.zeros(self.targets.shape, np.float32)
        times = checked_starts(starts, timing)
        self._from = {start: np.zeros_like(self._values) for start in times}
        self._starts = [] if timing is None else sorted({0, timing.c_steps})
        steps = 1 if timing is None else timing.n_steps
        # absolute and squared errors of every block of images, summed in the order of the images
        n_blocks = -(-len(self.targets) // BLOCK) if self._starts else 0
        self._errors = np.zeros((n_blocks, 2, len(self._starts), steps + 1))

    def add(self, outputs: np.ndarray) -> None:
        """Compare the next images.

        Parameters
        ----------
        outputs : (image, step, output) array
            What the network gave at every step; one step where there is no time.

        Raises
        ------
        ValidationError
            If there are more images than targets, or a value is not finite.
        """
        steps = 1 if self.timing is None else self.timing.n_steps
        outputs = checked_array(
            outputs, "outputs", shape=("image", steps, self.targets.shape[1]), finite=False,
            dtype=np.float32,
        )  # fmt: skip
        part = slice(self.n_images, self.n_images + len(outputs))
        targets = self.targets[part]
        if len(targets) < len(outputs):
            raise ValidationError(
                f"targets of {len(self.targets)} for at least {counted(part.stop, 'image')}; "
                "expected one each"
            )
        require_finite(outputs, part.start, ("values", "output"))
        self._values[part] = window_scores(outputs, self.timing)
        for start, values in self._from.items():
            timing = dataclasses.replace(self.timing, t_c=start)  # type: ignore[type-var]
            values[part] = window_scores(outputs, timing)
        for total, some in running_totals(outputs) if self._starts else ():
            for place, start in enumerate(self._starts):
                length = np.arange(1, steps - start + 1)[:, np.newaxis]
                means = (total[:, start + 1 :] - total[:, start : start + 1]) / length
                error = means - targets[some][:, np.newaxis]
                first = part.start + some.start
                for kind, found in enumerate((np.abs(error), error**2)):
                    for image, row in enumerate(found.mean(axis=2), first):
                        self._errors[image // BLOCK, kind, place, start + 1 :] += row
        self.n_images += len(outputs)

    @checked(start=whole(), stop=whole())
    def part(self, start: int, stop: int) -> ValueJudge:
        """A judge of some of the images, which `merge` takes back once it has judged them.

        Parameters
        ----------
        start, stop : int
            First image, a multiple of 20, and the image after the last one.

        Raises
        ------
        ValidationError
            If they are no such images.
        """
        require_part(start, stop, len(self.targets))
        return ValueJudge(self.targets[start:stop], self.timing, starts=list(self._from))

    def merge(self, part: ValueJudge) -> None:
        """Take what a judge of the next images has compared: as if they had been compared here.

        Parameters
        ----------
        part : ValueJudge
            What `part` gave, after its images; interrupted, it is the last one.

        Raises
        ------
        ValidationError
            If its images do not follow those judged so far, or do not begin with a block of 20.
        """
        part = instance(ValueJudge)(part, "part")
        images = slice(self.n_images, self.n_images + part.n_images)
        targets = self.targets[self.n_images : self.n_images + len(part.targets)]
        if (
            (part.timing, list(part._from)) != (self.timing, list(self._from))
            or not np.array_equal(part.targets, targets)
            or self.n_images % BLOCK
        ):
            raise ValidationError(
                f"a judge of {len(part.targets)} images was to be merged at image {self.n_images}, "
                f"and is not of the images there, or that is no multiple of {BLOCK}; give what "
                "part() gave"
            )
        self._values[images] = part.values
        for start, values in part._from.items():
            self._from[start][images] = values[: part.n_images]
        block = self.n_images // BLOCK
        self._errors[block : block + len(part._errors)] = part._errors
        self.n_images += part.n_images

    def counted(self) -> dict[str, np.ndarray]:
        """What was compared of the images so far, as arrays that a file can hold."""
        found = {"values": self.values, "errors": self._errors}
        return found | {f"from{i}": v[: self.n_images] for i, v in enumerate(self._from.values())}

    @checked(counted=instance(Mapping))
    def recall(self, counted: Mapping[str, np.ndarray]) -> None:
        """Take what a judge of the same images has compared, in place of comparing them again.

        Parameters
        ----------
        counted : dict of str to array
            What `counted` gave.

        Raises
        ------
        ValidationError
            If it is not of a judge of these images and windows.
        """
        mine = self.counted()
        fits = mine.keys() == counted.keys() and (
            np.shape(counted["errors"]) == self._errors.shape
            and np.shape(counted["values"])[1:] == self._values.shape[1:]
            and all(
                np.shape(counted[f"from{i}"]) == (len(counted["values"]), *each.shape[1:])
                for i, each in enumerate(self._from.values())
            )
        )
        if not fits or not 0 < len(counted["values"]) <= len(self.targets):
            raise ValidationError(
                f"counted are {shown(sorted(counted))}; expected those of a judge of at most "
                f"{len(self.targets)} images, with the same windows and outputs"
            )
        n = self.n_images = len(counted["values"])
        self._values[:n] = counted["values"]
        self._errors[:] = counted["errors"]
        for i, values in enumerate(self._from.values()):
            values[:n] = counted[f"from{i}"]

    @property
    def values(self) -> np.ndarray:
        """Values given so far, shape ``(n_images, output)``."""
        return self._values[: self.n_images]

    def values_from(self, t_c: float) -> np.ndarray:
        """Values when averaging begins at one of ``starts``, shape ``(n_images, output)``.

        Parameters
        ----------
        t_c : float
            Start of the average, in seconds.

        Raises
        ------
        ValidationError
            If it is not one of ``starts``.
        """
        if real()(t_c, "t_c") not in self._from:
            raise ValidationError(
                f"t_c is {t_c}; this judge averaged from {list(self._from)} s: give it in starts"
            )
        return self._from[float(t_c)][: self.n_images]

    def in_time(self) -> ErrorInTime | None:
        """Errors against time; None where there is no time, or no image yet."""
        if self.timing is None or not self.n_images:
            return None
        totals = np.zeros(self._errors.shape[1:])
        for block in self._errors:  # one after the other: the same for any parts
            totals += block
        rows = list(totals / self.n_images)
        for errors in rows:
            for row, start in zip(errors, self._starts, strict=True):
                row[: start + 1] = np.nan
        return ErrorInTime(np.array(self._starts), *rows)
