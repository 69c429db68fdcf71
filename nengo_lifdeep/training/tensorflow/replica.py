"""Where a replica of `tf.distribute` stands among those that share a batch."""

from __future__ import annotations

from typing import Any

from ...compat import import_tensorflow

tf: Any = import_tensorflow()

__all__ = ["first_row", "mean_of_all", "replicas"]


def replicas() -> int:
    """How many replicas share a batch: 1 without a strategy."""
    number: int = tf.distribute.get_strategy().num_replicas_in_sync
    return number


def first_row(rows: Any) -> Any:
    """Place of this replica's first image in the batch of all; None where it has the whole batch.

    Parameters
    ----------
    rows : int or int tensor
        Images of this replica, as many as every other has.
    """
    context = tf.distribute.get_replica_context()
    if replicas() == 1 or context is None:
        return None
    return tf.cast(context.replica_id_in_sync_group, tf.int32) * rows


def mean_of_all(value: Any) -> Any:
    """Mean of a value over all replicas, with its gradient.

    Parameters
    ----------
    value : tensor
        Mean over the images of this replica.
    """
    context = tf.distribute.get_replica_context()
    if replicas() == 1 or context is None:
        return value
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, value)
