"""`train`: an architecture and labelled images in, a `TrainedModel` out, through NengoDL."""

from __future__ import annotations

import contextlib
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from nengo.neurons import NeuronType

from ..datasets.base import TASKS
from ..errors import TrainingError
from ..herding.method import Herding
from ..inputs.as_trained import coding_record
from ..inputs.augmentation import Augmentation
from ..inputs.preprocessing import Preprocessing
from ..models import TrainedModel
from ..models.held import kept
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
from ..support.temporaries import alone_at
from ..weights.kind import WeightKind
from .checkpoints import Checkpoint
from .initial import RULES
from .prepared import Prepared
from .replicas.strategy import checked_strategy, in_scope
from .resuming import resumed
from .settings.early_stopping import EarlyStopping
from .settings.spike_based import SpikeBased
from .spikes.units import in_seconds, read_out_leak

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
    if not hasattr(value, "on_epoch_end") and not _takes_two(value):
        raise TrainingError(
            f"{what} is {shown(value)}, which takes other arguments; expected a function of "
            "(epochs done, history), such as def log(epochs, history)"
        )
    return value


def _takes_two(function: Any) -> bool:
    """Whether a function can be called with two arguments; told before the first epoch is over."""
    try:
        inspect.signature(function).bind(1, {})
    except ValueError:  # of some functions in C nothing is known
        return True
    except TypeError:
        return False
    return True


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
    kernel_initializer=word(*RULES),
    task=optional(word(*TASKS)),
    method=optional(instance(SpikeBased, Herding)),
    strategy=checked_strategy,
    products=word("float32", "bfloat16"),
)
def train(
    architecture: Any,
    data: Any,
    *,
    neuron: NeuronType,
    gain: float = 1.0,
    epochs: int = 10,
    batch_size: int | None = None,
    optimizer: Any = None,
    learning_rate: Any = None,
    loss: str | Callable[[Any, Any], Any] | None = None,
    task: str | None = None,
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
    weights: WeightKind | Mapping[str, WeightKind | None] | None = None,
    method: SpikeBased | Herding | None = None,
    strategy: Any = None,
    products: str = "float32",
) -> TrainedModel:
    """Train a network of rate neurons through NengoDL, or one of spiking neurons on its spikes.

    The same arguments and seed give the same weights, in one go or with interruptions: order,
    augmentation, noise and dropout are functions of the seed and the number of the step.

    Parameters
    ----------
    architecture : Architecture, str, or Keras model
        The layers; a name is looked up in `nengo_lifdeep.layers.named`. Of a Keras model the layers
        are taken, not the weights.
    data : Dataset, Split, (images, labels) or (images, values)
        Images with labels or targets; of a data set its training images.
    neuron : nengo.neurons.NeuronType
        Rate neuron after every hidden layer: `SoftLIF` (with or without noise),
        `nengo.LIFRate`, `nengo.RectifiedLinear`. A layer of `Neurons` may have another.
    gain : float
        Factor on the initial kernels: current per unit of input.
    epochs : int
        How often every image is shown.
    batch_size : int
        Images per step, 100 by default. What remains at the end of an epoch (other images each
        time) is left out. With ``method=Herding(...)`` every image is a step.

    Other Parameters
    ----------------
    optimizer : str, dict, or optimiser of tf_keras or Keras 3
        See `optimizers.as_optimizer`; "adam" by default. A ``weight_decay`` acts on kernels only:
        biases and normalisation hold the neurons' thresholds.
    learning_rate : float, function of the epoch (from 0), OneCycle, or learning-rate schedule
        None leaves it to the optimiser; it is 0.01 with ``method=Herding(...)``.
    loss : str or callable, optional
        Name or function of labels ``(batch,)`` and scores ``(batch, class)``; there is no softmax
        after the network. See `losses.LOSSES`; `CrossEntropy` smooths labels. Of values: a
        function of targets and values ``(batch, output)``, "mean_squared_error" ("mse", the
        default), "mean_absolute_error" ("mae") or "huber". Of one output for two classes:
        "binary_crossentropy" (the default), or a function of labels and sums ``(batch, 1)``.
    task : {"classification", "binary", "regression"}, optional
        What the network is for; by default what the data say, as for `evaluate`.
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
    kernel_initializer : {"response", "he", "glorot", "uniform"}
        Variance of the initial kernels; see `initial.initial_weights`. With ``method=Herding(...)``
        "response" is a deviation of 0.01, the authors'.
    weights : WeightKind or dict of str to WeightKind, optional
        What the layers' weights are, as for `Architecture.with_weights`: with
        `nengo_lifdeep.weights.Rounded` kernels are rounded in every forward pass, with
        straight-through gradients, and in the result. By default what the layers say.
    method : SpikeBased or Herding, optional
        `SpikeBased` trains on the spikes themselves (Lee et al. 2020), with `StepLIF.of_leak` as
        ``neuron``; `convert` then changes nothing but adds the read-out's synapse. `Herding` trains
        dense layers of `nengo.RectifiedLinear` by spikes in both directions, with additions only
        (O'Connor & Welling 2016). By default training is in rates.
    strategy : "mirrored", tf.distribute.MirroredStrategy or OneDeviceStrategy, optional
        Devices that share every batch: "mirrored" are all accelerators that TensorFlow sees. A
        plain `tf_keras` model of the same layers is then trained in place of NengoDL's; weights
        are the same to rounding, whatever the number of devices.
    products : {"float32", "bfloat16"}
        Type in which convolutions and dense layers multiply while training in rates; weights, sums
        and neurons stay in float32. "bfloat16" is up to 1.5 times as fast on processors with units
        for it, and an error on others.

    Returns
    -------
    TrainedModel
        With ``history`` (loss, accuracy, val_loss, val_accuracy, learning_rate, seconds; one
        entry per epoch; of values mean_absolute_error and mean_squared_error in place of accuracy)
        and ``provenance``, which remembers the shape of values. One output that was trained for
        two classes has become two, 0 and its own sum x, whose softmax is the sigmoid of x.

    Raises
    ------
    DataError
        If images, labels or targets do not fit the network, or are of another task.
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
    with in_scope(strategy) as used:
        prepared = Prepared.of(
            architecture,
            data,
            neuron=neuron,
            gain=gain,
            epochs=epochs,
            batch_size=batch_size,
            optimizer=optimizer,
            learning_rate=learning_rate,
            loss=loss,
            task=task,
            validation_split=validation_split,
            preprocessing=preprocessing or Preprocessing(),
            augmentation=augmentation,
            rate_targets=rate_targets,
            early_stopping=early_stopping,
            seed=seed,
            initial_weights=initial_weights,
            kernel_initializer=kernel_initializer,
            weights=weights,
            method=method,
            strategy=used,
            products=products,
        )
        end = _executed(prepared, checkpoint, resume, callbacks, progress)
        return _finished(prepared, end)


def _executed(
    prepared: Prepared,
    directory: str | os.PathLike[str] | None,
    resume: bool | str,
    callbacks: Sequence[Any],
    progress: bool,
) -> Checkpoint:
    """The state after the last epoch, from the beginning or from a checkpoint on."""
    run = prepared.run(directory, callbacks)
    with contextlib.ExitStack() as stack:
        if directory is not None:  # two trainings would take turns to overwrite one checkpoint
            stack.enter_context(alone_at(Checkpoint.path(directory), wait=0))
        start = None
        if resume is not False:
            start = resumed(directory, resume, run.options, run.rates, run.epochs)
        start = start or Checkpoint(run.options, {}, prepared.start, [])
        return run.execute(start, prepared.optimizer, prepared.loss, callbacks, progress)


def _finished(prepared: Prepared, end: Checkpoint) -> TrainedModel:
    """The trained network, with where it comes from."""
    weights, rule, method = end.best or end.weights, prepared.rule, prepared.method
    if isinstance(method, SpikeBased):
        weights = in_seconds(weights, prepared.architecture, prepared.neuron, method)
    n_training = len(prepared.training)
    provenance: dict[str, Any] = {
        "versions": versions(),
        "commit": commit(),
        "command": command_line(),
        "data": prepared.source,
        "images": {"training": n_training, "validation": len(prepared.split) - n_training},
        "inputs": InputRange.of(prepared.training).to_dict(),
        "parameters": count_parameters(weights),
        "kept_epoch": rule.best_epoch(end.history) if rule else end.epochs,
        "options": prepared.options,
    }
    if prepared.continues:  # epochs and history are those of this training alone
        provenance["continues"] = True
    if prepared.split.has_values:
        provenance |= {"task": "regression", "targets": list(prepared.split.target_shape)}
    if prepared.strategy is not None:
        provenance["devices"] = int(prepared.strategy.num_replicas_in_sync)
    if isinstance(method, Herding):
        provenance["herding"] = method.to_dict()
    if isinstance(method, SpikeBased):
        leak = read_out_leak(prepared.neuron, method)
        provenance |= {
            "dt": method.dt,
            "spikes": {**method.to_dict(), "coding": coding_record(method.coding), "leak": leak},
        }
    binary = not prepared.split.has_values and prepared.architecture.output_shape == (1,)
    if binary:
        provenance["task"] = "binary"
    latent = TrainedModel(
        prepared.architecture,
        weights,
        prepared.neuron,
        prepared.preprocessing,
        prepared.classes,
        end.history,
        provenance,
    )
    trained = kept(latent)
    return trained.with_two_scores() if binary else trained
