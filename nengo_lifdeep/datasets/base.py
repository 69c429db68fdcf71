"""`Dataset`: a classification task with its training and test images; labelled images."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from ..errors import DataError
from ..support.checks import checked_names
from ..support.short_repr import short_repr
from .split import Split
from .split_checks import unit_values

__all__ = ["Dataset", "Split", "labelled", "unit_values"]


#: What its name ends with; `datasets.load` knows it.
SUFFIX = "-held-out"


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
