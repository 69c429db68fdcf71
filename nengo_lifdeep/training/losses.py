"""What training minimises: a loss of the class scores, given by name or as a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..compat import import_tensorflow, import_tf_keras
from ..errors import TrainingError

__all__ = ["LOSSES", "accuracy", "score_loss"]


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
        ``(batch, class)`` (no softmax behind the network) with TensorFlow operations; it returns
        one value per image, or their mean. `tf_keras` loss objects are such functions.

    Raises
    ------
    TrainingError
        If there is no loss of that name.
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise TrainingError(f"there is no loss {loss!r}; expected one of {', '.join(LOSSES)}")
        loss = LOSSES[loss]
    elif not callable(loss):
        raise TrainingError(
            f"loss is {loss!r}; expected a name ({', '.join(LOSSES)}) or a function of labels "
            "(batch,) and scores (batch, class)"
        )
    function = loss
    tf = import_tensorflow()

    @tf.autograph.experimental.do_not_convert
    def output_loss(labels: Any, scores: Any) -> Any:
        return function(labels[:, 0, 0], scores[:, 0])

    return output_loss


def accuracy() -> Callable[[Any, Any], Any]:
    """A metric for NengoDL's tensors: whether the largest score is the label's."""
    keras, tf = import_tf_keras(), import_tensorflow()

    @tf.autograph.experimental.do_not_convert
    def accuracy(labels: Any, scores: Any) -> Any:
        return keras.metrics.sparse_categorical_accuracy(labels[:, 0], scores[:, 0])

    return accuracy
