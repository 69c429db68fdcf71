"""Nengo's open networks: every new object joins the innermost one and takes all their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import nengo

__all__ = ["apart_from_open_networks", "nengo_defaults"]


@contextmanager
def nengo_defaults() -> Iterator[None]:
    """Make Nengo objects with Nengo's own defaults, whatever the networks around them set.

    ``world.config[nengo.Ensemble].noise`` and others of a model are for the model's own objects. A
    network that computes given weights would compute something else with them.

    Examples
    --------
    >>> with nengo.Network() as world:
    ...     world.config[nengo.Ensemble].radius = 3.0
    ...     with nengo_defaults():
    ...         other = nengo.Ensemble(5, 1)
    ...     own = nengo.Ensemble(5, 1)
    >>> other.radius, own.radius, len(world.ensembles)
    (1.0, 3.0, 2)
    """
    with _emptied(nengo.Config.context):
        yield


@contextmanager
def apart_from_open_networks() -> Iterator[None]:
    """Make networks that join no model, with Nengo's own defaults.

    For those that a function builds for itself: called inside ``with world:``, it would add its
    network to the user's model, and NengoDL's settings of it to the model's.

    Examples
    --------
    >>> with nengo.Network() as world, apart_from_open_networks():
    ...     own = nengo.Network()
    >>> world.networks
    []
    """
    with nengo_defaults(), _emptied(nengo.Network.context):
        yield


@contextmanager
def _emptied(stack: Any) -> Iterator[None]:
    """A stack of Nengo's without its entries, which come back."""
    entries = list(stack)
    with ExitStack() as after:
        after.callback(lambda: [stack.append(each) for each in entries])
        after.callback(stack.clear)
        stack.clear()
        yield
