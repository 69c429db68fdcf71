"""Times in seconds, or not: constants that only make sense in milliseconds or in steps are refused.

Three limits, far outside of what networks of images use (1 to 100 ms):

- a time constant is at most `LONGEST` or ten presentations, whichever is longer: a neuron or
  synapse slower than that has no time to answer (20 for 20 ms, and steps for seconds, lie above);
- and at least a `FINEST` part of the step: below, everything happens within one step (seconds typed
  where milliseconds are asked for, and constants multiplied by dt, lie below);
- a presentation of more than `LONGEST_SHOWN` in steps of 10 ms or less was meant in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .errors import ConversionError, ValidationError

if TYPE_CHECKING:
    from .models import SpikingModel

__all__ = ["FINEST", "LONGEST", "LONGEST_SHOWN", "check_times", "refuse_long"]

#: seconds up to which a time constant is taken as it is, however short the presentation
LONGEST = 1.0
#: a time constant is at least this part of a step
FINEST = 1 / 23
#: seconds up to which one image may be shown in steps of 10 ms or less
LONGEST_SHOWN = 60.0

#: parameters of neurons that are times
_OF_NEURONS = ("tau_rc", "tau_n", "tau_ref")


def refuse_long(value: float, what: str, longest: float = LONGEST) -> None:
    """Raise `ValidationError` for a time constant of more than ``longest`` seconds.

    Examples
    --------
    >>> refuse_long(0.005, "synapse")
    >>> refuse_long(5, "synapse")
    Traceback (most recent call last):
    nengo_lifdeep.errors.ValidationError: synapse is 5 s; expected at most 1 s. Times are in \
seconds: 5 ms are 0.005
    """
    if value > longest:
        raise ValidationError(
            f"{what} is {value:g} s; expected at most {longest:g} s. Times are in seconds: "
            f"{value:g} ms are {value / 1e3:g}"
        )


def check_times(model: SpikingModel, dt: float, t_p: float | None = None) -> None:
    """Check a network's time constants against the steps and times it shall be run with.

    Parameters
    ----------
    model : SpikingModel
        The network.
    dt : float
        Step in seconds.
    t_p : float, optional
        Seconds per image; None where they are not known.

    Raises
    ------
    ConversionError
        If a time constant is less than `FINEST` steps, or more than `LONGEST` and ten
        presentations; it names the population or connection, and what to do.
    """
    longest = max(LONGEST, 10 * (t_p or 0.0))
    for where, what, tau in _times(model):
        if 0 < tau < FINEST * dt and what != "tau_ref":
            raise ConversionError(
                f"{where}: {what} is {tau:g} s, and a step dt = {dt:g} s; expected "
                f"dt <= 23 {what}. Was it given in milliseconds where seconds were meant, or "
                f"multiplied by dt? {1e3 * tau:g} is a thousand times that. Otherwise shorten the "
                f"step: Presentation(dt={tau:.2g}); of a NIR file in other units, scale its "
                "constants before from_nir(..., dt=...)"
            )
        if tau > longest and t_p is not None:
            raise ConversionError(
                f"{where}: {what} is {tau:g} s, and an image is shown for t_p = {t_p:g} s; "
                f"expected at most {longest:g} s. Times are in seconds: {tau:g} ms are "
                f"{tau / 1e3:g}, and {tau:g} steps of dt = {dt:g} s are {tau * dt:g}. Otherwise "
                f"show images for longer: Presentation(t_p={tau / 10:.2g})"
            )


def _times(model: SpikingModel) -> Iterator[tuple[str, str, float]]:
    for population in model.populations:
        for neuron in (population.neuron, getattr(population.neuron, "base_type", None)):
            for name in _OF_NEURONS:
                value: Any = getattr(neuron, name, None)
                if value is not None:
                    yield population.name, name, float(value)
    for connection in model.connections:
        tau = float(getattr(connection.synapse, "tau", 0.0))
        yield f"{connection.pre} -> {connection.post}", "synapse", tau
