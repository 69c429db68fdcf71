"""Check that `train` can train an architecture, before it begins."""

from __future__ import annotations

from ..conversion.order import foldable
from ..errors import TrainingError
from ..layers.architecture import Architecture
from ..records.finding import Finding, listed

__all__ = ["require_trainable", "trainable"]


def trainable(architecture: Architecture) -> list[Finding]:
    """Why `train` cannot train a network of these layers, by layer; empty where it can.

    `train` gives networks that can be evaluated in rates, so every problem for that
    (`conversion.order.foldable`) is a problem for it. Another training method has rules of its own.

    Parameters
    ----------
    architecture : Architecture
        The layers, in order.

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> from nengo_lifdeep.layers import Conv2D, Dense, Flatten, MaxPooling2D, Neurons
    >>> layers = [Conv2D(4, 3), Conv2D(4, 3), MaxPooling2D(2), Neurons(), Flatten(), Dense(2)]
    >>> [finding.where for finding in trainable(Architecture((8, 8, 1), layers))]
    ['pool1']
    """
    return foldable(architecture)


def require_trainable(architecture: Architecture) -> Architecture:
    """The architecture itself, if it can be trained.

    Parameters
    ----------
    architecture : Architecture
        The layers, in order.

    Raises
    ------
    TrainingError
        If it cannot; the message lists every finding with its remedy.
    """
    findings = trainable(architecture)
    if findings:
        raise TrainingError(f"network {architecture.name!r} cannot be trained:{listed(findings)}")
    return architecture
