"""Dense layers whose units a Reshape makes an image of, as in decoders.

``Dense(49 * 8)``, an activation, ``Reshape((7, 7, 8))``: the one pixel of features is repeated to
7 x 7, and every pixel has weights (and biases) of its own, `LocallyConnected2D`. Dense layers
before it are convolutions over the whole image, of one pixel after them.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from ...layers.types import BatchNormalization, Dense, LocallyConnected2D, Shape, UpSampling2D
from ..chain.graph import Entry
from ..folding.layers import Windows
from .activations import ACTIVATIONS, activation_name
from .forms import Forms
from .layers import TRAINING_ONLY
from .structure.graph import KerasGraph, KerasLayer
from .weights import read_weights

__all__ = ["Spread"]

#: layers that do to every value the same
_PASSING = (*TRAINING_ONLY, "Activation", "Dropout", *(a for a in ACTIVATIONS if a != "PReLU"))


class Spread:
    """The Dense layers of a model that give images, by name.

    Parameters
    ----------
    graph : KerasGraph
        The model.
    """

    def __init__(self, graph: KerasGraph) -> None:
        self._layers = {layer.name: layer for layer in graph.layers}
        self._readers = Counter(name for layer in graph.layers for name in layer.inputs)
        self._after: dict[str, Shape] = {}
        self._norms: dict[str, list[KerasLayer]] = {}
        self.merged: set[str] = set()  # normalisations whose numbers are in the weights
        for layer in graph.layers:
            if layer.kind == "Reshape" and layer.layer is not None:
                target = tuple(layer.config["target_shape"])
                if len(target) in (2, 3) and -1 not in target:
                    self._mark(layer.inputs[0], target if len(target) == 3 else (1, *target))

    def _mark(self, name: str, shape: Shape) -> None:
        """The Dense layer that a row of layers begins with, and those before it."""
        norms: list[KerasLayer] = []
        while name in self._layers:
            layer = self._layers[name]
            if layer.kind == "BatchNormalization":
                norms.append(layer)
            elif layer.kind == "Dense":
                if layer.name in self._after or layer.config["units"] != math.prod(shape):
                    return
                if norms and (
                    activation_name(layer.layer.activation) != "linear"
                    or any(self._readers[each.name] > 1 for each in (layer, *norms))
                ):
                    return
                self._after[layer.name] = shape
                self._norms[layer.name] = norms[::-1]
                self.merged |= {norm.name for norm in norms}
                size = int(layer.layer.get_weights()[0].shape[0])
                self._mark(layer.inputs[0], (1, 1, size))
                return
            elif layer.kind not in _PASSING or len(layer.inputs) != 1:
                return
            elif norms and layer.kind not in TRAINING_ONLY and layer.kind != "Dropout":
                return  # the normalisation comes after an activation
            name = layer.inputs[0]

    def __contains__(self, name: object) -> bool:
        return name in self._after

    def __bool__(self) -> bool:
        return bool(self._after)

    def shape(self, keras: KerasLayer) -> Shape:
        """Of the image that a Dense layer gives.

        Parameters
        ----------
        keras : KerasLayer
            One of these layers.
        """
        return self._after[keras.name]

    def entries(self, keras: KerasLayer, forms: Forms) -> list[Entry]:
        """A Dense layer with an image after it.

        Parameters
        ----------
        keras : KerasLayer
            One of these layers.
        forms : Forms
            Shapes of what is before it.

        Raises
        ------
        UnsupportedLayerError
            If it takes an image itself and gives more than one pixel.
        """
        before, after = forms.shapes[keras.inputs[0]], self._after[keras.name]
        arrays = self._arrays(keras)
        kernel, bias = arrays["kernel"], arrays["bias"]
        if len(before) == 3 and after[:2] == (1, 1):
            window = kernel.reshape(*before, after[2])
            layer = Windows(filters=after[2], kernel_size=before[:2])
            return [(layer, {"kernel": window, "bias": bias})]
        if len(before) != 3 or before[:2] != (1, 1):
            raise keras.refuse(
                f"makes an image {after} of {before}; put another Dense layer with an activation "
                "before it"
            )
        rows, cols, filters = after
        own = kernel.reshape(-1, rows, cols, filters).transpose(1, 2, 0, 3)
        local = LocallyConnected2D(filters, 1)
        made: Entry = (local, {"kernel": np.ascontiguousarray(own), "bias": bias.reshape(after)})
        return [made] if (rows, cols) == (1, 1) else [(UpSampling2D((rows, cols)), {}), made]

    def _arrays(self, keras: KerasLayer) -> dict[str, np.ndarray]:
        units = int(keras.config["units"])
        arrays = read_weights(keras, Dense(units, keras.config["use_bias"]), ())
        kernel = arrays["kernel"].astype(np.float64)
        bias = arrays.get("bias", np.zeros(units)).astype(np.float64)
        for norm in self._norms[keras.name]:
            own = read_weights(norm, BatchNormalization(), (units,))
            scale = own["gamma"] / np.sqrt(own["moving_variance"] + norm.config["epsilon"])
            kernel, bias = kernel * scale, (bias - own["moving_mean"]) * scale + own["beta"]
        return {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}
