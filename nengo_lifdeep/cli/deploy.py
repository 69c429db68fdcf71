"""``lifdeep deploy``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import TC, TP, DataDirectory, Json, Model, Out, Quiet, Seed, Target, TestData

if TYPE_CHECKING:
    from ..models import SpikingModel
    from ..report.grid import Grid

__all__ = ["core_table", "deploy"]


def deploy(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    target: Target = "sim",
    n: Annotated[int, typer.Option("--n", min=0, help="Images to run; 0 only plans.")] = 20,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact",
            help="Emulate many images at a time, bit by bit as --target sim does, and run three "
            "random ones in nengo-loihi too.",
        ),
    ] = False,
    synapse: Annotated[
        str, typer.Option(help="For a trained network; alpha becomes a lowpass of equal delay.")
    ] = "alpha:3ms",
    t_c: TC = 50,
    t_p: TP = 150,
    seed: Seed = 0,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put a network onto Loihi, or onto the emulator of the chip.

    Lists every rule of the chip that the network breaks, or how its populations are cut into
    cores; then runs test images. The board needs Intel's NxSDK; the emulator does not.
    """
    from ..check import check_spikes
    from ..errors import DeploymentError
    from ..evaluate import evaluate
    from ..models import TrainedModel
    from ..report.tables import evaluation_table
    from ..simulators.loihi import broken_rules
    from .files import load_model, test_images, to_spikes
    from .screen import say, show
    from .words import presentation_of, synapse_of

    timing = presentation_of(None, t_c, t_p, no_reset=target == "loihi")
    filtered = synapse_of(synapse)
    network = load_model(model)
    spiking = to_spikes(network, "loihi", filtered)
    broken = broken_rules(spiking)
    if broken:
        raise DeploymentError(
            f"network {spiking.name!r} cannot go onto Loihi:\n  - " + "\n  - ".join(broken)
        )
    grids = [core_table(spiking)]
    result: Any = None
    passed = True
    if n:
        images = test_images(spiking, data, data_dir, n)
        result = evaluate(
            spiking,
            images,
            simulator="loihi-exact" if exact else "loihi",
            presentation=timing,
            reference=network if isinstance(network, TrainedModel) else None,
            target=target,
            seed=seed,
            progress=not quiet,
        )
        grids.append(evaluation_table([result]))
        if out is not None:
            say("evaluation", result.save(out))
        if exact:
            found = check_spikes(
                spiking, images, 3, simulator="loihi-exact", presentation=timing, seed=seed
            )
            say("check" if found.passed else "check failed", found)
            passed = found.passed
    show(grids, json)
    if result is not None and result.n_images < result.n_asked:
        raise typer.Exit(130)
    if not passed:
        raise typer.Exit(1)


def core_table(model: SpikingModel) -> Grid:
    """How every population is cut into cores, and how full the fullest of them is."""
    from ..report.grid import Column, Grid
    from ..simulators.loihi import block_shapes
    from ..simulators.loihi_blocks import LIMITS, block_use

    columns = (
        Column("name", "population"),
        Column("shape", "shape"),
        Column("place", "runs on"),
        Column("block", "per core"),
        Column("cores", "cores", ",d"),
        Column("compartments", f"neurons of {LIMITS['compartments']:,}", ",d"),
        Column("in_axons", f"input axons of {LIMITS['in_axons']:,}", ",d"),
        Column("memory_percent", "synapse memory [%]", ".1f"),
    )
    blocks = block_shapes(model)
    into = {connection.post: connection.stages[-1] for connection in model.connections}
    rows: list[dict[str, Any]] = []
    for population in model.populations:
        shape = population.shape
        row: dict[str, Any] = {"name": population.name, "shape": _times(shape)}
        if population.name not in blocks:
            rows.append({**row, "place": "host"})
            continue
        block = blocks[population.name]
        use = block_use(into[population.name], shape, block)
        row |= {
            "place": "chip",
            "block": _times(block),
            "cores": math.prod(math.ceil(a / b) for a, b in zip(shape, block, strict=True)),
            "compartments": use.compartments,
            "in_axons": use.in_axons,
            "memory_percent": 100 * use.synapse_bits / LIMITS["synapse_bits"],
        }
        rows.append(row)
    cores = sum(row.get("cores", 0) for row in rows)
    return Grid(
        f"{model.name} on Loihi: {cores} of 128 cores" if cores <= 128
        else f"{model.name} on Loihi: {cores} cores on {math.ceil(cores / 128)} chips of 128",
        columns,
        tuple(rows),
        ("figures of the fullest core of each population",),
    )  # fmt: skip


def _times(shape: Any) -> str:
    return " x ".join(map(str, shape))
