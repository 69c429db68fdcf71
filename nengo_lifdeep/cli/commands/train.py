"""``lifdeep train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...support.words.counted import counted
from ..completion import networks, offered
from ..endings.codes import stopped
from ..options import DataDirectory, DataName, Json, Quiet, Seed, Size, Task
from ..training.methods import CODING, LEAK, method_of, network_of_start, neuron_of
from ..words import NEURON_PRESETS

if TYPE_CHECKING:
    from ...datasets import Dataset
    from ...herding.method import Herding
    from ...layers.architecture import Architecture
    from ...models import TrainedModel
    from ...training.settings.spike_based import SpikeBased

__all__ = ["batch_of", "train"]

#: images per step where no number is asked for
_USUAL_BATCH = 50


def train(
    out: Annotated[Path, typer.Option(help="File to write the trained network to.")],
    data: DataName = "digits",
    data_dir: DataDirectory = None,
    size: Size = None,
    network: Annotated[
        str,
        typer.Option(help="Architecture by name; see `lifdeep info`.", autocompletion=networks),
    ] = "digits-compact",
    task: Task = None,
    loss: Annotated[
        str | None,
        typer.Option(
            help="Loss by name: sparse_categorical_crossentropy, mean_squared_error, "
            "sum_of_squares or categorical_hinge of classes; mse (the default), mae or huber of "
            "values."
        ),
    ] = None,
    neuron: Annotated[
        str,
        typer.Option(
            help="SoftLIF with a paper's parameters (mnist, svhn, cifar10, cifar100, imagenet), "
            "lif (hard) or relu.",
            autocompletion=offered(NEURON_PRESETS),
        ),
    ] = "imagenet",
    tau_rc: Annotated[float | None, typer.Option(help="Membrane time constant, in ms.")] = None,
    tau_ref: Annotated[float | None, typer.Option(help="Refractory period, in ms.")] = None,
    sigma: Annotated[float | None, typer.Option(help="Smoothing of the threshold.")] = None,
    amplitude: Annotated[float | None, typer.Option(help="Output per Hz.")] = None,
    gain: Annotated[float | None, typer.Option(help="Factor on the initial kernels.")] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            help="none, gaussian:10 (Hz), alpha:3ms, alpha-rc:3ms, lowpass:3ms or lowpass-rc:3ms; "
            "by default what the neuron's paper used."
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            help="What weights are: float; rounded:4 for 4 bits or binary for 1, in all layers "
            "between neurons; binary:relaxed, signs by chance, for --optimizer "
            "bayes-binary; crosspoint, or crosspoint:managed with its three rules, for "
            "arrays of resistive devices.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            help="rates, through NengoDL; spikes, on the spikes themselves (Lee et al. 2020): "
            "neurons with --leak for --steps steps of 1 ms, in place of those of --neuron; or "
            "herding, by spikes in both directions (O'Connor & Welling 2016): dense layers without "
            "bias, such as oconnor2016-digits, image by image; or online, probabilistic circuits "
            "that learn in every step (Jang et al. 2020), in place of a --network.",
            autocompletion=offered(["rates", "spikes", "herding", "online"]),
        ),
    ] = "rates",
    steps: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Of spikes, herding and online: time steps per image; by default 100, 10 and 80, "
            "or those of --start.",
            show_default=False,
        ),
    ] = None,
    hidden: Annotated[
        int | None,
        typer.Option(
            min=0, help="Of online: hidden circuits; by default none.", show_default=False
        ),
    ] = None,
    rule: Annotated[
        str,
        typer.Option(
            help="Of herding: fsgd, weights change at every error spike; or sgd, at the end."
        ),
    ] = "fsgd",
    order: Annotated[
        str,
        typer.Option(help="Of herding: a layer fires after every event, or once per step."),
    ] = "event",
    leak: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help=f"Of spikes: share of a voltage that a step leaves; by default {LEAK:g}, or that "
            "of --start.",
            show_default=False,
        ),
    ] = None,
    coding: Annotated[
        str | None,
        typer.Option(
            help="Of spikes: how images become spikes: bernoulli:500Hz, poisson:200Hz, latency, or "
            f"none for constant currents; by default {CODING}, or that of --start.",
            show_default=False,
        ),
    ] = None,
    derivative: Annotated[
        str,
        typer.Option(
            help="Of spikes: lee2020, triangle, arctan or sigmoid.",
            autocompletion=offered(["lee2020", "triangle", "arctan", "sigmoid"]),
        ),
    ] = "lee2020",
    start: Annotated[
        Path | None,
        typer.Option(
            help="Of spikes: a trained network to go on from, .lifdeep, .keras or .onnx, in place "
            "of --network. One that was trained on its spikes keeps its neurons, steps and coding "
            "where no other ones are typed.",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="How often every image is shown.")] = 30,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Images per step; by default 50, or as many as there are.",
            show_default=False,
        ),
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            help="A Keras optimiser by name; by default adam, and sgd of cross-point arrays.",
            show_default=False,
        ),
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=0, help="Learning rate; by default the optimiser's own.")
    ] = None,
    validation: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of the training images held out.")
    ] = 0.0,
    mirrored: Annotated[
        bool,
        typer.Option(
            "--mirrored",
            help="Of rates: all accelerators share every batch (tf.distribute.MirroredStrategy); "
            "a plain Keras model takes the place of NengoDL.",
        ),
    ] = False,
    seed: Seed = 0,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Folder for the state after every epoch, which stays there."),
    ] = None,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Start from the beginning instead of resuming."),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a network of rate neurons through NengoDL, or of spiking ones, and save it.

    With --start the weights of a network in rates are scaled to spikes first, and training goes on
    with a learning rate that rises and falls. Noise in training makes the network robust against
    the noise of spikes. The state after every epoch is kept in FILE.checkpoint, next to FILE of
    --out, until the network is saved: after Ctrl-C or a kill the same command continues. With
    --checkpoint it is kept in that folder, also after the training. At the end the error on the
    test images is printed.
    """
    from ..data import load_data
    from ..outputs import try_outputs
    from ..words import in_milliseconds, neuron_and_gain, weights_of

    kind = None if weights is None else weights_of(weights)
    try_outputs(values=(out,), folders=(checkpoint,))
    taus = {
        "tau_rc": in_milliseconds(tau_rc, "--tau-rc"),
        "tau_ref": in_milliseconds(tau_ref, "--tau-ref"),
    }
    of_rates = {
        "--neuron": neuron != "imagenet", "--noise": noise is not None, "--sigma":
        sigma is not None, "--tau-rc": tau_rc is not None, "--tau-ref": tau_ref is not None,
        "--amplitude": amplitude is not None, "--mirrored": mirrored,
    }  # fmt: skip
    of_spikes = {
        "--leak": leak not in (None, LEAK), "--derivative": derivative != "lee2020",
        "--coding": coding not in (None, CODING), "--start": start is not None,
    }  # fmt: skip
    of_herding = {"--rule": rule != "fsgd", "--order": order != "event"}
    of_both = {"--steps": steps is not None}
    for knows, given in (
        ("rates", of_rates), ("spikes", of_spikes), ("herding", of_herding),
        ("spikes herding online", of_both), ("online", {"--hidden": hidden is not None}),
    ):  # fmt: skip
        known = method in knows.split()
        useless = [option for option, is_given in given.items() if is_given and not known]
        if useless:
            raise typer.BadParameter(f"says nothing with --method {method}", param_hint=useless[0])
    if method == "online":
        from ..online import refuse_others, train_online

        refuse_others({
            "--network": network != "digits-compact", "--task": task is not None, "--gain":
            gain is not None, "--loss": loss is not None, "--weights": weights is not None,
            "--batch-size": batch_size is not None, "--optimizer": optimizer is not None,
            "--validation": validation > 0,
        })  # fmt: skip
        train_online(
            out, load_data(data, data_dir, size), checkpoint or _state_of(out),
            checkpoint is not None, steps=steps or 80, hidden=hidden or 0, epochs=epochs,
            learning_rate=0.001 if learning_rate is None else learning_rate, seed=seed,
            resume=not restart, json=json,
        )  # fmt: skip
        return
    begun = None if start is None else network_of_start(start, network, gain)
    chosen = method_of(
        method, begun, steps=steps, leak=leak, coding=coding, derivative=derivative, seed=seed,
        rule=rule, order=order,
    )  # fmt: skip
    herding = method == "herding"
    if chosen is None:
        used, initial_gain = neuron_and_gain(
            neuron, noise, gain, **taus, sigma=sigma, amplitude=amplitude
        )
    else:
        used, initial_gain = neuron_of(chosen, begun, leak), 1.0 if gain is None else gain
    from ...layers.named import architecture

    layers = architecture(network) if begun is None else begun.architecture
    if neuron == "relu":  # pooling units that fire are averages in rates, which are not negative
        layers = layers.with_neurons(lambda own: None)
    dataset = load_data(data, data_dir, size, layers.input_shape)
    from ...report.tables.evaluations import evaluation_table
    from ..screen import say, show

    usual = batch_size or (None if herding else batch_of(dataset, _USUAL_BATCH, validation))
    state = checkpoint or _state_of(out)
    trained = _trained(
        layers,
        dataset,
        state,
        checkpoint is not None,
        begun,
        neuron=used,
        method=chosen,
        gain=initial_gain,
        epochs=epochs,
        batch_size=batch_size if herding else usual,
        optimizer=optimizer,
        learning_rate=learning_rate,
        loss=loss,
        task=task,
        validation_split=validation,
        weights=kind,
        strategy="mirrored" if mirrored else None,
        seed=seed,
        resume=False if restart else "auto",
        progress=not quiet,
    )
    say("trained network", trained.save(out))
    _forget(state, checkpoint is not None)
    show([evaluation_table([_evaluated(trained, dataset, chosen)])], json)


