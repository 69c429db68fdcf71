"""`train`: an architecture and labelled images in, a `TrainedModel` out, through NengoDL."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from nengo.neurons import NeuronType

from ..datasets.base import labelled
from ..errors import TrainingError
from ..inputs.augmentation import Augmentation
from ..inputs.preprocessing import Preprocessing
from ..models import TrainedModel
from ..neurons.parameters import neuron_to_dict
from ..records.input_range import InputRange
from ..support.checks import (
    by_name,
    checked,
    each,
    file_name,
    flag,
    instance,
    optional,
    real,
    shown,
    word,
)
from ..support.provenance import command_line, commit, count_parameters, versions
from ..weights.rounded import quantize_weights, weight_bits_of
from . import initial
from .batches import BatchStream, split_validation
from .checkpoints import Checkpoint
from .graph import build_graph
from .rate_targets import rate_bands
from .request import (
    as_architecture,
    check_fit,
    check_numbers,
    check_rate_neuron,
    check_weights,
    data_arrays,
    fingerprint,
)
from .session import TrainingRun
from .settings.early_stopping import EarlyStopping
from .settings.losses import check_loss, loss_name
from .settings.optimizers import as_optimizer, describe_optimizer, learning_rates
from .settings.schedules import OneCycle
from .trainable import require_trainable

__all__ = ["train"]


def _resume(value: Any, what: str) -> bool | str:
    """Check of an argument: "auto", True or False."""
    if not isinstance(value, bool | np.bool_) and not (isinstance(value, str) and value == "auto"):
        raise TrainingError(f"{what} is {shown(value)}; expected 'auto', True or False")
    return value if isinstance(value, str) else bool(value)


def _callback(value: Any, what: str) -> Any:
    """Check of one callback; those of Keras 3 are told later, when TensorFlow is there."""
    if isinstance(value, type) or not (callable(value) or hasattr(value, "on_epoch_end")):
        raise TrainingError(f"{what} is {shown(value)}; expected a callback or a function")
    return value


@checked(
    TrainingError,
    callbacks=each(_callback, "callbacks of tf_keras, or functions of (epochs done, history)"),
    validation_split=real(0, below=1),
    preprocessing=optional(instance(Preprocessing)),
    augmentation=optional(instance(Augmentation)),
    checkpoint=optional(file_name),
    resume=_resume,
    progress=flag,
    initial_weights=optional(by_name(instance(Mapping))),
    kernel_initializer=word("response", "he", "glorot"),
)
def train(
    architecture: Any,
    data: Any,
    *,
    neuron: NeuronType,
    gain: float = 1.0,
    epochs: int = 10,
    batch_size: int = 100,
    optimizer: Any = "adam",
    learning_rate: Any = None,
    loss: str | Callable[[Any, Any], Any] = "sparse_categorical_crossentropy",
    callbacks: Sequence[Any] = (),
    validation_split: float = 0.0,
    preprocessing: Preprocessing | None = None,
    augmentation: Augmentation | None = None,
    rate_targets: Any = None,
    early_stopping: EarlyStopping | int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool | str = "auto",
    seed: int = 0,
    progress: bool = True,
    initial_weights: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    kernel_initializer: str = "response",
    weight_bits: int | Mapping[str, int] | None = None,
) -> TrainedModel:
    """Train a network of rate neurons through NengoDL.

    The same arguments and seed give the same weights, in one go or with interruptions: order,
    augmentation, noise and dropout are functions of the seed and the number of the step.

    Parameters
    ----------
    architecture : Architecture, str, or Keras model
        The layers; a name is looked up in `nengo_lifdeep.layers.named`. Of a Keras model the layers
        are taken, not the weights.
    data : Dataset, Split, or (images, labels)
        Labelled images; of a data set its training images.
    neuron : nengo.neurons.NeuronType
        Rate neuron after every hidden layer: `SoftLIF` (with or without noise),
        `nengo.LIFRate`, `nengo.RectifiedLinear`. A layer of `Neurons` may have another.
    gain : float
        Factor on the initial kernels: current per unit of input.
    epochs : int
        How often every image is shown.
    batch_size : int
        Images per step. What remains at the end of an epoch (other images each time) is left out.

    Other Parameters
    ----------------
    optimizer : str, dict, or optimiser of tf_keras or Keras 3
        See `optimizers.as_optimizer`. A ``weight_decay`` acts on kernels only: biases and
        normalisation hold the neurons' thresholds.
    learning_rate : float, function of the epoch (from 0), OneCycle, or learning-rate schedule
        None leaves it to the optimiser.
    loss : str or callable
        Name or function of labels ``(batch,)`` and scores ``(batch, class)``; there is no softmax
        after the network. See `losses.LOSSES`; `CrossEntropy` smooths labels.
    callbacks : sequence
        `tf_keras` callbacks, or functions called with (epochs done, history).
    validation_split : float
        Share of the images, rounded to whole batches, that is held back for validation.
    preprocessing : Preprocessing
        From images in [0, 1] to network input; becomes part of the model.
    augmentation : Augmentation
        Random crops and flips of training images.
    rate_targets : RateBand, (low, high[, weight]) in Hz, or mapping of layer name to these
        Firing-rate regularisation.
    early_stopping : EarlyStopping or int
        When to stop (an integer is the patience in epochs); the weights of the best epoch are
        returned. Needs ``validation_split``.
    checkpoint : path-like
        Directory in which the state is saved after every epoch.
    resume : {"auto", True, False}
        Whether to continue from the checkpoint: if there is one, necessarily, or not at all.
    seed : int
        For initial weights, order, noise, augmentation, dropout, and the validation split.
    progress : bool
        Whether to show progress on standard error.
    initial_weights : mapping
        Weights to start from, as in `TrainedModel.weights`, in place of random ones.
    kernel_initializer : {"response", "he", "glorot"}
        Variance of the initial kernels; see `initial.initial_weights`.
    weight_bits : int or dict of str to int
        Round kernels to as many bits in every forward pass, with straight-through gradients, and
        in the result: one number for what a chip stores, or bits by the layer's name; see
        `quantization.weight_bits_of`.

    Returns
    -------
    TrainedModel
        With ``history`` (loss, accuracy, val_loss, val_accuracy, learning_rate, seconds; one
        entry per epoch) and ``provenance``.

    Raises
    ------
    DataError
        If images or labels do not fit the network.
    TrainingError
        If layers stand in an order that cannot be trained (`trainable`; the message names them
        all), an option is out of bounds, the loss becomes NaN, or the checkpoint belongs to a run
        with other options.
    ModelFileError
        If the checkpoint is broken or cannot be written.

    Examples
    --------
    >>> from nengo_lifdeep import AlphaRCNoise, SoftLIF, datasets, train
    >>> neuron = SoftLIF(0.022, 0.002, 0.02, 0.063, noise=AlphaRCNoise(0.003))
    >>> model = train(
    ...     "digits-compact", datasets.load("digits"), neuron=neuron, epochs=1, progress=False
    ... )
    >>> model.history["accuracy"][-1] > 0.1
    True
    """
    check_loss(loss)
    architecture = require_trainable(as_architecture(architecture))
    split, source, classes = labelled(data, "train")
    check_numbers(epochs, batch_size, gain, seed)
    check_rate_neuron(neuron)
    for name, own in architecture.neurons(neuron).items():
        check_rate_neuron(own, name)
    preprocessing = preprocessing or Preprocessing()
    check_fit(architecture, split, preprocessing, augmentation, batch_size)
    bands = rate_bands(rate_targets, architecture, neuron)
    bits = weight_bits_of(architecture, weight_bits)
    rule = _stopping_rule(early_stopping, validation_split)
    training, validation = split_validation(split, validation_split, batch_size, seed)
    if initial_weights is None:
        start = initial.initial_weights(architecture, neuron, gain, seed, kernel_initializer)
    else:
        start = check_weights(initial_weights, architecture)
    if isinstance(learning_rate, OneCycle):
        learning_rate = learning_rate.over(epochs * (len(training) // batch_size))
    made, rates = as_optimizer(optimizer, learning_rate), learning_rates(learning_rate, epochs)
    held = None
    if validation is not None:
        held = BatchStream(validation, batch_size, preprocessing, shuffle=False)
    options = {
        "architecture": architecture.to_dict(),
        "neuron": neuron_to_dict(neuron),
        "gain": float(gain),
        "batch_size": int(batch_size),
        "optimizer": describe_optimizer(made),
        "loss": loss_name(loss),
        "validation_split": float(validation_split),
        "preprocessing": _preprocessing_record(preprocessing),
        "augmentation": None if augmentation is None else augmentation.to_dict(),
        "rate_targets": {name: vars(band) for name, band in bands.items()},
        "early_stopping": None if rule is None else rule.to_dict(),
        "initial_weights": fingerprint(*[a for g in start.values() for a in g.values()]),
        "data": fingerprint(*data_arrays(split)),
        "seed": int(seed),
    } | ({"weight_bits": bits} if bits else {})
    options = json.loads(json.dumps(options))  # as a checkpoint will give it back
    run = TrainingRun(
        build_graph(architecture, neuron, seed=seed, rate_layers=bands, weight_bits=bits),
        BatchStream(training, batch_size, preprocessing, augmentation, seed),
        held, options, epochs, rates, bands, rule, checkpoint,
    )  # fmt: skip
    saved = _saved(checkpoint, resume, options, rates, epochs)
    end = run.execute(saved or Checkpoint(options, {}, start, []), made, loss, callbacks, progress)
    weights = end.best or end.weights
    provenance = {
        "versions": versions(),
        "commit": commit(),
        "command": command_line(),
        "data": source,
        "images": {"training": len(training), "validation": len(split) - len(training)},
        "inputs": InputRange.of(training).to_dict(),
        "parameters": count_parameters(weights),
        "kept_epoch": rule.best_epoch(end.history) if rule else end.epochs,
        "options": options,
    }
    latent = TrainedModel(
        architecture, weights, neuron, preprocessing, classes, end.history, provenance
    )
    return quantize_weights(latent, bits)


def _stopping_rule(
    early_stopping: EarlyStopping | int | None, validation_split: float
) -> EarlyStopping | None:
    if early_stopping is None:
        return None
    if not validation_split:
        raise TrainingError("early_stopping needs validation images; give validation_split=0.1")
    if isinstance(early_stopping, EarlyStopping):
        return early_stopping
    return EarlyStopping(early_stopping)


def _preprocessing_record(preprocessing: Preprocessing) -> dict[str, Any]:
    header, arrays = preprocessing.to_arrays()
    return {**header, **{name: fingerprint(array) for name, array in arrays.items()}}


def _saved(
    directory: Any, resume: bool | str, options: dict[str, Any], rates: Any, epochs: int
) -> Checkpoint | None:
    """The checkpoint to continue from, checked; None to begin at the beginning."""
    found = None if directory is None or resume is False else Checkpoint.load(directory)
    if found is not None and not found.epochs and resume == "auto":
        return None  # interrupted in its first epoch: nothing that could be lost
    if found is None:
        if resume is True:
            raise TrainingError(
                f"resume=True, but there is no checkpoint in {directory!r}; give the directory of "
                "an interrupted run, or resume='auto'"
            )
        return None
    found.check_options(options, directory)
    if found.epochs > epochs:
        raise TrainingError(
            f"{Checkpoint.path(directory)} has finished {found.epochs} epochs; epochs={epochs} "
            "would be less. Ask for at least as many, or start over with resume=False (on the "
            "command line --restart)"
        )
    before = found.history.get("learning_rate", [])
    if rates is not None and not np.allclose(rates[: len(before)], before, rtol=1e-6, atol=0):
        raise TrainingError(
            f"{Checkpoint.path(directory)} was trained with learning rates {before}; the function "
            f"given now has {rates[: len(before)]}. Continue with the old one, or start over "
            "with resume=False (on the command line --restart)"
        )
    return found
