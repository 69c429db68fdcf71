"""What `from_onnx` makes of Keras models that TensorFlow's tools exported.

    python benchmarks/tensorflow_exports.py

Needs TensorFlow, onnxruntime and tf2onnx (``pip install --no-deps tf2onnx``, whose own pin of
protobuf is older than TensorFlow's). Each model is exported by Keras's ``model.export(...,
format="onnx")`` and, through a SavedModel folder, by ``python -m tf2onnx.convert``; its scores are
compared with Keras's own on random images (the largest difference, of the largest score). The table
is that of docs/importers.md.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

from nengo_lifdeep import LifdeepError, from_keras, from_onnx
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward

K = keras.layers


def lenet(image: Any) -> Any:
    x = K.Conv2D(6, 5, padding="same", activation="relu")(image)
    x = K.Conv2D(16, 5, activation="relu")(K.AveragePooling2D(2)(x))
    return K.Dense(10)(K.Dense(32, activation="relu")(K.Flatten()(K.AveragePooling2D(2)(x))))


def tutorial(image: Any) -> Any:
    """As in TensorFlow's first tutorial: grey digits without a channel."""
    x = K.Dense(32, activation="relu")(K.Flatten()(image))
    return K.Dense(10, activation="softmax")(K.Dropout(0.2)(x))


def vgg(image: Any) -> Any:
    x = K.Rescaling(1 / 255)(image)
    for filters in (8, 12):
        for _ in range(2):
            x = K.ReLU()(K.BatchNormalization()(K.Conv2D(filters, 3, padding="same")(x)))
        x = K.MaxPooling2D(2)(x)
    return K.Dense(5, activation="softmax")(K.Flatten()(x))


def residual(image: Any) -> Any:
    x = K.Conv2D(8, 3, strides=2, padding="same", activation="relu")(image)
    for filters, stride in ((8, 1), (12, 2)):
        y = K.ReLU()(K.BatchNormalization()(K.Conv2D(filters, 3, stride, padding="same")(x)))
        y = K.BatchNormalization()(K.Conv2D(filters, 3, padding="same")(y))
        short = x if stride == 1 else K.BatchNormalization()(K.Conv2D(filters, 1, stride)(x))
        x = K.ReLU()(K.Add()([y, short]))
    return K.Dense(5)(K.GlobalAveragePooling2D()(x))


def mobile(image: Any) -> Any:
    x = K.ReLU(6.0)(K.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(image))
    x = K.ReLU(6.0)(K.BatchNormalization()(K.DepthwiseConv2D(3, padding="same")(x)))
    x = K.ReLU(6.0)(K.BatchNormalization()(K.Conv2D(12, 1)(x)))
    x = K.SeparableConv2D(12, 3, strides=2, padding="same", activation="relu")(x)
    return K.Dense(5)(K.Dropout(0.2)(K.GlobalAveragePooling2D()(x)))


def padded(image: Any) -> Any:
    x = K.Conv2D(8, 7, strides=2, activation="relu")(K.ZeroPadding2D(3)(image))
    x = K.MaxPooling2D(3, strides=2)(K.ZeroPadding2D(1)(x))
    x = K.Concatenate()([K.Conv2D(4, 1, activation="relu")(x),
                         K.Conv2D(4, 3, padding="same", activation="relu")(x)])  # fmt: skip
    return K.Dense(5)(K.GlobalMaxPooling2D()(x))


def features(values: Any) -> Any:
    x = K.BatchNormalization()(K.Dense(16, activation="relu")(values))
    return K.Dense(1, activation="sigmoid")(K.Dense(8, activation="relu")(x))


MODELS: dict[str, tuple[tuple[int, ...], Callable[[Any], Any]]] = {
    "LeNet": ((28, 28, 1), lenet),
    "first tutorial, grey": ((28, 28), tutorial),
    "VGG with BatchNormalization and Rescaling": ((24, 20, 3), vgg),
    "residual": ((24, 20, 3), residual),
    "depthwise and separable, ReLU6": ((24, 20, 3), mobile),
    "ZeroPadding2D, max pooling, branches": ((23, 20, 3), padded),
    "features, sigmoid": ((12,), features),
}


def main() -> None:
    warnings.simplefilter("ignore")
    versions = f"TensorFlow {tf.__version__}, Keras {keras.__version__}, ONNX {onnx.__version__}"
    print(f"{versions}, tf2onnx {tf2onnx.__version__}\n")
    print('| model | `model.export(format="onnx")` | SavedModel, `tf2onnx.convert` | the folder |')
    print("|---|---|---|---|")
    for number, (name, (shape, build)) in enumerate(MODELS.items()):
        keras.utils.set_random_seed(number)
        image = keras.Input(shape)
        model = drawn(keras.Model(image, build(image)), number)
        with tempfile.TemporaryDirectory() as folder:
            cells = exported(model, Path(folder), number)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def drawn(model: Any, seed: int) -> Any:
    """The model with statistics and biases that are not 0 and 1."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        arrays = layer.get_weights()
        if isinstance(layer, K.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, a.shape).astype(np.float32) for a in arrays])
        elif len(arrays) > 1:
            arrays[-1] = rng.uniform(-0.3, 0.3, arrays[-1].shape).astype(np.float32)
            layer.set_weights(arrays)
    return model


def exported(model: Any, folder: Path, seed: int) -> list[str]:
    """What becomes of both exports, and of the SavedModel folder itself."""
    direct, saved, other = folder / "direct.onnx", folder / "saved", folder / "other.onnx"
    with contextlib.redirect_stdout(io.StringIO()):
        model(np.zeros((1, *model.input_shape[1:]), np.float32))  # which its ONNX export wants
        model.export(direct, format="onnx", verbose=False)
        model.export(saved, verbose=False)
    words = ["--saved-model", saved, "--output", other]
    subprocess.run(
        [sys.executable, "-m", "tf2onnx.convert", *words], check=True, capture_output=True
    )
    try:
        from_keras(saved)
        refusal = "imported"
    except LifdeepError:
        refusal = "refused, with the way to ONNX"
    return [answer(model, direct, seed), answer(model, other, seed), refusal]


def answer(model: Any, path: Path, seed: int) -> str:
    """The largest difference of an export's scores from the model's, of the largest."""
    try:
        net = from_onnx(path)
    except LifdeepError as error:
        return f"refused: {str(error)[:120]}"
    x = np.random.default_rng(seed).uniform(size=(4, *model.input_shape[1:])).astype(np.float32)
    brightest = net.preprocessing.scale if net.preprocessing.scale > 2 else 1.0
    expected = model.predict(x * brightest, verbose=0)
    images = net.preprocessing(x.reshape(4, *net.architecture.input_shape))
    found = forward(fold(net), images)["output"]
    if expected.shape[1] == 1 and found.shape[1] == 2:  # a sigmoid: its logit
        found, expected = found[:, 1:], np.log(expected) - np.log1p(-expected)
    elif np.allclose(expected.sum(1), 1, atol=1e-4):  # a softmax
        found, expected = (v - v.mean(1, keepdims=True) for v in (found, np.log(expected)))
    most = np.abs(found - expected).max() / np.abs(expected).max()
    return f"{most:.0e}" if most < 1e-4 else f"DIFFERENT: {most:.0e}"


if __name__ == "__main__":
    main()
