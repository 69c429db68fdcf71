"""Networks of Keras's and TensorFlow's tutorials and examples, and of books."""

from __future__ import annotations

from typing import Any

import numpy as np

from .row import Row, chain

__all__ = ["TUTORIALS"]


def toy_resnet(keras: Any) -> Any:
    """Of Keras's guide to the functional API."""
    K = keras.layers
    image = keras.Input((32, 32, 3))
    x = K.Conv2D(32, 3, activation="relu")(image)
    x = K.Conv2D(64, 3, activation="relu")(x)
    one = K.MaxPooling2D(3)(x)
    x = K.Conv2D(64, 3, activation="relu", padding="same")(one)
    x = K.Conv2D(64, 3, activation="relu", padding="same")(x)
    two = K.add([x, one])
    x = K.Conv2D(64, 3, activation="relu", padding="same")(two)
    x = K.Conv2D(64, 3, activation="relu", padding="same")(x)
    three = K.add([x, two])
    x = K.Conv2D(64, 3, activation="relu")(three)
    x = K.GlobalAveragePooling2D()(x)
    x = K.Dropout(0.5)(K.Dense(256, activation="relu")(x))
    return keras.Model(image, K.Dense(10)(x), name="toy_resnet")


def small_xception(keras: Any) -> Any:
    """Cats and dogs, "Image classification from scratch"."""
    K = keras.layers
    image = keras.Input((48, 48, 3))
    x = K.Rescaling(1.0 / 255)(image)
    x = K.Conv2D(32, 3, strides=2, padding="same")(x)
    x = K.Activation("relu")(K.BatchNormalization()(x))
    before = x
    for size in (48, 64):
        for _ in range(2):
            x = K.Activation("relu")(x)
            x = K.BatchNormalization()(K.SeparableConv2D(size, 3, padding="same")(x))
        x = K.MaxPooling2D(3, strides=2, padding="same")(x)
        before = K.Conv2D(size, 1, strides=2, padding="same")(before)
        x = before = K.add([x, before])
    x = K.SeparableConv2D(96, 3, padding="same")(x)
    x = K.Activation("relu")(K.BatchNormalization()(x))
    x = K.Dropout(0.25)(K.GlobalAveragePooling2D()(x))
    return keras.Model(image, K.Dense(1)(x))


def book_xception(keras: Any) -> Any:
    """ "Deep learning with Python", chapter 9: normalisation before each activation."""
    K = keras.layers
    image = keras.Input((40, 40, 3))
    x = K.Conv2D(16, 5, use_bias=False)(K.Rescaling(1.0 / 255)(image))
    for size in (16, 24, 32):
        before = x
        for _ in range(2):
            x = K.Activation("relu")(K.BatchNormalization()(x))
            x = K.SeparableConv2D(size, 3, padding="same", use_bias=False)(x)
        x = K.MaxPooling2D(3, strides=2, padding="same")(x)
        before = K.Conv2D(size, 1, strides=2, padding="same", use_bias=False)(before)
        x = K.add([x, before])
    x = K.Dropout(0.5)(K.GlobalAveragePooling2D()(x))
    return keras.Model(image, K.Dense(1, activation="sigmoid")(x))


def flowers(keras: Any) -> Any:
    """TensorFlow's "Image classification": augmentation as a model in the model."""
    K = keras.layers
    more = keras.Sequential(
        [K.RandomFlip("horizontal"), K.RandomRotation(0.1), K.RandomZoom(0.1)], name="more"
    )
    parts = [more, K.Rescaling(1.0 / 255)]
    for size in (16, 32, 64):
        parts += [K.Conv2D(size, 3, padding="same", activation="relu"), K.MaxPooling2D()]
    parts += [K.Dropout(0.2), K.Flatten(), K.Dense(128, activation="relu"), K.Dense(5)]
    return keras.Sequential([keras.Input((32, 32, 3)), *parts])


def auto_mpg(keras: Any) -> Any:
    """A regression on features whose mean and deviation were adapted."""
    K = keras.layers
    mean, variance = np.linspace(0.2, 0.8, 9), np.linspace(0.02, 0.1, 9)
    norm = K.Normalization(axis=-1, mean=mean, variance=variance)
    dense = [K.Dense(64, activation="relu"), K.Dense(64, activation="relu"), K.Dense(1)]
    return keras.Sequential([keras.Input((9,)), norm, *dense])


def encoder(keras: Any) -> Any:
    """The encoder of a variational autoencoder, with two outputs."""
    K = keras.layers
    image = keras.Input((28, 28, 1))
    x = K.Conv2D(32, 3, activation="relu", strides=2, padding="same")(image)
    x = K.Conv2D(64, 3, activation="relu", strides=2, padding="same")(x)
    x = K.Dense(16, activation="relu")(K.Flatten()(x))
    return keras.Model(image, [K.Dense(2, name="z_mean")(x), K.Dense(2, name="z_log_var")(x)])


