"""``lifdeep convert``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Json

__all__ = ["convert"]


def convert(
    model: Annotated[Path, typer.Argument(help="File of a trained network.", show_default=False)],
    out: Annotated[Path, typer.Option(help="File to write the spiking network to.")],
    synapse: Annotated[
        str, typer.Option(help="Behind every neuron: none, alpha:3ms or lowpass:5ms.")
    ] = "alpha:3ms",
    scale_rates: Annotated[
        float, typer.Option(min=0, help="Factor on all firing rates, made up for in the weights.")
    ] = 1.0,
    initial_voltage: Annotated[
        str, typer.Option(help="Where membranes start: zero, or uniform (random).")
    ] = "zero",
    json: Json = False,
) -> None:
    """Turn a trained network into a spiking one.

    BatchNormalization, pooling and amplitudes go into the weights; every rate neuron becomes the
    spiking neuron with the same time constants. For Loihi use a lowpass synapse.
    """
    from ..convert import convert as convert_network
    from ..report.tables import population_table
    from .files import load_trained
    from .screen import say, show
    from .words import synapse_of

    filtered = synapse_of(synapse)
    spiking = convert_network(
        load_trained(model),
        synapse=filtered,
        scale_firing_rates=scale_rates,
        initial_voltage=initial_voltage,
    )
    say("spiking network", spiking.save(out))
    show([population_table(spiking)], json)
