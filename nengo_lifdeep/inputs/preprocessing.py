"""`Preprocessing` of every image before the network, in training and afterwards.

A frozen description with a NumPy implementation. A mean image has the size of the raw image and
is subtracted before cropping, so that a random crop in training and the centre crop in test take
away the same mean at the same pixel (Hunsberger & Eliasmith 2016, CIFAR networks).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..datasets.base import Split
from ..errors import DataError, ModelFileError, ValidationError
from ..support.checks import (
    check_fields,
    checked,
    flag,
    image_shape,
    instance,
    optional,
    pair,
    real,
)
from ..support.checks.arrays import plain_array
from ..support.short_repr import short_repr
from .channels import checked_divisor, checked_mean, mean_image

__all__ = ["Preprocessing", "batch", "fits"]

Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Preprocessing:
    """Subtract a mean, divide, multiply, keep the centre: ``crop(scale * (x - mean) / divisor)``.

    Parameters
    ----------
    mean : (row, column, channel) or (channel,) array, optional
        Mean image in [0, 1], of the raw images' shape, or a mean of every channel; None subtracts
        nothing.
    scale : float
        Factor after the subtraction.
    crop : int or (rows, columns), optional
        Size of the centre that is kept, in pixels; an odd pixel is cut off right and below.
    divisor : (channel,) array, optional
        What every channel is divided by after the subtraction, its standard deviation for example;
        None divides by nothing.

    Raises
    ------
    ValidationError
        If the mean is no image in [0, 1], the scale or a divisor not positive and finite, the crop
        larger than the mean image, or mean and divisor have different channels.

    Examples
    --------
    >>> prepare = Preprocessing(scale=2.0, crop=(24, 24))
    >>> prepare(np.ones((5, 32, 32, 3), np.float32)).shape
    (5, 24, 24, 3)

    A mean and a divisor of every channel:

    >>> prepare = Preprocessing(mean=[0.5, 0.25], divisor=[0.5, 0.25])
    >>> prepare(np.ones((1, 1, 1, 2), np.float32)).ravel()
    array([1., 3.], dtype=float32)
    """

    mean: np.ndarray | None = None
    scale: float = 1.0
    crop: tuple[int, int] | None = None
    divisor: np.ndarray | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if self.mean is not None:
            object.__setattr__(self, "mean", checked_mean(self.mean))
        check_fields(self, scale=real(above=0), crop=optional(pair))
        object.__setattr__(self, "scale", float(self.scale))
        if self.divisor is not None:
            object.__setattr__(self, "divisor", checked_divisor(self.divisor, self.mean))
        is_image = self.mean is not None and self.mean.ndim == 3
        if self.crop is not None and is_image and not fits(self.crop, self.mean.shape):  # type: ignore[union-attr]
            raise ValidationError(
                f"Preprocessing.crop is {self.crop}, more than the mean image's "
                f"{self.mean.shape[:2]} pixels; the mean has the size before cropping"  # type: ignore[union-attr]
            )

    @property
    def factor(self) -> float | np.ndarray:
        """What differences from the mean are multiplied by: a number, or one of every channel."""
        return self.scale if self.divisor is None else self.scale / self.divisor.astype(float)

    @classmethod
    @checked(split=instance(Split), subtract_mean=flag)
    def fit(
        cls,
        split: Split,
        *,
        subtract_mean: bool = True,
        scale: float = 1.0,
        crop: int | tuple[int, int] | None = None,
    ) -> Preprocessing:
        """Preprocessing with the mean image of a (training) split.

        Parameters
        ----------
        split : Split
            Its images' mean over the images is the mean image; of more than 10,000 pictures in
            files, that of as many at equal distances.
        subtract_mean : bool
            False subtracts nothing.
        scale, crop
            As for the class.
        """
        return cls(mean_image(split) if subtract_mean else None, scale, crop)  # type: ignore[arg-type]

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Network input for a batch of images.

        Parameters
        ----------
        images : (n, row, column, channel) array of floats in [0, 1]
            As `Split.unit_images` gives them.

        Returns
        -------
        (n, row, column, channel) array of float32

        Raises
        ------
        DataError
            If the images do not have the shape of the mean, or are smaller than the crop.
        """
        return self.crop_centre(self.normalise(images))

    def normalise(self, images: np.ndarray) -> np.ndarray:
        """``scale * (images - mean) / divisor``, not cropped; training crops at random after it.

        Parameters
        ----------
        images : (n, row, column, channel) array of float
            Images in [0, 1].

        Returns
        -------
        (n, row, column, channel) array of float32
        """
        images = batch(images)
        self.input_shape(images.shape[1:])
        values = images.astype(np.float32)
        if self.mean is not None:
            values -= self.mean
        if self.divisor is not None:
            values /= self.divisor
        if self.scale != 1:
            values *= np.float32(self.scale)
        return values

    def crop_centre(self, images: np.ndarray) -> np.ndarray:
        """The centre of every image; the images themselves if there is no crop.

        Parameters
        ----------
        images : (n, row, column, channel) array of float
            Images before the crop.
        """
        images = batch(images)
        if self.crop is None:
            return images
        rows, cols = self.crop
        top, left = (images.shape[1] - rows) // 2, (images.shape[2] - cols) // 2
        return np.ascontiguousarray(images[:, top : top + rows, left : left + cols])

    @checked(DataError, raw_shape=image_shape)
    def input_shape(self, raw_shape: Shape) -> Shape:
        """Shape of the network's input for raw images of ``raw_shape``.

        Parameters
        ----------
        raw_shape : (row, column, channel)
            Shape of a raw image.

        Raises
        ------
        DataError
            If images of that shape cannot be preprocessed.
        """
        if self.mean is not None and self.mean.ndim == 3 and raw_shape != self.mean.shape:
            raise DataError(
                f"images have shape {raw_shape}; the mean image to subtract has "
                f"{self.mean.shape}. Give images like those the network was trained on"
            )
        for what, each in (("mean", self.mean), ("divisor", self.divisor)):
            if each is not None and each.ndim == 1 and raw_shape[2] != len(each):
                raise DataError(
                    f"images have shape {raw_shape}, {raw_shape[2]} channels; the preprocessing "
                    f"has a {what} for each of {len(each)} channels. Give images like those the "
                    "network was trained on"
                )
        if self.crop is None:
            return raw_shape
        if not fits(self.crop, raw_shape):
            raise DataError(
                f"images have {raw_shape[:2]} pixels, less than the centre of {self.crop} that the "
                "network takes; give larger images"
            )
        return (*self.crop, raw_shape[2])

    def to_arrays(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """A JSON-ready description and the arrays beside it; `from_arrays` turns them back."""
        header = {
            "scale": self.scale,
            "crop": None if self.crop is None else list(self.crop),
            "has_mean": self.mean is not None,
        }
        if self.divisor is not None:  # else left out: what was trained without it is still found
            header["has_divisor"] = True
        arrays = {"mean": self.mean, "divisor": self.divisor}
        return header, {name: array for name, array in arrays.items() if array is not None}

    @classmethod
    def from_arrays(
        cls, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> Preprocessing:
        """The preprocessing that `to_arrays` described.

        Parameters
        ----------
        header : dict
            Entries of the preprocessing as `to_arrays` returned them.
        arrays : dict of str to array
            The mean and the divisor, if there are any.

        Raises
        ------
        ModelFileError
            If an entry or an array is missing or broken.
        """
        try:
            mean = arrays["mean"] if header["has_mean"] else None
            divisor = arrays["divisor"] if header.get("has_divisor", False) else None
            return cls(mean, header["scale"], header["crop"], divisor)
        except (IndexError, KeyError, TypeError, ValidationError) as error:
            raise ModelFileError(
                f"the description of the preprocessing is damaged: {error}"
            ) from error


def batch(images: Any) -> np.ndarray:
    """Raise `DataError` unless ``images`` is a batch of images of floats.

    Parameters
    ----------
    images : (n, row, column, channel) array of float
        The images to check.
    """
    images = plain_array(images, "images", DataError)
    if images.ndim != 4:
        raise DataError(
            f"images have shape {images.shape}; expected a batch (image, row, column, channel). "
            "One image alone becomes a batch with image[np.newaxis]"
        )
    if not np.issubdtype(images.dtype, np.floating):
        raise DataError(
            f"images are of type {images.dtype}; expected floats in [0, 1], as "
            "Split.unit_images() gives them"
        )
    return images


def fits(crop: tuple[int, int], shape: Shape) -> bool:
    """Whether the crop is no larger than an image of that shape.

    Parameters
    ----------
    crop : (int, int)
        Rows and columns of the crop, in pixels.
    shape : (row, column, channel)
        Shape of the image.
    """
    return crop[0] <= shape[0] and crop[1] <= shape[1]
