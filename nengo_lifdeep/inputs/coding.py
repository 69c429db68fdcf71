"""How a static image becomes a time course: random spikes of its pixels, or any function of time.

A coding is called with images after preprocessing and gives what the network sees at every step.
Its random numbers belong to an image's position in the data, so that neither the batch nor the
simulator changes them.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ..errors import DataError, ValidationError
from ..support.checks import check_fields, checked, function, instance, real, shown, whole
from ..support.checks.arrays import checked_array
from .presentation import Presentation

__all__ = [
    "BernoulliCoding",
    "Coding",
    "ConstantCoding",
    "FunctionCoding",
    "LatencyCoding",
    "PoissonCoding",
    "coding_or_none",
]

#: probabilities may exceed 1 by the rounding of ``max_rate * dt``
_ROUNDING = 1e-6


class Coding(Protocol):
    """From images to their time courses; write your own by following this signature.

    Parameters
    ----------
    images : (n, row, column, channel) array of float32
        Preprocessed images.
    timing : Presentation
        How long images are shown, and the time step.
    indices : (n,) array of int
        Positions of the images in the data, for random codings.
    """

    def __call__(self, images: np.ndarray, timing: Presentation, indices: np.ndarray) -> np.ndarray:
        """What the network sees at every step.

        Parameters
        ----------
        images : (n, *shape) array of float32
            Images after preprocessing.
        timing : Presentation
            Number and length of the steps.
        indices : (n,) array of integers
            Positions of the images in the data; random numbers may depend on them alone.

        Returns
        -------
        (n, timing.n_steps, *shape) array of float32
        """


@dataclasses.dataclass(frozen=True)
class _RandomSpikes(abc.ABC):
    """Spikes of height ``1 / (max_rate * dt)`` whose mean over time is the pixel."""

    max_rate: float
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self, max_rate=real(above=0, unit="Hz"), seed=whole())

    @checked(timing=instance(Presentation))
    def __call__(self, images: np.ndarray, timing: Presentation, indices: np.ndarray) -> np.ndarray:
        images, indices = _checked(images, indices)
        per_step = self.max_rate * timing.dt
        if per_step * timing.n_steps < 1:
            raise ValidationError(
                f"{type(self).__name__}: at max_rate = {self.max_rate:g} Hz a white pixel would "
                f"spike {per_step * timing.n_steps:.2g} times in t_p = {timing.t_p:g} s; expected "
                f"at least once. Rates are in Hz: {self.max_rate:g} kHz are "
                f"max_rate={1e3 * self.max_rate:g}"
            )
        self._check(float(np.abs(images).max(initial=0)), timing)
        frames = np.empty((len(images), timing.n_steps, *images.shape[1:]), np.float32)
        for image, index, out in zip(images, indices, frames, strict=True):
            rng = np.random.default_rng([self.seed, int(index)])
            counts = self._counts(rng, np.abs(image) * per_step, out.shape)
            np.multiply(counts, np.sign(image) / np.float32(per_step), out=out, casting="same_kind")
        return frames

    @abc.abstractmethod
    def _counts(
        self, rng: np.random.Generator, expected: np.ndarray, shape: tuple[int, ...]
    ) -> np.ndarray:
        """Spikes of every pixel at every step, ``shape`` is (step, *pixels)."""

    @abc.abstractmethod
    def _check(self, largest: float, timing: Presentation) -> None:
        """Raise `ValidationError` if a pixel of this size cannot be shown."""


class BernoulliCoding(_RandomSpikes):
    """At every step a pixel ``x`` spikes with probability ``|x| * max_rate * dt``, or not.

    A spike is ``sign(x) / (max_rate * dt)`` high, so the mean over time is ``x`` and no pixel
    spikes more than once per step. Pixels that preprocessing made negative give negative spikes.

    Parameters
    ----------
    max_rate : float
        Rate of a pixel of value 1, in Hz.
    seed : int
        The random numbers of an image depend on the seed and on its position in the data.

    Raises
    ------
    ValidationError
        If the rate is not positive and finite; when called, if a probability exceeds 1, or a
        white pixel would spike less than once per image.

    Examples
    --------
    >>> timing = Presentation(t_p=2.0)
    >>> half = np.full((1, 4, 4, 1), 0.5, np.float32)
    >>> frames = BernoulliCoding(max_rate=500)(half, timing, np.array([0]))
    >>> frames.shape, np.unique(frames).tolist(), bool(abs(frames.mean() - 0.5) < 0.02)
    ((1, 2000, 4, 4, 1), [0.0, 2.0], True)
    """

    def _counts(
        self, rng: np.random.Generator, expected: np.ndarray, shape: tuple[int, ...]
    ) -> np.ndarray:
        return rng.random(shape, dtype=np.float32) < expected

    def _check(self, largest: float, timing: Presentation) -> None:
        probability = largest * self.max_rate * timing.dt
        if probability > 1 + _ROUNDING:
            raise ValidationError(
                f"BernoulliCoding: at max_rate = {self.max_rate:g} Hz and dt = {timing.dt:g} s a "
                f"pixel of size {largest:g} would spike with probability {probability:.4g} per "
                f"step; expected at most 1. Use max_rate <= {1 / (largest * timing.dt):.4g} Hz, a "
                "shorter dt, or PoissonCoding, which has room for several spikes per step"
            )


class PoissonCoding(_RandomSpikes):
    """At every step a pixel ``x`` has a Poisson number of spikes of mean ``|x| * max_rate * dt``.

    A spike is ``sign(x) / (max_rate * dt)`` high, so the mean over time is ``x``. Pixels that
    preprocessing made negative give negative spikes.

    Parameters
    ----------
    max_rate : float
        Rate of a pixel of value 1, in Hz; any rate is possible at any ``dt``.
    seed : int
        The random numbers of an image depend on the seed and on its position in the data.

    Raises
    ------
    ValidationError
        If the rate is not positive and finite; when called, if a white pixel would spike less than
        once per image.

    Examples
    --------
    >>> timing = Presentation(t_p=2.0)
    >>> half = np.full((1, 4, 4, 1), 0.5, np.float32)
    >>> frames = PoissonCoding(max_rate=2000)(half, timing, np.array([0]))
    >>> frames.shape, bool(abs(frames.mean() - 0.5) < 0.02)
    ((1, 2000, 4, 4, 1), True)
    """

    def _counts(
        self, rng: np.random.Generator, expected: np.ndarray, shape: tuple[int, ...]
    ) -> np.ndarray:
        return rng.poisson(expected, shape)

    def _check(self, largest: float, timing: Presentation) -> None:
        """Any number of spikes fits into a step."""


@dataclasses.dataclass(frozen=True)
class LatencyCoding:
    """One spike per pixel, the earlier the brighter: at step ``floor((1 - |x|) n_steps)``.

    A pixel of 1 or more spikes in the first step, one of 0 never. Pixels that preprocessing made
    negative give negative spikes. Nothing is random.

    Parameters
    ----------
    height : float
        Height of a spike: what the network sees in that step.

    Raises
    ------
    ValidationError
        If the height is not positive and finite.

    Examples
    --------
    >>> grey = np.array([[[[1.0, 0.5, 0.0, -0.3]]]], np.float32)
    >>> frames = LatencyCoding()(grey, Presentation(t_c=0, t_p=0.004), np.array([0]))
    >>> frames[0, :, 0, 0].T.tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0]]
    """

    height: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self, height=real(above=0))

    @checked(timing=instance(Presentation))
    def __call__(self, images: np.ndarray, timing: Presentation, indices: np.ndarray) -> np.ndarray:
        images, _ = _checked(images, indices)
        size, n = np.abs(images), timing.n_steps
        step = np.minimum(np.floor((1 - np.minimum(size, 1)) * n), n - 1).astype(np.int64)
        frames = np.zeros((len(images), n, *images.shape[1:]), np.float32)
        np.put_along_axis(frames, step[:, None], (self.height * np.sign(images))[:, None], axis=1)
        return frames


@dataclasses.dataclass(frozen=True)
class ConstantCoding:
    """Every image unchanged in all steps, which is what networks are shown without a coding.

    It is for networks that were trained on their spikes, which are shown what they were trained
    with unless another coding is given.

    Examples
    --------
    >>> pixel = np.full((1, 1, 1, 1), 0.5, np.float32)
    >>> ConstantCoding()(pixel, Presentation(t_c=0, t_p=0.003), np.array([0])).ravel().tolist()
    [0.5, 0.5, 0.5]
    """

    @checked(timing=instance(Presentation))
    def __call__(self, images: np.ndarray, timing: Presentation, indices: np.ndarray) -> np.ndarray:
        images, _ = _checked(images, indices)
        return np.repeat(images[:, None], timing.n_steps, axis=1)


@dataclasses.dataclass(frozen=True)
class FunctionCoding:
    """Any function of time: flicker, fading, motion.

    Parameters
    ----------
    function : callable
        ``function(t, images)`` returns the images at time ``t``, of the shape it was given,
        ``(n, *shape)``. ``t`` is in seconds since the image's onset and, as in Nengo, ``dt`` at
        the first step.

    Raises
    ------
    ValidationError
        If ``function`` cannot be called.
    DataError
        When called, if an answer has another shape or is not finite.

    Examples
    --------
    >>> late = FunctionCoding(lambda t, images: images * (t > 0.002))
    >>> ones = np.ones((1, 1, 1, 1), np.float32)
    >>> late(ones, Presentation(t_c=0, t_p=0.004), np.array([0])).ravel().tolist()
    [0.0, 0.0, 1.0, 1.0]
    """

    function: Callable[[float, np.ndarray], np.ndarray]

    def __post_init__(self) -> None:
        check_fields(self, function=function)

    @checked(timing=instance(Presentation))
    def __call__(self, images: np.ndarray, timing: Presentation, indices: np.ndarray) -> np.ndarray:
        images, _ = _checked(images, indices)
        frames = np.empty((len(images), timing.n_steps, *images.shape[1:]), np.float32)
        for step in range(timing.n_steps):
            t = (step + 1) * timing.dt
            shown = np.asarray(self.function(t, images.copy()))
            if shown.shape != images.shape or not np.isfinite(shown).all():
                found = f"shape {shown.shape}"
                if shown.shape == images.shape:
                    found = "numbers that are not finite"
                raise DataError(
                    f"FunctionCoding: at t = {t:g} s {self} returned {found}; expected finite "
                    f"numbers of shape {images.shape} (image, row, column, channel)"
                )
            frames[:, step] = shown
        return frames

    def __str__(self) -> str:
        return f"FunctionCoding({getattr(self.function, '__name__', 'function')})"


def _checked(images: np.ndarray, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images as float32, and one position for each."""
    found = checked_array(images, "images", error=DataError)
    if found.ndim < 2:
        raise DataError(f"images have shape {found.shape}; expected (image, row, column, channel)")
    places = checked_array(indices, "indices", kind="whole", shape=(len(found),), low=0)
    return found.astype(np.float32, copy=False), places


def coding_or_none(value: Any, what: str) -> Any:
    """Check of an argument that is a coding, or None.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.
    """
    if value is not None and (isinstance(value, type) or not callable(value)):
        raise ValidationError(
            f"{what} is {shown(value)}; expected BernoulliCoding, PoissonCoding, "
            "LatencyCoding, FunctionCoding or ConstantCoding, for example "
            "PoissonCoding(max_rate=200)"
        )
    return value
