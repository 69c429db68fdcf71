"""``lifdeep convert``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..options import DataDirectory, Json, Quiet, Seed

if TYPE_CHECKING:
    from ...datasets import Split
    from ...inputs.presentation import Presentation
    from ...models import SpikingModel, TrainedModel
    from ...report.tables.grid import Grid

__all__ = ["convert"]

_METHODS = ("swap", "normalise", "lif", "finetune")


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
            "(a few epochs with SoftLIF and noise)."
        ),
    ] = "swap",
    data: Annotated[str | None, typer.Option(help="Data set to measure on and train with.")] = None,
    data_dir: DataDirectory = None,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of finetune.")] = 3,
    target_rate: Annotated[
        float,
        typer.Option(min=0, help="99.9th percentile of the rates, in Hz, for normalise."),
    ] = 200.0,
    n: Annotated[
        int, typer.Option("--n", min=1, help="Test images to measure on, drawn at random.")
    ] = 1000,
    synapse: Annotated[
        str, typer.Option(help="Synapse after every neuron: none, alpha:3ms or lowpass:5ms.")
    ] = "alpha:3ms",
    t_c: Annotated[float, typer.Option(min=0, help="Averaging begins, in ms.")] = 40,
    t_p: Annotated[float, typer.Option(min=0, help="Averaging ends, in ms.")] = 100,
    scale_rates: Annotated[
        float, typer.Option(min=0, help="Factor on all firing rates, compensated in the weights.")
    ] = 1.0,
    initial_voltage: Annotated[
        str, typer.Option(help="Initial voltage of the membranes: zero, or uniform (random).")
    ] = "zero",
    pixels: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Value of a white pixel for a Keras or ONNX model, e.g. 255; by default from its "
            "first operation, else 1.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            help="Who wrote a .nir file: norse, sinabs, sinabs-unnormalised, snntorch, "
            "spikingjelly or rockpool; its neurons then take that simulator's steps.",
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
    accuracy is measured before and after, and the layer that loses most is named; the spiking
    network is saved before that, and stays if Ctrl-C ends the measurement. The same command
    continues an interrupted finetune. A NIR graph spikes already and is taken as it is; --data
    gives its classes.
    """
    from ...report.tables.evaluations import population_table
    from ..files import NIR, load_data, load_graph, load_network
    from ..outputs import try_outputs
    from ..screen import say, show
    from ..words import presentation_of, synapse_of

    if method not in _METHODS:
        raise typer.BadParameter(f"{method!r}; one of {', '.join(_METHODS)}", param_hint="--method")
    filtered = synapse_of(synapse)
    if data_dir is not None and data is None:
        raise typer.BadParameter("is of no use without --data", param_hint="--data-dir")
    try_outputs(values=(out,), read=(model,))
    dataset = None if data is None else load_data(data, data_dir)
    if method != "swap" and dataset is None:
        raise typer.BadParameter(f"--method {method} needs --data", param_hint="--method")
    if model.suffix == NIR:
        others = {
            "--method": method != "swap", "--synapse": synapse != "alpha:3ms", "--scale-rates":
            scale_rates != 1, "--initial-voltage": initial_voltage != "zero", "--pixels": pixels,
        }  # fmt: skip
        for option in (name for name, given in others.items() if given):
            raise typer.BadParameter("a NIR graph spikes already", param_hint=option)
        spiking = load_graph(model, source, dataset)
        say("spiking network", spiking.save(out))
        step = float(spiking.provenance["dt"])
        if step != 0.001:
            say("step", f"made for steps of {1e3 * step:g} ms, and commands take steps of 1 ms; "
                f"run it in Python: run(..., presentation=Presentation(dt={step:g}))")  # fmt: skip
        show([population_table(spiking)], json)
        return
    if source is not None:
        raise typer.BadParameter("is of use for .nir files only", param_hint="--source")
    net = load_network(model, pixels, dataset)
    state = out.with_name(f"{out.name}.checkpoint")
    converted, before = _converted(
        net, method, dataset, epochs, target_rate, filtered, scale_rates,
        initial_voltage, seed, not quiet, state,
    )  # fmt: skip
    say("spiking network", converted.save(out))
    if method == "finetune":
        from ...training.checkpoints import Checkpoint

        Checkpoint.remove(state)
    if method == "swap" and scale_rates == 1:
        _warn_of_slow_neurons(net)
    grids = [population_table(converted)]
    if dataset is not None:
        timing = presentation_of(None, t_c, t_p)
        test = dataset.test.take(min(n, len(dataset.test)))
        grids += _measurements(converted, before, test, timing)
    show(grids, json)


def _warn_of_slow_neurons(net: TrainedModel) -> None:
    """Say that ReLU networks need their rates scaled."""
    from ..screen import say

    if "RectifiedLinear" in {type(neuron).__name__ for neuron in net.neurons.values()}:
        say("slow", "integrate-and-fire neurons fire once per second and unit of activation; "
            "give --scale-rates 200, or --method normalise with --data")  # fmt: skip


def _measurements(
    spiking: SpikingModel, before: list[TrainedModel], test: Split, timing: Presentation
) -> list[Grid]:
    """Accuracy before and after, and which layer loses most."""
    from ...analysis.diagnosis import diagnose
    from ...evaluation.accuracy import evaluate
    from ...report.tables.diagnosis import diagnosis_table
    from ...report.tables.evaluations import evaluation_table

    rates = [evaluate(each, test) for each in before]
    spikes = evaluate(spiking, test, presentation=timing, reference=before[-1])
    found = diagnose(spiking, test.take(min(50, len(test))), presentation=timing)
    return [evaluation_table([*rates, spikes]), diagnosis_table(found)]


def _converted(
    net: TrainedModel,
    method: str,
    data: Any,
    epochs: int,
    target_rate: float,
    synapse: Any,
    scale: float,
    initial_voltage: str,
    seed: int,
    progress: bool,
    state: Path,
) -> tuple[SpikingModel, list[TrainedModel]]:
    """The spiking network, and the rate networks from which it was converted."""
    from ...conversion.relu import relu_to_lif
    from ...conversion.swap import convert as convert_network
    from ...conversion.target_rates import rate_scales
    from ...training.finetuning import finetune

    before, factors = [net], scale
    if method == "normalise":
        found = rate_scales(net, data.train.take(500), target_rate=target_rate * scale)
        factors = found  # type: ignore[assignment]
    elif method == "lif":
        before.append(relu_to_lif(net, data.train.take(500)))
    elif method == "finetune":
        tuned = finetune(net, data, epochs=epochs, seed=seed, progress=progress, checkpoint=state)
        before.append(tuned)
    spiking = convert_network(
        before[-1], synapse=synapse, scale_firing_rates=factors, initial_voltage=initial_voltage
    )
    return spiking, before
