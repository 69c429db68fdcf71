"""``lifdeep convert``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..completion import data_sets, offered
from ..options import TC, TP, DataDirectory, Json, Quiet, Seed, Size, refuse_ignored, refuse_useless

if TYPE_CHECKING:
    from ...datasets import Dataset, Split
    from ...inputs.presentation import Presentation
    from ...models import SpikingModel, TrainedModel
    from ...report.tables.grid import Grid

__all__ = ["convert"]

_METHODS = ("swap", "normalise", "lif", "finetune")

#: what --epochs, --target-rate and --n are by default
_EPOCHS, _TARGET, _IMAGES = 3, 200.0, 1000

#: training images on which rates are measured, at most
_MEASURED = 500

#: images per step of finetune
_USUAL_BATCH = 100


def convert(
    model: Annotated[
        Path,
        typer.Argument(
            help="A trained network: .lifdeep, .keras, .h5 or .onnx; or a spiking one: .nir.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="File to write the spiking network to.")],
    method: Annotated[
        str,
        typer.Option(
            help="swap: spiking twins of the trained neurons; for ReLU networks normalise "
            "(integrate-and-fire at a target rate), lif (curves fitted, no training), or finetune "
            "(a few epochs with SoftLIF and noise).",
            autocompletion=offered(["swap", "normalise", "lif", "finetune"]),
        ),
    ] = "swap",
    data: Annotated[
        str | None,
        typer.Option(help="Data set to measure on and train with.", autocompletion=data_sets),
    ] = None,
    data_dir: DataDirectory = None,
    size: Size = None,
    task: Annotated[
        str | None,
        typer.Option(
            help="binary: the single output of a model is the sum whose sigmoid is the probability "
            "of class 1, and gets the scores of two classes; else as for `lifdeep evaluate`.",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of finetune.")] = _EPOCHS,
    target_rate: Annotated[
        float,
        typer.Option(min=0, help="99.9th percentile of the rates, in Hz, for normalise."),
    ] = _TARGET,
    n: Annotated[
        int, typer.Option("--n", min=1, help="Test images to measure on, drawn at random.")
    ] = _IMAGES,
    synapse: Annotated[
        str | None,
        typer.Option(
            help="Synapse after every neuron: none, alpha:3ms (by default, where the network does "
            "not recommend another) or lowpass:5ms.",
            show_default=False,
        ),
    ] = None,
    t_c: TC = None,
    t_p: TP = None,
    scale_rates: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Factor on all firing rates, compensated in the weights; by default as the "
            "network recommends, else 1.",
            show_default=False,
        ),
    ] = None,
    initial_voltage: Annotated[
        str | None,
        typer.Option(
            help="Initial voltage of the membranes: zero, half (of the threshold), or uniform "
            "(random); by default as the network recommends, else zero.",
            show_default=False,
        ),
    ] = None,
    pixels: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Value of a white pixel for a Keras or ONNX model, e.g. 255; by default from its "
            "first operation, else 1.",
            show_default=False,
        ),
    ] = None,
    max_pooling: Annotated[
        str,
        typer.Option(
            help="Max pooling of a Keras or ONNX model, which has no spiking form: refuse, or "
            "average in its place (then finetune, for the weights were trained for the maximum)."
        ),
    ] = "refuse",
    source: Annotated[
        str | None,
        typer.Option(
            help="Who wrote a .nir file: norse, sinabs, sinabs-unnormalised, snntorch, "
            "spikingjelly or rockpool; its neurons then take that simulator's steps.",
            show_default=False,
        ),
    ] = None,
    reset: Annotated[
        str | None,
        typer.Option(
            help="With --source, what a spike does to the voltage where it is not that tool's "
            "default: zero, 'zero at once', subtract or 'subtract next'.",
            show_default=False,
        ),
    ] = None,
    dt: Annotated[
        str | None,
        typer.Option(
            help="Step that a .nir file was made for, 0.1ms or 0.0001 (seconds); by default what "
            "the file or its --source says, else 1ms.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            help="Name of the output to take, of a Keras, ONNX or .nir file that has several.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Turn a trained network into a spiking one.

    BatchNormalization, pooling and amplitudes go into the weights; every rate neuron becomes the
    spiking neuron with the same time constants. For Loihi use a lowpass synapse. With --data the
    accuracy is measured before and after, and the layer that loses most is named; with
    --max-pooling average also the error of the model with its maxima. The spiking network is saved
    before that, and stays if Ctrl-C ends the measurement. The same command continues an interrupted
    finetune. A NIR graph spikes already and is taken as it is; --data gives its classes.
    """
    from ...report.tables.evaluations import population_table
    from ...report.tables.pooling import pooling_table
    from ..data import input_shape, load_data
    from ..files import load_network, wanted_synapse
    from ..foreign import Reading, cost_of_averages, is_foreign, with_data
    from ..outputs import try_outputs
    from ..screen import say, show
    from ..timing import asked_timing
    from ..words import seconds_of, synapse_of

    if method not in _METHODS:
        raise typer.BadParameter(f"{method!r}; one of {', '.join(_METHODS)}", param_hint="--method")
    synapse_of(synapse or "none")  # before the work
    if data is None:
        unread = {"--data-dir": data_dir is not None, "--size": size is not None}
        unmeasured = {"--n": n != _IMAGES, "--t-c": t_c is not None, "--t-p": t_p is not None}
        refuse_ignored(unread | unmeasured, "is of no use without --data")
    try_outputs(values=(out,), read=(model,))
    if method != "swap" and data is None:
        raise typer.BadParameter(f"--method {method} needs --data", param_hint="--method")
    for option, changed, used_by in (
        ("--epochs", epochs != _EPOCHS, "finetune"),
        ("--target-rate", target_rate != _TARGET, "normalise"),
    ):
        refuse_ignored({option: changed and method != used_by}, f"needs --method {used_by}")
    refuse_useless(
        model,
        of_rates={
            "--method": method != "swap", "--synapse": synapse is not None, "--scale-rates":
            scale_rates is not None, "--initial-voltage": initial_voltage is not None,
        },
        of_models={"--pixels": pixels is not None, "--max-pooling": max_pooling != "refuse"},
        of_graphs={
            "--source": source is not None, "--reset": reset is not None, "--dt": dt is not None,
        },
        of_others={"--output": output is not None},
    )  # fmt: skip
    step = None if dt is None else seconds_of(dt, "--dt")
    how = Reading(pixels, max_pooling, source, reset, step, output)
    net = load_network(model, how)
    filtered = wanted_synapse(net, synapse)
    dataset = None if data is None else load_data(data, data_dir, size, input_shape(net))
    test = None if dataset is None else dataset.test.take(min(n, len(dataset.test)))
    cost = None
    if task is not None:
        net = _of_task(net, task, dataset)
    if dataset is not None and test is not None and is_foreign(model):
        net = with_data(net, dataset)
        cost = cost_of_averages(model, how, net, test)
    state = out.with_name(f"{out.name}.checkpoint")
    converted, before = _converted(
        net, method, dataset, epochs, target_rate, filtered, scale_rates,
        initial_voltage, seed, not quiet, state,
    )  # fmt: skip
    say("spiking network", converted.save(out))
    if method == "finetune":
        from ...training.checkpoints import Checkpoint

        Checkpoint.remove(state)
    if method == "swap" and scale_rates in (None, 1) and before:
        _warn_of_slow_neurons(before[0])
    tables = {"populations": population_table(converted)}
    if cost is not None:
        tables["pooling"] = pooling_table(cost)
    if test is not None:
        timing = asked_timing(converted, t_c, t_p, usual=(40.0, 100.0))
        tables |= _measurements(converted, before, test, timing)
    show(tables if len(tables) > 1 else list(tables.values()), json)


