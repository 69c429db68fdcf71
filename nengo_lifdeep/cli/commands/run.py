"""``lifdeep run``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...support.words.counted import counted
from ..endings.codes import stopped
from ..options import (
    TC,
    TP,
    Batch,
    Coding,
    DataDirectory,
    Json,
    Model,
    NoReset,
    Out,
    Quiet,
    Seed,
    SimulatorName,
    Size,
    Synapse,
    Target,
    TauS,
    TestData,
    Threads,
    given,
    refuse_ignored,
)

if TYPE_CHECKING:
    import numpy as np

    from ...records import SpikeRecord
    from ...records.finding import Finding
    from ...report.tables.grid import Grid

__all__ = ["layer_table", "run"]

#: images where no number is asked for
_USUAL = 10


def run(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    size: Size = None,
    simulator: SimulatorName = "events",
    n: Annotated[
        int | None,
        typer.Option(
            "--n",
            min=1,
            help="How many test images, drawn at random; by default 10, or all.",
            show_default=False,
        ),
    ] = None,
    rasters: Annotated[
        int, typer.Option(min=0, help="Of how many images every single spike is kept.")
    ] = 0,
    tau_s: TauS = None,
    t_c: TC = None,
    t_p: TP = None,
    no_reset: NoReset = False,
    synapse: Synapse = None,
    coding: Coding = None,
    target: Target = None,
    seed: Seed = 0,
    batch_size: Batch = 100,
    threads: Threads = None,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show test images to a network and record its spikes.

    Prints rates and spikes per layer; with --out the whole record is saved: class scores at every
    step and, with --rasters, single spikes. Ctrl-C ends the run; the images that are finished are
    printed and saved.
    """
    import dataclasses

    from ...datasets.base import labelled
    from ...evaluation.references import rate_answers
    from ...evaluation.run_health import run_findings
    from ...inputs.as_trained import was_trained_on_spikes
    from ...records import Evaluation
    from ...simulators import get_simulator
    from ...simulators import run as run_network
    from ..data import test_images
    from ..files import load_model, to_spikes, wanted_synapse
    from ..outputs import try_outputs, unsaved
    from ..screen import say, show
    from ..timing import asked_coding, asked_timing
    from ..words import coding_of

    coding_of(coding or "none", seed)  # before the work
    try_outputs(values=(out,), read=(model,))
    if not get_simulator(simulator).spikes:
        timed = {"--synapse": synapse, "--tau-s": tau_s, "--t-c": t_c, "--t-p": t_p}
        asked = {option: value is not None for option, value in timed.items()}
        refuse_ignored(
            {**asked, "--no-reset": no_reset, "--rasters": rasters > 0},
            "rates know no time and have no spikes; choose --simulator events",
        )
    network = load_model(model)
    timing = asked_timing(
        network, t_c, t_p, tau_s=tau_s, no_reset=no_reset,
        recommended=synapse is None and not get_simulator(simulator).on_chip,
    )  # fmt: skip
    shown = asked_coding(network, coding, seed)
    images = test_images(network, data, data_dir, n, seed, size, _USUAL)
    spiking = to_spikes(network, simulator, wanted_synapse(network, synapse))
    record = run_network(
        spiking,
        images,
        simulator=simulator,
        presentation=timing,
        coding=shown,
        seed=seed,
        batch_size=batch_size,
        rasters=rasters,
        progress=not quiet,
        **given(target=target, threads=threads),
    )
    failure = unsaved(lambda: say("record", record.save(out))) if out is not None else None
    _, shown_images, _ = labelled(images)
    found: list[Finding] = []
    if record.n_images and not images.has_values:
        on_spikes = was_trained_on_spikes(network.provenance)
        rates = None if on_spikes else rate_answers(network, images)
        judged = Evaluation.of(record, images.labels, rate_predictions=rates, groups=images.groups)
        found = run_findings(spiking, images, record, judged)
    table = layer_table(record, images.known_labels, shown_images)
    unsaid = [text for text in map(str, found) if text not in table.notes]
    show([dataclasses.replace(table, notes=(*table.notes, *unsaid))], json)
    if json:  # rows alone: what there is to say goes to standard error
        for finding in found:
            say(str(finding))
    if failure is not None:
        raise failure
    if not record.is_complete:
        raise typer.Exit(stopped())


def layer_table(record: SpikeRecord, labels: np.ndarray | None = None, images: str = "") -> Grid:
    """One row per population: rate and spikes per image."""
    from ...report.tables.grid import Column, Grid

    columns = (
        Column("name", "population"),
        Column("neurons", "neurons", ",d"),
        Column("mean_rate_hz", "mean rate [Hz]", ".1f"),
        Column("highest_rate_hz", "highest rate [Hz]", ".1f"),
        Column("silent_percent", "silent neurons [%]", ".1f"),
        Column("spikes_per_image", "spikes per image", ",.1f"),
    )
    rows = []
    for name, rates in record.layer_rates.items():
        spikes = record.image_spikes.get(name)
        rows.append(
            {
                "name": name,
                "neurons": int(rates.size),
                "mean_rate_hz": float(rates.mean()),
                "highest_rate_hz": float(rates.max()),
                "silent_percent": float(100 * (rates == 0).mean()),
                "spikes_per_image": None if spikes is None else float(spikes.mean()),
            }
        )
    n = record.n_images
    notes = [f"{counted(n, 'image')} in {record.seconds:.1f} s", *record.notes]
    if images:
        notes.append(f"images: {images}")
    if labels is not None:
        right = int((record.predictions() == labels[:n]).sum())
        notes.insert(0, f"{right} of {n} predictions correct")
    if record.presentation is not None:
        notes.insert(0, str(record.presentation))
    if not record.is_complete:
        notes.append(f"interrupted: {n} of {record.n_asked} images were finished")
    return Grid(f"{record.model} in {record.simulator}", columns, tuple(rows), tuple(notes))
