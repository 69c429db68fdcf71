"""One exchange: who takes part, what is sent, and what everybody has afterwards."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...support.arrays.owned_arrays import ReadOnlyDict
from ...support.short_repr import short_repr
from .average import federated_average
from .device import Device

__all__ = ["Exchange", "exchange_weights"]


@dataclasses.dataclass(frozen=True)
class Exchange:
    """What happened in an exchange.

    Parameters
    ----------
    n_updates : int
        Changes of weights of a device before it that was never left out.
    devices : tuple of str
        Names of those that took part.
    left_out : dict of str to str
        Names of the others, and why.
    bytes_sent, bytes_received : int
        From the devices to the base station, and back; summed over the devices.
    """

    n_updates: int
    devices: tuple[str, ...]
    left_out: Mapping[str, str]
    bytes_sent: int
    bytes_received: int

    __repr__ = short_repr

    def __post_init__(self) -> None:
        object.__setattr__(self, "left_out", ReadOnlyDict(dict(self.left_out)))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready record; ``Exchange(**record)`` turns it back."""
        return {
            **{f.name: getattr(self, f.name) for f in dataclasses.fields(self)},
            "devices": list(self.devices), "left_out": dict(self.left_out),
        }  # fmt: skip


def exchange_weights(
    devices: list[Device], n_filters: int | None = None
) -> tuple[list[Device], int, int]:
    """Average the weights of devices.

    Weights are counted with their bytes, without those of connections that do not exist; choosing
    filters costs a bit for each of them, both ways.

    Parameters
    ----------
    devices : list of Device
        Those that take part.
    n_filters : int, optional
        How many filters each of them sends; all by default.

    Returns
    -------
    devices : list of Device
        With the weights they have afterwards.
    bytes_sent, bytes_received : int
        Of all of them.
    """
    if n_filters == 0:
        return devices, 0, 0
    weights = [list(device.weights) for device in devices]
    masks = [device.masks(n_filters) for device in devices]
    after = federated_average(weights, [device.size for device in devices], masks)
    anywhere = [
        np.logical_or.reduce(np.broadcast_arrays(*of_array))
        for of_array in zip(*masks, strict=True)
    ]
    choice = 0 if n_filters is None else -(-weights[0][0].shape[2] // 8)
    sent = sum(_bytes(w, m) + choice for w, m in zip(weights, masks, strict=True))
    received = sum(_bytes(w, anywhere) + choice for w in weights)
    changed = [d.exchanged(w) for d, w in zip(devices, after, strict=True)]
    return changed, sent, received


def _bytes(arrays: list[np.ndarray], masks: list[np.ndarray]) -> int:
    return sum(
        int(np.broadcast_to(mask, array.shape).sum()) * array.itemsize
        for array, mask in zip(arrays, masks, strict=True)
    )
