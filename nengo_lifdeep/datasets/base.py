"""Labelled images as frozen, checked values: `Split` (training or test part) and `Dataset`."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np

from ..errors import DataError
from ..support.checks import (
    checked,
    checked_names,
    checked_whole,
    image_shape,
    optional,
    real,
    shown,
    whole,
)
from ..support.checks.arrays import checked_array, plain_array
from ..support.short_repr import short_repr
from .stratify import stratified_mask, stratified_sample

__all__ = ["Dataset", "Split", "labelled", "unit_values"]

#: Share of every class that `Dataset.held_out` sets aside.
HELD_OUT = 1 / 6

#: What its name ends with; `datasets.load` knows it.
SUFFIX = "-held-out"


_IMAGE_SHAPE = image_shape


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels, checked when they are put together.

    Parameters
    ----------
    images : (n, row, column, channel) array of uint8, bool, or of floats in [0, 1]
        Rows ``(n, features)`` become images of one pixel, ``(n, 1, 1, features)``. Kept as uint8
        where given so (255 is full scale); floats are kept as float32, and bool becomes 0 and 1.
        The arrays are not copied where they already have the right type; the views kept here are
        read-only. `PictureFiles` stay in their files.
    labels : (n,) array of integers
        Class of every image, counted from 0.
    source : str
        Where the images are from (a file, a folder); error messages name it.
    indices : (n,) array of integers, optional
        Positions of the images in the data they were chosen from; None where they are all of it.

    Raises
    ------
    DataError
        If there are no images, a pixel is NaN, infinite, masked or outside [0, 1], the shape or
        type is not one of the above, or labels are negative, masked, not integers, or not one per
        image.

    Examples
    --------
    >>> split = Split(np.zeros((3, 8, 8, 1), np.uint8), np.array([0, 1, 1]))
    >>> len(split), split.image_shape, split.unit_images(slice(2)).dtype
    (3, (8, 8, 1), dtype('float32'))
    """

    images: np.ndarray
    labels: np.ndarray
    source: str = "images"
    indices: np.ndarray | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        images = self.images if self.is_lazy else _checked_images(self.images, self.source)
        if not isinstance(self.source, str):
            raise DataError(
                f"source is {self.source!r}; expected a text, where the images are from"
            )
        labels = _checked_labels(self.labels, len(images), self.source)
        if self.indices is not None:
            indices = checked_array(
                self.indices, f"{self.source}: indices", kind="whole", shape=(len(labels),), low=0,
                dtype=np.int64, error=DataError,
            )  # fmt: skip
            object.__setattr__(self, "indices", indices)
        object.__setattr__(self, "images", images if self.is_lazy else _read_only(images))
        object.__setattr__(self, "labels", _read_only(labels))

    def __len__(self) -> int:
        return len(self.images)

    @property
    def is_lazy(self) -> bool:
        """Whether images stay in their files until they are asked for (`datasets.pictures`)."""
        return getattr(self.images, "is_lazy", False)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one image, ``(row, column, channel)``."""
        return self.images.shape[1:]

    def subset(self, index: Any) -> Split:
        """The chosen images (slice, integers or booleans), in that order.

        Parameters
        ----------
        index : slice, or (k,) array of int or bool
            The chosen images.
        """
        images: Any = self.images
        index = list(index) if isinstance(index, tuple) else index
        try:
            places = np.arange(len(self))[index]
        except (IndexError, TypeError, ValueError) as error:
            raise DataError(
                f"{self.source}: no images can be chosen by {shown(index)}: {error}"
            ) from error
        if places.ndim != 1 or not len(places):
            raise DataError(
                f"{self.source}: {shown(index)} chooses an array {places.shape} of its {len(self)} "
                "images; expected at least one, as a slice, integers or booleans"
            )
        chosen = images.select(index) if self.is_lazy else images[index]
        kept = places if self.indices is None else self.indices[places]
        return Split(chosen, self.labels[index], self.source, kept)

    def unit_images(self, index: Any = slice(None)) -> np.ndarray:
        """The chosen images as float32 in [0, 1].

        Parameters
        ----------
        index : slice or (k,) array of integers or booleans
            Which images; all by default.

        Returns
        -------
        (k, row, column, channel) array of float32

        Raises
        ------
        DataError
            If no images can be chosen by ``index``.
        """
        index = list(index) if isinstance(index, tuple) else index
        try:
            images = self.images[index]
        except (IndexError, TypeError, ValueError) as error:
            raise DataError(
                f"{self.source}: no images can be chosen by {shown(index)}: {error}"
            ) from error
        if images.ndim != self.images.ndim:
            raise DataError(
                f"{self.source}: {shown(index)} chooses no batch of images; expected a slice, "
                "integers or booleans"
            )
        return images.copy() if images.dtype == np.float32 else unit_values(images)

    def take(self, n: int, seed: int = 0) -> Split:
        """A sample: ``n`` images drawn at random, of every class as many as its share.

        The same seed draws the same images. ``indices`` holds which ones, and the sample's
        ``source`` says that it is one. All of the images are no sample, and stay as they are.

        Parameters
        ----------
        n : int
            How many images.
        seed : int
            Decides which, and their order.

        Raises
        ------
        DataError
            If there are fewer than ``n`` images, or the seed is no whole number.

        Examples
        --------
        >>> split = Split(np.zeros((40, 8, 8, 1), np.uint8), np.repeat([0, 1], 20), "sorted")
        >>> sample = split.take(10)
        >>> np.bincount(sample.labels), len(np.unique(sample.indices)), sample.source
        (array([5, 5]), 10, 'sorted (10 of 40 at random, stratified, seed 0)')
        """
        self._require(n)
        seed = checked_whole(seed, "seed", error=DataError)
        if n == len(self):
            return self
        sample = self.subset(stratified_sample(self.labels, n, seed))
        how = f"{n:,} of {len(self):,} at random, stratified, seed {seed}"
        return dataclasses.replace(sample, source=f"{self.source} ({how})")

    def first(self, n: int) -> Split:
        """The first ``n`` images, in their order; of a set sorted by class, few classes.

        Parameters
        ----------
        n : int
            Number of images.

        Raises
        ------
        DataError
            If there are fewer than ``n`` images.
        """
        self._require(n)
        if n == len(self):
            return self
        source = f"{self.source} (the first {n:,} of {len(self):,})"
        return dataclasses.replace(self.subset(slice(n)), source=source)

    def _require(self, n: int) -> None:
        if checked_whole(n, "n", low=-(2**62), error=DataError) < 1 or n > len(self):
            raise DataError(f"{self.source}: {n} images were asked for; it has {len(self)}")

    @checked(DataError, share=real(above=0, below=1), seed=whole())
    def hold_out(self, share: float = HELD_OUT, seed: int = 0) -> tuple[Split, Split]:
        """Set a share of every class aside, to choose settings on.

        Parameters
        ----------
        share : float
            Between 0 and 1; rounded to whole images per class.
        seed : int
            Decides which images; the same on every machine.

        Returns
        -------
        rest, held_out : Split
            In the order they had.

        Raises
        ------
        DataError
            If one of the two parts would be empty.

        Examples
        --------
        >>> split = Split(np.zeros((24, 8, 8, 1), np.uint8), np.repeat([0, 1], 12))
        >>> rest, held_out = split.hold_out()
        >>> len(rest), len(held_out), held_out.source
        (20, 4, 'held-out images of images')
        """
        chosen = stratified_mask(self.labels, share, seed)
        if chosen.all() or not chosen.any():
            raise DataError(
                f"{self.source}: a share of {share:g} of every class holds {chosen.sum()} of "
                f"{len(self)} images out; choose another share, or take more images"
            )
        source = f"held-out images of {self.source}"
        return self.subset(~chosen), dataclasses.replace(self.subset(chosen), source=source)

    @checked(DataError, n_classes=optional(whole(1)), image_shape=optional(_IMAGE_SHAPE))
    def check(
        self, n_classes: int | None = None, image_shape: tuple[int, ...] | None = None
    ) -> None:
        """Check that the split fits a network with ``n_classes`` outputs and this input shape.

        Parameters
        ----------
        n_classes : int, optional
            Number of outputs of the network.
        image_shape : (row, column, channel), optional
            Shape of its input.

        Raises
        ------
        DataError
            If a label is ``n_classes`` or more, or the images have another shape.
        """
        if n_classes is not None and self.labels.max() >= n_classes:
            at = int(np.argmax(self.labels >= n_classes))
            raise DataError(
                f"{self.source}: label {self.labels[at]} of image {at} is out of range; expected "
                f"0 to {n_classes - 1} for {n_classes} classes. Count classes from 0, or give the "
                "network more outputs"
            )
        if image_shape is not None and self.image_shape != tuple(image_shape):
            raise DataError(
                f"{self.source}: images have shape {self.image_shape}; expected "
                f"{tuple(image_shape)} (row, column, channel). Resize or crop them, or change "
                "the architecture's input_shape"
            )


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """A named classification task with its training and test images.

    Parameters
    ----------
    name : str
        For tables and files.
    train, test : Split
        Images of one common shape.
    classes : tuple of str
        Name of every class; label ``i`` means ``classes[i]``.

    Raises
    ------
    DataError
        If a label has no class name, or training and test images differ in shape.

    Examples
    --------
    >>> from nengo_lifdeep.datasets import load
    >>> digits = load("digits")
    >>> digits.image_shape, digits.n_classes
    ((8, 8, 1), 10)
    """

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]

    __repr__ = short_repr

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise DataError(f"Dataset.name is {self.name!r}; expected a text")
        for part in ("train", "test"):
            if not isinstance(getattr(self, part), Split):
                raise DataError(
                    f"data set {self.name!r}: {part} is a {type(getattr(self, part)).__name__}; "
                    "expected a Split(images, labels)"
                )
        classes = checked_names(self.classes, f"data set {self.name!r}: classes", DataError)
        object.__setattr__(self, "classes", classes)
        if not self.classes:
            raise DataError(f"data set {self.name!r} names no classes; give at least one")
        for split in (self.train, self.test):
            split.check(self.n_classes)
        self.test.check(image_shape=self.train.image_shape)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    def held_out(self) -> Dataset:
        """The training images alone: a sixth of every class takes the place of the test images.

        Recipes, synapses and times are chosen on it, so that the test images are used
        once, at the end. The parts are drawn once for ever: what was chosen stays comparable.

        Examples
        --------
        >>> from nengo_lifdeep.datasets import load
        >>> digits = load("digits").held_out()
        >>> digits.name, len(digits.train), len(digits.test)
        ('digits-held-out', 1199, 239)
        """
        rest, chosen = self.train.hold_out()
        return Dataset(self.name + SUFFIX, rest, chosen, self.classes)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one image, ``(row, column, channel)``."""
        return self.train.image_shape


