"""How a NIR graph is read: what the caller said of it, and what the graph says itself."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ...errors import UnsupportedLayerError, ValidationError
from ...support.time_units import FINEST, LONGEST
from .sources import Source
from .units import other_unit

__all__ = ["Reading", "tidy"]


@dataclasses.dataclass(frozen=True)
class Reading:
    """Settings of one import.

    Attributes
    ----------
    dt : float
        Step in seconds for which a spike is worth 1.
    tau_ref, min_voltage : float
        Of LIF neurons that carry none, in seconds and in thresholds.
    certain : bool
        Whether the step was given, by the user or in the file; otherwise times that may be in other
        units are refused.
    own : bool
        Whether `to_nir` wrote the graph.
    source : Source or None
        The tool whose steps are taken; None for NIR's equations.
    reset : str or None
        As in `StepLIF`; None for the tool's own.
    unit : float
        Seconds that a time constant of 1 stands for.
    """

    dt: float
    tau_ref: float = 0.0
    min_voltage: float = -math.inf
    certain: bool = True
    own: bool = False
    source: Source | None = None
    reset: str | None = None
    unit: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.tau_ref) and self.tau_ref >= 0 and self.min_voltage <= 0):
            raise ValidationError(
                f"tau_ref is {self.tau_ref} s and min_voltage {self.min_voltage}; expected at "
                "least 0 s, and 0 or less"
            )
        if self.source is not None and self.tau_ref > 0:
            raise ValidationError(
                f"tau_ref is {self.tau_ref} s; neurons of {self.source.title} have no refractory "
                "period: leave out tau_ref or source"
            )

    def each(self, taus: np.ndarray, where: str, what: str) -> float | np.ndarray:
        """Time constants of neurons in seconds: one if they share it, else as they are, flat.

        Parameters
        ----------
        taus : array
            As they are written.
        where : str
            Name of the node in error messages.
        what : str
            Name of the value in the error message.
        """
        values = {float(tau): self.seconds(float(tau), where, what) for tau in np.unique(taus)}
        if len(values) == 1:
            return next(iter(values.values()))
        return np.array([values[float(tau)] for tau in taus.ravel()])

    def seconds(self, tau: float, where: str, what: str) -> float:
        """A time constant in seconds; refused if the file's are not in seconds.

        Files that `to_nir` wrote are believed down to what simulators run: rates may be scaled.

        Parameters
        ----------
        tau : float
            As it is written.
        where : str
            Name of the node in error messages.
        what : str
            Name of the value in the error message.
        """
        tau = tidy(tau * self.unit)
        # 1e-6: constants come in float32
        shortest = (FINEST if self.own else 1.0) * self.dt * (1 - 1e-6)
        if self.source is not None and self.source.exact:
            shortest = 0.0
        longest = max(LONGEST, 1000 * self.dt) * (1 + 1e-6)
        if not (self.own or self.certain):
            longest = LONGEST * (1 - 1e-6)  # 1.0 is one step in files of Sinabs
        if shortest <= tau <= longest or (self.source and self.source.unit == "steps"):
            return tau
        raise UnsupportedLayerError(f"{where}: {other_unit(tau, what, self.dt, longest)}")


def tidy(seconds: float) -> float:
    """A time constant that went through float32.

    Parameters
    ----------
    seconds : float
        The time constant.

    Examples
    --------
    >>> tidy(0.0024999999441206455)
    0.0025
    """
    return float(f"{seconds:.6g}")
