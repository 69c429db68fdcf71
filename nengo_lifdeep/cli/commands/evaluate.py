"""``lifdeep evaluate``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import LifdeepError, ValidationError
from ..endings.codes import NOT_CONFIRMED, stopped
from ..options import (
    TC,
    TP,
    Batch,
    Check,
    Cluster,
    Coding,
    DataDirectory,
    Json,
    Model,
    NoReset,
    Number,
    Out,
    Quiet,
    Seed,
    SimulatorNames,
    Size,
    Synapse,
    Target,
    Task,
    TauS,
    TestData,
    Threads,
    Workers,
    executor_of,
    given,
)
from ..outputs import named

if TYPE_CHECKING:
    from ...datasets import Split
    from ...evaluation.rungs import Rung
    from ...models import SpikingModel, TrainedModel
    from ...report.tables.grid import Grid

__all__ = ["evaluate"]


def evaluate(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    size: Size = None,
    task: Task = None,
    simulator: SimulatorNames = None,
    n: Number = None,
    tau_s: TauS = None,
    t_c: TC = None,
    t_p: TP = None,
    no_reset: NoReset = False,
    synapse: Synapse = None,
    coding: Coding = None,
    target: Target = None,
    ladder: Annotated[
        bool,
        typer.Option(
            "--ladder",
            help="Show where accuracy (R2 of values) is lost: soft rates, hard rates, each "
            "simulator.",
        ),
    ] = False,
    operations: Annotated[
        bool,
        typer.Option(
            "--operations",
            help="In spikes: count synaptic operations too, under NeuroBench's names.",
        ),
    ] = False,
    seed: Seed = 0,
    batch_size: Batch = 100,
    threads: Threads = None,
    check: Check = 0,
    workers: Workers = None,
    cluster: Cluster = None,
    parts: Annotated[
        Path | None,
        typer.Option(
            help="Folder that keeps finished parts of the images: the same command runs only those "
            "that are missing.",
            show_default=False,
        ),
    ] = None,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure a network's error on test images, in rates or in spikes; or that of its values.

    Probabilistic circuits are shown images as in their training. A trained network is converted
    first if a spiking simulator is chosen. With --out the evaluation (every prediction, accuracy
    for windows of time) is saved; with several simulators the simulator's name is put before the
    suffix, and each is saved as soon as it is finished.
    Ctrl-C ends the run, and what is finished is printed and saved.
    """
    from ...report.tables.evaluations import evaluation_table, ladder_table
    from ...simulators import get_simulator
    from ..data import test_images
    from ..files import circuits_in, load_model, wanted_synapse
    from ..online import judge_circuits, require_pictures
    from ..outputs import try_outputs
    from ..screen import say
    from ..timing import asked_coding, asked_timing
    from ..words import coding_of

    executor = executor_of(workers, cluster)
    if ladder and executor is not None:
        raise typer.BadParameter(
            "--ladder runs few images in many ways, in this process; leave --workers and --cluster "
            "out, or --ladder",
            param_hint="--workers" if cluster is None else "--cluster",
        )
    settings: dict[str, Any] = {
        "task": task,
        "seed": seed,
        "batch_size": batch_size,
        "progress": not quiet,
        **given(target=target, threads=threads),
    }
    timed = any(option is not None for option in (tau_s, t_c, t_p)) or no_reset
    coding_of(coding or "none", seed)  # before the work
    if ladder and parts is not None:
        raise typer.BadParameter("--ladder keeps no parts; leave one out", param_hint="--parts")
    try_outputs(values=_files(out, simulator, ladder), folders=(parts,), read=(model,))
    circuits = circuits_in(model)
    if circuits is not None:
        asked = {"--operations": operations, "--parts": parts is not None}
        _refuse(settings, timed, simulator, synapse, coding, ladder, check, asked)
        require_pictures(circuits)
        answers = judge_circuits(
            circuits, test_images(circuits, data, data_dir, n, seed, size), seed
        )
        if out is not None:
            say("evaluation", answers.save(out))
        _print([answers], evaluation_table([answers]), json)
        return
    network = load_model(model)
    settings["synapse"] = wanted_synapse(network, synapse)
    names = list(dict.fromkeys(simulator or _usual(network, ladder)))
    if check:
        _require_spikes(names)
    if operations and (ladder or not any(get_simulator(name).spikes for name in names)):
        raise typer.BadParameter(
            "counts operations of spikes, without --ladder; add --simulator events",
            param_hint="--operations",
        )
    spiking = any(get_simulator(name).spikes for name in names)
    if (timed or synapse is not None) and not spiking:
        raise ValidationError(
            "rates know no time, so --synapse, --tau-s, --t-c, --t-p and --no-reset would be "
            "ignored; add --simulator events for spikes"
        )
    settings |= {"presentation": None, "coding": coding_of(coding or "none", seed)}
    if spiking:
        on_chip = any(get_simulator(name).on_chip for name in names)
        settings["presentation"] = asked_timing(
            network, t_c, t_p, tau_s=tau_s, no_reset=no_reset,
            recommended=synapse is None and not on_chip,
        )  # fmt: skip
        shown = asked_coding(network, coding, seed)
        settings["coding"] = None if coding is None else shown  # of the training: in spikes alone
    images = test_images(network, data, data_dir, n, seed, size)
    if ladder:
        results = _climb(network, images, names, settings)
    else:
        results = _measure(network, images, names, settings, executor, operations, parts)
    rungs, interrupted, failure = _kept(results, out, ladder, several=ladder or len(names) > 1)
    found = [rung.evaluation for rung in rungs]
    if ladder:
        grid = ladder_table(rungs, f"Loss ladder of {found[0].model} on {found[0].data}")
    else:
        grid = evaluation_table(found)
    _print(found, grid, json)
    if failure is not None:
        raise failure
    if interrupted:
        say(f"interrupted: {interrupted}")
        raise typer.Exit(stopped())
    try:
        passed = [_checked(network, images, e.simulator, check, settings) for e in found if check]
    except KeyboardInterrupt:
        say("interrupted: not every simulator was checked")
        raise typer.Exit(stopped()) from None
    if not all(passed):
        raise typer.Exit(NOT_CONFIRMED)


