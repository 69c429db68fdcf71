"""``lifdeep deploy``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import DeploymentError
from ..completion import offered
from ..endings.codes import stopped
from ..options import (
    TC,
    TP,
    Coding,
    DataDirectory,
    Json,
    Model,
    Out,
    Quiet,
    Seed,
    Size,
    TestData,
    refuse_ignored,
)

if TYPE_CHECKING:
    from ...datasets.base import Split
    from ...deployment import Deployment
    from ...models import SpikingModel, TrainedModel
    from ..chip import ChipRun

__all__ = ["deploy"]

#: images where no number is asked for
_USUAL = 100


def deploy(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    size: Size = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Plan only: cores, findings, remedies. Nothing is run.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Emulate all test images exactly, many at a time.")
    ] = False,
    emulate: Annotated[
        int | None,
        typer.Option("--emulate", min=1, help="Run N images in nengo-loihi's own emulator."),
    ] = None,
    board: Annotated[
        bool, typer.Option("--board", help="Run on the board (needs Intel's NxSDK).")
    ] = False,
    n: Annotated[
        int | None,
        typer.Option("--n", min=1, help="Images to run, drawn at random; 100 without --exact."),
    ] = None,
    on: Annotated[
        str,
        typer.Option(
            "--on",
            help="loihi (2 chips), kapoho-bay, nahuku-8 or nahuku-32.",
            autocompletion=offered(["loihi", "kapoho-bay", "nahuku-8", "nahuku-32"]),
        ),
    ] = "loihi",
    objective: Annotated[
        str,
        typer.Option(
            help="What the partition minimises: cores or traffic.",
            autocompletion=offered(["cores", "traffic"]),
        ),
    ] = "cores",
    pop_type: Annotated[int, typer.Option(help="Axons of convolutions: 32 or 16.")] = 32,
    weight_bits: Annotated[
        int,
        typer.Option(
            "--weight-bits", help="With --plan: bits per weight; NengoLoihi writes 8 (or 1 to 6)."
        ),
    ] = 8,
    identity_parts: Annotated[
        int,
        typer.Option(
            "--identity-parts",
            min=1,
            max=6,
            help="Divide the identities of residual sums into up to N connections, for finer "
            "weights beside them, on more cores.",
        ),
    ] = 1,
    synapse: Annotated[
        str | None,
        typer.Option(
            help="For a trained network, by default lowpass:5ms; alpha becomes a lowpass of equal "
            "delay."
        ),
    ] = None,
    t_c: TC = None,
    t_p: TP = None,
    coding: Coding = None,
    seed: Seed = 0,
    out: Out = None,
    picture: Annotated[
        Path | None, typer.Option(help="File for the map of the cores: .png, .svg or .pdf.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Folder for a report: HTML, Markdown, JSON and pictures."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Deploy a network to Loihi, or to the emulator of the chip.

    Plans first, within seconds: how every layer is partitioned into cores, and every rule of the
    chip that is broken, with figure, limit and remedy. Then test images run in the exact batched
    emulation, and three of them in nengo-loihi's own emulator, to compare. Ctrl-C or an error ends
    the run; what is finished is printed, saved and reported.
    """
    from ...deployment import deploy as plan_deployment
    from ..chip import run_on_chip
    from ..files import wanted_synapse
    from ..outputs import try_outputs, unsaved
    from ..screen import say
    from ..timing import asked_timing
    from ..words import coding_of

    coding_of(coding or "none", seed)  # before the work
    _check_one(plan=plan, exact=exact, emulate=emulate is not None, board=board)
    refuse_ignored(
        {"--out": plan and out is not None, "--coding": plan and coding is not None},
        "nothing is run with --plan; --report and --json keep the plan",
    )
    others = emulate is not None and n not in (None, emulate)
    refuse_ignored({"--n": others}, "--emulate says how many")
    if weight_bits != 8 and not plan:
        raise typer.BadParameter(
            f"--weight-bits {weight_bits} needs --plan: NengoLoihi writes 8 bits per weight"
        )
    try_outputs(values=(out,), pictures=(picture,), folders=(report,), read=(model,))
    network = _network(model, plan)
    shown_with = None if plan else _shown(network, coding, seed)
    images = _images(
        network, data, data_dir, size, emulate or n, seed, every=exact, needed=not plan
    )
    deployment = plan_deployment(
        network,
        on,
        images=None if images is None else images.take(min(100, len(images)), seed),
        synapse=wanted_synapse(network, synapse, "lowpass:5ms"),
        objective=objective,
        pop_type=pop_type,
        weight_bits=weight_bits,
        identity_parts=identity_parts,
        presentation=asked_timing(network, t_c, t_p, no_reset=board, recommended=False),
        strict=False,
    )
    if picture is not None:
        _draw(deployment, picture)
    options: dict[str, Any] = {"seed": seed, "progress": not quiet}
    if not plan:
        options["coding"] = shown_with
    if board or emulate:
        options |= {"simulator": "loihi", "target": "loihi" if board else "sim"}
    shown = images if deployment.plan.fits and not plan else None
    done = run_on_chip(deployment, shown, report, options)
    if out is not None and done.result is not None:
        kept = done.result
        done.note(unsaved(lambda: say("evaluation", kept.save(out))))
    _print(deployment, done, json)
    if done.failure is not None:
        raise done.failure
    if not deployment.plan.fits:
        raise typer.Exit(DeploymentError.exit_code)
    if done.broken_off:
        say("interrupted: not everything that was asked for was run")
        raise typer.Exit(stopped())


