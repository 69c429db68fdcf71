"""Residual, dense, inverted and parallel blocks; operations, nested and subclassed models."""

from __future__ import annotations

from typing import Any

import numpy as np

from .row import Row

__all__ = ["BLOCKS"]


def ended(keras: Any, image: Any, x: Any, units: int = 4, **options: Any) -> Any:
    """With a global average and a read-out."""
    K = keras.layers
    return keras.Model(image, K.Dense(units, **options)(K.GlobalAveragePooling2D()(x)))


def normalised(K: Any, x: Any, filters: int, strides: int = 1, kernel: int = 3) -> Any:
    return K.BatchNormalization()(
        K.Conv2D(filters, kernel, strides, padding="same", use_bias=False)(x)
    )


def residual(keras: Any) -> Any:
    """resnet20 of CIFAR-10, narrower."""
    K = keras.layers
    image = keras.Input((16, 16, 3))
    x = K.ReLU()(normalised(K, image, 8))
    for filters, strides in ((8, 1), (16, 2), (16, 1), (32, 2)):
        y = K.ReLU()(normalised(K, x, filters, strides))
        y = normalised(K, y, filters)
        if strides > 1:
            x = K.Conv2D(filters, 1, strides, padding="same")(x)
        x = K.ReLU()(K.Add()([x, y]))
    return ended(keras, image, x)


def preactivation(keras: Any) -> Any:
    """resnet v2: the sum has no activation."""
    K = keras.layers
    image = keras.Input((16, 16, 3))
    x = K.Conv2D(8, 3, padding="same")(image)
    for _ in range(3):
        y = K.ReLU()(K.BatchNormalization()(x))
        y = K.Conv2D(8, 3, padding="same")(y)
        y = K.ReLU()(K.BatchNormalization()(y))
        x = K.Add()([x, K.Conv2D(8, 3, padding="same")(y)])
    return ended(keras, image, K.ReLU()(K.BatchNormalization()(x)))


def dense_block(keras: Any) -> Any:
    K = keras.layers
    image = keras.Input((16, 16, 3))
    x = K.Conv2D(8, 3, padding="same")(image)
    for _ in range(3):
        y = K.Activation("relu")(K.BatchNormalization()(x))
        y = K.Conv2D(16, 1, use_bias=False)(y)
        y = K.Activation("relu")(K.BatchNormalization()(y))
        y = K.Conv2D(4, 3, padding="same", use_bias=False)(y)
        x = K.Concatenate()([x, y])
    x = K.Activation("relu")(K.BatchNormalization()(x))
    x = K.AveragePooling2D(2)(K.Conv2D(10, 1, use_bias=False)(x))
    return ended(keras, image, K.Activation("relu")(K.BatchNormalization()(x)))


def inverted(keras: Any) -> Any:
    """MobileNetV2's blocks."""
    K = keras.layers
    image = keras.Input((16, 16, 3))
    x = K.ReLU(6.0)(normalised(K, image, 8, 2))
    for strides in (1, 2, 1):
        y = K.ReLU(6.0)(normalised(K, x, 24, 1, 1))
        y = K.DepthwiseConv2D(3, strides, padding="same", use_bias=False)(y)
        y = K.ReLU(6.0)(K.BatchNormalization()(y))
        y = normalised(K, y, 8, 1, 1)
        x = K.Add()([x, y]) if strides == 1 else y
    return ended(keras, image, x)


def fire(keras: Any) -> Any:
    """SqueezeNet's module, and its read-out by a pool."""
    K = keras.layers
    image = keras.Input((16, 16, 3))
    x = K.Conv2D(8, 3, strides=2, activation="relu")(image)
    for filters in (8, 12):
        s = K.Conv2D(4, 1, activation="relu")(x)
        left = K.Conv2D(filters, 1, activation="relu")(s)
        right = K.Conv2D(filters, 3, padding="same", activation="relu")(s)
        x = K.concatenate([left, right])
    x = K.Conv2D(5, 1, activation="relu")(x)
    return keras.Model(image, K.Softmax()(K.GlobalAveragePooling2D()(x)))