def _of_task(
    net: TrainedModel | SpikingModel, task: str, data: Dataset | None
) -> TrainedModel | SpikingModel:
    """The network for a task: two scores for one output; data of another task are refused."""
    from ...datasets.base import TASKS, labelled
    from ...models import TrainedModel
    from ...support.checks import word

    word(*TASKS)(task, "--task")
    if data is not None:
        labelled(data, task=task)
    one = isinstance(net, TrainedModel) and net.architecture.output_shape == (1,)
    return net.with_two_scores() if one and task == "binary" else net  # type: ignore[union-attr]


def _warn_of_slow_neurons(net: TrainedModel) -> None:
    """Say that ReLU networks need their rates scaled."""
    from ..screen import say

    if "RectifiedLinear" in {type(neuron).__name__ for neuron in net.neurons.values()}:
        say("slow", "integrate-and-fire neurons fire once per second and unit of activation; "
            "give --scale-rates 200, or --method normalise with --data")  # fmt: skip


def _measurements(
    spiking: SpikingModel, before: list[TrainedModel], test: Split, timing: Presentation
) -> dict[str, Grid]:
    """Accuracy before and after, and which layer loses most."""
    from ...analysis.diagnosis import diagnose
    from ...evaluation.accuracy import evaluate
    from ...inputs.as_trained import was_trained_on_spikes
    from ...report.tables.diagnosis import diagnosis_table
    from ...report.tables.evaluations import evaluation_table

    on_spikes = was_trained_on_spikes(spiking.provenance)  # there are no rates to compare with
    rates = [] if on_spikes else [evaluate(each, test) for each in before]
    reference = before[-1] if rates else None
    spikes = evaluate(spiking, test, presentation=timing, reference=reference)
    found = diagnose(spiking, test.take(min(50, len(test))), presentation=timing)
    return {"accuracy": evaluation_table([*rates, spikes]), "layers": diagnosis_table(found)}


def _converted(
    net: TrainedModel | SpikingModel,
    method: str,
    data: Any,
    epochs: int,
    target_rate: float,
    synapse: Any,
    scale: float | None,
    initial_voltage: str | None,
    seed: int,
    progress: bool,
    state: Path,
) -> tuple[SpikingModel, list[TrainedModel]]:
    """The spiking network, and the rate networks from which it was converted."""
    from ...conversion.relu import relu_to_lif
    from ...conversion.swap import convert as convert_network
    from ...conversion.target_rates import rate_scales
    from ...models import SpikingModel
    from ...training.finetuning import finetune
    from .train import batch_of

    if isinstance(net, SpikingModel):
        return net, []
    before, factors = [net], scale
    times = 1.0 if scale is None else scale
    if method == "normalise":
        found = rate_scales(net, _measured_on(data), target_rate=target_rate * times)
        factors = found  # type: ignore[assignment]
    elif method == "lif":
        before.append(relu_to_lif(net, _measured_on(data)))
    elif method == "finetune":
        size = batch_of(data, _USUAL_BATCH)
        tuned = finetune(
            net, data, epochs=epochs, batch_size=size, seed=seed, progress=progress,
            checkpoint=state,
        )  # fmt: skip
        before.append(tuned)
    spiking = convert_network(
        before[-1], synapse=synapse, scale_firing_rates=factors, initial_voltage=initial_voltage
    )
    return spiking, before


def _measured_on(data: Dataset) -> Split:
    """Training images on which rates are measured: all, where there are few, which is said."""
    from ..data import at_most

    return at_most(data.train, _MEASURED)