def _state_of(out: Path) -> Path:
    """Folder of the state after every epoch, where none is named."""
    return out.with_name(f"{out.name}.checkpoint")


def _evaluated(trained: TrainedModel, data: Dataset, method: SpikeBased | Herding | None) -> Any:
    """On the test images: in rates, or in spikes as it was trained."""
    from ...evaluation.accuracy import evaluate
    from ...training.settings.spike_based import SpikeBased

    if method is None:
        return evaluate(trained, data.test)
    if isinstance(method, SpikeBased):
        return evaluate(trained, data.test, coding=method.coding)
    if data.test.has_values:
        return evaluate(trained, data.test)
    from ...herding.running import present
    from ...records import Evaluation

    record = present(trained, data.test)
    return Evaluation.of(
        record, data.test.labels, classes=trained.classes, data=data.test.source, images=data.test
    )


def batch_of(data: Dataset, usual: int, held_out: float = 0.0) -> int:
    """Images per step: ``usual``, or as many as there are, which is said.

    Parameters
    ----------
    data : Dataset
        The data set.
    usual : int
        Where there are as many.
    held_out : float
        Share of the training images that is held out.
    """
    from ..screen import say

    there = max(1, int(len(data.train) * (1 - held_out)))
    if there < usual:
        say(
            f"{counted(there, 'training image')}: one step of all of them per epoch, instead of "
            f"{usual} each"
        )
    return min(usual, there)


