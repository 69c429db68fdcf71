"""Inputs of a simulator: images, frames over time or coded images, drawn chunk by chunk."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import numpy as np

from ..datasets.base import Split
from ..datasets.checks.images import checked_images, unit_values
from ..datasets.series import Series
from ..errors import DataError, ValidationError
from ..support.arrays.owned_arrays import owned
from ..support.checks.arrays import plain_array
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .coding import Coding, ConstantCoding, coding_or_none
from .preprocessing import Preprocessing
from .presentation import Presentation

__all__ = ["Inputs", "in_time", "still"]


#: in whatever form images are given
Images = TypeVar("Images")


class Viewer(Protocol):
    """What is asked of a network that is shown something: a `SpikingModel` answers.

    Attributes
    ----------
    name : str
        For messages.
    preprocessing : Preprocessing
        From images in [0, 1] to network input.
    input_shape : tuple of int
        Shape of one image after preprocessing.
    """

    @property
    def name(self) -> str: ...
    @property
    def preprocessing(self) -> Preprocessing: ...
    @property
    def input_shape(self) -> tuple[int, ...]: ...


@dataclasses.dataclass(frozen=True, eq=False)
class Inputs:
    """Images on their way into a network; preprocessed and coded only when a chunk is drawn.

    A run of many images over many steps would not fit into memory; a chunk of it does.

    Parameters
    ----------
    images : (n, row, column, channel) or (n, step, row, column, channel) array
        Raw images, uint8 or float32 in [0, 1]: shown all the time, or one frame per step.
    timing : Presentation
        Number and length of the steps.
    coding : Coding, optional
        Turns preprocessed images into time courses; None shows them unchanged.
    preprocessing : Preprocessing
        From images in [0, 1] to network input.
    indices : (n,) array of integers, optional
        Positions in the data, 0 or more; codings draw their random numbers by them, simulators
        random initial voltages.
    any_range : bool
        Whether images of floats may be any finite numbers, not only [0, 1].
    hold : int
        Steps for which each frame is shown.
    film : bool
        Whether frames are shown for equal shares of the presentation, however many there are.

    Examples
    --------
    >>> from nengo_lifdeep.inputs.coding import PoissonCoding
    >>> timing = Presentation(t_p=0.05)
    >>> inputs = Inputs(np.ones((7, 8, 8, 1), np.float32), timing, PoissonCoding(200))
    >>> len(inputs), inputs.is_static, inputs.chunk(2, 4).shape
    (7, False, (2, 50, 8, 8, 1))
    >>> bool((inputs.take([5, 3]).chunk(1, 2) == inputs.chunk(3, 4)).all())
    True
    """

    images: np.ndarray
    timing: Presentation
    coding: Coding | None = None
    preprocessing: Preprocessing = dataclasses.field(default_factory=Preprocessing)
    indices: np.ndarray | None = None
    any_range: bool = False
    hold: int = 1
    film: bool = False

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if isinstance(self.coding, ConstantCoding):  # nothing changes over time: rates will do
            object.__setattr__(self, "coding", None)
        if not isinstance(self.timing, Presentation):
            raise ValidationError(f"Inputs.timing is {self.timing!r}; expected a Presentation")
        if not isinstance(self.preprocessing, Preprocessing):
            raise ValidationError(
                f"Inputs.preprocessing is {self.preprocessing!r}; expected a Preprocessing"
            )
        if not getattr(self.images, "is_lazy", False):
            images = plain_array(self.images, "Inputs.images", DataError)
            if images.ndim not in (4, 5):
                raise DataError(
                    f"Inputs.images have shape {images.shape}; expected (image, row, column, "
                    "channel), or (image, step, row, column, channel)"
                )
            object.__setattr__(self, "images", owned(images))
        n = len(self.images)
        given = np.arange(n) if self.indices is None else np.asarray(self.indices)
        if given.shape != (n,) or given.dtype.kind not in "iu" or (n and given.min() < 0):
            raise ValidationError(
                f"indices are {_described(given)}; expected {n} whole numbers >= 0, the positions "
                "of the images in the data"
            )
        object.__setattr__(self, "indices", owned(given.astype(np.int64, copy=False)))

    @classmethod
    def of(
        cls,
        model: Viewer,
        images: Split | Series | np.ndarray,
        timing: Presentation,
        coding: Coding | None = None,
    ) -> Inputs:
        """Checked inputs of a network.

        Parameters
        ----------
        model : SpikingModel
            Decides the preprocessing and the shape.
        images : Split, Series or array
            As for `run`; where the network takes rows of features, also ``(n, features)``, frames
            ``(n, step, features)``, and images of one channel, which are read row by row.
        timing : Presentation
            As many frames are expected as it has steps.
        coding : Coding, optional
            For images, not for frames.

        Raises
        ------
        DataError
            If there are no images, a pixel is outside [0, 1], they end in another shape than the
            network takes, or there is not one frame per step.
        ValidationError
            If ``coding`` cannot be called, or is given together with frames.
        """
        coding = None if isinstance(coding, ConstantCoding) else coding_or_none(coding, "coding")
        if isinstance(images, Series) and images.at_every_step:
            if coding is not None:
                raise ValidationError(
                    f"coding is {coding} and the data are series, which change over time already; "
                    "leave the coding out"
                )
            return cls.of_series(model, images, timing)
        images = images.split if isinstance(images, Series) else images
        free = images.any_range if isinstance(images, Split) else _takes_any(model)
        raw = _in_network_shape(_checked(images, timing, model, free), model)
        places = images.indices if isinstance(images, Split) else None
        film = isinstance(images, Split) and images.is_film
        inputs = cls(raw, timing, coding, model.preprocessing, places, free, film=film)
        if coding is not None and inputs.is_timed:
            raise ValidationError(
                f"coding is {coding} and the images, of shape {raw.shape}, are frames over time "
                "already; give frames without a coding, or static images (image, row, column, "
                "channel)"
            )
        inputs.require_shape(model)
        return inputs

    @classmethod
    def of_series(cls, model: Viewer, series: Series, timing: Presentation) -> Inputs:
        """Series as films, whose every step is shown for the time of one presentation.

        Parameters
        ----------
        model : SpikingModel
            Decides the preprocessing and the shape.
        series : Series
            With an answer at every step.
        timing : Presentation
            Of one step.

        Raises
        ------
        DataError
            If the steps end in another shape than the network takes.
        """
        steps = series.n_steps * timing.n_steps
        whole = dataclasses.replace(timing, t_c=0.0, t_p=steps * timing.dt)
        raw = _in_network_shape(series.frames, model)
        inputs = cls(raw, whole, None, model.preprocessing, None, True, timing.n_steps)
        inputs.require_shape(model)
        return inputs

    def __len__(self) -> int:
        return len(self.images)

    @property
    def positions(self) -> np.ndarray:
        """Positions of the images in the data, ``(n,)`` whole numbers."""
        assert self.indices is not None
        return self.indices

    @property
    def is_timed(self) -> bool:
        """Whether the images are frames over time themselves."""
        return self.images.ndim == 5

    @property
    def is_static(self) -> bool:
        """Whether every image is shown unchanged all the time."""
        return self.coding is None and not self.is_timed

    def require_shape(self, model: Viewer) -> None:
        """Raise `DataError` if the images do not end in the shape that the network takes.

        Parameters
        ----------
        model : SpikingModel
            The network; its input has the shape ``(row, column, channel)``.
        """
        given = self.images.shape[-3:]
        shape = self.preprocessing.input_shape(given)
        if shape != tuple(model.input_shape):
            raise DataError(
                f"images of shape {given} become {shape} after preprocessing; network "
                f"{model.name!r} takes {tuple(model.input_shape)}. Were these images meant for "
                "another network?"
            )

    def require_static(self, simulator: str, others: tuple[str, ...]) -> None:
        """Raise `ValidationError` if the input changes over time, which ``simulator`` cannot show.

        Parameters
        ----------
        simulator : str
            Its name.
        others : tuple of str
            Names of those that can.
        """
        if not self.is_static:
            given = f"coding {self.coding}" if self.coding else f"frames {self.images.shape}"
            still = "static images"
            if self.film:
                still = "split.stacked(), all frames of a film as one image"
            elif self.coding:
                still = "coding=ConstantCoding() (--coding none) for images without a coding"
            raise ValidationError(
                f"simulator {simulator!r} shows no input that changes over time, but got {given}; "
                f"use simulator={' or '.join(map(repr, others))}, or {still}"
            )

    def require_steps(self) -> None:
        """Raise `DataError` if a film has more frames than the presentation has steps."""
        if self.film and self.images.shape[1] > self.timing.n_steps:
            n = self.images.shape[1]
            raise DataError(
                f"films have {counted(n, 'frame')}, and are shown for "
                f"{counted(self.timing.n_steps, 'step')} of dt = "
                f"{self.timing.dt:g} s; expected a step per frame or more: "
                f"Presentation(t_p={n * self.timing.dt:g}) or longer, or fewer frames"
            )

    def frames(self, start: int, stop: int) -> np.ndarray:
        """Network input of the frames of films ``start`` to ``stop - 1``, each of them once.

        Parameters
        ----------
        start, stop : int
            First film, and the film after the last one.

        Returns
        -------
        (k, frame, *shape) array of float32
        """
        return dataclasses.replace(self, film=False).chunk(start, stop)

    def chunk(self, start: int, stop: int) -> np.ndarray:
        """Network input of images ``start`` to ``stop - 1``.

        Parameters
        ----------
        start, stop : int
            First image, and the image after the last one.

        Returns
        -------
        (k, *shape) or (k, step, *shape) array of float32
            The former where `is_static`.
        """
        raw = self.images[start:stop]
        shape = raw.shape[:-3]
        pixels = raw.reshape(-1, *raw.shape[-3:])
        features = raw.shape[-3:-1] == (1, 1) and raw.dtype == np.float32
        free = self.any_range or features  # any finite numbers
        pixels = checked_images(pixels, "images", any_range=free)
        units = pixels.copy() if pixels.dtype == np.float32 else unit_values(pixels)
        prepared = self.preprocessing(units)
        prepared = prepared.reshape(*shape, *prepared.shape[1:])
        if self.film:
            steps = self.timing.n_steps
            return prepared[:, np.arange(steps) * prepared.shape[1] // steps]
        if self.coding is None:
            return prepared if self.hold == 1 else np.repeat(prepared, self.hold, axis=1)
        frames = np.asarray(self.coding(prepared, self.timing, self.positions[start:stop]))
        expected = (len(raw), self.timing.n_steps, *prepared.shape[1:])
        if frames.shape != expected:
            raise DataError(
                f"coding {self.coding} returned shape {frames.shape}; expected {expected} "
                "(image, step, row, column, channel)"
            )
        if frames.dtype.kind not in "fiub" or not np.isfinite(frames).all():
            raise DataError(
                f"coding {self.coding} returned {frames.dtype} with NaN, infinity or no numbers; "
                "expected finite real numbers"
            )
        return frames.astype(np.float32, copy=False)

    def take(self, indices: Any) -> Inputs:
        """Some of the images, in the order of ``indices``, each coded as it was.

        Parameters
        ----------
        indices : (k,) array_like of int
            Positions of the images.
        """
        chosen = np.asarray(indices)
        return dataclasses.replace(self, images=self.images[chosen], indices=self.positions[chosen])


def in_time(images: Any) -> bool:
    """Whether images are frames, or series of steps: then they change over time by themselves.

    Parameters
    ----------
    images : Split, Series or array
        As for `Inputs.of`.
    """
    if isinstance(images, Series):
        if images.at_every_step:
            return True
        images = images.split
    shown = images.images if isinstance(images, Split) else images
    return getattr(shown, "ndim", 4) in (3, 5)


def _described(values: np.ndarray) -> str:
    return f"{values.dtype} of shape {values.shape}" if values.size > 8 else repr(values.tolist())


def _in_network_shape(raw: np.ndarray, model: Viewer) -> np.ndarray:
    """Images of one channel as rows of features, where the network takes as many of those."""
    shape = tuple(model.input_shape)
    pixels, prepared = raw.shape[-3:], model.preprocessing
    is_image = pixels[-1] == 1 and pixels[:2] != (1, 1) and not getattr(raw, "is_lazy", False)
    if not is_image or shape != (1, 1, math.prod(pixels)) or prepared.crop is not None:
        return raw
    return raw.reshape(*raw.shape[:-3], *shape)


def _takes_any(model: Viewer) -> bool:
    """Whether the network learnt from features outside [0, 1], standardised ones."""
    known = getattr(model, "provenance", {}).get("inputs")
    if not isinstance(known, Mapping):
        return False
    return bool(known.get("low", 0.0) < 0 or known.get("high", 1.0) > 1)


def _checked(
    images: Split | np.ndarray, timing: Presentation, model: Viewer, free: bool
) -> np.ndarray:
    """Images or frames, uint8 or float32 in [0, 1]; frames of uint8 up to 1 are 0 and 1."""
    if isinstance(images, Split):
        return images.images
    raw = plain_array(images, "images", DataError)
    if raw.ndim == 3 and tuple(model.input_shape) == (1, 1, raw.shape[2]):  # frames of features
        raw = raw[:, :, np.newaxis, np.newaxis]
    if raw.ndim != 5:
        return checked_images(raw, "images", any_range=free)
    if raw.shape[1] != timing.n_steps:
        n, steps = raw.shape[1], timing.n_steps
        raise DataError(
            f"there are {counted(n, 'frame')} per image (axis 1 of shape {raw.shape}); expected "
            "one frame "
            f"for each of the {steps} steps of dt = {timing.dt:g} s in t_p = {timing.t_p:g} s. "
            f"Use Presentation(t_p={n * timing.dt:g}), or show each frame for longer: "
            f"frames[:, np.arange({steps}) * {n} // {steps}]"
        )
    if raw.dtype == np.uint8 and raw.max(initial=0) == 1:
        raw = raw.astype(np.float32)  # events: 1 of 255 would be invisible
    flat = raw.reshape(-1, *raw.shape[2:])
    source = "frames (counted through all images)"
    return checked_images(flat, source, any_range=free).reshape(raw.shape)


def still(images: Images) -> Images:
    """Films as the frames they have, for those who take images; everything else as it is.

    Parameters
    ----------
    images : Split, Series or array
        As for `run`.
    """
    found: Any = images.frames if isinstance(images, Split) else images
    return found
