"""Keras models (keras 3 or tf_keras, whichever the object is of) as our architecture and weights.

Neither framework is imported here: the model brings its own.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import numpy as np

from ...datasets.base import Dataset, Split
from ...inputs.preprocessing import Preprocessing
from ...layers.architecture import Architecture
from ...models import TrainedModel
from ...support.checks import checked, checked_names, instance, optional, text, word
from ..chain.assemble import Imported, assemble
from ..chain.graph import Graph
from ..chain.trained import as_trained, finite, looked_at, pixels_taken
from ..maxima.cost import Original, with_cost
from ..naming import called
from .file import load_keras
from .layers import AVERAGED, ends_in_sigmoid
from .nodes import KerasNodes
from .original import in_keras
from .soft_lif import with_soft_lif
from .structure.graph import KerasGraph
from .structure.nested import flattened
from .structure.reading import chosen_output, keras_graph
from .weights import with_rounded

__all__ = ["architecture_from_keras", "from_keras", "read_keras", "weights_from_keras"]


@checked(
    preprocessing=optional(instance(Preprocessing)),
    classes=checked_names,
    max_pooling=word("keep", "average", "refuse"),
    output=optional(text),
)
def from_keras(
    model: Any,
    *,
    preprocessing: Preprocessing | None = None,
    classes: tuple[str, ...] = (),
    max_pooling: str = "keep",
    images: Split | Dataset | np.ndarray | None = None,
    output: str | None = None,
) -> TrainedModel:
    """A trained Keras model as a network of rectified linear neurons, weights included.

    One trained with `nengo_lifdeep.keras3.SoftLIF` instead of ReLU keeps those neurons; layers in
    `nengo_lifdeep.keras3.QuantizedWeights` have weights `nengo_lifdeep.weights.Rounded`.

    It can be evaluated in rates, converted without training, or trained on as SoftLIF through
    ``train(net.architecture, ..., initial_weights=net.weights)``. Converted neurons integrate and
    fire at their activation in Hz, which is slow: ``convert(net, scale_firing_rates=200)``.

    Parameters
    ----------
    model : keras.Model, tf_keras.Model or path-like
        As for `architecture_from_keras`; or a ``.keras`` or ``.h5`` file, which is checked
        before it is loaded: one that would run code of its own is refused.
    preprocessing : Preprocessing, optional
        From images in [0, 1] to what the model takes, e.g. ``Preprocessing(scale=255.0)`` for a
        model of pixels from 0 to 255. Without it the model's own first operation says so; one
        that begins with none is taken for a model of pixels in [0, 1].
    classes : tuple of str
        Names of the classes; numbers by default.
    max_pooling : {"keep", "average", "refuse"}
        Max pooling has no spiking form. Kept, the network is the model's own: it is evaluated in
        rates and trains, and `convert` refuses it by the names of these layers. "average" replaces
        it by average pooling; the weights were trained for another network then: expect to train
        on (`finetune`). With ``images``, a warning says what it costs on up to 500 of them;
        `pooling_cost` measures it. "refuse" refuses it at once.
    images : Split, Dataset or (n, row, column, channel) array, optional
        Some hundred training images, best with labels. The network remembers their range, which
        later images are compared with; and a model without a first operation of its own is tried
        on them: a warning says if it seems to take pixels from 0 to 255.
    output : str, optional
        Name of the output, of a model that has several: of its layer, or its key.

    Raises
    ------
    UnsupportedLayerError, ValidationError, DataError
        As `architecture_from_keras` and `weights_from_keras`; or the images do not fit.
    ModelFileError
        If a file is damaged, or holds what is not plain layers.

    Examples
    --------
    >>> import keras  # doctest: +SKIP
    >>> model = keras.models.load_model("mine.keras")  # doctest: +SKIP
    >>> spiking = convert(from_keras(model), scale_firing_rates=200)  # doctest: +SKIP
    """
    network, original = read_keras(model, preprocessing, classes, max_pooling, output)
    return looked_at(with_cost(network, original, images), images)


def read_keras(
    model: Any,
    preprocessing: Preprocessing | None,
    classes: tuple[str, ...],
    max_pooling: str,
    output: str | None,
) -> tuple[TrainedModel, Original | None]:
    """A Keras model as a network; and as it was trained, if max pooling was replaced.

    Parameters
    ----------
    model, preprocessing, classes, max_pooling, output
        As for `from_keras`.
    """
    loaded = load_keras(model) if isinstance(model, str | os.PathLike) else model
    found = _graph(loaded, output)
    if preprocessing is None and _takes_bytes(loaded):
        preprocessing = Preprocessing(scale=255.0)
    imported = finite(_import(loaded, found, max_pooling))
    imported, neuron = with_soft_lif(imported, found)
    network = as_trained(imported, preprocessing, classes, f"Keras model {loaded.name!r}", neuron)
    few = with_rounded(network.architecture, network.weights, imported.origins, found)
    if isinstance(model, str | os.PathLike):
        few = dataclasses.replace(few, name=called(few.name, os.path.basename(model)))
    network = dataclasses.replace(network, architecture=few)
    pools = tuple(layer.name for layer in found.layers if layer.kind in AVERAGED)
    if not pools or max_pooling != "average":
        return network, None
    before = pixels_taken(imported, preprocessing)
    return network, Original(pools, in_keras(loaded, before, output))


def architecture_from_keras(model: Any) -> Architecture:
    """The architecture of a Keras model.

    Convolutions of images and series (grouped, depthwise, separable as one kernel, transposed,
    dilated), Dense of flat values or of every pixel, pooling, padding, cropping and upsampling,
    Flatten and Reshape, Dropout, BatchNormalization and (tf_keras) LocallyConnected2D are taken
    over; every ReLU, be it an ``activation=`` or a layer, becomes `Neurons`, one with a slope or a
    ceiling several of them; Rescaling, Normalization and arithmetic of the image go into the
    preprocessing and the first weights, Add of a layer with weights and earlier neurons (or a 1 x 1
    convolution of them) into a `Shortcut`, Concatenate of parallel branches into layers side by
    side; models in models and layers that are used several times are written out; a final softmax
    is dropped; one sigmoid output becomes two scores, 0 and its logit.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        Sequential, Functional from one input to one output, or subclassed and called before.

    Returns
    -------
    Architecture
        Named as the model; its layers are named by position (``conv1``, ``neurons1``, ...).

    Raises
    ------
    UnsupportedLayerError
        If a layer, an option of one, or the way they are connected has no counterpart. The
        message gives the layer's name and position and what to use instead.
    ValidationError
        If ``model`` is no Keras model or its input shape is not fixed.

    Examples
    --------
    >>> import keras  # doctest: +SKIP
    >>> model = keras.Sequential([
    ...     keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, activation="relu"),
    ...     keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax"),
    ... ])  # doctest: +SKIP
    >>> [layer.name for layer in architecture_from_keras(model).layers]  # doctest: +SKIP
    ['conv1', 'neurons1', 'flatten1', 'dense1']
    """
    found = _graph(model)
    imported = _import(model, found)
    layers = imported.architecture.with_neurons(lambda neuron: None)
    return with_rounded(layers, imported.weights, imported.origins, found)


def weights_from_keras(model: Any) -> dict[str, dict[str, np.ndarray]]:
    """The weights of a Keras model, by the layer names of `architecture_from_keras`.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        As for `architecture_from_keras`.

    Returns
    -------
    dict of dict of float32 arrays
        Conv2D ``kernel`` (row, column, input channel, filter) and ``bias`` (filter,);
        LocallyConnected2D ``kernel`` (output row, output column, row x column x input channel,
        filter) and ``bias`` (output row, output column, filter); Dense ``kernel`` (input, unit)
        and ``bias`` (unit,); BatchNormalization ``gamma``, ``beta``, ``moving_mean``,
        ``moving_variance`` (channel,). A layer without a bias has no ``bias``.

    Raises
    ------
    UnsupportedLayerError, ValidationError
        As `architecture_from_keras`.
    DataError
        If a weight is NaN or infinite.
    """
    return finite(_import(model, _graph(model))).weights


def _takes_bytes(model: Any) -> bool:
    """Whether the input is of bytes, as pictures are: 0 to 255."""
    inputs = getattr(model, "inputs", None) or []
    dtype = getattr(inputs[0], "dtype", "") if len(inputs) == 1 else ""
    return str(getattr(dtype, "name", dtype)) == "uint8"


def _graph(model: Any, output: str | None = None) -> KerasGraph:
    whole = flattened(keras_graph(model, output), keras_graph)
    return chosen_output(whole, output, model.name)


def _import(model: Any, found: KerasGraph, max_pooling: str = "keep") -> Imported:
    nodes = KerasNodes(found, max_pooling)
    for keras in found.layers:
        nodes.add(keras)
    last = next((la for la in found.layers if la.name == nodes.computed_last), None)
    graph = Graph(
        model.name, found.input_name, nodes.input_shape, nodes.made, found.output_name,
        last is not None and ends_in_sigmoid(last),
    )  # fmt: skip
    return assemble(graph)