def labelled(data: Any, part: str = "test") -> tuple[Split, str, tuple[str, ...]]:
    """Labelled images in any form that users have them in.

    Parameters
    ----------
    data : Dataset, Split or (images, labels)
        Arrays as for `Split`.
    part : {"test", "train"}
        Which images of a data set.

    Returns
    -------
    split : Split
        The images and labels.
    name : str
        Name of the data set, or the split's source without folders.
    classes : tuple of str
        Names of the classes; empty where they are not known.

    Raises
    ------
    DataError
        If it is anything else, or the arrays are no labelled images.

    Examples
    --------
    >>> split, name, classes = labelled((np.zeros((2, 8, 8, 1), np.uint8), [0, 1]))
    >>> len(split), name, classes
    (2, 'images', ())
    """
    if isinstance(data, Dataset):
        return getattr(data, part), data.name, data.classes
    if isinstance(data, tuple) and len(data) == 2:
        data = Split(*data)
    if isinstance(data, Split):
        return data, re.sub(r"\S*[/\\]", "", data.source), ()
    raise DataError(
        f"data is a {type(data).__name__}; expected a Dataset, a Split, or (images, labels)"
    )


def unit_values(images: np.ndarray) -> np.ndarray:
    """Pixels of uint8 as float32 in [0, 1].

    Parameters
    ----------
    images : array of uint8 or float
        Pixels, of any shape.

    Examples
    --------
    >>> unit_values(np.array([0, 51, 255], np.uint8))
    array([0. , 0.2, 1. ], dtype=float32)
    """
    return images.astype(np.float32) / np.float32(255)


