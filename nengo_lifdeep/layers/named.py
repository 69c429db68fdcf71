"""Architectures by name: the five of Hunsberger & Eliasmith (2016) and eight of our own.

Sources: the five are those of E. Hunsberger and C. Eliasmith, "Training Spiking Deep Networks
for Neuromorphic Hardware", arXiv 1611.05141 (2016); sizes equal its table of networks. Their
neurons come after every layer with weights except the last, pooling is an average, and the
windows are 'same' (clipped at the border, averaged over the pixels inside).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from ..errors import ValidationError
from ..support.words.similar import did_you_mean
from . import residual
from .architecture import Architecture
from .papers import gokmen_2017, lee_2020, oconnor_2016
from .types import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocallyConnected2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
    Shape,
    Shortcut,
)

__all__ = ["NAMES", "architecture", "with_batch_normalization", "with_max_pooling"]


def architecture(name: str) -> Architecture:
    """The architecture of that name.

    Parameters
    ----------
    name : str
        One of `NAMES`:

        ``hunsberger2016-mnist``, ``-svhn``
            28 x 28 images (SVHN cropped to them); 27,088 neurons.
        ``hunsberger2016-cifar10``, ``-cifar100``
            24 x 24 x 3 crops; two convolutions, two locally connected layers; 49,536 neurons.
        ``hunsberger2016-imagenet``
            227 x 227 x 3; 493,184 neurons, 61 million weights.
        ``digits-compact``
            8 x 8 x 1, for scikit-learn's digits; 1,344 neurons.
        ``mnist-compact``
            28 x 28 x 1; three convolutions (the later two with stride 2 instead of pooling) and
            one hidden dense layer, windows inside the image only, so that it fits Loihi.
        ``cifar10-loihi``
            ``hunsberger2016-cifar10`` with pooling that does not overlap (2 x 2 instead of 3 x 3
            every 2 pixels), which is all that keeps that one off Loihi.
        ``cifar10-residual``
            28 x 28 x 3 crops; eight convolutions 3 x 3 with batch normalisation, two residual
            sums, one average over the image; 81,536 neurons.
        ``cifar10-resnet11``
            32 x 32 x 3; ten normalised convolutions 3 x 3, three residual sums, one average over
            the image; 118,784 neurons.
        ``mnist-resnet7``, ``-wide``
            28 x 28 x 1; six normalised convolutions 3 x 3, two residual sums, one average over the
            image; 50,240 neurons, or 67,520 with a third more channels.
        ``diabetes-dense``
            Ten features, two hidden dense layers, one value; 64 neurons.
        ``breast-cancer-dense``
            30 features, two hidden dense layers, one output for two classes; 64 neurons.
        ``digits-autoencoder``
            8 x 8 x 1 images drawn again from 16 neurons; 144 neurons.
        ``lee2020-lenet``, ``-vgg9``, ``-resnet9``, ``-resnet11``
            28 x 28 x 1, or 32 x 32 x 3; for training on spikes, with pooling units that fire;
            32,050, 275,456, 271,360 and 336,896 neurons. ResNet9's layers are a guess: they are
            in neither the authors' code nor a source that was read.
        ``oconnor2016-200``, ``-300``, ``-digits``
            28 x 28 x 1 with two hidden dense layers of 200 or 300, or 8 x 8 x 1 with two of 50,
            without bias; for training with additions only; 400, 600 and 100 neurons.
        ``gokmen2017-cnn``
            28 x 28 x 1; two convolutions with maxima and two dense layers, for tanh neurons and
            weights in cross-point arrays; it runs in rates; 11,392 neurons.

    Raises
    ------
    ValidationError
        If there is no such name; the message lists the names.

    Examples
    --------
    >>> architecture("hunsberger2016-mnist").counts().neurons
    27088
    """
    if name not in _BUILDERS:
        raise ValidationError(
            f"there is no architecture {name!r}; expected one of: {', '.join(NAMES)}"
            f"{did_you_mean(name, NAMES)}"
        )
    input_shape, layers = _BUILDERS[name]()
    return Architecture(input_shape, tuple(layers), name)


def with_batch_normalization(architecture: Architecture, momentum: float = 0.95) -> Architecture:
    """The same network with BatchNormalization between every hidden layer and its neurons.

    The layers before it lose their bias, which normalisation replaces. `convert` folds it into
    weights and biases: the spiking network is that of the plain architecture, only trained better.

    Parameters
    ----------
    architecture : Architecture
        Without normalisation.
    momentum : float
        Of the moving averages.

    Examples
    --------
    >>> plain = architecture("mnist-compact")
    >>> with_batch_normalization(plain).counts() == plain.counts()
    True
    """
    layers: list[Layer] = []
    for layer, following in zip(architecture.layers, (*architecture.layers[1:], None), strict=True):
        if layer.has_weights and isinstance(following, Neurons | Shortcut):
            layers += [dataclasses.replace(layer, use_bias=False), BatchNormalization(momentum)]  # type: ignore[call-arg]
        else:
            layers.append(layer)
    return dataclasses.replace(architecture, layers=tuple(layers))


_Plan = tuple[Shape, list[Layer]]


def _digits_compact() -> _Plan:
    return (8, 8, 1), [
        Conv2D(16, (3, 3), padding="same"),
        Conv2D(32, (3, 3), strides=(2, 2), padding="valid"),
        Flatten(),
        Dense(32),
        Dense(10),
    ]


def _mnist_compact() -> _Plan:
    return (28, 28, 1), [
        Conv2D(16, (3, 3)),
        Conv2D(32, (3, 3), strides=(2, 2)),
        Conv2D(64, (3, 3), strides=(2, 2)),
        Flatten(),
        Dense(128),
        Dense(10),
    ]


def _two_convolutions(channels: int) -> _Plan:
    return (28, 28, channels), [
        Conv2D(16, (5, 5), padding="same"),
        AveragePooling2D((2, 2), (2, 2), padding="same"),
        Conv2D(64, (5, 5), padding="same"),
        AveragePooling2D((2, 2), (2, 2), padding="same"),
        Flatten(),
        Dense(2000),
        Dropout(0.5),
        Dense(10),
    ]


def _locally_connected(classes: int, pool: int = 3) -> _Plan:
    return (24, 24, 3), [
        Conv2D(64, (5, 5), padding="same"),
        AveragePooling2D((pool, pool), (2, 2), padding="same"),
        Conv2D(64, (5, 5), padding="same"),
        AveragePooling2D((pool, pool), (2, 2), padding="same"),
        LocallyConnected2D(64, (3, 3), padding="same"),
        LocallyConnected2D(32, (3, 3), padding="same"),
        Flatten(),
        Dense(classes),
    ]


def _imagenet() -> _Plan:
    return (227, 227, 3), [
        Conv2D(64, (11, 11), strides=(4, 4), padding="valid"),  # 55 x 55
        AveragePooling2D((3, 3), (2, 2), padding="valid"),  # 27 x 27
        Conv2D(192, (5, 5), padding="same"),
        AveragePooling2D((3, 3), (2, 2), padding="valid"),  # 13 x 13
        Conv2D(384, (3, 3), padding="same"),
        Conv2D(256, (3, 3), padding="same"),
        Conv2D(256, (3, 3), padding="same"),
        AveragePooling2D((3, 3), (2, 2), padding="valid"),  # 6 x 6
        Flatten(),
        Dense(4096),
        Dropout(0.5),
        Dense(4096),
        Dropout(0.5),
        Dense(1000),
    ]


def with_max_pooling(plain: Architecture, response_normalization: bool = False) -> Architecture:
    """The same network with the maximum of every window that it takes the average of.

    Parameters
    ----------
    plain : Architecture
    response_normalization : bool
        Whether local response normalisation stands after the first pooling and before the
        others, as in cuda-convnet's "conv-local-13pct".

    Examples
    --------
    >>> net = with_max_pooling(architecture("hunsberger2016-mnist"), response_normalization=True)
    >>> [layer.name for layer in net.layers if "pool" in layer.name]
    ['pool1', 'response_pool1', 'response_pool2', 'pool2']
    """
    layers: list[Layer] = []
    pools = 0
    for layer in plain.layers:
        if not isinstance(layer, AveragePooling2D):
            layers.append(layer)
            continue
        size = (layer.pool_size, layer.strides, layer.padding)
        pool: list[Layer] = [MaxPooling2D(*size, name=layer.name)]
        if response_normalization:
            response = LocalResponseNormalization(name=f"response_{layer.name}")
            pool.insert(0 if pools else 1, response)
        layers += pool
        pools += 1
    return dataclasses.replace(plain, layers=tuple(layers))


def _dense(*units: int) -> list[Layer]:
    """Dense layers after one another."""
    return [Flatten(), *map(Dense, units)]


_BUILDERS: dict[str, Callable[[], _Plan]] = {
    "digits-compact": _digits_compact,
    "mnist-compact": _mnist_compact,
    "hunsberger2016-mnist": lambda: _two_convolutions(1),
    "hunsberger2016-svhn": lambda: _two_convolutions(3),
    "hunsberger2016-cifar10": lambda: _locally_connected(10),
    "hunsberger2016-cifar100": lambda: _locally_connected(100),
    "cifar10-loihi": lambda: _locally_connected(10, pool=2),
    "hunsberger2016-imagenet": _imagenet,
    "diabetes-dense": lambda: ((1, 1, 10), _dense(32, 32, 1)),
    "breast-cancer-dense": lambda: ((1, 1, 30), _dense(32, 32, 1)),
    "digits-autoencoder": lambda: ((8, 8, 1), _dense(64, 16, 64, 64)),
    **residual.BUILDERS,
    **lee_2020.BUILDERS,
    **oconnor_2016.BUILDERS,
    **gokmen_2017.BUILDERS,
}

#: Names that `architecture` knows.
NAMES: tuple[str, ...] = tuple(_BUILDERS)