def decoder(K: Any) -> list[Any]:
    """Of the same: features become an image."""
    return [
        K.Dense(7 * 7 * 16, activation="relu"), K.Reshape((7, 7, 16)),
        K.Conv2DTranspose(16, 3, activation="relu", strides=2, padding="same"),
        K.Conv2DTranspose(8, 3, activation="relu", strides=2, padding="same"),
        K.Conv2DTranspose(1, 3, padding="same"),
    ]  # fmt: skip


def generator(K: Any) -> list[Any]:
    """TensorFlow's DCGAN, narrower, without the tanh at its end."""
    return [
        K.Dense(7 * 7 * 16, use_bias=False), K.BatchNormalization(), K.LeakyReLU(),
        K.Reshape((7, 7, 16)), K.Conv2DTranspose(8, 5, padding="same", use_bias=False),
        K.BatchNormalization(), K.LeakyReLU(),
        K.Conv2DTranspose(4, 5, strides=2, padding="same", use_bias=False),
        K.BatchNormalization(), K.LeakyReLU(),
        K.Conv2DTranspose(1, 5, strides=2, padding="same", use_bias=False),
    ]  # fmt: skip


def autoencoder(K: Any) -> list[Any]:
    """Keras's convolutional autoencoder for digits, its pools averages."""
    same = {"padding": "same", "activation": "relu"}
    return [
        K.Conv2D(32, 3, **same), K.AveragePooling2D(2, padding="same"), K.Conv2D(32, 3, **same),
        K.AveragePooling2D(2, padding="same"), K.Conv2DTranspose(32, 3, strides=2, **same),
        K.Conv2DTranspose(32, 3, strides=2, **same), K.Conv2D(1, 3, padding="same"),
    ]  # fmt: skip


def upsampling_autoencoder(K: Any) -> list[Any]:
    """Of Keras's blog: convolutions between upsampling."""
    same = {"padding": "same", "activation": "relu"}
    return [
        K.Conv2D(16, 3, **same), K.AveragePooling2D(2), K.Conv2D(8, 3, **same),
        K.AveragePooling2D(2), K.Conv2D(8, 3, **same), K.UpSampling2D(2), K.Conv2D(16, 3, **same),
        K.UpSampling2D(2), K.Conv2D(1, 3, padding="same"),
    ]  # fmt: skip


def dense_autoencoder(K: Any) -> list[Any]:
    """TensorFlow's "Intro to autoencoders": images as flat values, and back."""
    return [K.Flatten(), K.Dense(64, activation="relu"), K.Dense(784), K.Reshape((28, 28))]


def timeseries(K: Any) -> list[Any]:
    """Keras's "Timeseries classification from scratch"."""
    layers = []
    for _ in range(3):
        layers += [K.Conv1D(64, 3, padding="same"), K.BatchNormalization(), K.ReLU()]
    return [*layers, K.GlobalAveragePooling1D(), K.Dense(2, activation="softmax")]


def anomalies(K: Any) -> list[Any]:
    """Keras's "Timeseries anomaly detection using an autoencoder"."""
    same = {"padding": "same", "strides": 2, "activation": "relu"}
    return [
        K.Conv1D(32, 7, **same), K.Dropout(0.2), K.Conv1D(16, 7, **same),
        K.Conv1DTranspose(16, 7, **same), K.Dropout(0.2), K.Conv1DTranspose(32, 7, **same),
        K.Conv1DTranspose(1, 7, padding="same"),
    ]  # fmt: skip


def wavenet(K: Any) -> list[Any]:
    """Causal convolutions of growing dilation."""
    layers = [K.Conv1D(8, 2, padding="causal", activation="relu", dilation_rate=r)
              for r in (1, 2, 4, 8)]  # fmt: skip
    return [*layers, K.Conv1D(3, 1)]


def har(K: Any) -> list[Any]:
    """Human activity from accelerometers, as in a much-read blog post."""
    conv = {"kernel_size": 3, "activation": "relu"}
    return [K.Conv1D(64, **conv), K.Conv1D(64, **conv), K.Dropout(0.5), K.MaxPooling1D(2),
            K.Flatten(), K.Dense(100, activation="relu"),
            K.Dense(6, activation="softmax")]  # fmt: skip


def cifar10(K: Any) -> list[Any]:
    """cifar10_cnn.py of Keras's old examples."""
    layers: list[Any] = []
    for size in (32, 64):
        layers += [
            K.Conv2D(size, 3, padding="same"), K.Activation("relu"), K.Conv2D(size, 3),
            K.Activation("relu"), K.MaxPooling2D(2), K.Dropout(0.25),
        ]  # fmt: skip
    return [*layers, K.Flatten(), K.Dense(512), K.Activation("relu"), K.Dropout(0.5), K.Dense(10),
            K.Activation("softmax")]  # fmt: skip


