"""How an image is shown to a spiking network, and when the prediction is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..errors import ValidationError
from ..support.checks import check_fields, checked, flag, instance, optional, real, whole
from ..support.time_units import LONGEST, LONGEST_SHOWN, refuse_long

__all__ = ["Presentation", "timing_or_default"]


@dataclasses.dataclass(frozen=True)
class Presentation:
    """Timing of one classification (Hunsberger & Eliasmith 2016, section on spiking networks).

    The image is shown for ``t_p``; the class is the largest mean output over ``[t_c, t_p)``.

    Parameters
    ----------
    tau_s : float or None
        Time constant of every synapse, in seconds; 0 means no synapse, None keeps each
        connection's own.
    t_c : float
        Start of the averaging window after the image's onset, in seconds.
    t_p : float
        Presentation time per image, in seconds.
    dt : float
        Simulation step, in seconds.
    reset : bool
        True (the default): every image starts from the initial state. False: images follow one
        another in one stream without a reset, as in the papers.

    Raises
    ------
    ValidationError
        If a time is negative or not finite, if not ``0 <= t_c < t_p``, or if times were meant in
        milliseconds: more than 60 s per image, or 10 s with ``t_c`` of 5 s or more.

    Examples
    --------
    >>> Presentation(tau_s=0.003, t_c=0.06, t_p=0.15).n_steps
    150
    """

    tau_s: float | None = None
    t_c: float = 0.02
    t_p: float = 0.1
    dt: float = 0.001
    reset: bool = True

    def __post_init__(self) -> None:
        time = real(0, unit="seconds")
        check_fields(self, tau_s=optional(time), t_c=time, t_p=time, dt=time, reset=flag)
        if self.dt == 0:
            raise ValidationError("Presentation.dt is 0; expected a positive time step in seconds")
        self._refuse_milliseconds()
        if not self.t_c < self.t_p:
            raise ValidationError(
                f"Presentation: t_c = {self.t_c} s is not before t_p = {self.t_p} s; the output is "
                "averaged over [t_c, t_p), so choose t_c < t_p"
            )
        if self.c_steps >= self.n_steps:
            raise ValidationError(
                f"Presentation: no whole step of dt = {self.dt} s lies between t_c = {self.t_c} s "
                f"and t_p = {self.t_p} s; lengthen t_p or shorten dt (all in seconds; the command "
                "line takes --t-c and --t-p in ms)"
            )

    def _refuse_milliseconds(self) -> None:
        """Times that only make sense in milliseconds; limits as in `time_units`."""
        both = self.t_p >= 10 and self.t_c >= 5
        if (self.t_p > LONGEST_SHOWN or both) and self.dt <= 0.01:
            raise ValidationError(
                f"Presentation(t_c={self.t_c:g}, t_p={self.t_p:g}) shows an image for "
                f"{self.t_p:g} s, {self.n_steps:,} steps; expected at most {LONGEST_SHOWN:g} s, "
                f"and t_c below 5 s from 10 s on. Times are in seconds: {self.t_c:g} and "
                f"{self.t_p:g} ms are Presentation(t_c={self.t_c / 1e3:g}, t_p={self.t_p / 1e3:g})"
            )
        if self.tau_s is not None:
            refuse_long(self.tau_s, "Presentation.tau_s", max(LONGEST, 10 * self.t_p))

    @property
    def n_steps(self) -> int:
        """Steps per image."""
        return round(self.t_p / self.dt)

    @property
    def c_steps(self) -> int:
        """Steps before the averaging window opens."""
        return round(self.t_c / self.dt)

    @classmethod
    @checked(provenance=instance(Mapping))
    def as_trained(cls, provenance: Mapping[str, Any]) -> Presentation:
        """The window in which a network was trained on its spikes.

        Its read-out is judged once, by what it holds after the last step: a synapse gives in one
        step what it got up to the one before, so there is one step more. A read-out without a leak
        is judged by its mean over all steps, which is the same.

        Parameters
        ----------
        provenance : dict
            Of the trained network, or of the converted one.

        Raises
        ------
        ValidationError
            If the network was not trained on its spikes.

        Examples
        --------
        >>> spikes = {"n_steps": 50, "dt": 0.001, "leak": 0.99}
        >>> window = Presentation.as_trained({"spikes": spikes})
        >>> window.c_steps, window.n_steps
        (50, 51)
        """
        spikes = provenance.get("spikes")
        if not isinstance(spikes, Mapping) or not {"n_steps", "dt", "leak"} <= set(spikes):
            raise ValidationError(
                "the network was not trained on its spikes, and so in no window; choose "
                "Presentation(t_c=..., t_p=...)"
            )
        n = whole(1)(spikes["n_steps"], "n_steps of the training")
        dt = real(above=0, unit="seconds")(spikes["dt"], "dt of the training")
        leak = real(above=0, high=1)(spikes["leak"], "leak of the read-out")
        if leak == 1:
            return cls(t_c=0.0, t_p=n * dt, dt=dt)
        return cls(t_c=n * dt, t_p=(n + 1) * dt, dt=dt)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; ``Presentation(**d)`` turns it back."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        tau = "model's synapses" if self.tau_s is None else f"tau_s = {1e3 * self.tau_s:g} ms"
        reset = "reset per image" if self.reset else "no reset"
        return f"{tau}, t_c = {1e3 * self.t_c:g} ms, t_p = {1e3 * self.t_p:g} ms, {reset}"


_timing = instance(
    Presentation, advice={float: "Presentation(t_p=...)", dict: "Presentation(**timing)"}
)


def timing_or_default(value: Any, what: str) -> Presentation | None:
    """Check of an optional argument that is a timing.

    Parameters
    ----------
    value : object
        What was given.
    what : str
        Its name in messages.
    """
    checked: Presentation | None = optional(_timing)(value, what)
    return checked
