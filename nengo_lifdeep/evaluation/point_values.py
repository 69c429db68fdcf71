"""Operating points as values: one way to run a network, and all that were tried."""

from __future__ import annotations

import dataclasses

from ..errors import ValidationError
from ..records.finding import Finding
from ..support.short_repr import short_repr

__all__ = ["OperatingPoint", "OperatingPoints"]


@dataclasses.dataclass(frozen=True)
class OperatingPoint:
    """One way to run a network.

    Attributes
    ----------
    tau_s : float
        Time constant of every synapse, in seconds.
    scale : float
        Factor on all firing rates.
    t_c, t_p : float
        Averaging begins at, and an image ends at, in seconds. ``t_p`` is the latency.
    accuracy : float
        Share of correct predictions.
    events, updates : float
        Synaptic events and neuron updates per image, on the device: without the neurons of a first
        layer that the host runs.
    joules : float
        Per image on the device.
    """

    tau_s: float
    scale: float
    t_c: float
    t_p: float
    accuracy: float
    events: float
    updates: float
    joules: float

    @property
    def error(self) -> float:
        """Error in percent."""
        return 100.0 * (1.0 - self.accuracy)


@dataclasses.dataclass(frozen=True)
class OperatingPoints:
    """All the ways that were tried, and which are worth it.

    Attributes
    ----------
    model, data, device : str
        Names of network, images and device.
    n_images : int
        Images each point was measured on.
    rate_accuracy : float
        Accuracy of the rate network on the same images.
    points : tuple of OperatingPoint
        Every combination.
    keep : float
        Share of the rate network's accuracy that the recommended point keeps.
    missing : int
        Combinations that were not run: 0 unless Ctrl-C ended it.
    findings : tuple of Finding
        Images of another scale; silent populations, and where no point keeps the accuracy those
        that are slow or saturated even at the fastest and longest; most images get one answer.
    """

    model: str
    data: str
    device: str
    n_images: int
    rate_accuracy: float
    points: tuple[OperatingPoint, ...]
    keep: float = 0.99
    missing: int = 0
    findings: tuple[Finding, ...] = ()

    __repr__ = short_repr

    @property
    def recommended(self) -> OperatingPoint | None:
        """The point of least energy that keeps the accuracy; None if none does.

        Of equals the faster one.
        """
        enough = [p for p in self.points if p.accuracy >= self.keep * self.rate_accuracy]
        return min(enough, key=lambda p: (p.joules, p.t_p), default=None)

    @property
    def fastest(self) -> OperatingPoint | None:
        """The point of least latency that keeps the accuracy; None if none does."""
        enough = [p for p in self.points if p.accuracy >= self.keep * self.rate_accuracy]
        return min(enough, key=lambda p: (p.t_p, p.joules), default=None)

    def front(self, cost: str = "joules") -> tuple[OperatingPoint, ...]:
        """The points that none beats in both accuracy and ``cost``, cheapest first.

        Parameters
        ----------
        cost : {"joules", "t_p", "events"}
            What accuracy is weighed against.
        """
        if cost not in ("joules", "t_p", "events"):
            raise ValidationError(f"cost is {cost!r}; expected 'joules', 't_p' or 'events'")
        kept: list[OperatingPoint] = []
        for point in sorted(self.points, key=lambda p: (getattr(p, cost), -p.accuracy)):
            if not kept or point.accuracy > kept[-1].accuracy:
                kept.append(point)
        return tuple(kept)