def vgg_of_cifar(K: Any) -> list[Any]:
    """Blocks of two convolutions with normalisation and dropout."""
    layers: list[Any] = []
    for size in (16, 32, 64):
        for _ in range(2):
            layers += [K.Conv2D(size, 3, padding="same", activation="relu"), K.BatchNormalization()]
        layers += [K.MaxPooling2D(2), K.Dropout(0.3)]
    return [*layers, K.Flatten(), K.Dense(64, activation="relu"), K.BatchNormalization(),
            K.Dropout(0.3), K.Dense(10, activation="softmax")]  # fmt: skip


def convnet(K: Any) -> list[Any]:
    """Keras's "Simple MNIST convnet"."""
    return [
        K.Conv2D(32, 3, activation="relu"), K.MaxPooling2D(2), K.Conv2D(64, 3, activation="relu"),
        K.MaxPooling2D(2), K.Flatten(), K.Dropout(0.5), K.Dense(10, activation="softmax"),
    ]  # fmt: skip


def lenet(K: Any) -> list[Any]:
    return [
        K.Conv2D(6, 5, padding="same", activation="relu"), K.AveragePooling2D(2),
        K.Conv2D(16, 5, activation="relu"), K.AveragePooling2D(2), K.Flatten(),
        K.Dense(120, activation="relu"), K.Dense(84, activation="relu"), K.Dense(10),
    ]  # fmt: skip


def perceptron(K: Any) -> list[Any]:
    layers: list[Any] = []
    for _ in range(2):
        layers += [K.Dense(512, activation="relu"), K.Dropout(0.2)]
    return [*layers, K.Dense(10, activation="softmax")]


def all_convolutional(K: Any) -> list[Any]:
    same = {"padding": "same", "activation": "relu"}
    return [
        K.Dropout(0.2), K.Conv2D(16, 3, **same), K.Conv2D(16, 3, strides=2, **same),
        K.Conv2D(32, 3, **same), K.Conv2D(32, 3, strides=2, **same), K.Conv2D(32, 1, **same),
        K.Conv2D(10, 1, **same), K.GlobalAveragePooling2D(), K.Activation("softmax"),
    ]  # fmt: skip


def pruned(K: Any) -> list[Any]:
    """Of TensorFlow's model optimisation toolkit."""
    return [K.Reshape((28, 28, 1)), K.Conv2D(12, 3, activation="relu"), K.MaxPooling2D(2),
            K.Flatten(), K.Dense(10)]  # fmt: skip


def beginner(K: Any) -> list[Any]:
    return [K.Flatten(), K.Dense(128, activation="relu"), K.Dropout(0.2), K.Dense(10)]


def lstm(K: Any) -> list[Any]:
    return [K.LSTM(16), K.Dense(10)]


TUTORIALS = {
    "TensorFlow for beginners: (28, 28), Flatten": Row(chain((28, 28), beginner)),
    "Fashion-MNIST, x / 255 as Rescaling": Row(
        chain((28, 28), lambda K: [K.Rescaling(1 / 255), *beginner(K)]), brightest=255.0
    ),
    "mnist_mlp": Row(chain((784,), perceptron)),
    "simple MNIST convnet": Row(chain((28, 28, 1), convnet), max_pooling=True),
    "(28, 28), Reshape, convolution": Row(chain((28, 28), pruned), max_pooling=True),
    "flat digits, Reshape, convolution": Row(chain((784,), pruned), max_pooling=True),
    "LeNet-5 with ReLU": Row(chain((28, 28, 1), lenet)),
    "cifar10_cnn": Row(chain((32, 32, 3), cifar10), max_pooling=True),
    "VGG of CIFAR-10, normalised after ReLU": Row(
        chain((32, 32, 3), vgg_of_cifar), max_pooling=True
    ),
    "all convolutional": Row(chain((32, 32, 3), all_convolutional)),
    "toy ResNet (functional API)": Row(toy_resnet, max_pooling=True),
    "cats and dogs (small Xception)": Row(small_xception, max_pooling=True, brightest=255.0),
    "small Xception of the book": Row(book_xception, max_pooling=True, brightest=255.0),
    "flowers, augmentation in the model": Row(flowers, max_pooling=True, brightest=255.0),
    "regression of adapted features": Row(auto_mpg),
    "encoder of two outputs, output='z_mean'": Row(encoder, output="z_mean"),
    "decoder: Dense, Reshape, transposed": Row(chain((2,), decoder)),
    "DCGAN's generator without tanh": Row(chain((10,), generator)),
    "convolutional autoencoder": Row(chain((28, 28, 1), autoencoder)),
    "autoencoder with upsampling": Row(chain((28, 28, 1), upsampling_autoencoder)),
    "dense autoencoder of images": Row(chain((28, 28), dense_autoencoder)),
    "timeseries from scratch (Conv1D)": Row(chain((50, 1), timeseries)),
    "timeseries autoencoder (Conv1DTranspose)": Row(chain((48, 2), anomalies)),
    "causal convolutions": Row(chain((40, 2), wavenet)),
    "activity (Conv1D, MaxPooling1D)": Row(chain((32, 9), har), max_pooling=True),
    "LSTM": Row(chain((28, 28), lstm)),
}
