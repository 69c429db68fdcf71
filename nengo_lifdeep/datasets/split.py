"""`Split`: images with labels or values to be given, as a frozen, checked value."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np

from ..errors import DataError
from ..support.arrays.owned_arrays import adopted
from ..support.checks import checked, checked_whole, image_shape, optional, real, whole
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .checks.choices import chosen_places, chosen_units
from .checks.fields import check_split
from .checks.fit import check_fit
from .fingerprints import images_fingerprint
from .frames import film_frames, stacked_frames
from .stratify import stratified_mask, stratified_sample

__all__ = ["HELD_OUT", "Split"]

#: Share of every class that `Dataset.held_out` sets aside.
HELD_OUT = 1 / 6

_IMAGE_SHAPE = image_shape


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Images with their labels, or with the values to be given for them, checked when put together.

    Parameters
    ----------
    images : (n, row, column, channel) array of uint8, bool, or of floats in [0, 1]
        Films ``(n, frame, row, column, channel)`` too, with one answer each (`is_film`). Rows
        ``(n, features)`` become images of one pixel, ``(n, 1, 1, features)``; these may be any
        finite numbers beside ``targets`` and where some are negative: standardised features. Kept
        as uint8 where given so (255 is full scale); floats are kept as float32, and bool becomes
        0 and 1. Kept are copies that cannot be written to; what nobody can write to (a file opened
        by ``np.load(file, mmap_mode="r")``, another split's images) is not copied. `PictureFiles`
        stay in their files.
    labels : (n,) array of integers, optional
        Class of every image, counted from 0; left out where there are ``targets``, and 0 then.
    source : str
        Where the images are from (a file, a folder); error messages name it.
    indices : (n,) array of integers, optional
        Positions of the images in the data they were chosen from; None where they are all of it.
    targets : (n,), (n, output) or (n, row, column, channel) array of numbers, optional
        Values that a network is to give, in place of classes: a regression's numbers, or images.
        Kept as float32, ``(n,)`` as ``(n, 1)``; images of uint8 are divided by 255.
    any_range : bool
        Whether images may hold any finite numbers, not only [0, 1]: measurements, standardised
        features. Pixels of uint8 are still divided by 255.
    groups : (n,) array of integers, optional
        Images with the same number belong together: steps of one series, frames of one film,
        pictures of one person. Intervals of evaluations are then those of whole groups, and whole
        groups are held out.

    Raises
    ------
    DataError
        If there are no images, a pixel is NaN, infinite, masked or outside [0, 1], the shape or
        type is not one of the above, labels are negative, masked, not integers, or not one per
        image, targets are not finite numbers, or there are both labels and targets, or neither.

    Examples
    --------
    >>> split = Split(np.zeros((3, 8, 8, 1), np.uint8), np.array([0, 1, 1]))
    >>> len(split), split.image_shape, split.unit_images(slice(2)).dtype
    (3, (8, 8, 1), dtype('float32'))
    >>> Split(np.array([[-1.5, 0.2], [0.3, 2.0]]), targets=[0.5, 151.0]).target_shape
    (1,)
    """

    images: np.ndarray
    labels: np.ndarray = None  # type: ignore[assignment]
    source: str = "images"
    indices: np.ndarray | None = None
    targets: np.ndarray | None = None
    any_range: bool = False
    groups: np.ndarray | None = None

    __repr__ = short_repr

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        shape = " x ".join(map(str, self.images.shape[1:]))
        answers = counted(len(np.unique(self.labels)), "class", "classes")
        if self.has_values:
            answers = f"values of shape {self.target_shape}"
        return html_card(
            counted(len(self), "image"),
            [
                ("of", shape),
                ("type", self.images.dtype),
                ("answers", answers),
                ("from", self.source),
            ],
        )

    def __post_init__(self) -> None:
        check_split(self)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def has_values(self) -> bool:
        """Whether values are to be given (`targets`), not classes."""
        return self.targets is not None

    @property
    def known_labels(self) -> np.ndarray | None:
        """Labels, shape ``(n,)``; None where values are to be given."""
        return None if self.has_values else self.labels

    @property
    def answers(self) -> np.ndarray:
        """What a network is to give: labels ``(n,)``, or values ``(n, output)``."""
        return self.flat_targets if self.has_values else self.labels

    @property
    def target_shape(self) -> tuple[int, ...]:
        """Shape of one image's values: ``(output,)`` or ``(row, column, channel)``."""
        return () if self.targets is None else self.targets.shape[1:]

    @property
    def flat_targets(self) -> np.ndarray:
        """Values as a network gives them, shape ``(n, output)``; images row by row.

        `DataError` where there are classes instead.
        """
        if self.targets is None:
            raise DataError(
                f"{self.source}: there are classes (labels); expected values, as "
                "Split(images, targets=values)"
            )
        return self.targets.reshape(len(self), -1)

    @property
    def is_lazy(self) -> bool:
        """Whether images stay in their files until they are asked for (`datasets.pictures`)."""
        return getattr(self.images, "is_lazy", False)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Short name for the pictures in their order: 16 hexadecimal digits.

        Pixels of uint8 and the same pictures as floats have the same. Images that stay in their
        files are told apart by the files' names and sizes, after ``files-``. Labels, targets,
        ``source`` and ``indices`` have no part in it.

        Examples
        --------
        >>> one = Split(np.full((3, 8, 8, 1), 51, np.uint8), np.array([0, 1, 1]))
        >>> other = Split(np.full((3, 8, 8, 1), 0.2), np.array([2, 0, 1]))
        >>> one.fingerprint == other.fingerprint, one.fingerprint == one.first(2).fingerprint
        (True, False)
        """
        return images_fingerprint(self.images)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one image, or of one frame of a film, ``(row, column, channel)``."""
        return self.images.shape[-3:]

    @property
    def is_film(self) -> bool:
        """Whether the images are films: frames over time, with one answer for all of them.

        Simulators that have time show a film's frames one after another, each for an equal share
        of the presentation; analytic rates are the mean over its frames; training takes each frame
        as an image (`frames`).
        """
        return self.images.ndim == 5

    @property
    def n_frames(self) -> int:
        """Frames of a film; 1 where there are images."""
        return int(self.images.shape[1]) if self.is_film else 1

    @property
    def frames(self) -> Split:
        """The frames of all films as images, film by film, each with the answer of its film.

        Frames of one film are a group (``groups``). Images are their own.
        """
        return film_frames(self) if self.is_film else self

    def stacked(self) -> Split:
        """The frames of every film as the channels of one image, the earliest first.

        For networks and simulators that take no changing input: the whole film at once. Films in
        files are read. Images are their own.

        Examples
        --------
        >>> films = Split(np.zeros((2, 5, 8, 8, 2), np.uint8), [0, 1])
        >>> films.image_shape, films.n_frames, films.stacked().image_shape
        ((8, 8, 2), 5, (8, 8, 10))
        """
        return stacked_frames(self) if self.is_film else self

    def subset(self, index: Any) -> Split:
        """The chosen images (slice, integers or booleans), in that order.

        Parameters
        ----------
        index : slice, or (k,) array of int or bool
            The chosen images.
        """
        images: Any = self.images
        index = list(index) if isinstance(index, tuple) else index
        places = chosen_places(index, len(self), self.source)
        chosen = images.select(index) if self.is_lazy else images[index]
        if not self.is_lazy and chosen.base is None:  # a slice is a view instead
            chosen = adopted(chosen)
        kept = places if self.indices is None else self.indices[places]
        groups = None if self.groups is None else self.groups[places]
        if self.targets is not None:
            targets = self.targets[index]
            return Split(chosen, None, self.source, kept, targets, self.any_range, groups)  # type: ignore[arg-type]
        return Split(chosen, self.labels[index], self.source, kept, None, self.any_range, groups)

    def unit_images(self, index: Any = slice(None)) -> np.ndarray:
        """The chosen images as float32, in [0, 1] unless ``any_range``.

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
        return chosen_units(self, index)

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
        way = "at random" if self.has_values else "at random, stratified"
        how = f"{n:,} of {len(self):,} {way}, seed {seed}"
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
        """Set a share of every class (of all images, where there are none) aside, to choose on.

        Of images in ``groups`` a share of the groups, each whole; its class is that of its first.

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
        chosen = stratified_mask(self.labels, share, seed, self.groups)
        if chosen.all() or not chosen.any():
            raise DataError(
                f"{self.source}: a share of {share:g} of every class holds {chosen.sum()} of "
                f"{counted(len(self), 'image')} out; choose another share, or take more images"
            )
        source = f"held-out images of {self.source}"
        return self.subset(~chosen), dataclasses.replace(self.subset(chosen), source=source)

    @checked(
        DataError,
        n_classes=optional(whole(1)),
        image_shape=optional(_IMAGE_SHAPE),
        n_outputs=optional(whole(1)),
    )
    def check(
        self,
        n_classes: int | None = None,
        image_shape: tuple[int, ...] | None = None,
        n_outputs: int | None = None,
    ) -> None:
        """Check that the split fits a network with ``n_classes`` outputs and this input shape.

        Parameters
        ----------
        n_classes : int, optional
            Number of outputs of the network.
        image_shape : (row, column, channel), optional
            Shape of its input.
        n_outputs : int, optional
            Number of values that it gives, where there are targets.

        Raises
        ------
        DataError
            If a label is ``n_classes`` or more, the images have another shape, there are targets
            where classes are expected, or another number of them.
        """
        check_fit(self, n_classes, image_shape, n_outputs)
