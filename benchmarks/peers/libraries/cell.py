"""What every library's neuron looks like to the worker."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Protocol

__all__ = ["Cell", "Timing"]


@dataclasses.dataclass(frozen=True)
class Timing:
    """Time constants, in seconds.

    Parameters
    ----------
    tau_rc : float
        Of the membrane.
    tau_s : float or None
        Of a lowpass synapse; None for currents without a filter.
    dt : float
        Length of a step.
    """

    tau_rc: float
    tau_s: float | None
    dt: float

    @property
    def membrane(self) -> float:
        """Share of the membrane's voltage that is left after a step."""
        return math.exp(-self.dt / self.tau_rc)

    @property
    def synapse(self) -> float:
        """Share of the synapse's current that is left after a step."""
        assert self.tau_s is not None
        return math.exp(-self.dt / self.tau_s)


class Cell(Protocol):
    """One population.

    Attributes
    ----------
    gain_in : float
        Factor on weights and biases in front, so that a constant current ``J`` drives the
        membrane to ``J``.
    gain_out : float
        Factor on the weights after, where the filter stands after the neuron.
    """

    gain_in: float
    gain_out: float

    def start(self, current: Any) -> tuple[Any, ...]:
        """State before the first step."""

    def step(self, current: Any, state: tuple[Any, ...]) -> tuple[Any, Any, tuple[Any, ...]]:
        """One step: what goes to the next layer, the spikes, and the new state."""
