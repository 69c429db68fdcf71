"""One layer, or option of one, in a small network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .row import Row, chain

__all__ = ["LAYERS"]


def image(*layers: Callable[[Any], Any], shape: tuple[int, ...] = (13, 12, 4)) -> Any:
    """Layers between a convolution and a read-out."""
    return chain(
        shape,
        lambda K: [K.Conv2D(4, 3, padding="same", activation="relu"), *[la(K) for la in layers],
                   K.ReLU(), K.Flatten(), K.Dense(3)],
    )  # fmt: skip


def series(*layers: Callable[[Any], Any]) -> Any:
    return chain(
        (20, 3),
        lambda K: [K.Conv1D(4, 3, padding="same", activation="relu"), *[la(K) for la in layers],
                   K.ReLU(), K.Flatten(), K.Dense(3)],
    )  # fmt: skip


def conv(*args: Any, **options: Any) -> Any:
    return image(lambda K: K.Conv2D(*args, **options))


def slope(K: Any) -> str:
    return "alpha" if "tf_keras" in K.__name__ else "negative_slope"


LAYERS = {
    "valid 3x3": Row(conv(5, 3)),
    "same 5x5": Row(conv(5, 5, padding="same")),
    "same 4x4": Row(conv(5, 4, padding="same")),
    "same, strides 2": Row(conv(5, 3, strides=2, padding="same")),
    "strides (2, 1), kernel (3, 5)": Row(conv(5, (3, 5), strides=(2, 1))),
    "strides 3 of 2x2": Row(conv(5, 2, strides=3, padding="same")),
    "dilation 2": Row(conv(5, 3, dilation_rate=2, padding="same")),
    "dilation (3, 1), valid": Row(conv(5, 3, dilation_rate=(3, 1))),
    "groups 2": Row(conv(6, 3, groups=2, padding="same")),
    "DepthwiseConv2D, multiplier 2": Row(
        image(lambda K: K.DepthwiseConv2D(3, depth_multiplier=2, padding="same"))
    ),
    "DepthwiseConv2D, strides 2": Row(image(lambda K: K.DepthwiseConv2D(3, 2, padding="same"))),
    "SeparableConv2D, multiplier 2": Row(
        image(lambda K: K.SeparableConv2D(5, 3, depth_multiplier=2, padding="same"))
    ),
    "Conv2DTranspose, strides 2, same": Row(
        image(lambda K: K.Conv2DTranspose(5, 3, strides=2, padding="same"))
    ),
    "Conv2DTranspose, strides 3, valid": Row(image(lambda K: K.Conv2DTranspose(5, 2, strides=3))),
    "Conv1D, strides and dilation": Row(
        series(lambda K: K.Conv1D(5, 3, strides=2), lambda K: K.Conv1D(5, 3, dilation_rate=2))
    ),
    "DepthwiseConv1D and SeparableConv1D": Row(
        series(lambda K: K.DepthwiseConv1D(3), lambda K: K.SeparableConv1D(5, 3, padding="same"))
    ),
    "AveragePooling1D, ZeroPadding1D, Cropping1D, UpSampling1D": Row(
        series(lambda K: K.AveragePooling1D(2), lambda K: K.ZeroPadding1D((1, 2)),
               lambda K: K.Cropping1D((2, 0)), lambda K: K.UpSampling1D(2))
    ),
    "pool 3, strides 2": Row(image(lambda K: K.AveragePooling2D(3, 2))),
    "pool 3, strides 2, same": Row(image(lambda K: K.AveragePooling2D(3, 2, padding="same"))),
    "pool 3, strides 1, same": Row(image(lambda K: K.AveragePooling2D(3, 1, padding="same"))),
    "ZeroPadding2D, pool 3": Row(
        image(lambda K: K.ZeroPadding2D(1), lambda K: K.AveragePooling2D(3, 2))
    ),
    "maximum pooling, kept in rates": Row(image(lambda K: K.MaxPooling2D(2))),
    "GlobalMaxPooling2D as average": Row(
        chain((8, 8, 2), lambda K: [K.Conv2D(4, 3, activation="relu"), K.GlobalMaxPooling2D(),
                                    K.Dense(3)]), max_pooling=True
    ),
    "BatchNormalization on the image": Row(
        chain((8, 8, 3), lambda K: [K.BatchNormalization(), K.Conv2D(4, 3, activation="relu"),
                                    K.Flatten(), K.Dense(3)])
    ),
    "BatchNormalization after ReLU, before padding": Row(
        image(lambda K: K.BatchNormalization(), lambda K: K.Conv2D(4, 3, padding="same"))
    ),
    "BatchNormalization after the pool and at the end": Row(
        chain((8, 8, 3), lambda K: [K.Conv2D(4, 3, activation="relu"), K.AveragePooling2D(2),
                                    K.BatchNormalization(), K.Flatten(), K.Dense(3),
                                    K.BatchNormalization()])
    ),
    "ReLU(6)": Row(image(lambda K: K.Conv2D(4, 3), lambda K: K.ReLU(6.0))),
    "ReLU(max_value=2, negative_slope=0.1)": Row(
        image(lambda K: K.Conv2D(4, 3), lambda K: K.ReLU(2.0, negative_slope=0.1))
    ),
    "ReLU(threshold=1)": Row(image(lambda K: K.Conv2D(4, 3), lambda K: K.ReLU(threshold=1.0))),
    "LeakyReLU": Row(image(lambda K: K.Conv2D(4, 3), lambda K: K.LeakyReLU(**{slope(K): 0.1}))),
    "PReLU(shared_axes=[1, 2])": Row(
        image(lambda K: K.Conv2D(4, 3), lambda K: K.PReLU(shared_axes=[1, 2]))
    ),
    "activation='hard_sigmoid'": Row(conv(4, 3, activation="hard_sigmoid")),
    "activation='relu6'": Row(conv(4, 3, activation="relu6")),
    "activation='swish'": Row(conv(4, 3, activation="swish")),
    "activation='gelu'": Row(conv(4, 3, activation="gelu")),
    "GaussianNoise, SpatialDropout, RandomFlip, ActivityRegularization": Row(
        image(lambda K: K.GaussianNoise(0.1), lambda K: K.SpatialDropout2D(0.2),
              lambda K: K.RandomFlip(), lambda K: K.ActivityRegularization(1e-3))
    ),
    "Rescaling to [-1, 1] on pixels to 255": Row(
        chain((8, 8, 3), lambda K: [K.Rescaling(1 / 127.5, offset=-1.0), K.Flatten(),
                                    K.Dense(8, activation="relu"), K.Dense(3)]), brightest=255.0
    ),
    "Normalization of the channels": Row(
        chain((8, 8, 3), lambda K: [
            K.Normalization(mean=np.array([0.4, 0.5, 0.6]), variance=np.array([0.04, 0.05, 0.06])),
            K.Conv2D(4, 3, padding="same", activation="relu"), K.Flatten(), K.Dense(3)])
    ),
    "Cropping2D and UpSampling2D": Row(
        image(lambda K: K.Cropping2D(((1, 0), (2, 1))), lambda K: K.UpSampling2D(2))
    ),
    "UpSampling2D(bilinear)": Row(image(lambda K: K.UpSampling2D(2, interpolation="bilinear"))),
    "Resizing of the image": Row(
        chain((16, 16, 3), lambda K: [K.Resizing(8, 8), K.Conv2D(4, 3, activation="relu"),
                                      K.Flatten(), K.Dense(3)])
    ),
    "Dense on every pixel": Row(image(lambda K: K.Dense(5))),
    "LayerNormalization": Row(image(lambda K: K.LayerNormalization())),
}  # fmt: skip
