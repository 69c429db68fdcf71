"""The layers of a Keras model as nodes of a graph, with the shape after each."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ...errors import ValidationError
from ...layers.types import Conv2D, Flatten, Neurons, Shape
from ..chain.graph import Entry, Node
from ..folding.channels import picking, unpicked
from ..folding.layers import Affine
from ..folding.padding import padded_convolution
from .activations import ACTIVATIONS, Fired, activation_of_layer
from .forms import POINTWISE, Forms
from .image import NORMALISATIONS, image_affine, operator_affine
from .layers import ADVICE, AVERAGED, TRAINING_ONLY, translate
from .maps import MAPS, axis_map
from .matrices import PRODUCTS, cut, product, stacked
from .merging import CONCATENATIONS, SUMS, concatenated, summed
from .soft_lif import SOFT_LIF
from .spread import Spread
from .structure.graph import KerasGraph, KerasLayer
from .structure.operations import OPERATORS, as_layer
from .weights import read_weights

__all__ = ["KerasNodes"]


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
        self.spread = Spread(graph)
        self.forms = Forms(graph, as_images=bool(self.spread))
        self.made: dict[str, Node] = {}
        self.picked: dict[str, tuple[str, np.ndarray]] = {}  # channels of an image, in order
        self.pads: dict[str, tuple[KerasLayer, Any]] = {}  # zeros around, by the layer's name

    @property
    def computed_last(self) -> str:
        """The layer that gives the output, up to its shape: what comes after it moves no value."""
        layers = {layer.name: layer for layer in self.graph.layers}
        name = self.graph.output_name
        while name in layers and layers[name].kind in (*TRAINING_ONLY, "Dropout", *_RESHAPING):
            name = layers[name].inputs[0]
        return name

    @property
    def input_shape(self) -> Shape:
        """Shape of one input."""
        return self.forms.shapes[self.graph.input_name]

    def add(self, keras: KerasLayer) -> None:
        """Translate a layer; those before it are there.

        Parameters
        ----------
        keras : KerasLayer
            The layer.
        """
        if keras.layer is None:
            keras = as_layer(keras, self.forms.raw(keras.inputs[0]))
        if keras.config.get("data_format") == "channels_first":
            raise keras.refuse(
                "data_format is 'channels_first'; images here are (row, column, channel): train "
                "with data_format='channels_last'"
            )
        if len(keras.inputs) > 1 or keras.kind in CONCATENATIONS:
            merge = concatenated if keras.kind in CONCATENATIONS else summed
            if keras.kind not in (*CONCATENATIONS, *SUMS):
                raise keras.refuse(f"merges {', '.join(keras.inputs)}; {_MERGE}")
            for node in merge(self.as_values(keras), self.forms):
                self.made[node.name] = node
            if keras.kind == "Stack" and (found := stacked(keras, self.picked)) is not None:
                self.picked[keras.name] = source, taken = found
                entries = (picking(taken, self.forms.shapes[source][-1]),)
                self.made[keras.name] = Node(keras.name, (source,), f"Keras {keras}", entries)
        elif keras.kind in ("Flatten", "Reshape"):
            self.forms.reshape(keras)
            self._same(keras)
        elif keras.name in self.spread:
            self._keep(keras, self.spread.entries(keras, self.forms), self.spread.shape(keras))
            self._fire(keras)
        elif keras.name in self.spread.merged:
            self._same(keras)
        else:
            self._plain(keras)

    def _plain(self, keras: KerasLayer) -> None:
        """A layer of one input that is no change of shape alone."""
        if keras.kind not in POINTWISE:
            keras = self.as_values(keras)
        source = keras.inputs[0]
        shape = self.forms.shapes[source]
        if keras.kind == SOFT_LIF:
            self._keep(keras, [(Neurons(keras.layer.neuron), {})])
        elif keras.kind in NORMALISATIONS or (keras.kind in OPERATORS and keras.layer is None):
            entry = self._affine(keras)
            if not self._affine_before(keras, entry):
                self._keep(keras, [entry])
        elif keras.kind in MAPS:
            entry, pads = axis_map(keras, shape)
            if any(map(any, pads)):
                self.pads[keras.name] = keras, pads
            self._keep(keras, [entry])
        elif keras.kind in ACTIVATIONS:
            self._keep(keras, [])
            self.fire(keras, activation_of_layer(keras))
        elif keras.kind in PRODUCTS:
            self._keep(keras, [product(keras, self.forms.raw(source), shape)])
        elif keras.kind == "GetItem":
            self._cut(keras, shape)
        else:
            self._translated(keras, shape)

    def _cut(self, keras: KerasLayer, shape: Shape) -> None:
        """A part of the rows, columns and channels."""
        self._keep(keras, cut(keras, self.forms.raw(keras.inputs[0]), shape))
        if all(part == slice(None) for part in keras.config["slices"][:-1]) and len(shape) == 3:
            taken = np.arange(shape[-1])[keras.config["slices"][-1]]
            self.picked[keras.name] = keras.inputs[0], np.atleast_1d(taken)
        after = self.forms.shapes[keras.name]
        *places, channels = (isinstance(part, int) for part in keras.config["slices"])
        if channels:
            self.forms.keep(keras.name, after, "grey")
        elif all(places):
            self.forms.keep(keras.name, after, "flat")

    def _affine_before(self, keras: KerasLayer, entry: Entry) -> bool:
        """Arithmetic with constants after channels were put in another order, done before it.

        So a mean that is taken away from the image says which pixels the model takes.
        """
        before = keras.inputs[0]
        source, taken = self.picked.get(before, ("", np.zeros(0, int)))
        if not source or len(set(taken)) < len(taken):
            return False
        channels = self.forms.shapes[source][-1]
        entries = [(entry[0], unpicked(entry[1], taken, channels)), picking(taken, channels)]
        self._keep(dataclasses.replace(keras, inputs=(source,)), entries)
        self.forms.keep(keras.name, self.forms.shapes[keras.name], self.forms.kinds[before])
        return True

    def as_values(self, keras: KerasLayer) -> KerasLayer:
        """The layer on values that are flat here where they are in Keras.

        Parameters
        ----------
        keras : KerasLayer
            A layer.
        """
        inputs = tuple(map(self._flat, keras.inputs))
        return dataclasses.replace(keras, inputs=inputs)

    def _flat(self, name: str) -> str:
        forms = self.forms
        if forms.kinds[name] != "flat" or len(forms.shapes[name]) == 1:
            return name
        flat = f"{name}, flat"
        if flat not in self.made:
            where = self.made[name].where if name in self.made else "the input"
            self.made[flat] = Node(flat, (name,), where, ((Flatten(), {}),))
            forms.keep(flat, (math.prod(forms.shapes[name]),), "flat")
        return flat

    def _affine(self, keras: KerasLayer) -> Entry:
        """A scale and a shift, of the channels or of every value."""
        source = keras.inputs[0]
        raw, shape = self.forms.raw(source), self.forms.shapes[source]
        made = (operator_affine if keras.kind in OPERATORS else image_affine)(keras, raw)
        arrays = {}
        for name, array in zip(("scale", "shift"), made, strict=True):
            whole = np.broadcast_to(array, raw).reshape(shape)
            flat = whole.reshape(-1, shape[-1])
            arrays[name] = (flat[0] if np.all(flat == flat[0]) else whole).copy()
        return Affine(), arrays

    def _translated(self, keras: KerasLayer, shape: Shape) -> None:
        is_last = keras.name == self.computed_last
        if keras.kind in AVERAGED and self.max_pooling == "refuse":
            raise keras.refuse(f"cannot be imported; {ADVICE[keras.kind]}")
        if keras.kind in AVERAGED and self.max_pooling == "average":
            keras = dataclasses.replace(keras, kind=AVERAGED[keras.kind])
        try:
            layers, fired = translate(keras, shape, self.forms.raw(keras.inputs[0]), last=is_last)
        except ValidationError as error:
            raise keras.refuse(str(error)) from error
        pad = self.pads.get(keras.inputs[0])
        entries = []
        for layer in layers:
            arrays = read_weights(keras, layer, shape)
            if pad is not None and isinstance(layer, Conv2D) and layer.padding == "valid":
                before = pad[0].inputs
                made = padded_convolution(layer, arrays, self.forms.shapes[before[0]], pad[1])
                if made is not None:
                    layer, arrays = made
                    keras = dataclasses.replace(keras, inputs=before)
            entries.append((layer, arrays))
        self._keep(keras, entries)
        if fired is not None:
            self.fire(keras, fired)

    def _fire(self, keras: KerasLayer) -> None:
        """The neurons of a layer's own activation."""
        fired = translate(
            dataclasses.replace(keras, kind="Activation"), (), (),
            last=keras.name == self.computed_last,
        )[1]  # fmt: skip
        if fired is not None:
            self.fire(keras, fired)

    def fire(self, keras: KerasLayer, fired: Fired) -> None:
        """Neurons after what a layer has given so far.

        Parameters
        ----------
        keras : KerasLayer
            The layer, whose node is there.
        fired : Fired
            Its activation.
        """
        node = self.made[keras.name]
        entries = list(node.layers)
        one = np.ones(1)
        if fired.scale != 1 or fired.shift:
            entries.append((Affine(), {"scale": one * fired.scale, "shift": one * fired.shift}))
        entries.append((Neurons(), {}))
        made = dataclasses.replace(node, layers=tuple(entries), activation=fired.activation)
        if not fired.after and fired.factor == 1:
            self.made[keras.name] = made
            return
        inner = f"{keras.name}, neurons"
        del self.made[keras.name]
        self.made[inner] = dataclasses.replace(made, name=inner)
        self.forms.keep(inner, self.forms.shapes[keras.name], self.forms.kinds[keras.name])
        after: Entry = (Affine(), {"scale": one * fired.factor, "shift": one * fired.after})
        self.made[keras.name] = Node(keras.name, (inner,), node.where, (after,))

    def _same(self, keras: KerasLayer) -> None:
        """A layer that leaves the values as they are."""
        if keras.name not in self.forms.shapes:
            source = keras.inputs[0]
            self.forms.keep(keras.name, self.forms.shapes[source], self.forms.kinds[source])
        self.made[keras.name] = Node(keras.name, keras.inputs, f"Keras {keras}")

    def _keep(self, keras: KerasLayer, entries: list[Entry], after: Shape | None = None) -> None:
        """A node of one input, and the shape after it."""
        shape = self.forms.shapes[keras.inputs[0]]
        kind = self.forms.kinds[keras.inputs[0]]
        for layer, _ in entries:
            try:
                shape = layer.output_shape(shape)
            except ValidationError as error:
                raise keras.refuse(str(error)) from error
        assert math.prod(shape) > 0 and (after is None or shape == after)
        self.made[keras.name] = Node(keras.name, keras.inputs, f"Keras {keras}", tuple(entries))
        self.forms.keep(keras.name, shape, "flat" if len(shape) == 1 else kind)


_RESHAPING = ("Flatten", "Reshape", "ExpandDims", "Squeeze")

#: of layers with several inputs that are no residual sum
_MERGE = (
    "of layers with several inputs only sums, differences, averages and Concatenate are linear; "
    "use one of those"
)
