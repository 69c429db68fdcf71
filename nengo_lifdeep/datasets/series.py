"""`Series`: series and films, with one answer each or an answer at every step."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np

from ..errors import DataError
from ..support.arrays.owned_arrays import owned
from ..support.checks import checked, whole
from ..support.checks.arrays import plain_array
from ..support.short_repr import short_repr
from .checks.choices import chosen_places
from .checks.images import checked_images
from .split import Split

__all__ = ["Series"]


@dataclasses.dataclass(frozen=True, eq=False)
class Series:
    """Series of features, or films, with one answer each or an answer at every step.

    With one answer each, a series of features is one image for the network, whose row is the time:
    `split` has images ``(1, step, feature)``, over which convolutions of ``(1, k)`` run; films of
    images are a Split of films, whose frames are shown one after another. With an answer at
    every step, the steps are shown one after another, and the network answers each: `split` has
    every step as an image, and `evaluate` shows them in spikes as one film per series, without a
    reset between steps.

    Parameters
    ----------
    frames : (n, step, feature) or (n, step, row, column, channel) array
        Any finite numbers; uint8 becomes 0 to 1. Features are kept as images of one pixel,
        ``(n, step, 1, 1, feature)``.
    labels : (n,) or (n, step) array of integers, optional
        Classes counted from 0: one per series, or one per step.
    targets : (n, output) or (n, step, output) array of numbers, optional
        Values that a network is to give, in place of classes.
    source : str
        Where they are from; error messages name it.

    Raises
    ------
    DataError
        If the shapes do not fit each other, a number is not finite, or there are both labels and
        targets, or neither.

    Examples
    --------
    >>> walk = np.random.default_rng(0).normal(size=(5, 20, 3))
    >>> Series(walk, labels=[0, 1, 0, 1, 1]).split.image_shape
    (1, 20, 3)
    >>> steps = Series(walk, labels=(walk[:, :, 0] > 0).astype(int))
    >>> steps.at_every_step, len(steps), len(steps.split), steps.split.image_shape
    (True, 5, 100, (1, 1, 3))
    """

    frames: np.ndarray
    labels: np.ndarray | None = None
    targets: np.ndarray | None = None
    source: str = "series"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        given = plain_array(self.frames, f"{self.source}: frames", DataError)
        if given.ndim == 3:
            given = given[:, :, np.newaxis, np.newaxis]
        if given.ndim != 5 or not given.size:
            raise DataError(
                f"{self.source}: frames have shape {given.shape}; expected (series, step, feature) "
                "or (series, step, row, column, channel)"
            )
        flat = checked_images(given.reshape(-1, *given.shape[2:]), self.source, any_range=True)
        object.__setattr__(self, "frames", owned(flat.reshape(given.shape)))
        if (self.labels is None) == (self.targets is None):
            raise DataError(
                f"{self.source}: there are "
                f"{'neither' if self.labels is None else 'both'} labels "
                f"{'nor' if self.labels is None else 'and'} targets; expected classes as labels, "
                "or values as targets"
            )
        for name in ("labels", "targets"):
            if getattr(self, name) is not None:
                answers = plain_array(getattr(self, name), f"{self.source}: {name}", DataError)
                object.__setattr__(self, name, owned(np.array(answers)))
        if self.answers.shape[:1] != given.shape[:1] or (
            self.at_every_step and self.answers.shape[:2] != given.shape[:2]
        ):
            raise DataError(
                f"{self.source}: answers have shape {self.answers.shape}; expected one for each of "
                f"{given.shape[0]} series, or for each of {given.shape[1]} steps of them: labels "
                "(series,) or (series, step), targets (series, output) or (series, step, output)"
            )
        self.split  # noqa: B018  checks the answers

    @property
    def answers(self) -> np.ndarray:
        """Labels or targets, as they were given."""
        found: Any = self.labels if self.targets is None else self.targets
        return np.asarray(found)

    @property
    def at_every_step(self) -> bool:
        """Whether there is an answer at every step, not one for each series."""
        return self.answers.ndim == (2 if self.targets is None else 3)

    @property
    def n_steps(self) -> int:
        """Steps of a series."""
        return int(self.frames.shape[1])

    def __len__(self) -> int:
        return len(self.frames)

    @functools.cached_property
    def split(self) -> Split:
        """The images that a network is given, with their answers.

        Of every step, series by series, whose steps are a group; or one image ``(1, step,
        feature)`` per series of features; or films of images, with one answer each
        (`Split.is_film`).
        """
        answers: Any = self.answers
        groups = None
        if self.at_every_step:
            groups = np.repeat(np.arange(len(self)), self.n_steps)
            images = self.frames.reshape(-1, *self.frames.shape[2:])
            answers = answers.reshape(len(images), *answers.shape[2:])
        elif self.frames.shape[2:4] != (1, 1):
            images = self.frames
        else:
            images = self.frames[:, :, 0, 0][:, np.newaxis]
        if self.targets is None:
            return Split(images, answers, self.source, any_range=True, groups=groups)
        return Split(images, source=self.source, targets=answers, any_range=True, groups=groups)

    def subset(self, index: Any) -> Series:
        """The chosen series (slice, integers or booleans), in that order.

        Parameters
        ----------
        index : slice, or (k,) array of int or bool
            The chosen series.
        """
        index = list(index) if isinstance(index, tuple) else index
        places = chosen_places(index, len(self), self.source, "series")
        labels = None if self.labels is None else self.labels[places]
        targets = None if self.targets is None else self.targets[places]
        return Series(self.frames[places], labels, targets, self.source)

    @checked(DataError, n=whole(1))
    def first(self, n: int) -> Series:
        """The first ``n`` series.

        Parameters
        ----------
        n : int
            Number of series.
        """
        if n > len(self):
            raise DataError(f"{self.source}: {n} series were asked for; it has {len(self)}")
        return self.subset(slice(n))