def _refuse(
    settings: dict[str, Any], timed: bool, simulator: Any, synapse: Any, coding: Any, ladder: bool,
    check: int, asked: dict[str, bool],
) -> None:  # fmt: skip
    """Refuse options that say nothing to probabilistic circuits."""
    from ..online import refuse_others

    own = {
        "--simulator": bool(simulator), "--t-p, --t-c, --tau-s or --no-reset": timed,
        "--synapse": synapse is not None, "--coding": coding is not None, "--ladder": ladder,
        "--check": check > 0, "--task": settings["task"] is not None,
        "--batch-size": settings["batch_size"] != 100, "--target": "target" in settings,
        "--threads": "threads" in settings, **asked,
    }  # fmt: skip
    refuse_others(own, "to probabilistic circuits")


def _print(found: list[Any], grid: Grid, json: bool) -> None:
    from json import dumps

    from ...report.tables.neurobench import neurobench_table
    from ..screen import show

    if json:
        rows = zip(found, grid.records(), strict=True)
        print(dumps([{**e.summary(), **row} for e, row in rows], indent=2))
    else:
        counted = [evaluation for evaluation in found if getattr(evaluation, "operations", None)]
        show([grid, neurobench_table(counted)] if counted else [grid])


def _files(out: Path | None, simulators: list[str] | None, ladder: bool) -> tuple[Path | None, ...]:
    """The files that will be written, as far as they are known."""
    if out is None or ladder or not simulators or len(simulators) == 1:
        return (out,)
    return tuple(named(out, name) for name in dict.fromkeys(simulators))


def _kept(
    results: Iterator[Rung], out: Path | None, ladder: bool, several: bool
) -> tuple[list[Rung], str, LifdeepError | None]:
    """Every result, saved as soon as it is there; what Ctrl-C left out, or the error, if any."""
    from ..screen import say

    found: list[Rung] = []
    try:
        for rung in results:
            found.append(rung)
            if out is not None:
                name = rung.evaluation.simulator
                name = f"{len(found)}-{name}" if ladder else name
                say("evaluation", rung.evaluation.save(named(out, name) if several else out))
    except (KeyboardInterrupt, LifdeepError) as error:
        if not found:
            raise
        if isinstance(error, LifdeepError):
            return found, "", error
        return found, "not everything that was asked for was run", None
    last = found[-1].evaluation
    return found, "not all images were finished" if last.n_images < last.n_asked else "", None


