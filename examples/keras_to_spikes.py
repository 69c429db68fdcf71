"""A Keras 3 model into spikes, both ways: without training, and after a few epochs of it.

An ordinary network with batch normalisation and residual sums is trained in Keras on Fashion-MNIST,
then becomes (a) a network of LIF neurons after fine-tuning with SoftLIF and noise, and (b) one of
integrate-and-fire neurons without any training, rates normalised by layer. Prints the error of
each on the test images, after 100 steps.

    python examples/keras_to_spikes.py --epochs 8 --tune 3
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
from keras import layers as K

from nengo_lifdeep import (
    Presentation,
    convert,
    diagnose,
    evaluate,
    finetune,
    from_keras,
    rate_scales,
)
from nengo_lifdeep.datasets import load
from nengo_lifdeep.report.diagnosis import diagnosis_table
from nengo_lifdeep.report.tables import evaluation_table


def residual_network(shape: tuple[int, ...]) -> keras.Model:
    """Three blocks; the sums come before the activation."""
    image = keras.Input(shape)
    x = K.ReLU()(_normalised(K.Conv2D(16, 3, 2, "same")(image)))
    for filters, strides in ((16, 1), (32, 2), (32, 1)):
        y = K.ReLU()(_normalised(K.Conv2D(filters, 3, strides, "same")(x)))
        y = _normalised(K.Conv2D(filters, 3, 1, "same")(y))
        side = x if strides == 1 else K.Conv2D(filters, 1, strides)(x)
        x = K.ReLU()(K.Add()([y, side]))
    x = K.Flatten()(K.AveragePooling2D(7 if shape[0] == 28 else 2)(x))
    return keras.Model(image, K.Dense(10)(x), name="residual")


def _normalised(x):
    """With statistics that follow a short training."""
    return K.BatchNormalization(momentum=0.9)(x)


def main(data: str, epochs: int, tune: int, images: int | None, file: str, high: float) -> list:
    """Train in Keras (or read the file), convert both ways, evaluate."""
    dataset = load(data)
    train, test = dataset.train, dataset.test
    if not Path(file).exists():
        keras.utils.set_random_seed(0)
        model = residual_network(train.image_shape)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        rates = keras.optimizers.schedules.CosineDecay(2e-3, epochs * (len(train) // 128 + 1))
        model.compile(keras.optimizers.Adam(rates), loss, metrics=["accuracy"])
        model.fit(train.unit_images(), train.labels, batch_size=128, epochs=epochs, verbose=2)
        model.save(file)
    net = from_keras(file, classes=dataset.classes)
    test = test if images is None else test.take(images)
    show = Presentation(t_c=0.06, t_p=0.1)
    results = [evaluate(net, test)]

    scales = rate_scales(net, train.take(500), target_rate=900)
    normalised = convert(net, synapse=0.003, scale_firing_rates=scales, initial_voltage="uniform")
    results.append(evaluate(normalised, test, presentation=show, reference=net, progress=True))

    tuned = finetune(net, dataset, epochs=tune, high=high, batch_size=128, progress=True)
    results.append(evaluate(tuned, test))
    spiking = convert(tuned, synapse=0.003, initial_voltage="uniform")
    results.append(evaluate(spiking, test, presentation=show, reference=net, progress=True))

    evaluation_table(results).show()
    for model in (normalised, spiking):
        diagnosis_table(diagnose(model, test.take(20), presentation=show)).show()
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--data", default="fashion-mnist", help="fashion-mnist, mnist or digits")
    parser.add_argument("--epochs", type=int, default=8, help="of training in Keras")
    parser.add_argument("--tune", type=int, default=3, help="epochs of fine-tuning")
    parser.add_argument("--images", type=int, help="test images; all by default")
    parser.add_argument("--file", default="residual.keras", help="where the Keras model is kept")
    parser.add_argument("--high", type=float, default=16.0, help="see relu_to_lif")
    options = parser.parse_args()
    main(options.data, options.epochs, options.tune, options.images, options.file, options.high)
