"""Batches as a pure function of (seed, epoch, step): shuffled, prepared and augmented images."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..compat import import_tensorflow
from ..datasets.base import Split, unit_values
from ..errors import DataError, TrainingError
from ..inputs.augmentation import Augmentation
from ..inputs.coding import Coding
from ..inputs.preprocessing import Preprocessing
from ..inputs.presentation import Presentation
from ..support.short_repr import short_repr
from ..support.words.counted import counted

__all__ = ["BatchStream", "split_validation"]

# Separate streams of random numbers grow from one seed.
_SHUFFLE, _AUGMENT, _VALIDATION, _PLACE, _SIDE = 1, 2, 3, 4, 5

#: batches that are computed at the same time where images are decoded for them
_AT_ONCE = 2


@dataclasses.dataclass(frozen=True, eq=False)
class BatchStream:
    """The batches of any epoch, each computable without those before it.

    Parameters
    ----------
    split : Split
        Images with labels or targets.
    batch_size : int
        Images per batch; what remains at the end of an epoch is left out of it.
    preprocessing : Preprocessing
        From images in [0, 1] to network input.
    augmentation : Augmentation, optional
        Random changes, other ones in every epoch.
    seed : int
        For order and augmentation.
    shuffle : bool
        Whether every epoch has an order of its own; without, images come as they are stored.
    coding : Coding, optional
        Turns images into what is seen in each step of ``window``, other spikes in every epoch.
    window : Presentation, optional
        The steps, where there is a coding.

    Attributes
    ----------
    failures : list of DataError
        Errors of batches that could not be built: pictures that cannot be read.

    Examples
    --------
    >>> split = Split(np.zeros((10, 8, 8, 1), np.uint8), np.arange(10))
    >>> stream = BatchStream(split, 4)
    >>> stream.steps, [batch.shape for batch in stream.batch(epoch=0, step=1)]
    (2, [(4, 8, 8, 1), (4,)])
    """

    split: Split
    batch_size: int
    preprocessing: Preprocessing = dataclasses.field(default_factory=Preprocessing)
    augmentation: Augmentation | None = None
    seed: int = 0
    shuffle: bool = True
    coding: Coding | None = None
    window: Presentation = dataclasses.field(default_factory=Presentation)
    failures: list[DataError] = dataclasses.field(default_factory=list, init=False)

    __repr__ = short_repr

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return len(self.split) // self.batch_size

    def order(self, epoch: int) -> np.ndarray:
        """Order of the images in an epoch, shape ``(len(split),)``.

        Parameters
        ----------
        epoch : int
            Number of the epoch, counted from 0.
        """
        if not self.shuffle:
            return np.arange(len(self.split))
        return np.random.default_rng((self.seed, _SHUFFLE, epoch)).permutation(len(self.split))

    def batch(
        self, epoch: int, step: int, order: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """One batch.

        Parameters
        ----------
        epoch, step : int
            Which batch, counted from 0.
        order : array, optional
            ``self.order(epoch)``, where it is known already.

        Returns
        -------
        images : (batch_size, row, column, channel) array of float32
            Network input; with a coding ``(batch_size, step, row, column, channel)``.
        answers : (batch_size,) array of int64, or (batch_size, output) array of float32
            Labels, or values to be given.
        """
        order = self.order(epoch) if order is None else order
        return self._prepared(epoch, step, self._chosen(order, step))

    def _chosen(self, order: np.ndarray, step: int) -> np.ndarray:
        return order[step * self.batch_size : (step + 1) * self.batch_size]

    def _prepared(self, epoch: int, step: int, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images, answers = self._images(epoch, step, chosen)
        if self.coding is None:
            return images, answers
        positions = epoch * len(self.split) + chosen
        return self.coding(images, self.window, positions), answers

    def _images(self, epoch: int, step: int, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.augmentation is None:
            return self.preprocessing(self.split.unit_images(chosen)), self.split.answers[chosen]
        rng = np.random.default_rng((self.seed, _AUGMENT, epoch, step))
        values = self.preprocessing.normalise(self._unit_images(epoch, chosen))
        mirrored = None
        if self.augmentation.alternate:
            mirrored = self._sides[chosen] ^ bool(epoch % 2)
        images = self.augmentation(values, rng, mirrored)
        if self.augmentation.crop is None:
            images = self.preprocessing.crop_centre(images)
        return images, self.split.answers[chosen]

    @functools.cached_property
    def _sides(self) -> np.ndarray:
        """Which images are mirrored in the first epoch, and every other one after it."""
        sides: np.ndarray = np.random.default_rng((self.seed, _SIDE)).random(len(self.split)) < 0.5
        return sides

    def _unit_images(self, epoch: int, chosen: np.ndarray) -> np.ndarray:
        """The chosen images; squares of pictures in files at places of (seed, epoch, image)."""
        pictures: Any = self.split.images
        if not (self.split.is_lazy and pictures.wanders):
            return self.split.unit_images(chosen)
        keys = [(self.seed, _PLACE, epoch, int(image)) for image in chosen]
        places = np.array([np.random.default_rng(key).random(2) for key in keys])
        return unit_values(pictures.squares(chosen, places))

    def dataset(
        self, epochs: range, input_name: str, output_names: list[str], first: int = 0
    ) -> Any:
        """The batches of several epochs as a ``tf.data.Dataset`` in NengoDL's form.

        Parameters
        ----------
        epochs : range
            Which epochs.
        input_name : str
            NengoDL's name of the input node.
        output_names : list of str
            NengoDL's names of the probes that have a loss; every one is given the labels.
        first : int
            Step of the first epoch to begin with.

        Returns
        -------
        tf.data.Dataset
            Of ``({input_name: (batch, 1, pixels), "n_steps": (batch, 1)}, {name: (batch, 1, 1)})``;
            values are ``(batch, 1, output)``, coded images ``(batch, step, pixels)``.
        """
        tf = import_tensorflow()
        n_steps = tf.ones((self.batch_size, 1), tf.int32)
        rows = 1 if self.coding is None else self.window.n_steps

        @tf.autograph.experimental.do_not_convert
        def named(image: Any, label: Any) -> Any:
            image = tf.reshape(image, (self.batch_size, rows, -1))
            label = tf.reshape(label, (self.batch_size, 1, -1))
            return {input_name: image, "n_steps": n_steps}, dict.fromkeys(output_names, label)

        plain = self.augmentation is None and not self.split.is_lazy and self.coding is None
        source = (self._gathered if plain else self._computed)(tf, epochs, first)
        options = tf.data.Options()
        # When an iterator ends it waits for its tuning thread, which sleeps up to a second.
        options.autotune.enabled = False
        return source.map(named).prefetch(2).with_options(options)

    def _gathered(self, tf: Any, epochs: range, first: int) -> Any:
        """`batch` for all steps in TensorFlow operations: equal to the bit, and faster."""
        images, labels = tf.constant(self.split.images), tf.constant(self.split.answers)
        before = self.preprocessing
        mean, divisor, scale = before.mean, before.divisor, before.scale
        crop = before.crop
        rows, cols = (slice(None), slice(None)) if crop is None else _centre(images.shape, crop)

        def orders() -> Iterator[np.ndarray]:
            for epoch in epochs:
                used = self.order(epoch)[: self.steps * self.batch_size]
                yield used.reshape(self.steps, self.batch_size)

        @tf.autograph.experimental.do_not_convert
        def gather(chosen: Any) -> Any:
            values = tf.gather(images, chosen)
            if images.dtype == tf.uint8:
                values = tf.cast(values, tf.float32) / np.float32(255)
            if mean is not None:
                values -= mean
            if divisor is not None:
                values /= divisor
            if scale != 1:
                values *= np.float32(scale)
            return values[:, rows, cols], tf.gather(labels, chosen)

        signature = tf.TensorSpec((self.steps, self.batch_size), tf.int64)
        steps = tf.data.Dataset.from_generator(orders, output_signature=signature).unbatch()
        return steps.skip(first).map(gather)

    def _computed(self, tf: Any, epochs: range, first: int) -> Any:
        """`batch` for all steps in NumPy; where pictures are decoded, some at the same time."""
        shape, answers = self._prepared_shape(), self.split.answers
        answer_shape = (self.batch_size, *answers.shape[1:])

        def steps() -> Iterator[tuple[int, int, np.ndarray]]:
            for epoch in epochs:
                order = self.order(epoch)
                for step in range(first if epoch == epochs.start else 0, self.steps):
                    yield epoch, step, self._chosen(order, step)

        def compute(epoch: Any, step: Any, chosen: Any) -> Any:
            try:
                return self._prepared(int(epoch), int(step), chosen)
            except DataError as error:
                self.failures.append(error)
                raise

        @tf.autograph.experimental.do_not_convert
        def batch(*which: Any) -> Any:
            images, labels = tf.numpy_function(compute, which, (tf.float32, answers.dtype))
            return tf.ensure_shape(images, shape), tf.ensure_shape(labels, answer_shape)

        number, images = tf.TensorSpec((), tf.int64), tf.TensorSpec((self.batch_size,), tf.int64)
        which = tf.data.Dataset.from_generator(steps, output_signature=(number, number, images))
        return which.map(batch, num_parallel_calls=_AT_ONCE if self.split.is_lazy else None)

    def _prepared_shape(self) -> tuple[int, ...]:
        raw = self.split.image_shape
        steps = () if self.coding is None else (self.window.n_steps,)
        if self.augmentation is not None and self.augmentation.crop is not None:
            return (self.batch_size, *steps, *self.augmentation.output_shape(raw))
        return (self.batch_size, *steps, *self.preprocessing.input_shape(raw))


def _centre(shape: Any, crop: tuple[int, int]) -> tuple[slice, slice]:
    rows, cols = ((shape[axis + 1] - size) // 2 for axis, size in enumerate(crop))
    return slice(rows, rows + crop[0]), slice(cols, cols + crop[1])


def split_validation(
    split: Split, fraction: float, batch_size: int, seed: int
) -> tuple[Split, Split | None]:
    """Set a random share of the images aside, rounded to whole batches (at least one).

    Of images in ``groups`` whole groups: as many as it takes to have so many images.

    Parameters
    ----------
    split : Split
        The training images.
    fraction : float
        Share of the images that is set aside, from 0 to below 1.
    batch_size : int
        Images per batch.
    seed : int
        Seed of all random numbers.

    Returns
    -------
    training, validation : Split, Split or None
        None where ``fraction`` is 0.

    Raises
    ------
    TrainingError
        If the share is not in [0, 1), or leaves less than a batch for training.
    """
    if not 0 <= fraction < 1:
        raise TrainingError(f"validation_split is {fraction!r}; expected 0 <= share < 1")
    if fraction == 0:
        return split, None
    n_validation = max(1, round(len(split) * fraction / batch_size)) * batch_size
    if len(split) - n_validation < batch_size:
        raise TrainingError(
            f"validation_split={fraction:g} sets {n_validation} of "
            f"{counted(len(split), 'image')} aside (whole batches of {batch_size}) and leaves "
            "less than a batch for training; use a smaller batch_size or share"
        )
    rng = np.random.default_rng((seed, _VALIDATION))
    if split.groups is not None:
        return _groups_aside(split, n_validation, batch_size, rng)
    order = rng.permutation(len(split))
    parts = np.sort(order[n_validation:]), np.sort(order[:n_validation])
    training, validation = map(split.subset, parts)
    return training, validation


def _groups_aside(
    split: Split, n: int, batch_size: int, rng: np.random.Generator
) -> tuple[Split, Split]:
    """Whole groups with ``n`` images or more: what belongs together is not on both sides."""
    assert split.groups is not None
    _, of = np.unique(split.groups, return_inverse=True)
    sizes = np.bincount(of)
    order = rng.permutation(len(sizes))
    enough = int(np.searchsorted(np.cumsum(sizes[order]), n)) + 1
    aside = np.isin(of, order[:enough])
    if (~aside).sum() < batch_size:
        raise TrainingError(
            f"validation_split sets {enough} of {counted(len(sizes), 'group')} of images aside "
            f"({aside.sum()} images), which leaves less than a batch of {batch_size} for training; "
            "use a smaller batch_size or share, or more groups"
        )
    return split.subset(~aside), split.subset(aside)