def inception(keras: Any) -> Any:
    K = keras.layers
    image = keras.Input((16, 16, 3))
    x = K.Conv2D(8, 3, activation="relu")(image)
    same = {"padding": "same", "activation": "relu"}
    one = K.Conv2D(4, 1, **same)(x)
    three = K.Conv2D(6, 3, **same)(K.Conv2D(4, 1, **same)(x))
    five = K.Conv2D(4, 5, **same)(K.Conv2D(2, 1, **same)(x))
    pool = K.Conv2D(4, 1, **same)(K.AveragePooling2D(3, 1, padding="same")(x))
    return ended(keras, image, K.Concatenate()([one, three, five, pool]))


def unet(keras: Any) -> Any:
    """An image out, with a skip connection."""
    K = keras.layers
    image = keras.Input((16, 16, 2))
    same = {"padding": "same", "activation": "relu"}
    high = K.Conv2D(6, 3, **same)(image)
    low = K.Conv2D(8, 3, **same)(K.AveragePooling2D(2)(high))
    up = K.Conv2DTranspose(6, 2, strides=2, padding="same")(low)
    x = K.Conv2D(6, 3, **same)(K.Concatenate()([up, high]))
    return keras.Model(image, K.Conv2D(2, 1)(x))


def averages(keras: Any) -> Any:
    """Mean and difference of branches."""
    K = keras.layers
    image = keras.Input((12, 12, 2))
    same = {"padding": "same", "activation": "relu"}
    one, two = K.Conv2D(4, 3, **same)(image), K.Conv2D(4, 5, **same)(image)
    x = K.Conv2D(4, 3, **same)(K.Average()([one, two]))
    return ended(keras, image, K.Subtract()([x, one]))


def gate(keras: Any) -> Any:
    """Squeeze and excitation."""
    K = keras.layers
    image = keras.Input((12, 12, 2))
    x = K.Conv2D(4, 3, activation="relu")(image)
    s = K.Dense(2, activation="relu")(K.GlobalAveragePooling2D(keepdims=True)(x))
    return ended(keras, image, K.Multiply()([x, K.Dense(4, activation="sigmoid")(s)]))


def arithmetic(keras: Any) -> Any:
    """Pixels of bytes, mean and deviation as constants."""
    K = keras.layers
    image = keras.Input((12, 12, 3))
    x = image / 255.0
    x = (x - np.array([0.485, 0.456, 0.406], np.float32)) / np.array(
        [0.229, 0.224, 0.225], np.float32
    )
    return ended(keras, image, K.Conv2D(4, 3, padding="same", activation="relu")(x))


def operations(keras: Any) -> Any:
    """Functions in the place of layers."""
    K, ops = keras.layers, keras.ops
    image = keras.Input((12, 12, 3))
    x = ops.relu(K.Conv2D(4, 3)(image / 255.0))
    x = ops.average_pool(ops.clip(K.Conv2D(4, 3)(x), 0.0, 1.0), 2)
    x = ops.concatenate([x, ops.leaky_relu(K.Conv2D(2, 3, padding="same")(x))], axis=-1)
    x = ops.hard_sigmoid(1.0 - 2.0 * K.Conv2D(6, 1)(x)) + ops.abs(x)
    x = ops.reshape(ops.mean(x, axis=(1, 2)), (-1, 6))
    return keras.Model(image, ops.softmax(K.Dense(3)(x)))


def tensorflow(keras: Any) -> Any:
    """TensorFlow's functions in a functional model of Keras 2."""
    import tensorflow as tf

    K = keras.layers
    image = keras.Input((12, 12, 3))
    x = tf.nn.relu(K.Conv2D(4, 3)(image / 255.0))
    x = tf.nn.avg_pool2d(tf.clip_by_value(K.Conv2D(4, 3)(x), 0.0, 1.0), 2, 2, "SAME")
    x = tf.concat([x, tf.nn.leaky_relu(K.Conv2D(2, 3, padding="same")(x), alpha=0.1)], -1)
    x = tf.reshape(tf.reduce_mean(1.0 - 0.5 * x, [1, 2]), [-1, 6])
    return keras.Model(image, tf.nn.softmax(K.Dense(3)(x)))


