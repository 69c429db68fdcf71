"""``lifdeep train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..options import DataDirectory, DataName, Json, Quiet, Seed, Size, Task

if TYPE_CHECKING:
    from ...datasets import Dataset
    from ...layers.architecture import Architecture
    from ...models import TrainedModel

__all__ = ["batch_of", "train"]

#: images per step where no number is asked for
_USUAL_BATCH = 50


def train(
    out: Annotated[Path, typer.Option(help="File to write the trained network to.")],
    data: DataName = "digits",
    data_dir: DataDirectory = None,
    size: Size = None,
    network: Annotated[
        str, typer.Option(help="Architecture by name; see `lifdeep info`.")
    ] = "digits-compact",
    task: Task = None,
    loss: Annotated[
        str | None,
        typer.Option(
            help="Loss by name: sparse_categorical_crossentropy, mean_squared_error or "
            "categorical_hinge of classes; mse (the default), mae or huber of values."
        ),
    ] = None,
    neuron: Annotated[
        str,
        typer.Option(
            help="SoftLIF with a paper's parameters (mnist, svhn, cifar10, cifar100, imagenet), "
            "lif (hard) or relu."
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
    epochs: Annotated[int, typer.Option(min=1, help="How often every image is shown.")] = 30,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Images per step; by default 50, or as many as there are.",
            show_default=False,
        ),
    ] = None,
    optimizer: Annotated[str, typer.Option(help="A Keras optimiser by name.")] = "adam",
    learning_rate: Annotated[
        float | None, typer.Option(min=0, help="Learning rate; by default the optimiser's own.")
    ] = None,
    validation: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of the training images held out.")
    ] = 0.0,
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
    """Train a network of rate neurons through NengoDL and save it.

    Noise in training makes the network robust against the noise of spikes. The state after every
    epoch is kept in FILE.checkpoint, next to FILE of --out, until the network is saved: after
    Ctrl-C or a kill the same command continues. With --checkpoint it is kept in that folder, also
    after the training. At the end the error on the test images is printed.
    """
    from ..data import load_data
    from ..outputs import try_outputs
    from ..words import neuron_and_gain

    try_outputs(values=(out,), folders=(checkpoint,))
    times = {"tau_rc": tau_rc, "tau_ref": tau_ref}
    taus = {name: None if t is None else t / 1e3 for name, t in times.items()}
    rate_neuron, initial_gain = neuron_and_gain(
        neuron, noise, gain, **taus, sigma=sigma, amplitude=amplitude
    )
    from ...layers.named import architecture

    layers = architecture(network)
    dataset = load_data(data, data_dir, size, layers.input_shape)
    from ...evaluation.accuracy import evaluate
    from ...report.tables.evaluations import evaluation_table
    from ..screen import say, show

    state = checkpoint or out.with_name(f"{out.name}.checkpoint")
    trained = _trained(
        layers,
        dataset,
        state,
        checkpoint is not None,
        neuron=rate_neuron,
        gain=initial_gain,
        epochs=epochs,
        batch_size=batch_size or batch_of(dataset, _USUAL_BATCH, validation),
        optimizer=optimizer,
        learning_rate=learning_rate,
        loss=loss,
        task=task,
        validation_split=validation,
        seed=seed,
        resume=False if restart else "auto",
        progress=not quiet,
    )
    say("trained network", trained.save(out))
    _forget(state, checkpoint is not None)
    show([evaluation_table([evaluate(trained, dataset.test)])], json)


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
        say(f"{there} training images: one step of all of them per epoch, instead of {usual} each")
    return min(usual, there)


def _trained(
    layers: Architecture, data: Dataset, state: Path, kept: bool, *, epochs: int, **settings: Any
) -> TrainedModel:
    """The trained network; after Ctrl-C the command ends and says how it is continued."""
    from ...training import train as train_network
    from ...training.checkpoints import Checkpoint
    from ..screen import say

    try:
        return train_network(layers, data, checkpoint=state, epochs=epochs, **settings)
    except KeyboardInterrupt:
        done = Checkpoint.load(state)
        if done is None or not done.epochs:
            _forget(state, kept)
            raise
        say(
            f"interrupted after epoch {done.epochs} of {epochs}; the same command continues from",
            state,
        )
        raise typer.Exit(130) from None


def _forget(state: Path, kept: bool) -> None:
    """Remove the state of a training, unless it was asked for with --checkpoint."""
    from ...training.checkpoints import Checkpoint

    if not kept:
        Checkpoint.remove(state)
