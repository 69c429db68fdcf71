"""Trains one epoch on two logical processors, which are configured before TensorFlow starts: a
program of its own. Argument: where the weights go, as .npz."""

from __future__ import annotations

import sys

import numpy as np

from nengo_lifdeep import AlphaRCNoise, SoftLIF, datasets, train
from nengo_lifdeep.compat import import_tensorflow
from nengo_lifdeep.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, Shortcut
from nengo_lifdeep.layers.architecture import Architecture

#: Everything that is random or counts the batch: noise, dropout, normalisation, rate targets.
NET = Architecture(
    (8, 8, 1),
    (
        Conv2D(4, 3, padding="same"),
        Conv2D(4, 3, padding="same", use_bias=False),
        BatchNormalization(),
        Shortcut("neurons1"),
        Dropout(0.2),
        Conv2D(6, 3, strides=2),
        Flatten(),
        Dense(10),
    ),
)
NEURON = SoftLIF(0.022, 0.002, 0.02, 0.063, noise=AlphaRCNoise(0.003))


def trained(strategy, **options):
    """The network after one epoch."""
    data = datasets.load("digits").train.take(400)
    given = {"batch_size": 50, "epochs": 1, "rate_targets": (5, 30, 1e-4), "progress": False}
    return train(NET, data, neuron=NEURON, strategy=strategy, **given | options)


def arrays(model):
    """Its weights and what was measured while it was trained, by name."""
    found = {f"{la}/{n}": a for la, group in model.weights.items() for n, a in group.items()}
    return found | {name: np.array(model.history[name]) for name in ("loss", "accuracy")}


def main() -> None:
    tf = import_tensorflow()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], halves)
    model = trained("mirrored")
    assert model.provenance["devices"] == 2
    np.savez(sys.argv[1], **arrays(model))


if __name__ == "__main__":
    main()
