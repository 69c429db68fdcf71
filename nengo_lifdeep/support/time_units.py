"""Check that times are in seconds: constants that look like milliseconds or steps are refused.

Three limits, far outside of what networks of images use (1 to 100 ms):

- a time constant is at most `LONGEST` or ten presentations, whichever is longer: a neuron or
  synapse slower than that has no time to answer (20 for 20 ms, and steps for seconds, lie above);
- and at least a `FINEST` part of the step: below, everything happens within one step (seconds typed
  where milliseconds are asked for, and constants multiplied by dt, lie below);
- a presentation of more than `LONGEST_SHOWN` in steps of 10 ms or less was meant in milliseconds.
"""

from __future__ import annotations

from ..errors import ValidationError

__all__ = ["FINEST", "LONGEST", "LONGEST_SHOWN", "refuse_long"]

#: seconds up to which a time constant is taken as it is, however short the presentation
LONGEST = 1.0
#: a time constant is at least this part of a step
FINEST = 1 / 23
#: seconds up to which one image may be shown in steps of 10 ms or less
LONGEST_SHOWN = 60.0


def refuse_long(value: float, what: str, longest: float = LONGEST) -> None:
    """Raise `ValidationError` for a time constant of more than ``longest`` seconds.

        Examples
        --------
        >>> refuse_long(0.005, "synapse")
        >>> refuse_long(5, "synapse")
        Traceback (most recent call last):
        nengo_lifdeep.errors.ValidationError: synapse is 5 s; expected at most 1 s. Times are in \
    seconds: 5 ms are 0.005

    Parameters
    ----------
    value : float
        The time constant, in seconds.
    what : str
        Name of the value in the error message.
    longest : float
        The limit, in seconds.
    """
    if value > longest:
        raise ValidationError(
            f"{what} is {value:g} s; expected at most {longest:g} s. Times are in seconds: "
            f"{value:g} ms are {value / 1e3:g}"
        )
