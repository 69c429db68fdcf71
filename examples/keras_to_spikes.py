"""A Keras 3 model into spikes, both ways: without training, and after a few epochs of it.

An ordinary network with batch normalisation and residual sums is trained in Keras on Fashion-MNIST,
then becomes (a) a network of LIF neurons after fine-tuning with SoftLIF and noise, and (b) one of
integrate-and-fire neurons without any training, rates normalised by layer. Prints the error of
each on the test images, after 100 steps, for several draws of the initial voltages, and of the
images one after another without a reset.

    python examples/keras_to_spikes.py --epochs 8 --tune 3

With ``--choose`` the network is trained without a sixth of the training images, and rates, synapse,
``high`` and the start of averaging are chosen on these; no test image is looked at. With
``--choose --test`` the test images are evaluated once afterwards, with the settings just chosen.
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

T_P = 100  # ms
STARTS = (40, 60, 70, 80)  # of averaging, ms


@dataclasses.dataclass(frozen=True)
class Setting:
    """``level``: the target rate of (b) in Hz, or ``high`` of (a); times in ms."""

    level: float
    tau: float
    t_c: int

    def show(self, way: str) -> Presentation:
        """The presentation, with a reset before every image or as a stream."""
        return Presentation(t_c=self.t_c / 1e3, t_p=T_P / 1e3, reset=way == "reset")


# chosen with --choose --images 2000 on Fashion-MNIST
CHOSEN = {
    ("b", "reset"): Setting(900, 4, 80),
    ("b", "stream"): Setting(900, 4, 80),
    ("a", "reset"): Setting(16, 2, 60),
    ("a", "stream"): Setting(16, 3, 70),
}


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


def choose(options: argparse.Namespace, dataset: Dataset, net: TrainedModel, tuned: dict) -> dict:
    """Print errors on held-out training images; return the settings with the lowest ones."""
    held = dataset.test if options.images is None else dataset.test.take(options.images)
    print(evaluate(net, held), flush=True)
    found: dict[tuple[str, str], dict[Setting, float]] = {key: {} for key in CHOSEN}
    for level in (400, 900, 2000):
        scales = rate_scales(net, dataset.train.take(500), target_rate=level)
        compare("b", level, net, held, found, scale_firing_rates=scales)
    for level in (8, 16):
        tuned[level] = tune(net, dataset, level, options)
        compare("a", level, tuned[level], held, found)
    chosen = {key: min(errors, key=errors.__getitem__) for key, errors in found.items()}
    for (kind, way), setting in chosen.items():
        error = found[kind, way][setting]
        print(f"chosen for ({kind}), {way}: {setting}, {error:.2f} %", flush=True)
    return chosen


def compare(kind: str, level: float, net: TrainedModel, held: Split, found: dict, **scales) -> None:
    """Add the errors of three synapses and four starts of averaging, with and without a reset."""
    for tau in (2, 3, 4):
        model = convert(net, synapse=tau / 1e3, initial_voltage="uniform", **scales)
        for way in ("reset", "stream"):
            show = Setting(level, tau, STARTS[0]).show(way)
            windows = evaluate(model, held, presentation=show, grid=True).windows
            errors = {
                Setting(level, tau, start): 100 * (1 - windows.at(start, T_P)) for start in STARTS
            }
            found[kind, way].update(errors)
            listed = ", ".join(f"{error:.2f}" for error in errors.values())
            print(f"({kind}) {level:g}, {tau} ms, {way}: {listed} % from {STARTS} ms", flush=True)


def tune(net: TrainedModel, dataset: Dataset, high: float, options: argparse.Namespace):
    """Variant (a), after ``--tune`` epochs."""
    return finetune(net, dataset, epochs=options.tune, high=high, batch_size=128, progress=True)


def test(options, dataset: Dataset, net: TrainedModel, images: Split, chosen, tuned) -> list:
    """Convert both ways with the chosen settings and evaluate."""
    results, looked_at = [evaluate(net, images)], {}
    for (kind, way), setting in chosen.items():
        source, factors = net, {}
        if kind == "b":
            few = dataset.train.take(500)
            factors = {"scale_firing_rates": rate_scales(net, few, target_rate=setting.level)}
        else:
            if setting.level not in tuned:
                tuned[setting.level] = tune(net, dataset, setting.level, options)
            source = tuned[setting.level]
            results.append(evaluate(source, images))
        model = convert(source, synapse=setting.tau / 1e3, initial_voltage="uniform", **factors)
        looked_at.setdefault(kind, (model, setting))
        results += [
            evaluate(model, images, presentation=setting.show(way), reference=net, seed=draw)
            for draw in range(options.draws if way == "reset" else 1)
        ]
    evaluation_table(results).show()
    for model, setting in looked_at.values():
        diagnosis_table(diagnose(model, images.take(20), presentation=setting.show("reset"))).show()
    return results


def main(options: argparse.Namespace) -> list:
    """Train in Keras (or read the file); choose, or evaluate what was chosen before."""
    whole = None if options.choose and not options.test else load(options.data)
    dataset = load(options.data).held_out() if options.choose else whole
    net = trained(dataset, options.epochs, options.file)
    tuned: dict[float, TrainedModel] = {}
    chosen = choose(options, dataset, net, tuned) if options.choose else CHOSEN
    if whole is None:
        return []
    images = whole.test if options.images is None else whole.test.take(options.images)
    return test(options, dataset, net, images, chosen, tuned)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--data", default="fashion-mnist", help="fashion-mnist, mnist or digits")
    parser.add_argument("--epochs", type=int, default=8, help="of training in Keras")
    parser.add_argument("--tune", type=int, default=3, help="epochs of fine-tuning")
    parser.add_argument("--images", type=int, help="held-out or test images; all by default")
    parser.add_argument("--file", default="residual.keras", help="where the Keras model is kept")
    parser.add_argument("--draws", type=int, default=3, help="of initial voltages")
    parser.add_argument("--choose", action="store_true", help="settings, on held-out images")
    parser.add_argument("--test", action="store_true", help="with --choose: then the test images")
    main(parser.parse_args())
