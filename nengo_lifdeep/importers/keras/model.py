"""Keras models (keras 3 or tf_keras, whichever the object is of) as our architecture and weights.

Neither framework is imported here: the model brings its own.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import numpy as np

from ...datasets.base import Dataset, Split
from ...errors import ValidationError
from ...inputs.preprocessing import Preprocessing
from ...layers.architecture import Architecture
from ...layers.types import Conv2D, Neurons, Shape
from ...models import TrainedModel
from ...support.checks import checked, checked_names, instance, optional, word
from ..chain.assemble import Imported, assemble
from ..chain.graph import Entry, Graph, Node
from ..chain.padding import padded_convolution
from ..chain.trained import as_trained, finite, looked_at
from .file import load_keras
from .graph import KerasGraph, KerasLayer, keras_graph
from .image import NORMALISATIONS, image_affine, reshaped
from .layers import MERGE, ends_in_sigmoid, translate
from .soft_lif import SOFT_LIF, with_soft_lif
from .weights import read_weights

__all__ = ["architecture_from_keras", "from_keras", "weights_from_keras"]


@checked(
    preprocessing=optional(instance(Preprocessing)),
    classes=checked_names,
    max_pooling=word("refuse", "average"),
)
def from_keras(
    model: Any,
    *,
    preprocessing: Preprocessing | None = None,
    classes: tuple[str, ...] = (),
    max_pooling: str = "refuse",
    images: Split | Dataset | np.ndarray | None = None,
) -> TrainedModel:
    """A trained Keras model as a network of rectified linear neurons, weights included.

    One trained with `nengo_lifdeep.keras3.SoftLIF` instead of ReLU keeps those neurons.

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
    max_pooling : {"refuse", "average"}
        "average" replaces max pooling, which has no spiking form, by average pooling. The
        weights were trained for another network then: expect to train on (`train` with
        ``initial_weights``).
    images : Split, Dataset or (n, row, column, channel) array, optional
        Some hundred training images, best with labels. The network remembers their range, which
        later images are compared with; and a model without a first operation of its own is tried
        on them: a warning says if it seems to take pixels from 0 to 255.

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
    loaded = load_keras(model) if isinstance(model, str | os.PathLike) else model
    imported = finite(_import(loaded, max_pooling))
    imported, neuron = with_soft_lif(imported, keras_graph(loaded))
    origin = f"Keras model {loaded.name!r}"
    return looked_at(as_trained(imported, preprocessing, classes, origin, neuron), images)


