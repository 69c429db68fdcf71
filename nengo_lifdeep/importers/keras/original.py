"""Run a Keras model as it was trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError
from ...inputs.preprocessing import Preprocessing

__all__ = ["in_keras"]


def in_keras(
    model: Any, before: Preprocessing, output: str | None
) -> Callable[[np.ndarray], np.ndarray]:
    """Scores of images in a Keras model.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        The model.
    before : Preprocessing
        From images in [0, 1] to what it takes.
    output : str, optional
        Name of the output's layer, or its key, of a model that has several.
    """
    shape = tuple(getattr(model, "input_shape", ()) or ())[1:]  # a subclassed one has none

    def scores(images: np.ndarray) -> np.ndarray:
        shown = before(images)
        shown = shown.reshape(len(images), *shape) if shape else shown
        try:
            found = model.predict_on_batch(shown)
        except Exception as error:  # what Keras and its backends raise is of no one kind
            raise UnsupportedLayerError(
                f"Keras model {model.name!r} cannot be run as it is: {error}"
            ) from error
        if isinstance(found, dict) and output in found:
            return np.asarray(found[output]).reshape(len(images), -1)
        several = list(found.values()) if isinstance(found, dict) else found
        if isinstance(several, list):
            names = list(model.output_names)
            several = several[0 if output is None else names.index(output)]
        return np.asarray(several).reshape(len(images), -1)

    return scores
