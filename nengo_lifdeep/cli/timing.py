"""Times and codings of a run, as options say, or as a network was trained on its spikes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..inputs.presentation import Presentation
    from ..models import SpikingModel, TrainedModel

__all__ = ["asked_coding", "asked_timing"]

#: t_c and t_p in ms where none are asked for
USUAL = (50.0, 150.0)


def asked_timing(
    network: TrainedModel | SpikingModel,
    t_c: float | None,
    t_p: float | None,
    *,
    tau_s: float | None = None,
    no_reset: bool = False,
    usual: tuple[float, float] = USUAL,
    recommended: bool = True,
) -> Presentation:
    """The presentation from times in ms, in the steps that the network was made for.

    Of a network that was trained on its spikes what is not given is its training's, and said; so it
    is where a network has recommended times.

    Parameters
    ----------
    network : TrainedModel or SpikingModel
        The network.
    t_c, t_p : float or None
        Start of the average and presentation time, in ms.
    tau_s : float or None
        Time constant of the synapses, in ms.
    no_reset : bool
        Whether images follow one another without a reset.
    usual : (t_c, t_p)
        Of other networks, in ms.
    recommended : bool
        Whether recommended times count: they are for the conversion that is recommended, and so
        not for another ``tau_s``.
    """
    from ..inputs.as_trained import was_trained_on_spikes
    from ..inputs.presentation import Presentation
    from ..inputs.recommended import Recommended
    from .screen import say
    from .words import in_milliseconds, in_steps_of, presentation_of

    for option, value in (("--t-c", t_c), ("--t-p", t_p)):
        in_milliseconds(value, option)  # refuses seconds, whatever is made of the two below
    if not was_trained_on_spikes(network.provenance):
        follows = recommended and tau_s is None
        known = Recommended.of(network.provenance) if follows else None
        starts, ends = usual if known is None else (1e3 * known.t_c, 1e3 * known.t_p)
        times = (starts if t_c is None else t_c, ends if t_p is None else t_p)
        _refuse_mixture(t_c, t_p, times, "usually" if known is None else "as recommended")
        asked = in_steps_of(presentation_of(tau_s, *times, no_reset), network)
        if known is not None and t_c is None and t_p is None:
            say("times as recommended", asked)
        return asked
    window = Presentation.as_trained(network.provenance)
    times = (1e3 * window.t_c if t_c is None else t_c, 1e3 * window.t_p if t_p is None else t_p)
    _refuse_mixture(t_c, t_p, times, "as in training")
    given = presentation_of(tau_s, *times, no_reset)
    if t_c is None and t_p is None:
        given = dataclasses.replace(given, t_c=window.t_c, t_p=window.t_p, dt=window.dt)
        say("times as in training", given)
    return in_steps_of(given, network)


def _refuse_mixture(
    t_c: float | None, t_p: float | None, times: tuple[float, float], origin: str
) -> None:
    """Refuse one of two times that does not fit the other, which nobody has given."""
    import typer

    if (t_c is None) is (t_p is None) or times[0] < times[1]:
        return
    if t_c is None:
        raise typer.BadParameter(
            f"{t_p:g} ms; expected more than {times[0]:g} ms, {origin} the start of the average; "
            "give --t-c too",
            param_hint="--t-p",
        )
    raise typer.BadParameter(
        f"{t_c:g} ms; expected less than {times[1]:g} ms, {origin} the end; give --t-p too",
        param_hint="--t-c",
    )


def asked_coding(network: TrainedModel | SpikingModel, coding: str | None, seed: int = 0) -> Any:
    """The coding from its option; that of its training for a network trained on its spikes.

    Parameters
    ----------
    network : TrainedModel or SpikingModel
        The network.
    coding : str or None
        The option; None if it was not given.
    seed : int
        Seed of all random numbers.
    """
    from ..inputs.as_trained import coding_as_trained, was_trained_on_spikes
    from ..inputs.coding import ConstantCoding
    from .screen import say
    from .words import coding_of

    if coding is not None:
        return coding_of(coding, seed) or ConstantCoding()
    if not was_trained_on_spikes(network.provenance):
        return None
    found = coding_as_trained(network.provenance)
    say("input as in training", found or "pixels unchanged")
    return found