def _usual(network: TrainedModel | SpikingModel, ladder: bool) -> list[str]:
    """Simulators where none is asked for."""
    from ...inputs.as_trained import was_trained_on_spikes
    from ...models import TrainedModel

    in_rates = isinstance(network, TrainedModel) and not was_trained_on_spikes(network.provenance)
    return ["rate"] if in_rates and not ladder else ["events"]


def _require_spikes(simulators: list[str]) -> None:
    """Refuse a check where no simulator is compared with another."""
    from ...simulators import SIMULATORS, get_simulator

    if all(get_simulator(name).judged_by is None for name in simulators):
        able = [name for name, each in SIMULATORS.items() if each.judged_by is not None]
        raise ValidationError(
            f"--check compares the spikes of {', '.join(able)} with a reference simulator's, but "
            f"only {' and '.join(simulators)} was given; add --simulator {able[0]}"
        )


def _checked(
    network: TrainedModel | SpikingModel,
    images: Split,
    simulator: str,
    n: int,
    settings: dict[str, Any],
) -> bool:
    """Compare some images with the reference simulator, say what was found, and if it is good."""
    from ...evaluation.agreement import check_spikes
    from ...simulators import get_simulator
    from ...simulators.registry import shared_options
    from ..files import to_spikes
    from ..screen import say

    if get_simulator(simulator).judged_by is None:
        return True
    timing = {key: settings[key] for key in ("presentation", "coding")}
    left = (*timing, "synapse", "progress", "task")
    own = {key: settings[key] for key in settings if key not in left}
    (options,) = shared_options(own, [simulator])
    model = to_spikes(network, simulator, settings["synapse"])
    found = check_spikes(model, images, n, simulator=simulator, **timing, **options)
    say("check" if found.passed else "check failed", found)
    return found.passed


def _measure(
    network: TrainedModel | SpikingModel,
    images: Split,
    simulators: list[str],
    settings: dict[str, Any],
    executor: int | str | None,
    operations: bool,
    parts: Path | None,
) -> Iterator[Rung]:
    """One result per simulator, as `_climb`; an interrupted one is the last."""
    from ...evaluation.accuracy import evaluate as evaluate_network
    from ...evaluation.rungs import Rung
    from ...inputs.as_trained import was_trained_on_spikes
    from ...jobs.executors import workers
    from ...models import TrainedModel
    from ...records import Evaluation, ValueEvaluation
    from ...simulators import get_simulator
    from ...simulators.registry import shared_options
    from ..files import to_spikes

    trained = isinstance(network, TrainedModel)
    timing = {key: settings[key] for key in ("presentation", "coding", "task")}
    given_options = {k: v for k, v in settings.items() if k not in (*timing, "synapse")}
    on_spikes = was_trained_on_spikes(network.provenance)
    reference: Any = network if trained and not on_spikes else None
    with workers(executor) as pool:
        for name, options in zip(
            simulators, shared_options(given_options, simulators), strict=True
        ):
            in_rates = trained and not get_simulator(name).spikes
            known = reference is None or isinstance(reference, Evaluation | ValueEvaluation)
            if not in_rates and not known:
                reference = evaluate_network(network, images, executor=pool)  # once for all
            shown = network if in_rates else to_spikes(network, name, settings["synapse"])
            compared = None if in_rates else reference
            found = evaluate_network(
                shown, images, simulator=name, reference=compared, executor=pool,
                operations=operations and get_simulator(name).spikes, parts=parts, **timing,
                **options,
            )  # fmt: skip
            yield Rung(name, found, 0.0)
            if found.n_images < found.n_asked:
                return


def _climb(
    network: TrainedModel | SpikingModel,
    images: Split,
    simulators: list[str],
    settings: dict[str, Any],
) -> Iterator[Rung]:
    from ...datasets.base import labelled
    from ...evaluation.rungs import rungs
    from ...models import TrainedModel
    from ...simulators import get_simulator

    labelled(images, task=settings["task"])  # refused if they are of another
    spiking = [name for name in simulators if get_simulator(name).spikes]
    options = {key: value for key, value in settings.items() if key != "task"}
    if not isinstance(network, TrainedModel):
        del options["synapse"]  # it has its own
    return rungs(network, images, simulators=spiking, **options)
