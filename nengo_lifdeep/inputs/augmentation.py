"""Random changes of the training images, as a frozen description with a NumPy implementation."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..errors import DataError, ValidationError
from ..support.checks import (
    check_fields,
    checked,
    flag,
    image_shape,
    instance,
    optional,
    pair,
    real,
    shown,
    whole,
    word,
)
from ..support.words.counted import counted
from .preprocessing import Shape, batch, fits
from .warping import displacements, sampled, turned

__all__ = ["Augmentation"]


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Random changes of every training image: turn, bend, pad, crop at random, mirror, cut out.

    They come in this order, after ``Preprocessing.normalise`` (so that padding is the mean image's
    grey), and the output takes the place of the centre crop.

    Parameters
    ----------
    crop : int or (rows, columns), optional
        Size of the random crop, in pixels; every position is equally likely. None keeps the
        size (with ``pad``: crops back to it).
    pad : int
        Zeros put around the image before cropping, in pixels per side.
    flip : bool
        Whether half of the images, at random, are mirrored left to right.
    cutout : int
        Side of a square of zeros, in pixels, put over every image after the other changes; its
        centre is anywhere in the image, so that it may hang over the edge (DeVries & Taylor 2017).
    fill_mode : {"constant", "reflect"}
        What ``pad`` puts around the image: zeros, or its mirror image.
    alternate : bool
        Whether, with ``flip``, an image is mirrored in every other epoch instead of at random, so
        that two epochs show both sides (Jordan 2024, arXiv 2404.00498). A batch without epoch is
        mirrored at random.
    rotation : float
        Largest angle by which an image is turned, in degrees, to either side.
    zoom : float
        Largest change of the height and of the width, as a share of them.
    shear : float
        Largest shear, in pixels per pixel of distance from the centre.
    elastic : float
        Size (root mean square, in pixels) of smooth random displacements
        (`inputs.warping.displacements`).

    Raises
    ------
    ValidationError
        If a number is out of bounds, or ``alternate`` is given without ``flip``.

    Examples
    --------
    >>> augment = Augmentation(crop=24, flip=True)
    >>> augment(np.zeros((2, 32, 32, 3), np.float32), np.random.default_rng(0)).shape
    (2, 24, 24, 3)
    """

    crop: tuple[int, int] | None = None
    pad: int = 0
    flip: bool = False
    cutout: int = 0
    fill_mode: str = "constant"
    alternate: bool = False
    rotation: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0

    def __post_init__(self) -> None:
        check_fields(
            self, crop=optional(pair), pad=whole(), flip=flag, cutout=whole(),
            fill_mode=word("constant", "reflect"), alternate=flag,
            rotation=real(0, 180, unit="degrees"), zoom=real(0, below=1), shear=real(0),
            elastic=real(0, unit="pixels"),
        )  # fmt: skip
        if self.alternate and not self.flip:
            raise ValidationError(
                "Augmentation.alternate is True and flip False; expected both, or neither"
            )

    @property
    def warps(self) -> bool:
        """Whether images are turned, scaled, sheared or bent."""
        return bool(self.rotation or self.zoom or self.shear or self.elastic)

    @checked(DataError, shape=image_shape)
    def output_shape(self, shape: Shape) -> Shape:
        """Shape of an augmented image.

        Parameters
        ----------
        shape : (row, column, channel)
            Shape of an image before the augmentation.

        Raises
        ------
        DataError
            If the crop is larger than the padded image.
        """
        if self.fill_mode == "reflect" and self.pad >= min(shape[:2]):
            raise DataError(
                f"images of {tuple(shape[:2])} pixels cannot be padded by {self.pad} with their "
                f"mirror image; expected pad={min(shape[:2]) - 1} or less"
            )
        if self.crop is None:
            return tuple(shape)
        padded = (shape[0] + 2 * self.pad, shape[1] + 2 * self.pad)
        if not fits(self.crop, padded):
            raise DataError(
                f"a random crop of {self.crop} does not fit into images of {tuple(shape[:2])} "
                f"pixels padded by {self.pad}; crop less or pad more"
            )
        return (*self.crop, shape[2])

    @checked(rng=instance(np.random.Generator))
    def __call__(
        self, images: np.ndarray, rng: np.random.Generator, mirrored: Any = None
    ) -> np.ndarray:
        """Augment a batch; every image gets its own changes.

        Parameters
        ----------
        images : (n, row, column, channel) array of floats
        rng : numpy.random.Generator
        mirrored : (n,) array of bool, optional
            Which images are mirrored, with ``flip``; by default each with probability 1/2.

        Returns
        -------
        (n, row, column, channel) array of the images' type
        """
        images = batch(images)
        if mirrored is not None and _unlike(mirrored, len(images)):
            raise DataError(
                f"mirrored is {shown(mirrored)}; expected True or False for each of "
                f"{counted(len(images), 'image')}"
            )
        rows, cols, _ = self.output_shape(images.shape[1:])
        pad = self.pad
        if self.warps:
            images = self._warped(images, rng)
        around = ((0, 0), (pad, pad), (pad, pad), (0, 0))
        padded = np.pad(images, around, mode=self.fill_mode) if pad else images  # type: ignore[call-overload]
        top = rng.integers(0, padded.shape[1] - rows, size=len(images), endpoint=True)
        left = rng.integers(0, padded.shape[2] - cols, size=len(images), endpoint=True)
        row = top[:, np.newaxis] + np.arange(rows)
        col = left[:, np.newaxis] + np.arange(cols)
        if self.flip:
            if mirrored is None:
                mirrored = rng.random(len(images)) < 0.5
            mirrored = np.asarray(mirrored)
            col[mirrored] = col[mirrored, ::-1]
        number = np.arange(len(images))[:, np.newaxis, np.newaxis]
        changed = padded[number, row[:, :, np.newaxis], col[:, np.newaxis, :]]
        if self.cutout:
            changed[self._holes(changed.shape, rng)] = 0
        return changed

    def _warped(self, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        shape, n = images.shape[1:3], len(images)
        places = turned(shape, n, rng, self.rotation, self.zoom, self.shear)
        if self.elastic:
            places += displacements(shape, n, rng, self.elastic)
        return sampled(images, places)

    def _holes(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Pixels under the squares, shape ``(n, row, column)``."""
        inside = []
        for size in shape[1:3]:
            first = rng.integers(0, size, size=(shape[0], 1)) - self.cutout // 2
            inside.append((np.arange(size) >= first) & (np.arange(size) < first + self.cutout))
        return inside[0][:, :, np.newaxis] & inside[1][:, np.newaxis, :]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; ``Augmentation(**description)`` turns it back."""
        crop = None if self.crop is None else list(self.crop)
        described = {"crop": crop, "pad": int(self.pad), "flip": bool(self.flip)}
        # Left out where they are not used, so that trainings begun without them can be resumed.
        usual = {f.name: f.default for f in dataclasses.fields(self) if f.name not in described}
        return described | {k: v for k, d in usual.items() if (v := getattr(self, k)) != d}


def _unlike(mirrored: Any, n: int) -> bool:
    """Whether it is not one truth value for each of ``n`` images."""
    try:
        sides = np.asarray(mirrored)
    except ValueError:  # rows of unequal length
        return True
    return sides.dtype != bool or sides.shape != (n,)
