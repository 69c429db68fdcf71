"""Operating points as values: one way to run a network, and all that were tried."""

from __future__ import annotations

import dataclasses

from ..errors import ValidationError
from ..records.finding import Finding
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from ..support.words.si_prefix import with_unit

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
    accuracy : float or None
        Share of correct predictions; None where the network gives values.
    events, updates : float
        Synaptic events and neuron updates per image, on the device: without the neurons of a first
        layer that the host runs.
    joules : float
        Per image on the device.
    r2 : float or None
        R2 of the values; None where the network gives classes.
    """

    tau_s: float
    scale: float
    t_c: float
    t_p: float
    accuracy: float | None
    events: float
    updates: float
    joules: float
    r2: float | None = None

    def __post_init__(self) -> None:
        if (self.accuracy is None) == (self.r2 is None):
            raise ValidationError(
                f"accuracy is {self.accuracy} and r2 is {self.r2}; expected one of the two"
            )

    @property
    def score(self) -> float:
        """Accuracy, or R2 of values."""
        return float(self.accuracy if self.r2 is None else self.r2)  # type: ignore[arg-type]

    @property
    def error(self) -> float | None:
        """Error in percent; None where the network gives values."""
        return None if self.accuracy is None else 100.0 * (1.0 - self.accuracy)


@dataclasses.dataclass(frozen=True)
class OperatingPoints:
    """All the ways that were tried, and which are worth it.

    Attributes
    ----------
    model, data, device : str
        Names of network, images and device.
    n_images : int
        Images each point was measured on.
    rate_accuracy : float or None
        Accuracy of the rate network on the same images; None where it gives values.
    points : tuple of OperatingPoint
        Every combination.
    keep : float
        Share of the rate network's accuracy, or R2, that the recommended point keeps.
    missing : int
        Combinations that were not run: 0 unless Ctrl-C ended it.
    findings : tuple of Finding
        Images of another scale; silent populations, and where no point keeps the accuracy those
        that are slow or saturated even at the fastest and longest; most images get one answer.
    rate_r2 : float or None
        R2 of the rate network's values on the same images; None where it gives classes.
    """

    model: str
    data: str
    device: str
    n_images: int
    rate_accuracy: float | None
    points: tuple[OperatingPoint, ...]
    keep: float = 0.99
    missing: int = 0
    findings: tuple[Finding, ...] = ()
    rate_r2: float | None = None

    __repr__ = short_repr

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        rows: list[tuple[str, object]] = [
            (
                "tried",
                f"{counted(len(self.points), 'way')}, {counted(self.n_images, 'image')} of "
                f"{self.data}",
            ),
            ("in rates", f"{'R2' if self.of_values else 'accuracy'} {self.rate_score:.4f}"),
        ]
        for name, point in (("least energy", self.recommended), ("fastest", self.fastest)):
            shown = "none keeps enough"
            if point is not None:
                when = f"{point.score:.4f} after {1000 * point.t_p:.0f} ms"
                how = f"synapses of {1000 * point.tau_s:.3g} ms, rates x {point.scale:.3g}"
                shown = f"{when} with {with_unit(point.joules, 'J')}: {how}"
            rows.append((name, shown))
        if self.missing:
            rows.append(("missing", counted(self.missing, "run")))
        return html_card(f"operating points of {self.model} on {self.device}", rows)

    def __post_init__(self) -> None:
        if (self.rate_accuracy is None) == (self.rate_r2 is None):
            raise ValidationError(
                f"rate_accuracy is {self.rate_accuracy} and rate_r2 is {self.rate_r2}; expected "
                "one of the two"
            )

    @property
    def of_values(self) -> bool:
        """Whether the network gives values, judged by R2, and not classes."""
        return self.rate_r2 is not None

    @property
    def rate_score(self) -> float:
        """Accuracy of the rate network, or R2 of its values."""
        return float(self.rate_accuracy if self.rate_r2 is None else self.rate_r2)  # type: ignore[arg-type]

    @property
    def least_score(self) -> float:
        """The score from which on a point keeps enough; below a negative R2 by the same share."""
        rate = self.rate_score
        return self.keep * rate if rate >= 0 else rate - (1 - self.keep) * abs(rate)

    def _enough(self) -> list[OperatingPoint]:
        return [p for p in self.points if p.score >= self.least_score]

    @property
    def recommended(self) -> OperatingPoint | None:
        """The point of least energy that keeps the accuracy; None if none does.

        Of equals the faster one.
        """
        return min(self._enough(), key=lambda p: (p.joules, p.t_p), default=None)

    @property
    def fastest(self) -> OperatingPoint | None:
        """The point of least latency that keeps the accuracy; None if none does."""
        return min(self._enough(), key=lambda p: (p.t_p, p.joules), default=None)

    def front(self, cost: str = "joules") -> tuple[OperatingPoint, ...]:
        """The points that none beats in both accuracy (R2) and ``cost``, cheapest first.

        Parameters
        ----------
        cost : {"joules", "t_p", "events"}
            What accuracy, or R2, is weighed against.
        """
        if cost not in ("joules", "t_p", "events"):
            raise ValidationError(f"cost is {cost!r}; expected 'joules', 't_p' or 'events'")
        kept: list[OperatingPoint] = []
        for point in sorted(self.points, key=lambda p: (getattr(p, cost), -p.score)):
            if not kept or point.score > kept[-1].score:
                kept.append(point)
        return tuple(kept)