def _checked_images(images: Any, source: str) -> np.ndarray:
    images = plain_array(images, f"{source}: images", DataError)
    if images.ndim == 2:  # rows of features: images of one pixel
        images = images[:, np.newaxis, np.newaxis]
    if images.ndim != 4:
        advice = "; add the channel axis with images[..., np.newaxis]" if images.ndim == 3 else ""
        raise DataError(
            f"{source}: images have shape {images.shape}; expected four axes "
            f"(image, row, column, channel){advice}"
        )
    if images.size == 0:
        raise DataError(
            f"{source}: there are no images (shape {images.shape}); expected at least one"
        )
    if images.dtype == np.uint8:
        return images
    if images.dtype == np.bool_:
        return images.astype(np.float32)  # 0 and 1, exactly
    if not np.issubdtype(images.dtype, np.floating):
        advice = ""
        if np.issubdtype(images.dtype, np.integer):
            advice = f". {_scale_advice(int(images.min()), int(images.max()), whole=True)}"
        raise DataError(
            f"{source}: images are of type {images.dtype}; expected uint8 (0 to 255), bool (0 and "
            f"1) or floats in [0, 1]{advice}"
        )
    _check_pixels(images, source)
    return images.astype(np.float32, copy=False)


def _check_pixels(images: np.ndarray, source: str) -> None:
    low, high = images.min(), images.max()  # NaN and infinity show in either
    if np.isfinite(low) and np.isfinite(high) and 0 <= low and high <= 1:
        return
    finite = np.isfinite(images)
    if not finite.all():
        at = np.argwhere(~finite)[0].tolist()
        raise DataError(
            f"{source}: pixel [row {at[1]}, column {at[2]}, channel {at[3]}] of image {at[0]} is "
            f"{images[tuple(at)]}; expected numbers from 0 to 1. Repair or drop that image"
        )
    raise DataError(
        f"{source}: pixels lie in [{low:g}, {high:g}]; expected floats in [0, 1]. "
        + _scale_advice(float(low), float(high), whole=False)
    )


