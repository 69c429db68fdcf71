"""A network's time constants against the steps and times it is run with."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..errors import ConversionError
from ..support.time_units import FINEST, LONGEST
from .spiking import SpikingModel

__all__ = ["check_times"]

#: parameters of neurons that are times
_OF_NEURONS = ("tau_rc", "tau_n", "tau_ref")


def check_times(model: SpikingModel, dt: float, t_p: float | None = None) -> None:
    """Check a network's time constants against the steps and times it shall be run with.

    Neurons that take the steps of another simulator (`StepLIF`, from a NIR file) take those only.

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
        presentations, or a network was imported for another step; it names the population or
        connection, and what to do.
    """
    _check_step(model, dt)
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


def _check_step(model: SpikingModel, dt: float) -> None:
    made_for = model.provenance.get("dt")
    if not isinstance(made_for, float) or math.isclose(made_for, dt, rel_tol=1e-6):
        return
    for population in model.populations:
        if type(population.neuron).__name__ == "StepLIF":
            raise ConversionError(
                f"{population.name}: its neurons take whole steps, of {made_for:g} s, as where the "
                f"network was imported from, and the step is dt = {dt:g} s, with which they would "
                f"fire otherwise; expected Presentation(dt={made_for:g}), or nengo.Simulator(..., "
                f"dt={made_for:g})"
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