def _shown(network: TrainedModel | SpikingModel, coding: str | None, seed: int) -> Any:
    """The coding, refused before the work if it changes over time, which the chip cannot show."""
    from ...errors import ValidationError
    from ...inputs.coding import ConstantCoding
    from ..timing import asked_coding

    found = asked_coding(network, coding, seed)
    if found is None or isinstance(found, ConstantCoding):
        return found
    raise ValidationError(
        f"the chip's simulators show no input that changes over time, but got coding {found}; "
        "expected --coding none, images without a coding, or evaluate in events or nengo"
    )


def _draw(deployment: Deployment, file: Path) -> None:
    """The map of the cores."""
    from ...report.plots.canvas import save_picture
    from ...report.plots.cores import core_map
    from ..screen import say

    say("picture", save_picture(core_map(deployment.plan), file))


def _check_one(**given: bool) -> None:
    """At most one of the options that say where to run."""
    chosen = [f"--{name}" for name, value in given.items() if value]
    if len(chosen) > 1:
        raise typer.BadParameter(f"{' and '.join(chosen)} exclude each other; give one")


def _images(
    network: TrainedModel | SpikingModel,
    data: str | None,
    data_dir: Path | None,
    size: str | None,
    number: int | None,
    seed: int,
    every: bool,
    needed: bool,
) -> Split | None:
    """Test images, 100 unless others are asked for; None where a plan alone finds none."""
    from ...errors import DataError
    from ..data import at_most, test_images

    try:
        images = test_images(network, data, data_dir, None, seed, size)
    except DataError:
        if needed or data is not None or data_dir is not None or number is not None:
            raise
        return None  # optional; a finding notes that rates were not examined
    if number is None:
        return images if every else at_most(images, _USUAL, seed)
    return images.take(number, seed)


def _network(model: Path, plan: bool) -> TrainedModel | SpikingModel:
    """The network in a file; to plan, also an untrained one of a known name."""
    from ... import pretrained
    from ...layers.named import NAMES
    from ..files import load_model

    if plan and str(model) in NAMES and str(model) not in pretrained.NAMES and not model.exists():
        from ...training.random_features import untrained

        return untrained(str(model))
    return load_model(model)


def _print(deployment: Deployment, done: ChipRun, as_json: bool) -> None:
    from ...report.tables.deployment import chip_ladder_table, core_table
    from ...report.tables.evaluations import evaluation_table
    from ...report.tables.findings import findings_table
    from ...support.consoles import visible
    from ..screen import show

    result, rungs = done.result, done.rungs
    if as_json:
        import json

        record = {
            "plan": deployment.plan.to_dict(),
            "changes": list(deployment.changes),
            "findings": [finding.to_dict() for finding in deployment.findings],
            "evaluation": None if result is None else result.summary(),
            "refusals": {rung.name: rung.refusal for rung in rungs if rung.refusal},
        }
        print(json.dumps(record, indent=2))
        return
    for change in deployment.changes:
        print(f"changed for the chip: {visible(change)}")
    show([core_table(deployment.plan)])
    if not deployment.plan.findings:
        print("Every rule of the chip is kept.\n")
    if deployment.findings:
        show([findings_table(deployment.findings)])
    if rungs and (result is None or any(rung.refusal for rung in rungs)):
        show([chip_ladder_table(rungs)])
    if result is not None:
        show([evaluation_table([result])])
