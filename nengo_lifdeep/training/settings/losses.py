"""Losses of the class scores, given by name or as a function."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from ...compat import import_tensorflow, import_tf_keras
from ...errors import TrainingError
from ...support.checks import check_fields, real, shown

__all__ = ["LOSSES", "CrossEntropy", "accuracy", "check_loss", "loss_name", "score_loss"]


@dataclasses.dataclass(frozen=True)
class CrossEntropy:
    """Cross-entropy of the softmax of the scores, with smoothed labels.

    Parameters
    ----------
    label_smoothing : float
        Share of the probability that is spread evenly over all classes (Szegedy et al. 2016,
        arXiv 1512.00567); 0 for none.

    Raises
    ------
    TrainingError
        If the share is not in [0, 1).
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self, TrainingError, label_smoothing=real(0, below=1))

    def __call__(self, labels: Any, scores: Any) -> Any:
        """Loss of every image, from labels ``(batch,)`` and scores ``(batch, class)``."""
        tf = import_tensorflow()
        n, share = scores.shape[-1], self.label_smoothing
        targets = tf.one_hot(labels, n, 1 - share + share / n, share / n, dtype=scores.dtype)
        return tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=scores)


def _cross_entropy(labels: Any, scores: Any) -> Any:
    tf = import_tensorflow()
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=scores)


def _squared_error(labels: Any, scores: Any) -> Any:
    tf = import_tensorflow()
    targets = tf.one_hot(labels, scores.shape[-1], dtype=scores.dtype)
    return tf.reduce_mean(tf.square(scores - targets), axis=-1)


def _hinge(labels: Any, scores: Any) -> Any:
    tf = import_tensorflow()
    targets = tf.one_hot(labels, scores.shape[-1], dtype=scores.dtype)
    right = tf.reduce_sum(targets * scores, axis=-1)
    wrong = tf.reduce_max(scores - 1e9 * targets, axis=-1)
    return tf.nn.relu(1 + wrong - right)


#: Losses by name; each takes labels ``(batch,)`` and scores ``(batch, class)``, gives ``(batch,)``.
LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "sparse_categorical_crossentropy": _cross_entropy,
    "mean_squared_error": _squared_error,
    "categorical_hinge": _hinge,
}


def score_loss(loss: str | Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The loss for NengoDL, whose tensors have a time axis of one step.

    Parameters
    ----------
    loss : str or callable
        A name in `LOSSES` or a function of labels ``(batch,)`` (integers) and scores
        ``(batch, class)`` (no softmax after the network) with TensorFlow operations; it returns
        one value per image, or their mean. `tf_keras` loss objects are such functions.

    Raises
    ------
    TrainingError
        If there is no loss of that name.
    """
    check_loss(loss)
    function = LOSSES[loss] if isinstance(loss, str) else loss
    tf = import_tensorflow()

    @tf.autograph.experimental.do_not_convert
    def output_loss(labels: Any, scores: Any) -> Any:
        return function(labels[:, 0, 0], scores[:, 0])

    return output_loss


def check_loss(loss: Any) -> None:
    """Raise `TrainingError` unless it is the name of a loss, or a function.

    Parameters
    ----------
    loss : str or callable
        Name of a loss, or a function of labels (batch,) and scores (batch, class).
    """
    if isinstance(loss, str) and loss not in LOSSES:
        raise TrainingError(f"there is no loss {loss!r}; expected one of {', '.join(LOSSES)}")
    if isinstance(loss, type) or not (isinstance(loss, str) or callable(loss)):
        raise TrainingError(
            f"loss is {shown(loss)}; expected a name ({', '.join(LOSSES)}) or a function of labels "
            "(batch,) and scores (batch, class)"
        )


def loss_name(loss: Any) -> str:
    """How a loss is called in files: by its own name, a dataclass with its parameters.

    Parameters
    ----------
    loss : str or callable
        The loss.
    """
    if isinstance(loss, str):
        return loss
    if dataclasses.is_dataclass(loss):
        return repr(loss)
    return getattr(loss, "__name__", type(loss).__name__)


def accuracy() -> Callable[[Any, Any], Any]:
    """A metric for NengoDL's tensors: whether the largest score is the label's."""
    keras, tf = import_tf_keras(), import_tensorflow()

    @tf.autograph.experimental.do_not_convert
    def accuracy(labels: Any, scores: Any) -> Any:
        return keras.metrics.sparse_categorical_accuracy(labels[:, 0], scores[:, 0])

    return accuracy
