"""How our own networks become spiking ones."""

from __future__ import annotations

import dataclasses
from typing import Any

from ...conversion.swap import convert
from ...conversion.target_rates import rate_scales
from ...datasets import Split
from ...errors import ValidationError
from ...models import SpikingModel, TrainedModel

__all__ = ["Conversion"]

#: training images by which rates are brought to a target
_MEASURED = 200


@dataclasses.dataclass(frozen=True)
class Conversion:
    """How a trained network becomes a spiking one.

    Parameters
    ----------
    initial_voltage : str
        As for `convert`.
    rate_factor : float
        ``scale_firing_rates`` of `convert`.
    tau_s : float
        Time constant of the alpha synapse after every neuron, in seconds; 0 for none.
    target_rate : float, optional
        In Hz: where the high rates of every layer go, each by a factor of its own (`rate_scales`);
        ``rate_factor`` has to be 1 then.
    """

    initial_voltage: str = "half"
    rate_factor: float = 1.0
    tau_s: float = 0.003
    target_rate: float | None = None

    def __post_init__(self) -> None:
        if self.target_rate is not None and self.rate_factor != 1:
            raise ValidationError(
                f"rate_factor is {self.rate_factor:g} and target_rate {self.target_rate:g} Hz; "
                "expected one of them"
            )

    def __str__(self) -> str:
        """In words, for tables."""
        start = {"zero": "from rest", "half": "from half the threshold", "uniform": "at random"}
        faster = "" if self.rate_factor == 1 else f", rates x {self.rate_factor:g}"
        if self.target_rate is not None:
            faster = f", layers to {self.target_rate:g} Hz"
        synapse = f"alpha {1e3 * self.tau_s:g} ms" if self.tau_s else "no synapse"
        return f"{start[self.initial_voltage]}{faster}, {synapse}"

    @property
    def stem(self) -> str:
        """For names of files."""
        rates = f"x{self.rate_factor:g}" if self.target_rate is None else f"{self.target_rate:g}Hz"
        return f"{self.initial_voltage}-{rates}-{1e3 * self.tau_s:g}ms"

    def convert(self, trained: TrainedModel, images: Split) -> SpikingModel:
        """The network in spikes.

        Parameters
        ----------
        trained : TrainedModel
            The trained rate network.
        images : Split
            Training images, by some of which rates are measured where they have a target.
        """
        factors: Any = self.rate_factor
        if self.target_rate is not None:
            few = images.take(min(_MEASURED, len(images)))
            factors = rate_scales(trained, few, target_rate=self.target_rate)
        return convert(
            trained, synapse=self.tau_s or None, scale_firing_rates=factors,
            initial_voltage=self.initial_voltage,
        )  # fmt: skip
