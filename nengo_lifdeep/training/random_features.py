"""Networks with random hidden weights and a least-squares read-out: trained in milliseconds.

For documentation, tests, and as a baseline that no gradient has touched.
"""

from __future__ import annotations

from typing import Any

import nengo
import numpy as np

from ..conversion.folding import fold
from ..conversion.rates import forward
from ..datasets.base import Split, labelled
from ..datasets.synthetic import bars
from ..errors import ValidationError
from ..inputs.preprocessing import Preprocessing
from ..layers.architecture import Architecture
from ..layers.named import architecture
from ..layers.types import AveragePooling2D, Conv2D, Dense, Dropout, Flatten
from ..models import TrainedModel
from ..neurons import SoftLIF
from ..records.input_range import InputRange, warn_if_dark
from .initial import initial_weights

__all__ = ["random_features", "trained_example", "untrained"]


def random_features(
    architecture: Architecture,
    data: Any,
    *,
    neuron: nengo.neurons.NeuronType | None = None,
    gain: float = 1.0,
    ridge: float = 0.1,
    seed: int = 0,
    preprocessing: Preprocessing | None = None,
    classes: tuple[str, ...] = (),
) -> TrainedModel:
    """A network whose read-out alone is fitted: ridge regression onto labels or targets.

    Parameters
    ----------
    architecture : Architecture
        Must end in neurons, Flatten where they are an image, and a Dense layer with a bias.
    data : Dataset, Split, Series or (images, labels)
        Images with labels or targets, of a data set those for training; every frame of films.
    neuron : nengo.neurons.NeuronType, optional
        Rate neuron of the hidden layers; ``SoftLIF()`` with amplitude 0.05 by default.
    gain : float
        Factor on the random kernels.
    ridge : float
        Regularisation, relative to the features' mean square.
    seed : int
        For the kernels.
    preprocessing : Preprocessing, optional
        From images in [0, 1] to network input.
    classes : tuple of str
        Names of the classes; by default those of the data set.

    Returns
    -------
    TrainedModel

    Raises
    ------
    ValidationError
        If the architecture ends in other layers.
    DataError
        If the data are no images with labels or targets, or the network has not as many outputs.
    """
    _require_read_out(architecture)
    data, _, named = labelled(data, "train")
    n_outputs = architecture.output_shape[0]
    if data.has_values:
        data.check(n_outputs=n_outputs)
    else:
        data.check(n_classes=n_outputs)
    classes = classes or named
    preprocessing = preprocessing or Preprocessing()
    warn_if_dark(data, float(np.max(preprocessing.factor)))
    data = data.frames
    neuron = neuron or SoftLIF(amplitude=0.05)
    weights = initial_weights(architecture, neuron, gain, seed)
    start = TrainedModel(architecture, weights, neuron, preprocessing, classes)
    folded = fold(start)
    activity = forward(folded, preprocessing(data.unit_images()))
    last = folded.populations[-1].name
    amplitude = getattr(start.neurons[last], "amplitude", 1.0)
    hidden = amplitude * activity[last].reshape(len(data), -1)
    features = np.column_stack([hidden, np.ones(len(data))]).astype(np.float64)
    targets = data.flat_targets if data.has_values else np.eye(n_outputs)[data.labels]
    gram = features.T @ features
    gram += ridge * np.trace(gram) / len(gram) * np.eye(len(gram))
    solution = np.linalg.solve(gram, features.T @ targets).astype(np.float32)
    readout = {"kernel": solution[:-1], "bias": solution[-1]}
    weights[architecture.layers[-1].name] = readout
    return TrainedModel(
        architecture,
        weights,
        neuron,
        preprocessing,
        classes,
        provenance={"training": "random features", "seed": seed, "data": data.source}
        | ({"task": "regression"} if data.has_values else {})
        | ({"inputs": InputRange.of(data).to_dict()} if data.has_values or data.any_range else {}),
    )


def _require_read_out(network: Architecture) -> None:
    """Refuse what stands between the last neurons and the read-out, which would not be fitted."""
    *before, last = network.layers
    while before and isinstance(before[-1], Flatten | Dropout):
        before.pop()
    if not (isinstance(last, Dense) and last.use_bias and before and before[-1].fires):
        ends = ", ".join(layer.describe() for layer in network.layers[-3:])
        raise ValidationError(
            f"network {network.name!r} ends in {ends}; expected neurons, Flatten where they are an "
            "image, and a Dense layer with a bias, whose weights are fitted to what neurons fire"
        )


def untrained(
    network: Architecture | str,
    *,
    neuron: nengo.neurons.NeuronType | None = None,
    gain: float = 1.0,
    seed: int = 0,
) -> TrainedModel:
    """A network as training would begin with it: enough to see whether it fits onto a chip.

    Parameters
    ----------
    network : Architecture or str
        The layers, or a name for `networks.architecture`.
    neuron : nengo.neurons.NeuronType, optional
        Rate neuron; ``SoftLIF()`` with amplitude 0.05 by default.
    gain : float
        Factor on the random kernels.
    seed : int
        For the kernels.

    Examples
    --------
    >>> untrained("digits-compact").weights["conv1"]["kernel"].shape
    (3, 3, 1, 16)
    """
    built = network if isinstance(network, Architecture) else architecture(network)
    neuron = neuron or SoftLIF(amplitude=0.05)
    return TrainedModel(built, initial_weights(built, neuron, gain, seed), neuron)


def trained_example(seed: int = 0) -> tuple[TrainedModel, Split]:
    """A small convolutional network that tells four kinds of bars apart, and images to test it.

    Parameters
    ----------
    seed : int
        Seed of all random numbers.

    Returns
    -------
    trained : TrainedModel
        One convolution, average pooling, one hidden dense layer, a read-out; 8 x 8 images.
    test : Split
        100 labelled images that it has not seen.

    Examples
    --------
    >>> trained, test = trained_example()
    >>> trained.classes
    ('horizontal', 'vertical', 'falling', 'rising')
    """
    task = bars(flip=0.02).dataset(n_train=1500, n_test=100, seed=seed)
    layers = [Conv2D(16, 3), AveragePooling2D(2), Flatten(), Dense(200), Dense(4)]
    network = Architecture(task.image_shape, tuple(layers), "bars-example")
    trained = random_features(network, task.train, gain=2.0, classes=task.classes, seed=seed)
    return trained, task.test
