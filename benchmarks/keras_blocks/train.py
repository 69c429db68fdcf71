"""Train a small ResNet50 or MobileNetV2 in Keras on CIFAR-10, without the held-out images.

    python benchmarks/keras_blocks/train.py resnet --epochs 10 --seed 0 --out runs/keras-blocks

Five sixths of the training images are used (`Dataset.held_out`), mirrored and shifted by up to four
pixels. The state is kept after every epoch, and the same command continues.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
import tensorflow as tf
from networks import NETWORKS

from nengo_lifdeep.datasets import load

BATCH = 128


def moved(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mirrored image by image, and shifted, all of a batch alike."""
    images = tf.image.random_flip_left_right(images)
    images = tf.pad(images, [[0, 0], [4, 4], [4, 4], [0, 0]])
    return tf.image.random_crop(images, [tf.shape(images)[0], 32, 32, 3]), labels


def main(options: argparse.Namespace) -> None:
    """Train, and print the accuracy on the held-out images."""
    keras.utils.set_random_seed(options.seed)
    data = load("cifar-10").held_out()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    batches = tf.data.Dataset.from_tensor_slices((data.train.images, data.train.labels))
    batches = batches.shuffle(len(data.train)).batch(BATCH, drop_remainder=True).map(moved)
    model = NETWORKS[options.network]()
    rates = keras.optimizers.schedules.CosineDecay(
        options.rate, options.epochs * (len(data.train) // BATCH)
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rates), loss, metrics=["accuracy"], jit_compile=False)
    name = f"{options.network}-{options.seed}"
    model.fit(
        batches.prefetch(2),
        epochs=options.epochs,
        validation_data=(data.test.images, data.test.labels),
        validation_batch_size=500,
        callbacks=[keras.callbacks.BackupAndRestore(out / f"{name}-state")],
        verbose=2,
    )
    model.save(out / f"{name}.keras")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("network", choices=list(NETWORKS))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rate", type=float, default=2e-3, help="of Adam, at the start")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="runs/keras-blocks", help="folder of the models")
    main(parser.parse_args())
