"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..simulators import SIMULATORS
from ..simulators.registry import names
from ..support.checks import MOST_SEED
from .completion import data_sets, models, offered

__all__ = [
    "Batch", "Check", "Cluster", "Coding", "DataDirectory", "DataName", "Json", "Model", "NoReset",
    "Number", "Out", "Quiet", "Seed", "SimulatorName", "SimulatorNames", "Size", "Synapse", "TC",
    "TP", "Target", "Task", "TauS", "TestData", "Threads", "Workers", "executor_of", "given",
    "refuse_ignored",
    "refuse_useless",
]  # fmt: skip


def _having(option: str) -> str:
    """Names of the simulators that have an option of their own."""
    return " and ".join(name for name, each in SIMULATORS.items() if option in each.own_options)


def given(**options: Any) -> dict[str, Any]:
    """The options that were given on the command line.

    Parameters
    ----------
    **options : object
        Names and values of the options; None for those not given.
    """
    return {name: value for name, value in options.items() if value is not None}


Model = Annotated[
    Path,
    typer.Argument(
        help="File of a trained or a spiking network, or the name of one that comes with the "
        "package: cifar10-resnet11, digits-compact, fashion-mnist-resnet7, mnist-compact, "
        "mnist-resnet7.",
        show_default=False,
        autocompletion=models,
    ),
]
Out = Annotated[Path | None, typer.Option(help="File to write the result to.")]
DataName = Annotated[
    str,
    typer.Option("--data", help="Data set by name; see `lifdeep info`.", autocompletion=data_sets),
]
TestData = Annotated[
    str | None,
    typer.Option(
        "--data",
        help="Data set by name, see `lifdeep info`; by default the one the network was trained "
        "with.",
        show_default=False,
        autocompletion=data_sets,
    ),
]
DataDirectory = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder with the set's files; else NENGO_LIFDEEP_DATA and the usual caches.",
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        help="Pixels of the pictures of --data folder, 32 or 24x32 (rows x columns), or of "
        "--data pictures; by default as many as the network takes.",
        show_default=False,
    ),
]
Number = Annotated[
    int | None,
    typer.Option(
        "--n",
        min=1,
        help="Test images to use, drawn at random and stratified by class; by default all.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Decides everything that is random.")]
Batch = Annotated[int, typer.Option(min=1, help="Images at a time, where the simulator can.")]
Coding = Annotated[
    str | None,
    typer.Option(
        help="Input over time: none (pixels unchanged), latency, poisson:200Hz or bernoulli:200Hz "
        f"(random spikes, a white pixel at 200 Hz), for {', '.join(names(takes_time=True))}. By "
        "default that of a training on spikes, or none.",
        show_default=False,
    ),
]
TauS = Annotated[
    float | None,
    typer.Option(
        "--tau-s", min=0, help="Time constant of every synapse in ms; by default the model's own."
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        help="classification, binary or regression; by default what the data say, and refused if "
        "they say otherwise.",
        autocompletion=offered(["classification", "binary", "regression"]),
    ),
]
Check = Annotated[
    int,
    typer.Option(
        min=0,
        help="Run N random images in nengo.Simulator too and compare spike by spike; ends with "
        "code 8 if a decision or one spike in a thousand differs.",
    ),
]
#: of `lifdeep run`, which takes one simulator
SimulatorName = Annotated[
    str,
    typer.Option(
        "--simulator",
        "-s",
        help=f"One of {', '.join(SIMULATORS)}.",
        autocompletion=offered(SIMULATORS),
    ),
]
SimulatorNames = Annotated[
    list[str] | None,
    typer.Option(
        "--simulator",
        "-s",
        help=f"One of {', '.join(SIMULATORS)}; may be repeated. By default rate for a trained "
        "network, events for a spiking one.",
        autocompletion=offered(SIMULATORS),
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=0,
        help=f"Threads, 0 for one per core (by default); for {_having('threads')}.",
        show_default=False,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, max=1024, show_default=False,
        help="Processes of this machine that share the work; by default this one alone. Results "
        "are the same.",
    ),
]  # fmt: skip
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="ADDRESS", show_default=False,
        help="Address of a Dask scheduler whose workers share the work: tcp://host:8786.",
    ),
]  # fmt: skip
TC = Annotated[
    float | None,
    typer.Option(
        "--t-c", min=0, show_default=False,
        help="Averaging begins here, in ms; by default as in a training on spikes, or 50 (diagnose "
        "and convert: 40).",
    ),
]  # fmt: skip
TP = Annotated[
    float | None,
    typer.Option(
        "--t-p", min=0, show_default=False,
        help="Time per image, in ms; by default as in a training on spikes, or 150 (diagnose and "
        "convert: 100).",
    ),
]  # fmt: skip
NoReset = Annotated[
    bool, typer.Option("--no-reset", help="Images follow each other in one stream, as in papers.")
]
Synapse = Annotated[
    str | None,
    typer.Option(
        help="For a trained network: none, alpha:3ms (by default) or lowpass:5ms; Loihi gets a "
        "lowpass."
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        help="sim (integer emulator, by default), simreal (its real numbers) or loihi (the board); "
        f"for {_having('target')}.",
        show_default=False,
        autocompletion=offered(["sim", "simreal", "loihi"]),
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")]


def executor_of(workers: int | None, cluster: str | None) -> int | str | None:
    """Who does the work, as `jobs.workers` takes it.

    Parameters
    ----------
    workers : int or None
        Of ``--workers``.
    cluster : str or None
        Of ``--cluster``.

    Raises
    ------
    typer.BadParameter
        If both are given.
    ValidationError, MissingDependencyError
        If the address is none, or Dask is not installed.
    """
    if cluster is None:
        return workers
    if workers is not None:
        raise typer.BadParameter(
            "--workers are processes of this machine, --cluster is of others; give one of the two",
            param_hint="--cluster",
        )
    from ..compat.requirements import require
    from ..jobs.executors import executor_or_none

    executor_or_none(cluster, "--cluster")
    require("distributed")
    return cluster


def refuse_ignored(given: dict[str, bool], why: str) -> None:
    """Refuse the first option that was given, where it would be ignored.

    Parameters
    ----------
    given : dict of str to bool
        Options, and whether they were given.
    why : str
        What they are ignored for.
    """
    for option, is_given in given.items():
        if is_given:
            raise typer.BadParameter(why, param_hint=option)


def refuse_useless(
    model: Path,
    of_rates: dict[str, bool],
    of_models: dict[str, bool],
    of_graphs: dict[str, bool],
    of_others: dict[str, bool],
) -> None:
    """Refuse options that say nothing about this kind of file, before it is read.

    Parameters
    ----------
    model : pathlib.Path
        The file.
    of_rates, of_models, of_graphs, of_others : dict of str to bool
        Options for networks in rates, for Keras and ONNX models, for NIR graphs, and for any
        network of another tool: whether they were given.
    """
    from .foreign import is_foreign

    is_graph = model.suffix.lower() == ".nir"
    useless = {option: "a NIR graph spikes already" for option in of_rates if is_graph}
    if is_graph or not is_foreign(model):
        text = "a NIR graph spikes already" if is_graph else "is of use for Keras and ONNX models"
        useless |= dict.fromkeys(of_models, text)
    if not is_graph:
        useless |= dict.fromkeys(of_graphs, "is of use for .nir files only")
    if not is_foreign(model):
        useless |= dict.fromkeys(of_others, "is of use for Keras, ONNX and .nir files")
    for option, given in (of_rates | of_models | of_graphs | of_others).items():
        if given and option in useless:
            raise typer.BadParameter(useless[option], param_hint=option)
