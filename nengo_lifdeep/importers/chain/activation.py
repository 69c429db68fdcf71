"""Piecewise linear activations, as sums of rectified neurons."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

__all__ = ["RELU", "Activation"]


@dataclasses.dataclass(frozen=True)
class Activation:
    """``min(max(x, slope * x), high)``, per channel.

    Parameters
    ----------
    slope : tuple of float
        Below zero; one, or one per channel. 0 for a ReLU.
    high : tuple of float
        Ceiling; infinite for a ReLU.

    Examples
    --------
    >>> Activation(high=(6.0,)).is_plain
    False
    >>> Activation(slope=(0.0, 0.1)).neurons(2)[0]
    array([0, 1, 1])
    """

    slope: tuple[float, ...] = (0.0,)
    high: tuple[float, ...] = (math.inf,)

    @property
    def is_plain(self) -> bool:
        """Whether it is a ReLU in every channel."""
        return not any(self.slope) and all(math.isinf(h) for h in self.high)

    def of(self, channels: int) -> Activation:
        """With one number for every channel.

        Parameters
        ----------
        channels : int
            Number of channels.
        """
        both = ((v * channels if len(v) == 1 else v) for v in (self.slope, self.high))
        return Activation(*both)

    def beside(self, other: Activation) -> Activation:
        """The channels of both, one after another; both have one number for every channel.

        Parameters
        ----------
        other : Activation
            Of the channels after these.
        """
        return Activation(self.slope + other.slope, self.high + other.high)

    def neurons(self, channels: int, alike: bool = False) -> tuple[np.ndarray, ...]:
        """The rectified neurons whose weighted sum is the activation.

        Parameters
        ----------
        channels : int
            Number of channels.
        alike : bool
            Whether every channel gets as many (groups of channels need that).

        Returns
        -------
        channel, sign, shift, weight : arrays with an entry for every neuron
            The neuron fires at ``relu(sign * x[channel] + shift)``, and its channel is the sum of
            its neurons times their weights. Neurons of a channel are next to each other.
        """
        each = self.of(channels)
        rows = [_of_a_channel(*pair) for pair in zip(each.slope, each.high, strict=True)]
        most = max(map(len, rows)) if alike else 0
        rows = [[*row, *[(-1.0, 0.0, 0.0)] * (most - len(row))] for row in rows]
        found = [(c, *neuron) for c, row in enumerate(rows) for neuron in row]
        channel, sign, shift, weight = (np.array(column) for column in zip(*found, strict=True))
        return channel.astype(int), sign, shift, weight


def _of_a_channel(slope: float, high: float) -> list[tuple[float, float, float]]:
    """Sign, shift and weight of every neuron."""
    found = [(1.0, 0.0, 1.0)]
    if math.isfinite(high):
        found.append((1.0, -high, -1.0))
    if slope:
        found.append((-1.0, 0.0, -slope))
    return found


RELU = Activation()