def architecture_from_keras(model: Any) -> Architecture:
    """The architecture of a Keras model.

    Conv2D, DepthwiseConv2D, SeparableConv2D (as one kernel), Dense, AveragePooling2D,
    GlobalAveragePooling2D, Flatten, Reshape to and from flat, Dropout, BatchNormalization and
    (tf_keras) LocallyConnected2D are taken over; every ReLU, be it an ``activation=`` or a layer,
    becomes `Neurons`, a leaky one pairs of them; ZeroPadding2D goes into the kernel after it,
    Rescaling and Normalization of the image into the preprocessing and the first weights, Add of a
    layer with weights and earlier neurons (or a 1 x 1 convolution of them) into a `Shortcut`,
    Concatenate of parallel branches into layers side by side; a final softmax is dropped; one
    sigmoid output becomes two scores, 0 and its logit.

    Parameters
    ----------
    model : keras.Model or tf_keras.Model
        Sequential, or Functional from one input to one output.

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
    return _import(model).architecture.with_neurons(lambda neuron: None)


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
    return finite(_import(model)).weights


def _import(model: Any, max_pooling: str = "refuse") -> Imported:
    if max_pooling not in ("refuse", "average"):
        raise ValidationError(f"max_pooling is {max_pooling!r}; expected 'refuse' or 'average'")
    found = keras_graph(model)
    nodes = _Nodes(found, max_pooling)
    for keras in found.layers:
        nodes.add(keras)
    last = next((la for la in found.layers if la.name == found.output_name), None)
    graph = Graph(
        model.name, found.input_name, nodes.input_shape, nodes.made, found.output_name,
        last is not None and ends_in_sigmoid(last),
    )  # fmt: skip
    return assemble(graph)


class _Nodes:
    """Keras layers as nodes, with the shape after each."""

    def __init__(self, graph: KerasGraph, max_pooling: str) -> None:
        self.graph, self.max_pooling = graph, max_pooling
        self.input_shape: Shape = graph.input_shape
        self.shapes: dict[str, Shape] = {graph.input_name: graph.input_shape}
        self.made: dict[str, Node] = {}
        self.pads: dict[str, tuple[KerasLayer, Any]] = {}  # ZeroPadding2D, waiting for its layer

    def add(self, keras: KerasLayer) -> None:
        """Translate a layer; those before it are there."""
        shape = self.shapes[keras.inputs[0]]
        where = f"Keras {keras}"
        if keras.kind in ("Add", "add"):
            self._keep(Node(keras.name, keras.inputs, where, is_sum=True), shape)
            return
        if keras.kind in ("Concatenate", "concatenate"):
            self._concatenate(keras, where)
            return
        if len(keras.inputs) > 1:
            raise keras.refuse(f"merges {', '.join(keras.inputs)}; {MERGE}")
        if keras.kind == "ZeroPadding2D":
            self.pads[keras.name] = keras, keras.config["padding"]
            self._keep(Node(keras.name, keras.inputs, where), shape)
            return
        if keras.kind == SOFT_LIF:
            own = Neurons(keras.layer.neuron)
            self._keep(Node(keras.name, keras.inputs, where, ((own, {}),)), shape)
            return
        if keras.kind in NORMALISATIONS:
            affine = image_affine(keras, shape)
            self._keep(Node(keras.name, keras.inputs, where, affine=affine), shape)
            return
        if keras.kind == "Reshape" and self._at_input(keras):
            self.input_shape = reshaped(keras, shape)
            self._keep(Node(keras.name, keras.inputs, where), self.input_shape)
            return
        kind = keras.kind
        if kind == "MaxPooling2D" and self.max_pooling == "average":
            keras = dataclasses.replace(keras, kind="AveragePooling2D")
        entries, leak = self._entries(keras, shape)
        for layer, _ in entries:
            try:
                shape = layer.output_shape(shape)
            except ValidationError as error:
                raise keras.refuse(str(error)) from error
        self._keep(Node(keras.name, keras.inputs, where, tuple(entries), leak=leak), shape)

    def _concatenate(self, keras: KerasLayer, where: str) -> None:
        shapes = [self.shapes[name] for name in keras.inputs]
        axis = keras.config.get("axis", -1)
        if axis not in (-1, len(shapes[0])):
            raise keras.refuse(f"axis is {axis}; expected the last one, the channels (axis=-1)")
        shape = (*shapes[0][:-1], sum(each[-1] for each in shapes))
        self._keep(Node(keras.name, keras.inputs, where, is_concat=True), shape)

    def _entries(self, keras: KerasLayer, shape: Shape) -> tuple[list[Entry], float]:
        try:
            layers, leak = translate(keras, shape, last=keras.name == self.graph.output_name)
        except ValidationError as error:
            raise keras.refuse(str(error)) from error
        pad = self.pads.get(keras.inputs[0])
        entries = []
        for layer in layers:
            arrays = read_weights(keras, layer, shape)
            if pad is not None and isinstance(layer, Conv2D):
                layer, arrays = self._padded(pad, layer, arrays, shape)
            entries.append((layer, arrays))
        return entries, leak

    def _padded(
        self, pad: tuple[KerasLayer, Any], layer: Conv2D, arrays: dict[str, Any], shape: Shape
    ) -> Entry:
        made = None
        if layer.padding == "valid":
            made = padded_convolution(layer, arrays, shape, pad[1])
        if made is None:
            raise pad[0].refuse(
                f"its padding {pad[1]} before {layer.describe()} cannot be merged into its "
                "kernel; use padding='same'"
            )
        return made

    def _at_input(self, keras: KerasLayer) -> bool:
        name = keras.inputs[0]
        while name != self.graph.input_name:
            node = self.made[name]
            if node.layers or len(node.inputs) > 1:
                return False
            name = node.inputs[0]
        return len(keras.config["target_shape"]) == 3

    def _keep(self, node: Node, shape: Shape) -> None:
        takes_padding = bool(node.layers) and isinstance(node.layers[0][0], Conv2D)
        for pad, _ in (self.pads[name] for name in node.inputs if name in self.pads):
            if not takes_padding:
                raise pad.refuse("is not followed by a convolution; merge the padding into one")
        self.made[node.name] = node
        self.shapes[node.name] = shape
