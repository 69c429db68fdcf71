"""Losses of class scores and of values, given by name or as a function."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from ...compat import import_tensorflow, import_tf_keras
from ...errors import TrainingError
from ...support.checks import check_fields, real, shown
from ...support.words.similar import did_you_mean

__all__ = [
    "BINARY_LOSSES",
    "LOSSES",
    "VALUE_LOSSES",
    "CrossEntropy",
    "accuracy",
    "check_loss",
    "default_loss",
    "loss_name",
    "score_loss",
    "value_loss",
    "value_metrics",
]


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


def _sum_of_squares(labels: Any, scores: Any) -> Any:
    tf = import_tensorflow()
    targets = tf.one_hot(labels, scores.shape[-1], dtype=scores.dtype)
    return tf.reduce_sum(tf.square(scores - targets), axis=-1)


def _hinge(labels: Any, scores: Any) -> Any:
    tf = import_tensorflow()
    targets = tf.one_hot(labels, scores.shape[-1], dtype=scores.dtype)
    right = tf.reduce_sum(targets * scores, axis=-1)
    wrong = tf.reduce_max(scores - 1e9 * targets, axis=-1)
    return tf.nn.relu(1 + wrong - right)


def _binary_cross_entropy(labels: Any, scores: Any) -> Any:
    """Of one output, whose sigmoid is the probability of class 1."""
    tf = import_tensorflow()
    targets = tf.cast(labels, scores.dtype)
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=scores[:, 0])


#: Losses by name; each takes labels ``(batch,)`` and scores ``(batch, class)``, gives ``(batch,)``.
LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "sparse_categorical_crossentropy": _cross_entropy,
    "mean_squared_error": _squared_error,
    "sum_of_squares": _sum_of_squares,
    "categorical_hinge": _hinge,
}


def _of_values(name: str) -> Callable[[Any, Any], Any]:
    """Keras's loss of that name, one value per image."""

    def loss(targets: Any, values: Any) -> Any:
        return getattr(import_tf_keras().losses, name)(targets, values)

    return loss


#: Losses of values by name and Keras's short name: targets and values ``(batch, output)``.
VALUE_LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "mean_squared_error": _of_values("mean_squared_error"),
    "mean_absolute_error": _of_values("mean_absolute_error"),
    "huber": _of_values("huber"),
}

#: Losses of one output for two classes: labels ``(batch,)`` and sums ``(batch, 1)``.
BINARY_LOSSES: dict[str, Callable[[Any, Any], Any]] = {"binary_crossentropy": _binary_cross_entropy}

_SHORT = {"mse": "mean_squared_error", "mae": "mean_absolute_error"}


def default_loss(values: bool, binary: bool = False) -> str:
    """The loss where none is asked for.

    Parameters
    ----------
    values : bool
        Whether values are to be given, not classes.
    binary : bool
        Whether one output tells two classes apart.
    """
    if values:
        return "mean_squared_error"
    return "binary_crossentropy" if binary else "sparse_categorical_crossentropy"


