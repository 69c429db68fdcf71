"""``lifdeep diagnose``."""

from __future__ import annotations

from typing import Annotated

import typer

from ..options import TC, TP, DataDirectory, Json, Model, Size, Synapse, TestData

__all__ = ["diagnose"]

#: images where no number is asked for
_USUAL = 50

#: t_c and t_p in ms where none are asked for
_USUAL_TIMES = (40.0, 100.0)


def diagnose(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    size: Size = None,
    n: Annotated[
        int | None,
        typer.Option(
            "--n",
            min=2,
            help="Images to look at, drawn at random; by default 50, or all.",
            show_default=False,
        ),
    ] = None,
    synapse: Synapse = None,
    t_c: TC = None,
    t_p: TP = None,
    json: Json = False,
) -> None:
    """Explain why a network is less accurate in spikes than in rates: which layer, which cause.

    Compares every layer's spikes with its rates, and lists silent, slow and saturated layers,
    neurons that fire from their biases alone, missing synapses and unusual inputs, each with a
    remedy.
    """
    from ...analysis.diagnosis import diagnose as look
    from ...datasets.base import labelled
    from ...report.tables.diagnosis import diagnosis_table
    from ...report.tables.findings import findings_table
    from ..data import test_images
    from ..files import load_model, to_spikes, wanted_synapse
    from ..screen import show
    from ..timing import asked_timing

    network = load_model(model)
    spiking = to_spikes(network, "events", wanted_synapse(network, synapse))
    images = test_images(spiking, data, data_dir, n, size=size, usual=_USUAL)
    timing = asked_timing(network, t_c, t_p, usual=_USUAL_TIMES, recommended=synapse is None)
    found = look(spiking, images, presentation=timing)
    _, shown, _ = labelled(images)
    tables = {"layers": diagnosis_table(found, shown), "findings": findings_table(found.findings)}
    show(tables, json)
