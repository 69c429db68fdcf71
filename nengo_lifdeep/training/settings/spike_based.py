"""How a network is trained on the spikes themselves."""

from __future__ import annotations

import dataclasses
from typing import Any

from ...errors import TrainingError
from ...inputs.coding import Coding, coding_or_none
from ...inputs.presentation import Presentation
from ...support.checks import check_fields, flag, optional, real, whole, word

__all__ = ["DERIVATIVES", "SpikeBased"]

#: Default ``alpha`` of each derivative of a spike by its voltage; None where there is none.
#: SpikingJelly's defaults.
DERIVATIVES: dict[str, float | None] = {
    "lee2020": None,
    "triangle": 1.0,
    "arctan": 2.0,
    "sigmoid": 4.0,
}


@dataclasses.dataclass(frozen=True)
class SpikeBased:
    """Spike-based backpropagation (Lee et al. 2020), and with the surrogate gradients of others.

    A network of `StepLIF.of_leak` neurons is run for ``n_steps``; its read-out adds up what spikes
    bring, with the same leak, and never fires. One backward pass over all steps follows.

    Parameters
    ----------
    n_steps : int
        Time steps per image, in training and afterwards.
    dt : float
        Length of a step in seconds: nothing is computed with it, it is what a step lasts in Nengo.
    coding : Coding, optional
        Turns images into spikes, with other random numbers in every epoch: `BernoulliCoding` and
        `PoissonCoding` with ``max_rate=1 / dt`` give spikes of height 1, `LatencyCoding` one per
        pixel. None shows the pixels as constant currents.
    derivative : {"lee2020", "triangle", "arctan", "sigmoid"}
        Of a spike by its voltage. The paper's is that of integrate and fire, ``1 / threshold`` at
        steps with a spike, corrected for the leak by the spikes of the whole window; the others
        are functions of the voltage at every step, and go back through the leak.
    alpha : float, optional
        Steepness of a triangle, arctan or sigmoid; 1, 2, 4 by default.
    leak_correction : bool
        Whether the paper's derivative is corrected for the leak.
    gate : {"trace", "count"}
        Which neurons have the paper's derivative: those whose trace at the end of the window is
        above 0.001, as published, or all that fired. The same unless ``leak ** n_steps < 0.001``.
    through_reset : bool
        Whether a surrogate gradient also goes through the reset, as SpikingJelly's does by default.
    accumulated : bool
        The paper's accumulated form: one error per neuron for the whole window, so that memory does
        not grow with ``n_steps``. Input after a neuron's last spike then counts too.
    read_out_leak : float, optional
        Share of its value that a step leaves to the read-out, above 0 and up to 1 (the mean over
        all steps); that of the network's neuron by default, as published.

    Raises
    ------
    TrainingError
        If a number is out of bounds, or belongs to another derivative.

    Examples
    --------
    >>> from nengo_lifdeep.inputs.coding import BernoulliCoding
    >>> method = SpikeBased(n_steps=50, coding=BernoulliCoding(max_rate=1000))
    >>> method.window
    Presentation(tau_s=None, t_c=0.0, t_p=0.05, dt=0.001, reset=True)
    """

    n_steps: int = 100
    dt: float = 0.001
    coding: Coding | None = None
    derivative: str = "lee2020"
    alpha: float | None = None
    leak_correction: bool = True
    gate: str = "trace"
    through_reset: bool = False
    accumulated: bool = False
    read_out_leak: float | None = None

    def __post_init__(self) -> None:
        check_fields(
            self, TrainingError, n_steps=whole(1, 100_000), dt=real(above=0, unit="seconds"),
            coding=coding_or_none, derivative=word(*DERIVATIVES), alpha=optional(real(above=0)),
            leak_correction=flag, gate=word("trace", "count"), through_reset=flag,
            accumulated=flag, read_out_leak=optional(real(above=0, high=1)),
        )  # fmt: skip
        published = self.derivative == "lee2020"
        if published and (self.alpha is not None or self.through_reset):
            raise TrainingError(
                "SpikeBased: alpha and through_reset belong to surrogate gradients; the derivative "
                "is 'lee2020'. Leave them out, or choose 'triangle', 'arctan' or 'sigmoid'"
            )
        if not published and (self.accumulated or self.gate != "trace"):
            raise TrainingError(
                f"SpikeBased: accumulated and gate belong to derivative='lee2020'; it is "
                f"{self.derivative!r}. Leave them out"
            )

    @property
    def window(self) -> Presentation:
        """The steps of one image in training."""
        return Presentation(t_c=0.0, t_p=self.n_steps * self.dt, dt=self.dt)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready record, for checkpoints and provenance."""
        record = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        if self.read_out_leak is None:  # as checkpoints of before have it
            del record["read_out_leak"]
        return {**record, "coding": None if self.coding is None else str(self.coding)}