def value_loss(loss: str | Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The loss of values for NengoDL, whose tensors have a time axis of one step.

    Parameters
    ----------
    loss : str or callable
        A name in `VALUE_LOSSES`, "mse", "mae", or a function of targets and values
        ``(batch, output)`` with TensorFlow operations.

    Raises
    ------
    TrainingError
        If there is no loss of that name.
    """
    check_loss(loss, values=True)
    function = VALUE_LOSSES[_SHORT.get(loss, loss)] if isinstance(loss, str) else loss
    tf = import_tensorflow()

    @tf.autograph.experimental.do_not_convert
    def output_loss(targets: Any, values: Any) -> Any:
        return function(targets[:, 0], values[:, 0])

    return output_loss


def value_metrics() -> list[Callable[[Any, Any], Any]]:
    """Metrics of values for NengoDL's tensors: mean absolute and mean squared error."""
    tf = import_tensorflow()

    @tf.autograph.experimental.do_not_convert
    def mean_absolute_error(targets: Any, values: Any) -> Any:
        return tf.reduce_mean(tf.abs(values[:, 0] - targets[:, 0]), axis=-1)

    @tf.autograph.experimental.do_not_convert
    def mean_squared_error(targets: Any, values: Any) -> Any:
        return tf.reduce_mean(tf.square(values[:, 0] - targets[:, 0]), axis=-1)

    return [mean_absolute_error, mean_squared_error]


def score_loss(loss: str | Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The loss for NengoDL, whose tensors have a time axis of one step.

    Parameters
    ----------
    loss : str or callable
        A name in `LOSSES` or `BINARY_LOSSES`, or a function of labels ``(batch,)`` (integers) and
        scores ``(batch, class)`` (no softmax after the network) with TensorFlow operations; it
        returns one value per image, or their mean. `tf_keras` loss objects are such functions.

    Raises
    ------
    TrainingError
        If there is no loss of that name.
    """
    known = LOSSES | BINARY_LOSSES
    if not (isinstance(loss, str) and loss in BINARY_LOSSES):
        check_loss(loss)
    function = known[loss] if isinstance(loss, str) else loss
    tf = import_tensorflow()

    @tf.autograph.experimental.do_not_convert
    def output_loss(labels: Any, scores: Any) -> Any:
        return function(labels[:, 0, 0], scores[:, 0])

    return output_loss


def check_loss(loss: Any, values: bool = False, binary: bool = False) -> None:
    """Raise `TrainingError` unless it is the name of a loss, or a function.

    Parameters
    ----------
    loss : str or callable
        Name of a loss, or a function of labels (batch,) and scores (batch, class).
    values : bool
        Whether it is of values, a function of targets and values (batch, output).
    binary : bool
        Whether it is of one output that tells two classes apart.
    """
    names = [*VALUE_LOSSES, *_SHORT] if values else list(BINARY_LOSSES if binary else LOSSES)
    known, task = ", ".join(names), "values" if values else "classes"
    if binary:
        task = "two classes by one output"
    elif isinstance(loss, str) and loss in BINARY_LOSSES and not values:
        raise TrainingError(
            f"loss {loss!r} is of one output for two classes, but the network has one for each; "
            "end it in Dense(1), or take 'sparse_categorical_crossentropy'"
        )
    if isinstance(loss, str) and loss not in names:
        raise TrainingError(
            f"there is no loss {loss!r} of {task}; expected one of {known}"
            f"{did_you_mean(loss, names)}"
        )
    if isinstance(loss, type) or not (isinstance(loss, str) or callable(loss)):
        of = "labels (batch,) and scores (batch, class)"
        of = "targets and values (batch, output)" if values else of
        raise TrainingError(
            f"loss is {shown(loss)}; expected a name ({known}) or a function of {of}"
        )
    if (values or binary) and isinstance(loss, CrossEntropy):
        raise TrainingError(
            f"loss is {loss!r}, of a score for every class; of {task} expected one of {known}"
        )


def loss_name(loss: Any) -> str:
    """How a loss is called in files: by its own name, a dataclass with its parameters.

    Parameters
    ----------
    loss : str or callable
        The loss.
    """
    if isinstance(loss, str):
        return _SHORT.get(loss, loss)
    if dataclasses.is_dataclass(loss):
        return repr(loss)
    return getattr(loss, "__name__", type(loss).__name__)


def accuracy() -> Callable[[Any, Any], Any]:
    """A metric for NengoDL's tensors: whether the largest score is the label's.

    One output alone says class 1 where it is above 0.
    """
    keras, tf = import_tf_keras(), import_tensorflow()

    @tf.autograph.experimental.do_not_convert
    def accuracy(labels: Any, scores: Any) -> Any:
        if scores.shape[-1] == 1:
            right = tf.equal(scores[:, 0] > 0, labels[:, 0] > 0)
            return tf.cast(right[:, 0], scores.dtype)
        return keras.metrics.sparse_categorical_accuracy(labels[:, 0], scores[:, 0])

    return accuracy