def _scale_advice(low: float, high: float, *, whole: bool) -> str:
    """What to do with pixels from ``low`` to ``high``; asks where their full scale is not sure."""
    if low < 0:
        return (
            "Bring the darkest value that a pixel can have to 0 and the brightest to 1: "
            "(images - darkest) / (brightest - darkest)"
        )
    if high <= 1:
        return "Give 0 and 1 as images.astype(bool); divide by the brightest value if that is more"
    if 128 <= high <= 255:
        as_bytes = " or give images.astype(np.uint8)" if whole else " or give uint8"
        return f"If a pixel reaches up to 255, divide by 255{as_bytes}"
    return (
        f"Divide by the brightest value that a pixel can have: images / {high:g} if that is "
        f"{high:g}, the largest here"
    )


def _checked_labels(labels: Any, n_images: int, source: str) -> np.ndarray:
    labels = plain_array(labels, f"{source}: labels", DataError)
    if labels.ndim != 1:
        advice = ""
        if labels.ndim == 2:
            advice = "; use labels.ravel()" if labels.shape[1] == 1 else "; use labels.argmax(1)"
        raise DataError(
            f"{source}: labels have shape {labels.shape}; expected one integer per image, shape "
            f"({n_images},){advice}"
        )
    if len(labels) != n_images:
        raise DataError(
            f"{source}: {len(labels)} labels for {n_images} images; expected one per image. Check "
            "that the label file belongs to the image file"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        advice = "number the classes, e.g. np.unique(labels, return_inverse=True)[1]"
        if labels.dtype.kind == "f":
            whole = bool(np.all(labels == np.round(labels)))
            advice = "these are no classes: for real numbers as targets use run() and its outputs"
            if whole:
                advice = "convert with labels.astype(np.int64)"
        raise DataError(
            f"{source}: labels are of type {labels.dtype}; expected integers counted from 0; "
            f"{advice}"
        )
    if labels.min() < 0:
        at = int(np.argmin(labels))
        raise DataError(
            f"{source}: label {labels[at]} of image {at} is negative; expected classes counted "
            "from 0"
        )
    return checked_array(labels, f"{source}: labels", kind="whole", dtype=np.int64, error=DataError)


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
