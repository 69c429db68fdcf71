"""``lifdeep evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ValidationError
from .options import (
    TC,
    TP,
    Batch,
    Check,
    Coding,
    DataDirectory,
    Json,
    Model,
    NoReset,
    Number,
    Out,
    Quiet,
    Seed,
    Synapse,
    Target,
    TauS,
    TestData,
    Threads,
)

if TYPE_CHECKING:
    from ..datasets import Split
    from ..models import SpikingModel, TrainedModel
    from ..records import Evaluation

__all__ = ["evaluate"]

#: without spikes, and what is compared with
_NOT_CHECKED = {"rate", "nengo"}
#: t_c and t_p in ms where none are asked for
_USUAL_T_C, _USUAL_T_P = 50, 150


def evaluate(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    simulator: Annotated[
        list[str] | None,
        typer.Option(
            "--simulator",
            "-s",
            help="rate, events, nengo, nengo-dl, loihi or loihi-exact; may be repeated. By "
            "default rate for a trained network, events for a spiking one.",
        ),
    ] = None,
    n: Number = None,
    tau_s: TauS = None,
    t_c: TC = _USUAL_T_C,
    t_p: TP = _USUAL_T_P,
    no_reset: NoReset = False,
    synapse: Synapse = None,
    coding: Coding = "none",
    target: Target = "sim",
    ladder: Annotated[
        bool,
        typer.Option(
            "--ladder", help="Where accuracy is lost: soft rates, hard rates, each simulator."
        ),
    ] = False,
    seed: Seed = 0,
    batch_size: Batch = 100,
    threads: Threads = 0,
    check: Check = 0,
    out: Out = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure a network's error on test images, in rates or in spikes.

    A trained network is converted on the way if a spiking simulator is asked for. With --out the
    evaluation (every answer, accuracy for every window of time) is saved; with several simulators
    the simulator's name is put before the suffix.
    """
    from json import dumps

    from ..report.tables import evaluation_table, ladder_table
    from .files import load_model, test_images, wanted_synapse
    from .screen import say, show
    from .words import coding_of, presentation_of

    settings: dict[str, Any] = {
        "presentation": presentation_of(tau_s, t_c, t_p, no_reset),
        "coding": coding_of(coding, seed),
        "seed": seed,
        "batch_size": batch_size,
        "target": target,
        "threads": threads,
        "progress": not quiet,
    }
    network = load_model(model)
    settings["synapse"] = wanted_synapse(network, synapse)
    names = simulator or _usual(network, ladder)
    if check:
        _require_spikes(names)
    usual = presentation_of(None, _USUAL_T_C, _USUAL_T_P, False)
    if set(names) == {"rate"} and settings["presentation"] != usual:
        raise ValidationError(
            "rates know no time, so --tau-s, --t-c, --t-p and --no-reset would be ignored; add "
            "--simulator events for spikes"
        )
    images = test_images(network, data, data_dir, n)
    if ladder:
        rungs = _climb(network, images, names, settings, model)
        found = [rung.evaluation for rung in rungs]
        grid = ladder_table(rungs, f"Loss ladder of {found[0].model} on {found[0].data}")
    else:
        found = _measure(network, images, names, settings)
        grid = evaluation_table(found)
    if out is not None:
        for i, evaluation in enumerate(found):
            name = evaluation.simulator if not ladder else f"{i + 1}-{evaluation.simulator}"
            say("evaluation", evaluation.save(_named(out, name) if len(found) > 1 else out))
    if json:
        rows = zip(found, grid.records(), strict=True)
        print(dumps([{**e.summary(), **row} for e, row in rows], indent=2))
    else:
        show([grid])
    passed = [_checked(network, images, e.simulator, check, settings) for e in found if check]
    if any(e.n_images < e.n_asked for e in found):
        say("interrupted: not all images were finished")
        raise typer.Exit(130)
    if not all(passed):
        raise typer.Exit(1)


def _usual(network: TrainedModel | SpikingModel, ladder: bool) -> list[str]:
    """Simulators where none is asked for."""
    from ..models import TrainedModel

    return ["rate"] if isinstance(network, TrainedModel) and not ladder else ["events"]


def _require_spikes(simulators: list[str]) -> None:
    """Refuse a check where there is nothing to compare with `nengo.Simulator`."""
    if set(simulators) <= _NOT_CHECKED:
        raise ValidationError(
            f"--check compares spikes with nengo.Simulator's, and {' and '.join(simulators)} gives "
            "none to compare; add --simulator events"
        )


def _checked(
    network: TrainedModel | SpikingModel,
    images: Split,
    simulator: str,
    n: int,
    settings: dict[str, Any],
) -> bool:
    """Compare some images with `nengo.Simulator`, say what was found, and whether it is good."""
    from ..check import check_spikes
    from .files import to_spikes
    from .screen import say

    if simulator in _NOT_CHECKED:
        return True
    options = {key: value for key, value in settings.items() if key not in ("synapse", "progress")}
    model = to_spikes(network, simulator, settings["synapse"])
    found = check_spikes(model, images, n, simulator=simulator, **options)
    say("check" if found.passed else "check failed", found)
    return found.passed


def _measure(
    network: TrainedModel | SpikingModel,
    images: Split,
    simulators: list[str],
    settings: dict[str, Any],
) -> list[Evaluation]:
    from ..evaluate import evaluate as evaluate_network
    from ..models import TrainedModel
    from .files import to_spikes

    trained = isinstance(network, TrainedModel)
    options = {key: value for key, value in settings.items() if key != "synapse"}
    found = []
    for name in simulators:
        in_rates = trained and name == "rate"
        shown = network if in_rates else to_spikes(network, name, settings["synapse"])
        reference: Any = network if trained and not in_rates else None
        found.append(
            evaluate_network(shown, images, simulator=name, reference=reference, **options)
        )
        if found[-1].n_images < found[-1].n_asked:
            break
    return found


def _climb(
    network: TrainedModel | SpikingModel,
    images: Split,
    simulators: list[str],
    settings: dict[str, Any],
    path: Path,
) -> list[Any]:
    from ..evaluate import ladder
    from ..models import TrainedModel

    if not isinstance(network, TrainedModel):
        raise ValidationError(
            f"{path} holds a spiking network; the ladder starts from the trained one, as "
            "`lifdeep train` wrote it"
        )
    spiking = [name for name in simulators if name != "rate"]
    return ladder(network, images, simulators=spiking, **settings)


def _named(path: Path, name: str) -> Path:
    return path.with_name(f"{path.stem}-{name}{path.suffix}")
