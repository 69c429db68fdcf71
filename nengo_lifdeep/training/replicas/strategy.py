"""Which devices share the batches of a training."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from ...compat import import_tensorflow
from ...errors import TrainingError
from ...support.checks import shown
from ...support.words.counted import counted

__all__ = ["checked_strategy", "in_scope", "require_divisible"]

#: Strategies whose replicas are devices of one process, and how they are called.
KNOWN = ("MirroredStrategy", "OneDeviceStrategy")

_EXPECTED = (
    "'mirrored', tf.distribute.MirroredStrategy(devices) or tf.distribute.OneDeviceStrategy(device)"
)


def checked_strategy(value: Any, what: str) -> Any:
    """Check of an argument: None, "mirrored", or a strategy of `tf.distribute`.

    Parameters
    ----------
    value : object
        The argument.
    what : str
        Its name.

    Raises
    ------
    TrainingError
        For anything else; strategies over several machines are not supported.

    Examples
    --------
    >>> checked_strategy("mirrored", "strategy")
    'mirrored'
    """
    if value is None or (isinstance(value, str) and value == "mirrored"):
        return value
    name = type(value).__name__
    if name not in KNOWN or not hasattr(value, "num_replicas_in_sync"):
        several = " (strategies over several machines are not supported)"
        hint = several if hasattr(value, "num_replicas_in_sync") else ""
        raise TrainingError(f"{what} is {shown(value)}; expected {_EXPECTED}{hint}")
    return value


@contextlib.contextmanager
def in_scope(strategy: Any) -> Iterator[Any]:
    """The strategy, with its scope open; variables that are made inside are its own.

    Parameters
    ----------
    strategy : None, "mirrored" or a strategy of `tf.distribute`
        "mirrored" are all accelerators that TensorFlow sees, or all its logical processors.

    Yields
    ------
    tf.distribute.Strategy or None

    Raises
    ------
    TrainingError
        If the scope of another strategy is open.
    """
    if strategy is None and "tensorflow" not in sys.modules:
        yield None
        return
    tf = import_tensorflow()
    if isinstance(strategy, str):
        strategy = tf.distribute.MirroredStrategy()
    if tf.distribute.has_strategy() and tf.distribute.get_strategy() is not strategy:
        raise TrainingError(
            f"train was called in the scope of {type(tf.distribute.get_strategy()).__name__}; "
            "call it outside, and give the strategy as strategy=..."
        )
    if strategy is None:
        yield None
        return
    with strategy.scope():
        yield strategy


def require_divisible(batch_size: int, replicas: int) -> None:
    """Refuse batches that cannot be given to all devices in equal parts.

    Parameters
    ----------
    batch_size : int
        Images per step, of all devices together.
    replicas : int
        Devices.

    Raises
    ------
    TrainingError
        If a part would be larger than another; its images would count less.
    """
    if batch_size % replicas:
        below = batch_size - batch_size % replicas
        raise TrainingError(
            f"batch_size is {batch_size}, for {counted(replicas, 'device')}; expected a multiple "
            "of "
            f"{replicas}, such as {below or replicas}, as every image counts the same"
        )
