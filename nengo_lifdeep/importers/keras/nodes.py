"""The layers of a Keras model as nodes of a graph, with the shape after each."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...layers.types import Conv2D, Cropping2D, Neurons, Shape
from ...stages.types import Upsample
from ..chain.activation import Activation
from ..chain.graph import Entry, Node
from ..folding.layers import Affine, AxisMaps
from ..folding.padding import padded_convolution
from .graph import KerasGraph, KerasLayer
from .image import NORMALISATIONS, image_affine, operator_affine, reshaped
from .layers import ADVICE, MAXIMA, MERGE, translate
from .soft_lif import SOFT_LIF
from .weights import read_weights

__all__ = ["KerasNodes"]

#: layers and operations with a constant: ``x / 255.0``
_OPERATORS = ("Add", "Subtract", "Multiply", "TrueDivide", "Divide", "Negative")


class KerasNodes:
    """Keras layers as nodes.

    Parameters
    ----------
    graph : KerasGraph
        The model.
    max_pooling : str
        As for `from_keras`.
    """

    def __init__(self, graph: KerasGraph, max_pooling: str) -> None:
        self.graph, self.max_pooling = graph, max_pooling
        shape = graph.input_shape
        self.input_shape: Shape = (*shape, 1) if len(shape) == 2 else shape  # grey
        self.shapes: dict[str, Shape] = {graph.input_name: self.input_shape}
        self.made: dict[str, Node] = {}
        self.pads: dict[str, tuple[KerasLayer, Any]] = {}  # ZeroPadding2D, by name

    def add(self, keras: KerasLayer) -> None:
        """Translate a layer; those before it are there.

        Parameters
        ----------
        keras : KerasLayer
            The layer.
        """
        shape = self.shapes[keras.inputs[0]]
        where = f"Keras {keras}"
        if keras.kind in ("Add", "add") and len(keras.inputs) > 1:
            self._keep(Node(keras.name, keras.inputs, where, is_sum=True), shape)
            return
        if keras.kind in ("Concatenate", "concatenate"):
            self._concatenate(keras, where)
            return
        if len(keras.inputs) > 1:
            raise keras.refuse(f"merges {', '.join(keras.inputs)}; {MERGE}")
        if keras.kind == "ZeroPadding2D":
            self._pad(keras, shape, where)
            return
        if keras.kind in ("Cropping2D", "UpSampling2D"):
            self._resized(keras, shape, where)
            return
        if keras.kind == SOFT_LIF:
            own = Neurons(keras.layer.neuron)
            self._keep(Node(keras.name, keras.inputs, where, ((own, {}),)), shape)
            return
        if keras.kind in NORMALISATIONS or (keras.kind in _OPERATORS and keras.layer is None):
            operator = keras.kind in _OPERATORS
            scale, shift = (operator_affine if operator else image_affine)(keras, shape)
            channels = shape[-1:]
            arrays = {
                name: np.broadcast_to(a, channels).copy() if a.ndim < 2 else a
                for name, a in (("scale", scale), ("shift", shift))
            }
            self._keep(Node(keras.name, keras.inputs, where, ((Affine(), arrays),)), shape)
            return
        if keras.kind == "Reshape" and self._is_image(keras, shape, where):
            return
        kind = keras.kind
        if kind in MAXIMA and self.max_pooling == "refuse":
            raise keras.refuse(f"cannot be imported; {ADVICE[kind]}")
        if kind in MAXIMA and self.max_pooling == "average":
            keras = dataclasses.replace(keras, kind=kind.replace("Max", "Average"))
        entries, inputs, activation = self._entries(keras, shape)
        if inputs != keras.inputs:
            shape = self.shapes[inputs[0]]
        for layer, _ in entries:
            try:
                shape = layer.output_shape(shape)
            except ValidationError as error:
                raise keras.refuse(str(error)) from error
        self._keep(Node(keras.name, inputs, where, tuple(entries), activation=activation), shape)

    def _pad(self, keras: KerasLayer, shape: Shape, where: str) -> None:
        """Zeros around an image: in the kernel of a convolution after it, or a map."""
        (top, bottom), (left, right) = keras.config["padding"]
        self.pads[keras.name] = keras, keras.config["padding"]
        after = (shape[0] + top + bottom, shape[1] + left + right)
        rows, cols = (
            np.eye(n, size, -before)
            for n, size, before in zip(after, shape, (top, left), strict=False)
        )
        layer = AxisMaps(what=f"padding {keras.config['padding']}", after=after)
        entry: Entry = (layer, {"rows": rows, "cols": cols})
        self._keep(Node(keras.name, keras.inputs, where, (entry,)), (*after, shape[2]))

    def _resized(self, keras: KerasLayer, shape: Shape, where: str) -> None:
        """An image without its border, or with more pixels: a map of rows and columns."""
        config = keras.config
        if config.get("data_format") == "channels_first":
            raise keras.refuse("data_format is 'channels_first'; images are (row, column, channel)")
        try:
            if keras.kind == "Cropping2D":
                what = f"cropping {config['cropping']}"
                Cropping2D(config["cropping"]).output_shape(shape)
                pairs = zip(shape, config["cropping"], strict=False)
                rows, cols = (np.eye(n - a - b, n, a) for n, (a, b) in pairs)
            else:
                size, how = tuple(config["size"]), config.get("interpolation", "nearest")
                what = f"upsampling {size} {how}"
                stage = Upsample(shape, (int(size[0]), int(size[1])), how)
                rows, cols = stage.along(0).T.astype(float), stage.along(1).T.astype(float)
        except ValidationError as error:
            raise keras.refuse(str(error)) from error
        layer = AxisMaps(what=what, after=(len(rows), len(cols)))
        entry: Entry = (layer, {"rows": rows, "cols": cols})
        after = (len(rows), len(cols), shape[2])
        self._keep(Node(keras.name, keras.inputs, where, (entry,)), after)

    def _is_image(self, keras: KerasLayer, shape: Shape, where: str) -> bool:
        """Whether a Reshape gives the image that there is, or makes one of a flat input."""
        if len(keras.config["target_shape"]) not in (2, 3):
            return False
        made = reshaped(keras, shape)
        made = (*made, 1) if len(made) == 2 else made
        if made != shape:
            if not self._at_input(keras):
                return False
            self.input_shape = made
        self._keep(Node(keras.name, keras.inputs, where), made)
        return True

    def _concatenate(self, keras: KerasLayer, where: str) -> None:
        shapes = [self.shapes[name] for name in keras.inputs]
        axis = keras.config.get("axis", -1)
        if axis not in (-1, len(shapes[0])):
            raise keras.refuse(f"axis is {axis}; expected the last one, the channels (axis=-1)")
        shape = (*shapes[0][:-1], sum(each[-1] for each in shapes))
        self._keep(Node(keras.name, keras.inputs, where, is_concat=True), shape)

    def _entries(
        self, keras: KerasLayer, shape: Shape
    ) -> tuple[list[Entry], tuple[str, ...], Activation]:
        try:
            layers, activation = translate(keras, shape, last=keras.name == self.graph.output_name)
        except ValidationError as error:
            raise keras.refuse(str(error)) from error
        pad = self.pads.get(keras.inputs[0])
        inputs = keras.inputs
        entries = []
        for layer in layers:
            arrays = read_weights(keras, layer, shape)
            if pad is not None and isinstance(layer, Conv2D) and layer.padding == "valid":
                before = pad[0].inputs
                made = padded_convolution(layer, arrays, self.shapes[before[0]], pad[1])
                if made is not None:
                    (layer, arrays), inputs = made, before
            entries.append((layer, arrays))
        return entries, inputs, activation

    def _at_input(self, keras: KerasLayer) -> bool:
        """Whether the input is flat still, and nothing but identities came before."""
        name = keras.inputs[0]
        while name != self.graph.input_name:
            node = self.made[name]
            if node.layers or len(node.inputs) > 1:
                return False
            name = node.inputs[0]
        return len(keras.config["target_shape"]) == 3

    def _keep(self, node: Node, shape: Shape) -> None:
        assert math.prod(shape) > 0
        self.made[node.name] = node
        self.shapes[node.name] = shape
