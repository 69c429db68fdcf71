"""A Keras 3 model into spikes, both ways: without training, and after a few epochs of it.

An ordinary network with batch normalisation and residual sums is trained in Keras on Fashion-MNIST,
then becomes (a) a network of LIF neurons after fine-tuning with SoftLIF and noise, and (b) one of
integrate-and-fire neurons without any training, rates normalised by layer. Prints the error of
each on the test images, after 100 steps, for several draws of the initial voltages, and of the
images one after another without a reset.

    python examples/keras_to_spikes.py --epochs 8 --tune 3

With ``--choose`` the network is trained without a sixth of the training images, and rates, synapse,
``high`` and the start of averaging are chosen on these; no test image is looked at.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import keras
from keras import layers as K

from nengo_lifdeep import (
    Presentation,
    TrainedModel,
    convert,
    diagnose,
    evaluate,
    finetune,
    from_keras,
    rate_scales,
)
from nengo_lifdeep.datasets import Dataset, Split, load
from nengo_lifdeep.report.tables.diagnosis import diagnosis_table
from nengo_lifdeep.report.tables.evaluations import evaluation_table

SHOW = Presentation(t_c=0.06, t_p=0.1)
STREAM = dataclasses.replace(SHOW, reset=False)


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


def trained(dataset: Dataset, epochs: int, file: str) -> TrainedModel:
    """Trained in Keras, or read from the file."""
    train = dataset.train
    if not Path(file).exists():
        keras.utils.set_random_seed(0)
        model = residual_network(train.image_shape)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        rates = keras.optimizers.schedules.CosineDecay(2e-3, epochs * (len(train) // 128 + 1))
        model.compile(keras.optimizers.Adam(rates), loss, metrics=["accuracy"])
        model.fit(train.unit_images(), train.labels, batch_size=128, epochs=epochs, verbose=2)
        model.save(file)
    return from_keras(file, classes=dataset.classes)


def choose(options: argparse.Namespace) -> None:
    """Print errors on held-out training images at other rates, synapses and scales of ReLU."""
    dataset = load(options.data).held_out()
    net = trained(dataset, options.epochs, options.file)
    held = dataset.test if options.images is None else dataset.test.take(options.images)
    print(evaluate(net, held), flush=True)
    for target_rate in (400, 900, 2000):
        scales = rate_scales(net, dataset.train.take(500), target_rate=target_rate)
        compare(f"(b) {target_rate} Hz", net, held, scale_firing_rates=scales)
    for high in (8.0, 16.0, 32.0):
        tuned = finetune(net, dataset, epochs=options.tune, high=high, batch_size=128)
        compare(f"(a) high {high:g}", tuned, held)


def compare(name: str, net: TrainedModel, held: Split, **settings) -> None:
    """Print errors with three synapses, from four starts of averaging, with and without a reset."""
    for tau in (0.002, 0.003, 0.004):
        model = convert(net, synapse=tau, initial_voltage="uniform", **settings)
        for show, way in ((SHOW, "reset"), (STREAM, "stream")):
            windows = evaluate(model, held, presentation=show, grid=True).windows
            errors = [100 * (1 - windows.at(t_c, show.n_steps)) for t_c in (40, 60, 70, 80)]
            listed = ", ".join(f"{error:.2f}" for error in errors)
            print(f"{name}, {1e3 * tau:g} ms, {way}: {listed} % from 40, 60, 70, 80 ms", flush=True)


def main(options: argparse.Namespace) -> list:
    """Train in Keras (or read the file), convert both ways, evaluate."""
    dataset = load(options.data)
    net = trained(dataset, options.epochs, options.file)
    test = dataset.test if options.images is None else dataset.test.take(options.images)
    results = [evaluate(net, test)]

    scales = rate_scales(net, dataset.train.take(500), target_rate=900)
    normalised = convert(net, synapse=0.003, scale_firing_rates=scales, initial_voltage="uniform")
    tuned = finetune(
        net, dataset, epochs=options.tune, high=options.high, batch_size=128, progress=True
    )
    spiking = convert(tuned, synapse=0.003, initial_voltage="uniform")
    for model, rates in ((normalised, None), (spiking, tuned)):
        results += [] if rates is None else [evaluate(rates, test)]
        results += [
            evaluate(model, test, presentation=SHOW, reference=net, seed=draw, progress=True)
            for draw in range(options.draws)
        ]
        results += [evaluate(model, test, presentation=STREAM, reference=net, progress=True)]

    evaluation_table(results).show()
    for model in (normalised, spiking):
        diagnosis_table(diagnose(model, test.take(20), presentation=SHOW)).show()
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--data", default="fashion-mnist", help="fashion-mnist, mnist or digits")
    parser.add_argument("--epochs", type=int, default=8, help="of training in Keras")
    parser.add_argument("--tune", type=int, default=3, help="epochs of fine-tuning")
    parser.add_argument("--images", type=int, help="test images; all by default")
    parser.add_argument("--file", default="residual.keras", help="where the Keras model is kept")
    parser.add_argument("--high", type=float, default=16.0, help="see relu_to_lif")
    parser.add_argument("--draws", type=int, default=3, help="of initial voltages")
    parser.add_argument("--choose", action="store_true", help="settings, on held-out images")
    options = parser.parse_args()
    if options.choose:
        choose(options)
    else:
        main(options)
