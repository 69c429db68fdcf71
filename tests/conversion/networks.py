"""Networks with linear layers in every place, and random weights for them."""

from __future__ import annotations

import nengo
import numpy as np

from nengo_lifdeep.layers import (
    AveragePooling2D,
    BatchNormalization,
    Branch,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    Dense,
    Dropout,
    Flatten,
    LocallyConnected2D,
    Neurons,
    Scale,
    Shortcut,
    UpSampling2D,
    ZeroPadding2D,
)
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.training.initial import initial_weights

IMAGE = (8, 7, 2)
END = [Flatten(), Dense(3)]

#: by name: the layers after an image of 8 x 7 pixels
NETWORKS = {
    "normalised image": [BatchNormalization(), Conv2D(4, 3, padding="same"), Neurons(), *END],
    "normalised after neurons": [Conv2D(4, 3), Neurons(), BatchNormalization(),
                                 Conv2D(3, 3, padding="same"), Neurons(), *END],
    "normalised after pool": [Conv2D(4, 3), Neurons(), AveragePooling2D(2), BatchNormalization(),
                              Flatten(), BatchNormalization(), Dense(4), Neurons(), Dense(3)],
    "normalised after flattening": [Conv2D(4, 3), Flatten(), BatchNormalization(), Neurons(),
                                    Dense(3)],
    "pool before neurons": [Conv2D(4, 3), AveragePooling2D(2), Neurons(), *END],
    "overlapping pool before neurons": [Conv2D(4, 3, padding="same"), BatchNormalization(),
                                        AveragePooling2D(3, 2, "same"), Neurons(), *END],
    "pools in a row": [Conv2D(4, 1), Neurons(), AveragePooling2D(2, 1), AveragePooling2D(2),
                       Conv2D(3, 2), Neurons(), *END],
    "convolutions in a row": [Conv2D(4, 3, padding="same"), Conv2D(6, 3, 2, "same"), Neurons(),
                              Conv2D(3, 1), Conv2D(4, 3), Neurons(), *END],
    "separable": [Conv2D(4, 3, groups=2), Conv2D(6, 1), BatchNormalization(), Neurons(), *END],
    "dense in a row": [Flatten(), Dense(5), Dense(4), Neurons(), Dense(2), Dense(3)],
    "local": [LocallyConnected2D(3, 3), AveragePooling2D(2), BatchNormalization(), Neurons(),
              LocallyConnected2D(2, 2), Scale(0.5, 0.25), Neurons(), *END],
    "padded": [ZeroPadding2D(((2, 1), (0, 3))), Conv2D(4, 3, 2), Neurons(), ZeroPadding2D(1),
               Conv2D(3, 3, 2), Neurons(), *END],
    "padded bias": [Conv2D(4, 3), ZeroPadding2D(1), Conv2D(3, 3), Neurons(), *END],
    "padded pool": [Conv2D(4, 3), Neurons(), ZeroPadding2D(1), AveragePooling2D(3, 2), Neurons(),
                    *END],
    "cropped": [Conv2D(4, 3, padding="same"), Neurons(), Cropping2D(((1, 0), (2, 1))), Conv2D(3, 2),
                Neurons(), *END],
    "dilated": [Conv2D(4, 3, padding="same", dilation_rate=2), Neurons(),
                Conv2D(3, (2, 3), dilation_rate=(3, 2)), Neurons(), *END],
    "neurons on the image": [Neurons(), Conv2D(3, 3), Neurons(), *END],
    "neurons after neurons": [Conv2D(3, 3), Neurons(), Neurons(), *END],
    "upsampled": [Conv2D(3, 3, 2), Neurons(), UpSampling2D(2), Conv2D(3, 3), Neurons(),
                  UpSampling2D((1, 3), "bilinear"), AveragePooling2D(2), Neurons(), *END],
    "transposed": [Conv2D(3, 3, 2), Neurons(), Conv2DTranspose(4, 3, 2, "same"), Neurons(),
                   Conv2DTranspose(2, 2, 3), Neurons(), Conv2DTranspose(2, 4, (1, 2)), Neurons(),
                   *END],
    "scaled": [Scale(2.0, -0.5), Conv2D(3, 3, padding="same"), Scale((0.5, -1.0, 2.0)), Neurons(),
               Scale(-1.0, (0.1, 0.2, 0.3)), Conv2D(4, 3, padding="same"), Neurons(), *END],
    "dropout": [Conv2D(4, 3), Dropout(0.5), Neurons(), Dropout(0.2), *END, Dropout(0.1)],
    "ends in neurons": [Conv2D(4, 3), Neurons(), Flatten(), Dense(3), Neurons()],
    "ends in a pool": [Conv2D(4, 3), Neurons(), Conv2D(3, 3), Neurons(),
                       AveragePooling2D((4, 3)), Flatten()],
    "ends in a map": [Conv2D(3, 3), Neurons(), AveragePooling2D(2), Conv2D(2, 1), Flatten(),
                      Scale(3.0, 1.0)],
    "sum after pools": [Conv2D(4, 3), AveragePooling2D(2, name="front"), Neurons(),
                        Conv2D(4, 3, padding="same"), BatchNormalization(), Shortcut("front"),
                        Neurons(), *END],
    "sum with the image": [Conv2D(2, 3, padding="same"), Shortcut("input"), Neurons(),
                           Shortcut("input", 2), BatchNormalization(), Neurons(), *END],
    "before activation": [Conv2D(4, 3, padding="same", name="c"), BatchNormalization(), Neurons(),
                          Conv2D(4, 3, padding="same"), Shortcut("c", name="s"),
                          BatchNormalization(), Neurons(), Conv2D(4, 3, padding="same"),
                          Shortcut("s"), BatchNormalization(), Neurons(), *END],
    "sum in spikes": [Conv2D(4, 3, padding="same"), Neurons(name="a"), Conv2D(4, 3, padding="same"),
                      Neurons(), Shortcut("a"), Conv2D(3, 3), BatchNormalization(), Neurons(),
                      *END],
    "branches": [Conv2D(4, 3, padding="same"), Neurons(name="a"), Branch("input"),
                 AveragePooling2D(2, 1, "same"), Conv2D(3, 1), Neurons(), Concatenate("a"),
                 Concatenate("input"), BatchNormalization(), Conv2D(4, 3), Neurons(), *END],
    "dense block": [Conv2D(3, 3, padding="same", name="x"), Neurons(),
                    Conv2D(2, 3, padding="same"), Concatenate("x", name="y"), BatchNormalization(),
                    Neurons(), Conv2D(2, 3, padding="same"), Concatenate("y"),
                    AveragePooling2D(2), Neurons(), *END],
    "beside each other": [Conv2D(3, 3), Neurons(name="a"), AveragePooling2D(2), Flatten(name="f"),
                          Branch("a"), Conv2D(2, 3, 2), Neurons(), Flatten(), Concatenate("f"),
                          Dense(5), Neurons(), Dense(3)],
    "the same twice": [Conv2D(4, 3), Neurons(name="a"), Conv2D(3, 3, name="b"), Branch("a"),
                       Conv2D(3, 3), Shortcut("b"), Neurons(), *END],
}  # fmt: skip


def network(name: str, neuron: nengo.neurons.NeuronType, seed: int = 0) -> TrainedModel:
    """The network of that name with random weights that keep its neurons active."""
    net = Architecture(IMAGE, NETWORKS[name], name)
    rng = np.random.default_rng(seed)
    weights = {
        layer: {key: _drawn(rng, key, array) for key, array in arrays.items()}
        for layer, arrays in initial_weights(net, neuron).items()
    }
    return TrainedModel(net, weights, neuron)


def _drawn(rng: np.random.Generator, key: str, array: np.ndarray) -> np.ndarray:
    if key == "kernel":
        return array + np.float32(0.5 * np.abs(array).mean())
    if key in ("moving_variance", "gamma"):
        return rng.uniform(0.5, 1.5, array.shape).astype(np.float32)
    return rng.uniform(0, 0.6, array.shape).astype(np.float32)


def images(n: int = 2, seed: int = 1) -> np.ndarray:
    """Images in [0, 1]."""
    return np.random.default_rng(seed).uniform(size=(n, *IMAGE)).astype(np.float32)
