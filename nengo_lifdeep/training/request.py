"""The arguments of a training run, checked before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from nengo.neurons import NeuronType

from ..datasets.base import Split
from ..errors import DataError, TrainingError, ValidationError
from ..inputs.augmentation import Augmentation
from ..inputs.preprocessing import Preprocessing
from ..layers.architecture import Architecture
from ..neurons.counterparts import check_neuron, rate_counterpart, spiking_counterpart
from ..support.checks import MOST_SEED, by_name, checked, instance, is_real, is_whole, shown
from ..support.checks.arrays import checked_array
from ..support.time_units import refuse_long
from ..support.words.counted import counted

__all__ = [
    "as_architecture",
    "check_fit",
    "check_numbers",
    "check_rate_neuron",
    "check_weights",
]


def as_architecture(architecture: Any) -> Architecture:
    """The architecture itself, by its name, or that of a Keras model.

    Parameters
    ----------
    architecture : Architecture, str or Keras model
        The network.
    """
    if isinstance(architecture, Architecture):
        return architecture
    if isinstance(architecture, str):
        from ..layers.named import architecture as by_name

        return by_name(architecture)
    from ..importers.keras.model import architecture_from_keras

    return architecture_from_keras(architecture)


def check_numbers(epochs: Any, batch_size: Any, gain: Any, seed: Any) -> None:
    """Refuse numbers that cannot be meant, as `TrainingError`.

    Parameters
    ----------
    epochs : int
        Number of epochs.
    batch_size : int
        Images per batch.
    gain : float
        Factor on the initial weights.
    seed : int
        Seed of all random numbers.
    """
    for name, value, low in (
        ("epochs", epochs, 1),
        ("batch_size", batch_size, 1),
        ("seed", seed, 0),
    ):
        if not is_whole(value) or value < low or (name == "seed" and value > MOST_SEED):
            raise TrainingError(f"{name} is {shown(value)}; expected an integer, {low} or more")
    if not (is_real(gain) and np.isfinite(gain) and gain > 0):
        raise TrainingError(f"gain is {shown(gain)}; expected a positive number")


def check_rate_neuron(neuron: NeuronType, layer: str = "") -> None:
    """Refuse types that are unknown, and spiking ones, with what to use instead.

    Parameters
    ----------
    neuron : nengo.neurons.NeuronType
        The neuron.
    layer : str
        Name of its layer, for the message.
    """
    where = f"layer {layer!r}: " if layer else ""
    check_neuron(neuron)
    for name in ("tau_rc", "tau_ref", "tau"):
        refuse_long(getattr(neuron, name, 0.0), f"{where}{name} of {type(neuron).__name__}")
    if spiking_counterpart(neuron) is neuron:
        try:
            instead = f"{rate_counterpart(neuron)!r} or SoftLIF"
        except ValidationError:  # it has none
            instead = "SoftLIF"
        raise TrainingError(
            f"{where}neuron {neuron!r} spikes and has no gradient; train with {instead} and "
            "convert afterwards, or train StepLIF on its spikes, with method=SpikeBased(...)"
        )


def check_fit(
    architecture: Architecture,
    split: Split,
    preprocessing: Preprocessing,
    augmentation: Augmentation | None,
    batch_size: int,
) -> None:
    """Refuse images and labels that do not fit the network.

    Parameters
    ----------
    architecture : Architecture
        The network.
    split : Split
        Labelled images.
    preprocessing : Preprocessing
        Preprocessing of the images.
    augmentation : Augmentation or None
        Random changes of the training images.
    batch_size : int
        Images per batch.

    Raises
    ------
    DataError
        Naming the shapes on both sides, or the label and the number of outputs.
    TrainingError
        If there is not one whole batch.
    """
    output = architecture.output_shape
    if len(output) != 1:
        raise ValidationError(
            f"layer {architecture.layers[-1].name!r} gives an output of shape {output}; expected "
            "one score per class, (classes,), or one number per value: end with Flatten, and Dense"
        )
    if split.has_values:
        split.check(n_outputs=output[0])
    else:
        split.check(n_classes=max(2, output[0]))  # one output tells two classes apart
    shapes = {"": preprocessing.input_shape(split.image_shape)}
    if augmentation is not None:
        changed = augmentation.output_shape(split.image_shape)
        if augmentation.crop is not None:
            shapes[" and augmentation"] = changed
    for after, shape in shapes.items():
        if shape != architecture.input_shape:
            first = architecture.layers[0].name
            raise DataError(
                f"{split.source}: images have shape {shape} after preprocessing{after}; layer "
                f"{first!r} of {architecture.name!r} expects {architecture.input_shape} (row, "
                "column, channel). Crop the images with Preprocessing(crop=...) or change the "
                "architecture's input_shape"
            )
    if batch_size > len(split):
        raise TrainingError(
            f"batch_size is {batch_size}, but {split.source} has {counted(len(split), 'image')}; "
            f"use {len(split)} or less"
        )


@checked(TrainingError, weights=by_name(instance(Mapping)))
def check_weights(
    weights: Mapping[str, Mapping[str, np.ndarray]], architecture: Architecture
) -> dict[str, dict[str, np.ndarray]]:
    """Float32 copies of given weights in the architecture's order.

    Parameters
    ----------
    weights : dict of str to dict of str to array
        Arrays by layer and name.
    architecture : Architecture
        The network.

    Raises
    ------
    TrainingError
        If an array is missing, of another shape, or not finite.
    """
    copies: dict[str, dict[str, np.ndarray]] = {}
    for layer, shape in zip(architecture.layers, architecture.layer_inputs(), strict=True):
        for name, expected in layer.arrays(shape).items():
            given = weights.get(layer.name, {}).get(name)
            if given is None and name == "deviations":  # of floats: all devices of a weight alike
                given = np.zeros(expected)
            what = f"initial_weights: {name} of layer {layer.name!r}"
            array = None
            if given is not None:
                array = checked_array(given, what, finite=False, error=TrainingError)
                array = np.array(array, np.float32)
            if array is None or array.shape != expected or not np.isfinite(array).all():
                found = "missing" if array is None else f"of shape {array.shape} or not finite"
                raise TrainingError(
                    f"initial_weights: {name} of layer {layer.name!r} is {found}; expected finite "
                    f"numbers of shape {expected}"
                )
            copies.setdefault(layer.name, {})[name] = array
    return copies


def data_arrays(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """What tells data apart: images and labels, or the files' names and sizes and labels."""
    images: Any = split.images
    return (images.identity if split.is_lazy else images), split.answers
