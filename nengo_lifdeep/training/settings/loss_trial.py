"""Try a user's loss on a few numbers before it decides a training."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ...compat import import_tensorflow
from ...errors import TrainingError

__all__ = ["try_loss"]


def try_loss(loss: Any, answers: np.ndarray, n_outputs: int) -> None:
    """Refuse a loss that takes probabilities, or does not give one number per image.

    Keras's losses are made for probabilities unless they are told otherwise, and some of them are
    for labels in another form; NumPy's and TensorFlow's broadcasting would hide it.

    Parameters
    ----------
    loss : str or callable
        Name of a loss, which is taken as it is, or a function.
    answers : array
        Labels ``(n,)`` or targets ``(n, output)``, for their type.
    n_outputs : int
        What the network gives: classes, or values.

    Raises
    ------
    TrainingError
        If it is such a loss, or fails.

    Examples
    --------
    >>> try_loss(lambda labels, scores: 0 * scores, np.array([0, 1]), 3)
    Traceback (most recent call last):
        ...
    nengo_lifdeep.errors.TrainingError: loss <lambda> gives numbers of shape (4, 3) for 4 images; \
expected one for each, (4,), or their mean: reduce over the last axis
    """
    if isinstance(loss, str):
        return
    name = getattr(loss, "__name__", type(loss).__name__)
    if _takes_probabilities(loss):
        raise TrainingError(
            f"loss {name} has from_logits=False and takes probabilities, but there is no softmax "
            "after the network; expected from_logits=True (of a function: "
            "functools.partial(loss, from_logits=True))"
        )
    tf = import_tensorflow()
    n = 4 if n_outputs != 4 else 5  # so that images are not taken for outputs
    scores = tf.zeros((n, n_outputs))
    given = tf.zeros((n, *np.shape(answers)[1:]), dtype=tf.as_dtype(np.asarray(answers).dtype))
    what = f"{'labels' if given.ndim == 1 else 'targets'} {tuple(given.shape)}"
    try:
        found = tf.convert_to_tensor(loss(given, scores))
    except Exception as error:  # what a user's function raises is of no one kind
        raise TrainingError(
            f"loss {name} cannot be computed of {what} and scores {tuple(scores.shape)}: "
            f"{str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)}; "
            "expected a function of the two with TensorFlow operations"
        ) from error
    if found.shape not in ((), (n,)):
        raise TrainingError(
            f"loss {name} gives numbers of shape {tuple(found.shape)} for {n} images; expected one "
            f"for each, ({n},), or their mean: reduce over the last axis"
        )


def _takes_probabilities(loss: Any) -> bool:
    """Whether it is one of Keras's losses, or a function with that argument, as they are made."""
    config = getattr(loss, "get_config", None)
    if config is not None:
        return config().get("from_logits") is False
    try:
        parameter = inspect.signature(loss).parameters.get("from_logits")
    except (TypeError, ValueError):  # a function that tells no signature
        return False
    return parameter is not None and parameter.default is False
