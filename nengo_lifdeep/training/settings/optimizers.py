"""Optimisers in the form NengoDL needs, from a name, `tf_keras`, Keras 3, or a configuration."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...compat import import_tf_keras
from ...errors import TrainingError
from ...support.checks import is_real, shown

__all__ = ["as_optimizer", "current_rate", "describe_optimizer", "learning_rates"]


def as_optimizer(optimizer: Any, learning_rate: Any = None) -> Any:
    """A fresh `tf_keras` optimiser.

    Parameters
    ----------
    optimizer : str, dict, or optimiser
        A name (``"adam"``; ``"bayes-binary"`` is `BayesBinary`), a configuration
        ``{"class_name": ..., "config": {...}}``, or an optimiser of `tf_keras` or Keras 3, whose
        settings (not its state) are taken over.
    learning_rate : float, function of the epoch, or learning-rate schedule, optional
        Takes the place of the optimiser's own. Schedules are those of `tf_keras` or Keras 3.

    Raises
    ------
    TrainingError
        If there is no such optimiser, or one of its settings has no counterpart.
    """
    keras = import_tf_keras()
    name, config = _name_and_config(optimizer)
    try:
        cls = _own(name) or type(keras.optimizers.get(name))
    except ValueError as error:
        raise TrainingError(
            f"there is no optimizer {name!r}; expected for example 'adam', 'sgd' or 'rmsprop', or "
            "'bayes-binary' for binary weights"
        ) from error
    config = _without_keras_3(name, config, cls)
    if learning_rate is not None and not _by_epoch(learning_rate):
        config["learning_rate"] = learning_rate
    if "learning_rate" in config:
        config["learning_rate"] = _rate(config["learning_rate"], keras)
    return cls.from_config(config)


def learning_rates(learning_rate: Any, epochs: int) -> list[float] | None:
    """The rate in every epoch, where ``learning_rate`` is a function of the epoch; else None.

    Parameters
    ----------
    learning_rate : float, callable or schedule
        The learning rate; a callable takes the number of the epoch.
    epochs : int
        Number of epochs.
    """
    if not _by_epoch(learning_rate):
        return None
    rates = []
    for epoch in range(epochs):
        try:
            rate = learning_rate(epoch)
        except TypeError as error:
            raise TrainingError(
                f"learning_rate cannot be called with the number of an epoch: {error}; expected a "
                "function of one whole number, from 0"
            ) from error
        rates.append(_positive(rate, f" in epoch {epoch + 1}"))
    return rates


def current_rate(optimizer: Any) -> Any:
    """The learning rate of the next step, as a tensor.

    Parameters
    ----------
    optimizer : tf_keras.optimizers.Optimizer
        The optimiser.
    """
    rate = optimizer._learning_rate
    return rate(optimizer.iterations) if callable(rate) else optimizer.learning_rate


def describe_optimizer(optimizer: Any) -> dict[str, Any]:
    """JSON-ready name and settings of a `tf_keras` optimiser.

    Parameters
    ----------
    optimizer : tf_keras.optimizers.Optimizer
        The optimiser.
    """
    config = dict(optimizer.get_config())
    return {"class_name": type(optimizer).__name__, "config": _plain(config)}


def _name_and_config(optimizer: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(optimizer, str):
        return optimizer, {}
    if isinstance(optimizer, dict) and "class_name" in optimizer:
        config = optimizer.get("config", {})
        if isinstance(optimizer["class_name"], str) and isinstance(config, dict):
            return optimizer["class_name"], dict(config)
    if hasattr(optimizer, "get_config") and not isinstance(optimizer, type):
        return type(optimizer).__name__, dict(optimizer.get_config())
    raise TrainingError(
        f"optimizer is {shown(optimizer)}; expected a name such as 'adam', an optimizer object, or "
        "{'class_name': ..., 'config': {...}}"
    )


def _own(name: str) -> Any:
    """The class of an optimiser of this package, or None."""
    if name.lower().replace("-", "").replace("_", "") != "bayesbinary":
        return None
    from ..tensorflow.bayes import BayesBinary

    return BayesBinary


def _without_keras_3(name: str, config: dict[str, Any], cls: Any) -> dict[str, Any]:
    """Drop settings that only Keras 3 has, if they are switched off."""
    known = set(cls().get_config()) | {"weight_decay", "clipnorm", "clipvalue", "global_clipnorm"}
    unknown = {key: value for key, value in config.items() if key not in known}
    used = sorted(key for key, value in unknown.items() if value not in (None, False))
    if used:
        raise TrainingError(
            f"optimizer {name!r} has settings that training does not support: {used}; "
            "leave them at None"
        )
    return {key: value for key, value in config.items() if key in known}


def _by_epoch(learning_rate: Any) -> Callable[[int], float] | None:
    """The function itself if it is one of the epoch, and no number or schedule of steps."""
    schedule = hasattr(learning_rate, "get_config") or isinstance(learning_rate, dict)
    return learning_rate if callable(learning_rate) and not schedule else None


def _rate(value: Any, keras: Any) -> Any:
    """A number, or a schedule of `tf_keras` made from whatever describes one."""
    if hasattr(value, "get_config"):
        value = {"class_name": type(value).__name__, "config": value.get_config()}
    if isinstance(value, dict):
        schedule = {key: value.get(key) for key in ("class_name", "config")}
        if not isinstance(schedule["class_name"], str):
            raise TrainingError(
                f"learning_rate is {shown(value)}; expected a number, or a schedule as "
                "{'class_name': ..., 'config': {...}}"
            )
        try:
            return keras.optimizers.schedules.deserialize(schedule)
        except (AttributeError, ValueError, TypeError) as error:
            raise TrainingError(f"learning-rate schedule {schedule} is not known") from error
    return _positive(value)


def _positive(value: Any, where: str = "") -> float:
    rate = float(value) if is_real(value) else math.nan
    if not (math.isfinite(rate) and rate > 0):
        raise TrainingError(
            f"learning_rate{where} is {shown(value)}; expected a positive number such as 0.001"
        )
    return rate


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in sorted(value.items()) if k != "name"}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    return float(value)
