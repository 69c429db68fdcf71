"""Whether images and their answers fit a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import DataError
from ...support.words.counted import counted

__all__ = ["check_fit"]


def check_fit(
    split: Any,
    n_classes: int | None,
    image_shape: tuple[int, ...] | None,
    n_outputs: int | None,
) -> None:
    """Check that a split fits a network with these outputs and this input shape.

    Parameters
    ----------
    split : Split
        Images and answers.
    n_classes, image_shape, n_outputs
        As of `Split.check`.

    Raises
    ------
    DataError
        If they do not fit.
    """
    if n_classes is not None and split.has_values:
        raise DataError(
            f"{split.source}: values are to be given (targets of shape {split.target_shape}); "
            "expected classes, as Split(images, labels). Values are taken by train, evaluate, "
            "run and convert"
        )
    if n_outputs is not None and split.flat_targets.shape[1] != n_outputs:
        raise DataError(
            f"{split.source}: targets have shape {split.target_shape}, "
            f"{split.flat_targets.shape[1]} values per image; the network gives {n_outputs}. "
            "End the network with as many outputs as there are values"
        )
    if n_classes is not None and split.labels.max() >= n_classes:
        at = int(np.argmax(split.labels >= n_classes))
        if n_classes == 1 and split.labels.max() == 1:
            raise DataError(
                f"{split.source}: there are two classes, the network has one output. Where that "
                "is the sum whose sigmoid is the probability of class 1, take "
                "model.with_two_scores(); where it is a value, give Split(images, "
                "targets=values)"
            )
        raise DataError(
            f"{split.source}: label {split.labels[at]} of image {at} is out of range; expected "
            f"0 to {n_classes - 1} for {counted(n_classes, 'class', 'classes')}. Count "
            "classes from 0, or give the "
            "network more outputs"
        )
    if image_shape is not None and split.image_shape != tuple(image_shape):
        raise DataError(
            f"{split.source}: images have shape {split.image_shape}; expected "
            f"{tuple(image_shape)} (row, column, channel). Resize or crop them, or change "
            "the architecture's input_shape"
        )