def functions(keras: Any) -> Any:
    return operations(keras) if hasattr(keras, "ops") else tensorflow(keras)


def shared(keras: Any) -> Any:
    """One ReLU and one convolution at several places."""
    K = keras.layers
    image = keras.Input((12, 12, 3))
    relu, conv = K.ReLU(), K.Conv2D(4, 3, padding="same")
    x = relu(K.Conv2D(4, 3)(image))
    return ended(keras, image, relu(conv(relu(conv(x)))))


def two_heads(keras: Any) -> Any:
    K = keras.layers
    image = keras.Input((12, 12, 3))
    x = K.Conv2D(4, 3, activation="relu")(image)
    x = K.Flatten()(x)
    return keras.Model(
        image,
        {"digit": K.Dense(10, name="a")(x), "angle": K.Dense(1, name="b")(x)},
    )


def transfer(keras: Any) -> Any:
    """A frozen model under augmentation and a new head."""
    K = keras.layers
    base = residual(keras)
    base = keras.Model(base.input, base.layers[-3].output, name="base")
    image = keras.Input((16, 16, 3))
    x = K.RandomFlip("horizontal")(image)
    x = base(K.Rescaling(1 / 127.5, offset=-1)(x), training=False)
    x = K.Dropout(0.2)(K.GlobalAveragePooling2D()(x))
    return keras.Model(image, K.Dense(1)(x))


def subclassed(keras: Any) -> Any:
    """A model of the user's own class with blocks of his own."""
    K = keras.layers

    class Block(K.Layer):
        def __init__(self, filters: int) -> None:
            super().__init__()
            self.one = K.Conv2D(filters, 3, padding="same", activation="relu")
            self.two = K.Conv2D(filters, 3, padding="same")
            self.norm = K.BatchNormalization()

        def call(self, x: Any, training: bool | None = None) -> Any:
            y = self.norm(self.two(self.one(x)), training=training)
            return x + y

    class Classifier(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.stem = K.Conv2D(4, 3, activation="relu")
            self.blocks = [Block(4), Block(4)]
            self.relu, self.pool = K.ReLU(), K.GlobalAveragePooling2D()
            self.head = K.Dense(3)

        def call(self, x: Any, training: bool | None = None) -> Any:
            x = self.stem(x)
            for block in self.blocks:
                x = self.relu(block(x, training=training))
            return self.head(self.pool(x))

    model = Classifier()
    model(np.zeros((1, 12, 12, 3), np.float32))
    return model


def quickstart(keras: Any) -> Any:
    """TensorFlow's quickstart for experts."""
    K = keras.layers

    class MyModel(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = K.Conv2D(32, 3, activation="relu")
            self.flatten = K.Flatten()
            self.d1, self.d2 = K.Dense(128, activation="relu"), K.Dense(10)

        def call(self, x: Any) -> Any:
            return self.d2(self.d1(self.flatten(self.conv1(x))))

    model = MyModel()
    model(np.zeros((1, 28, 28, 1), np.float32))
    return model


BLOCKS = {
    "residual blocks (ResNet-20)": Row(residual),
    "pre-activation residual blocks": Row(preactivation),
    "dense blocks": Row(dense_block),
    "inverted residual blocks (MobileNetV2)": Row(inverted),
    "fire modules, read-out by a pool": Row(fire),
    "inception module": Row(inception),
    "U-Net: image out, skip connection": Row(unet),
    "mean and difference of branches": Row(averages),
    "squeeze and excitation": Row(gate),
    "x / 255.0, mean and deviation as constants": Row(arithmetic, brightest=255.0),
    "keras.ops (Keras 3), tf.nn (tf_keras)": Row(functions, brightest=255.0),
    "layers shared by several places": Row(shared),
    "two outputs by name, output='digit'": Row(two_heads, output="digit"),
    "transfer learning: model in a model": Row(transfer, brightest=255.0),
    "subclassed model with blocks of its own class": Row(subclassed, saved=False),
    "quickstart for experts (subclassed)": Row(quickstart, saved=False),
}
