"""One cross-point device, and the tables of many that differ."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from ...support.checks import check_fields, optional, real

__all__ = ["Device", "Tables"]


class Tables(NamedTuple):
    """What every device of an array does; each array has the shape of the array's weights.

    Attributes
    ----------
    up, down : array of float32
        Size of a step up, and of one down; not negative.
    low, high : array of float32
        Smallest and largest weight; infinite where there is no bound.
    """

    up: np.ndarray
    down: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclasses.dataclass(frozen=True)
class Device:
    """A conductance that a pulse changes by a small step, in units of the weight.

    Spreads are standard deviations relative to the mean. The numbers are those of the base device
    of IBM's `aihwkit`, but for bound and imbalance, which are recalled of the paper and were not
    checked against it.

    Parameters
    ----------
    step : float
        Mean change by one coincidence of pulses.
    step_spread : float
        Of the mean steps of devices, from one to another.
    cycle_spread : float
        Of the steps of one device, from one to the next.
    imbalance_spread : float
        Of the ratio of steps up to steps down, from one device to another; its mean is 1.
    bound : float or None
        Mean largest weight, on either side of 0; None for none.
    bound_spread : float
        Of the bounds, from one device to another.

    References
    ----------
    T. Gokmen, M. Onen and W. Haensch (2017), "Training Deep Convolutional Neural Networks with
    Resistive Cross-Point Devices", Frontiers in Neuroscience 11:538, arXiv 1705.08014.
    """

    step: float = 0.001
    step_spread: float = 0.3
    cycle_spread: float = 0.3
    imbalance_spread: float = 0.02
    bound: float | None = 0.6
    bound_spread: float = 0.3

    def __post_init__(self) -> None:
        spreads = ("step_spread", "cycle_spread", "imbalance_spread", "bound_spread")
        check_fields(
            self, where="Device: ", step=real(above=0), bound=optional(real(above=0)),
            **dict.fromkeys(spreads, real(0)),
        )  # fmt: skip

    def tables(self, shape: tuple[int, ...], seed: int) -> Tables:
        """Devices drawn at random: the same for the same shape and seed.

        A step or bound that would be negative is 0: such a device does not move.

        Parameters
        ----------
        shape : tuple of int
            Shape of the array.
        seed : int
            Seed of the draws.

        Examples
        --------
        >>> tables = Device().tables((400, 300), seed=0)
        >>> round(float(tables.up.std() / tables.up.mean()), 1)
        0.3
        """
        rng = np.random.default_rng([seed, *shape])
        mean = self.step * (1 + self.step_spread * rng.standard_normal(shape))
        half = self.imbalance_spread / 2 * rng.standard_normal(shape)
        up, down = mean * (1 + half), mean * (1 - half)
        if self.bound is None:
            high = low = np.full(shape, np.inf)
        else:
            high, low = (
                self.bound * (1 + self.bound_spread * rng.standard_normal(shape)) for _ in range(2)
            )
        return Tables(
            np.maximum(up, 0).astype(np.float32),
            np.maximum(down, 0).astype(np.float32),
            -np.maximum(low, 0).astype(np.float32),
            np.maximum(high, 0).astype(np.float32),
        )
