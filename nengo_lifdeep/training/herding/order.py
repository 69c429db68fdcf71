"""Which networks can be trained by herding neurons, and what such a training does not know."""

from __future__ import annotations

from typing import Any

from nengo.neurons import NeuronType

from ...errors import TrainingError
from ...herding.method import Herding
from ...herding.networks import herdable
from ...layers.architecture import Architecture
from ...records.finding import listed
from ...support.checks import shown
from ..settings.optimizers import learning_rates
from ..settings.schedules import OneCycle

__all__ = [
    "herding_rates",
    "refuse_of_rates",
    "require_classes",
    "require_herdable",
]

_USUAL_RATE = 0.01


def require_herdable(architecture: Architecture, neuron: NeuronType) -> Architecture:
    """The architecture itself, if it can be trained by herding neurons.

    Parameters
    ----------
    architecture : Architecture
        The layers, in order.
    neuron : nengo.neurons.NeuronType
        The neuron of the layers that have none of their own.

    Raises
    ------
    TrainingError
        If it cannot; the message lists every finding with its remedy.
    """
    findings = herdable(architecture, neuron)
    if findings:
        raise TrainingError(
            f"network {architecture.name!r} cannot be trained by herding:{listed(findings)}"
        )
    return architecture


def require_classes(architecture: Architecture, binary: bool) -> None:
    """Refuse one output for two classes: the largest of one is always itself.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    binary : bool
        Whether one output is to tell two classes apart.
    """
    if binary:
        raise TrainingError(
            f"network {architecture.name!r} has one output for two classes; herding learns one "
            "output per class: end with Dense(2, use_bias=False)"
        )


def refuse_of_rates(*, batch_size: Any, loss: Any, **others: Any) -> None:
    """Refuse what only a training through NengoDL or TensorFlow knows.

    Parameters
    ----------
    batch_size : int or None
        1 says what is done anyway.
    loss : str or callable or None
        "mean_squared_error" and "mse" say what is done anyway.
    **others : object
        None where they were not given.
    """
    if batch_size not in (None, 1):
        others["batch_size"] = batch_size
    if loss not in (None, "mse", "mean_squared_error"):
        others["loss"] = loss
    for name, value in others.items():
        if value is not None:
            raise TrainingError(
                f"{name} is {shown(value)}; herding learns image by image, by the squared error "
                f"and at learning_rate: leave {name} out, or train without method=Herding(...)"
            )


def herding_rates(learning_rate: Any, epochs: int, method: Herding) -> list[float]:
    """The learning rate of every epoch; a spike's worth stays the same within one.

    Parameters
    ----------
    learning_rate : float, function of the epoch (from 0), OneCycle, or None
        None is 0.01.
    epochs : int
        Number of epochs.
    method : Herding
        How it learns.

    Raises
    ------
    TrainingError
        If a rate is not above 0, or of another kind.

    Examples
    --------
    >>> herding_rates(None, 2, Herding())
    [0.01, 0.01]
    """
    if isinstance(learning_rate, OneCycle):
        rates = [learning_rate.rate((epoch + 0.5) / epochs) for epoch in range(epochs)]
    elif callable(learning_rate) and not hasattr(learning_rate, "get_config"):
        rates = learning_rates(learning_rate, epochs) or []
    else:
        rates = [_USUAL_RATE if learning_rate is None else learning_rate] * epochs
    for rate in rates:
        method.scale(rate)
    return [float(rate) for rate in rates]
