"""`Dataset`: a task with its training and test images; images with labels or values."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import DataError
from ..support.checks import checked_names
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from .checks.images import unit_values
from .series import Series
from .split import Split

__all__ = ["TASKS", "Dataset", "Split", "labelled", "of_a_known_set", "unit_values"]


#: What a network can be for.
TASKS = ("classification", "binary", "regression")

#: Where a known set was found, as `of_a_known_set` writes it.
_FOUND = r", from .*?(?= \(\d|$)"

#: What its name ends with; `datasets.load` knows it.
SUFFIX = "-held-out"


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """A named task, classes or values to be given, with its training and test images.

    Parameters
    ----------
    name : str
        For tables and files.
    train, test : Split
        Images of one common shape.
    classes : tuple of str
        Name of every class; label ``i`` means ``classes[i]``. Where there are targets: names of
        the values, or none.

    Raises
    ------
    DataError
        If a label has no class name, or training and test images differ in shape or in task.

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
    classes: tuple[str, ...] = ()

    __repr__ = short_repr

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        named = ", ".join(self.classes[:10]) + (", ..." if len(self.classes) > 10 else "")
        return html_card(
            self.name,
            [
                ("images", " x ".join(map(str, self.image_shape))),
                ("for training", f"{len(self.train):,}"),
                ("for tests", f"{len(self.test):,}"),
                ("values" if self.train.has_values else "classes", named or None),
            ],
        )

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
        if self.train.target_shape != self.test.target_shape:
            raise DataError(
                f"data set {self.name!r}: training images have targets of shape "
                f"{self.train.target_shape}, test images of {self.test.target_shape}; expected the "
                "same"
            )
        if not self.classes and not self.train.has_values:
            raise DataError(f"data set {self.name!r} names no classes; give at least one")
        for split in (self.train, self.test):
            if split.has_values:
                split.check(n_outputs=self.n_classes or None)
            else:
                split.check(self.n_classes)
        self.test.check(image_shape=self.train.image_shape)

    @property
    def n_classes(self) -> int:
        """Number of classes, or of values that have names."""
        return len(self.classes)

    def held_out(self) -> Dataset:
        """The training images alone: a sixth (of every class) takes the place of the test images.

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


def of_a_known_set(name: str, splits: Mapping[str, Split], classes: tuple[str, ...]) -> Dataset:
    """A set that people know by its name: its images are called after it, not after its files.

    Where they were found stays in the source of each split, and is not in names of results.

    Parameters
    ----------
    name : str
        Name of the set.
    splits : mapping of str to Split
        ``"train"`` and ``"test"``.
    classes : tuple of str
        Names of the classes.

    Examples
    --------
    >>> part = Split(np.zeros((2, 8, 8, 1), np.uint8), [0, 1], "/data/t10k-images-idx3-ubyte.gz")
    >>> of_a_known_set("mnist", {"train": part, "test": part}, ("a", "b")).test.source
    "mnist's test images, from /data/t10k-images-idx3-ubyte.gz"
    >>> labelled(of_a_known_set("mnist", {"train": part, "test": part}, ("a", "b")).test)[1]
    "mnist's test images"
    """
    called = {"train": "training", "test": "test"}
    train, test = (
        dataclasses.replace(
            splits[part], source=f"{name}'s {word} images, from {splits[part].source}"
        )
        for part, word in called.items()
    )
    return Dataset(name, train, test, classes)


def labelled(
    data: Any, part: str = "test", task: str | None = None
) -> tuple[Split, str, tuple[str, ...]]:
    """Images with labels or targets in any form that users have them in.

    Parameters
    ----------
    data : Dataset, Split, Series, (images, labels) or (images, values)
        Arrays as for `Split`. Floats that are not all whole are values, and so are images. Of
        series the images that a network is given: each series, or each step.
    part : {"test", "train"}
        Which images of a data set.
    task : {"classification", "binary", "regression"}, optional
        What the data must be; ``"binary"`` are two classes. Of arrays it decides what they are.

    Returns
    -------
    split : Split
        The images and labels or targets.
    name : str
        Name of the data set, or the split's source without folders.
    classes : tuple of str
        Names of the classes; empty where they are not known.

    Raises
    ------
    DataError
        If it is anything else, or the arrays are no labelled images, or of another task.

    Examples
    --------
    >>> split, name, classes = labelled((np.zeros((2, 8, 8, 1), np.uint8), [0, 1]))
    >>> len(split), name, classes
    (2, 'images', ())
    """
    if isinstance(data, Dataset):
        found: tuple[Split, str, tuple[str, ...]] = getattr(data, part), data.name, data.classes
    else:
        if isinstance(data, tuple) and len(data) == 2:
            data = _split_of(*data, task)
        if isinstance(data, Series):
            data = data.split
        if not isinstance(data, Split):
            raise DataError(
                f"data is a {type(data).__name__}; expected a Dataset, a Split, a Series, or "
                "(images, labels)"
            )
        found = data, re.sub(r"\S*[/\\]", "", re.sub(_FOUND, "", data.source)), ()
    _require_task(found[0], task)
    return found


def _split_of(images: Any, answers: Any, task: str | None) -> Split:
    """Arrays as a split: values by what is asked for, or by what they are."""
    if task == "regression" or (task is None and _are_values(answers)):
        return Split(images, targets=answers)
    return Split(images, answers)


def _are_values(answers: Any) -> bool:
    """Whether numbers are no classes: fractions, or several per image."""
    try:
        given = np.asarray(answers)
    except (TypeError, ValueError, RuntimeError):
        return False
    if given.ndim == 4:
        return True
    return given.dtype.kind == "f" and given.size > 0 and not np.array_equal(given, np.round(given))


def _require_task(split: Split, task: str | None) -> None:
    if task is None:
        return
    if (task == "regression") != split.has_values:
        given = "values (targets)" if split.has_values else "classes (labels)"
        raise DataError(
            f"{split.source}: task is {task!r}, but the images have {given}; expected "
            + ("Split(images, targets=values)" if task == "regression" else "Split(images, labels)")
        )
    if task == "binary" and split.labels.max() > 1:
        raise DataError(
            f"{split.source}: task is 'binary', but there is a label {split.labels.max()}; "
            "expected 0 and 1"
        )