def _trained(
    layers: Architecture, data: Dataset, state: Path, kept: bool, begun: TrainedModel | None,
    *, epochs: int, **settings: Any,
) -> TrainedModel:  # fmt: skip
    """The trained network; after Ctrl-C the command ends and says how it is continued."""
    from ...training import train as train_network
    from ...training.checkpoints import Checkpoint
    from ...training.finetuning import finetune
    from ..screen import say

    try:
        if begun is None:
            return train_network(layers, data, checkpoint=state, epochs=epochs, **settings)
        settings.pop("gain")  # of initial weights; refused where it is typed
        if (peak := settings.pop("learning_rate")) is not None:
            settings["peak"] = peak
        return finetune(begun, data, checkpoint=state, epochs=epochs, **settings)
    except KeyboardInterrupt:
        done = Checkpoint.load(state)
        if done is None or not done.epochs:
            _forget(state, kept)
            raise
        say(
            f"interrupted after epoch {done.epochs} of {epochs}; the same command continues from",
            state,
        )
        raise typer.Exit(stopped()) from None


def _forget(state: Path, kept: bool) -> None:
    """Remove the state of a training, unless it was asked for with --checkpoint."""
    from ...training.checkpoints import Checkpoint

    if not kept:
        Checkpoint.remove(state)
