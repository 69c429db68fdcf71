"""A Keras model on Loihi: train it in Keras, put it on the chip, see what is left of it.

NengoLoihi's documentation has an example of this name: a convolutional ReLU network for MNIST,
rebuilt layer by layer, its firing rates and block shapes set by hand. Here the Keras model is taken
as it is; rates are scaled by layer so that the 99.9th percentile fires at 150 Hz, and the cut into
cores is searched.

    python examples/keras_to_loihi.py --data mnist --images 1000 --report report
"""

from __future__ import annotations

import argparse

import keras
import numpy as np

from nengo_lifdeep import convert, deploy, from_keras, rate_scales
from nengo_lifdeep.datasets import load
from nengo_lifdeep.report.pages.deployment import write_deployment_report
from nengo_lifdeep.report.tables.deployment import core_table


def keras_model(shape: tuple[int, ...], x: np.ndarray, y: np.ndarray, epochs: int) -> keras.Model:
    """An ordinary network, trained in the ordinary way."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.layers.Input(shape),
        keras.layers.Conv2D(6, 1, activation="relu"),
        keras.layers.Conv2D(24, 3, strides=2, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ])  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(x, y, epochs=epochs, batch_size=100, verbose=2)
    return model


def main(data: str, epochs: int, images: int, target_rate: float, report: str | None) -> float:
    """Train, convert, deploy; return the accuracy on the emulated chip."""
    dataset = load(data)
    train, test = dataset.train, dataset.test.take(images)
    net = from_keras(
        keras_model(train.image_shape, train.unit_images(), train.labels, epochs),
        classes=dataset.classes,
    )
    scales = rate_scales(net, train.take(200), target_rate=target_rate)
    deployment = deploy(convert(net, scale_firing_rates=scales), images=train.take(100))
    core_table(deployment.plan).show()
    result = deployment.evaluate(test, progress=True)
    print(result)
    if report is not None:
        print(write_deployment_report(report, deployment, test, progress=True)["page"])
    return result.accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, digits-held-out, ...")
    parser.add_argument("--epochs", type=int, default=20, help="of training in Keras")
    parser.add_argument("--images", type=int, default=200, help="test images on the chip")
    parser.add_argument("--target-rate", type=float, default=150.0, help="99.9th percentile, Hz")
    parser.add_argument("--report", help="folder for a report")
    options = parser.parse_args()
    main(options.data, options.epochs, options.images, options.target_rate, options.report)
