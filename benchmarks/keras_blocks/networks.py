"""A small ResNet50 and a small MobileNetV2 for images of 32 x 32, as people write them in Keras."""

from __future__ import annotations

import keras
from keras import layers as K

__all__ = ["NETWORKS", "mobilenet", "resnet"]


def bottleneck(x, filters: int, strides: int, project: bool):
    """ResNet50's block: 1x1, 3x3 and 1x1 convolutions around a residual sum."""
    side = x
    if project:
        side = K.Conv2D(4 * filters, 1, strides, use_bias=False)(x)
        side = K.BatchNormalization()(side)
    x = K.Conv2D(filters, 1, strides, use_bias=False)(x)
    x = K.ReLU()(K.BatchNormalization()(x))
    x = K.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = K.ReLU()(K.BatchNormalization()(x))
    x = K.Conv2D(4 * filters, 1, use_bias=False)(x)
    x = K.BatchNormalization()(x)
    return K.ReLU()(K.Add()([x, side]))


def resnet() -> keras.Model:
    """Seven bottleneck blocks of 16, 32 and 64 filters: 23 layers of weights in a row."""
    image = keras.Input((32, 32, 3))
    x = K.Rescaling(1 / 255)(image)
    x = K.Conv2D(32, 3, 2, "same", use_bias=False)(x)
    x = K.ReLU()(K.BatchNormalization()(x))
    for filters, blocks, strides in ((16, 2, 1), (32, 3, 2), (64, 2, 2)):
        for block in range(blocks):
            x = bottleneck(x, filters, 1 if block else strides, project=block == 0)
    x = K.GlobalAveragePooling2D()(x)
    return keras.Model(image, K.Dense(10)(x), name="resnet")


def inverted_residual(x, filters: int, strides: int, expansion: int):
    """MobileNetV2's block: expand, depthwise convolution, and a projection without activation."""
    side, channels = x, x.shape[-1]
    if expansion > 1:
        x = K.Conv2D(expansion * channels, 1, use_bias=False)(x)
        x = K.ReLU(6.0)(K.BatchNormalization()(x))
    x = K.DepthwiseConv2D(3, strides, "same", use_bias=False)(x)
    x = K.ReLU(6.0)(K.BatchNormalization()(x))
    x = K.Conv2D(filters, 1, use_bias=False)(x)
    x = K.BatchNormalization()(x)
    return K.Add()([x, side]) if strides == 1 and channels == filters else x


def mobilenet() -> keras.Model:
    """Eight inverted residuals: 26 layers of weights in a row."""
    image = keras.Input((32, 32, 3))
    x = K.Rescaling(1 / 127.5, offset=-1)(image)
    x = K.Conv2D(16, 3, 2, "same", use_bias=False)(x)
    x = K.ReLU(6.0)(K.BatchNormalization()(x))
    for expansion, filters, blocks, strides in (
        (1, 16, 1, 1),
        (4, 16, 2, 1),
        (4, 32, 3, 2),
        (4, 48, 2, 2),
    ):
        for block in range(blocks):
            x = inverted_residual(x, filters, 1 if block else strides, expansion)
    x = K.Conv2D(192, 1, use_bias=False)(x)
    x = K.ReLU(6.0)(K.BatchNormalization()(x))
    x = K.GlobalAveragePooling2D()(x)
    return keras.Model(image, K.Dense(10)(x), name="mobilenet")


NETWORKS = {"resnet": resnet, "mobilenet": mobilenet}
