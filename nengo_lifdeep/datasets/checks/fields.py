"""The fields of a `Split`, while it is put together."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ...errors import DataError
from ...support.arrays.owned_arrays import owned
from ...support.checks import flag
from ...support.checks.arrays import checked_array
from .answers import checked_labels, checked_targets
from .images import checked_films_or_images

__all__ = ["check_split"]


def check_split(split: Any) -> None:
    """Check, and put into their final form, the fields of a split.

    Parameters
    ----------
    split : Split
        While it is built.

    Raises
    ------
    DataError
        If they are not as `Split` describes them.
    """
    set_ = functools.partial(object.__setattr__, split)
    valued = split.targets is not None
    images = split.images
    set_("any_range", flag(split.any_range, "any_range"))
    if not split.is_lazy:
        images = checked_films_or_images(images, split.source, valued, split.any_range)
    elif images.dtype.kind == "f" and images.ndim == 5:
        set_("any_range", True)
    if not isinstance(split.source, str):
        raise DataError(f"source is {split.source!r}; expected a text, where the images are from")
    if split.targets is not None:
        targets = checked_targets(split.targets, len(images), split.source)
        set_("targets", owned(targets))
        labels = _no_classes(split, len(images))
    else:
        labels = checked_labels(split.labels, len(images), split.source)
    for name in ("indices", "groups"):
        if getattr(split, name) is not None:
            numbers = checked_array(
                getattr(split, name), f"{split.source}: {name}", kind="whole",
                shape=(len(labels),), low=0, dtype=np.int64, own=True, error=DataError,
            )  # fmt: skip
            set_(name, numbers)
    set_("images", images if split.is_lazy else owned(images))
    set_("labels", owned(labels))


def _no_classes(split: Any, n: int) -> np.ndarray:
    """One class for all images, which have targets instead."""
    if split.labels is not None and np.any(np.asarray(split.labels) != 0):
        raise DataError(
            f"{split.source}: there are both labels and targets; expected classes as labels, or "
            "values as targets"
        )
    return np.zeros(n, np.int64)
