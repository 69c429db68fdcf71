"""What average pooling costs in the place of max pooling, and what three epochs win back.

A network with max pooling is trained in Keras as people write it, imported with averages, and
fine-tuned. Errors are those of all test images.

    python benchmarks/pooling_cost.py --data fashion-mnist --epochs 4 --seed 0
"""

from __future__ import annotations

import argparse

import keras
from keras import layers as K

from nengo_lifdeep import convert, evaluate, finetune, from_keras, pooling_cost
from nengo_lifdeep.datasets import Dataset, load
from nengo_lifdeep.inputs.presentation import Presentation


def trained(data: Dataset, epochs: int) -> keras.Model:
    """Two convolutions, each followed by max pooling of 2 x 2."""
    model = keras.Sequential(
        [
            keras.Input(data.train.image_shape),
            K.Conv2D(16, 3, padding="same", activation="relu"),
            K.MaxPooling2D(2),
            K.Conv2D(32, 3, padding="same", activation="relu"),
            K.MaxPooling2D(2),
            K.Flatten(),
            K.Dense(len(data.classes)),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=False)
    model.fit(data.train.unit_images(), data.train.labels, 64, epochs, verbose=0)
    return model


def main(options: argparse.Namespace) -> None:
    """Train, measure, fine-tune, convert."""
    keras.utils.set_random_seed(options.seed)
    data = load(options.data)
    model = trained(data, options.epochs)
    print(pooling_cost(model, data.test), flush=True)
    net = from_keras(model, max_pooling="average", classes=data.classes)
    tuned = finetune(net, data, epochs=options.tune, seed=options.seed)
    print(f"{options.tune} epochs of fine-tuning: {evaluate(tuned, data.test)}", flush=True)
    spiking = convert(tuned, synapse=0.003, initial_voltage="uniform")
    print(evaluate(spiking, data.test, presentation=Presentation(t_c=0.06, t_p=0.1)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--data", default="digits", help="digits, fashion-mnist or mnist")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--tune", type=int, default=3, help="epochs of fine-tuning")
    parser.add_argument("--seed", type=int, default=0)
    main(parser.parse_args())
