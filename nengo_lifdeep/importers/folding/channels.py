"""Channels of an image in another order, and arithmetic done before that."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..chain.graph import Entry
from .layers import Windows

__all__ = ["picking", "unpicked"]


def picking(taken: np.ndarray, channels: int) -> Entry:
    """Some of an image's channels, in a new order.

    Parameters
    ----------
    taken : (n,) array of int
        Numbers of the channels that are kept.
    channels : int
        How many there are.
    """
    kernel = np.eye(channels, dtype=np.float32)[taken].T[None, None]
    return Windows(filters=len(taken)), {"kernel": kernel}


def unpicked(
    arrays: Mapping[str, np.ndarray], taken: np.ndarray, channels: int
) -> dict[str, np.ndarray]:
    """Scale and shift of channels that were taken, as those of the image they were taken from.

    Parameters
    ----------
    arrays : dict of str to array
        ``scale`` and ``shift``, channels last.
    taken : (n,) array of int
        Numbers of the channels.
    channels : int
        How many the image has.
    """
    made = {}
    for name, empty in (("scale", np.ones), ("shift", np.zeros)):
        made[name] = empty((*arrays[name].shape[:-1], channels))
        made[name][..., taken] = arrays[name]
    return made
