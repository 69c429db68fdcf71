"""The layers of `lee2020-vgg9` in rates of 0 to 1 spike per step, without biases.

Every layer of neurons divides its input by its root mean square per channel (a running mean of it
afterwards), times a factor that is trained: it folds into the kernels, and no bias is left.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.layers.types import AveragePooling2D, Conv2D, Dense, Flatten

NETWORK = architecture("lee2020-vgg9")
#: parts of the input of the two dense layers that are dropped
DROPPED = (0.1, 0.2)
SMALLEST = 1e-5


class RateNetwork:
    """Kernels, factors and running mean squares.

    Parameters
    ----------
    seed : int
        Seed of the first kernels, normal with variance 2 / fan-in.
    """

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.kernels: list[tf.Variable] = []
        self.factors: list[tf.Variable] = []
        self.squares: list[tf.Variable] = []
        shapes = kernel_shapes()
        for shape in shapes:
            values = rng.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape)
            self.kernels.append(tf.Variable(values.astype(np.float32)))
        for shape in shapes[:-1]:
            self.factors.append(tf.Variable(np.full(shape[-1], 0.5, np.float32)))
            self.squares.append(tf.Variable(np.ones(shape[-1], np.float32), trainable=False))

    def _rates(self, drive: tf.Tensor, layer: int, training: bool) -> tf.Tensor:
        """Normalised input of a layer of neurons, between no spike and one per step."""
        kept = self.squares[layer]
        if training:
            square = tf.reduce_mean(tf.square(drive), list(range(len(drive.shape) - 1)))
            kept.assign(0.95 * kept + 0.05 * tf.stop_gradient(square))
        else:
            square = kept
        factor = self.factors[layer] * tf.math.rsqrt(square + SMALLEST)
        return tf.clip_by_value(drive * factor, 0.0, 1.0)

    def __call__(self, images: tf.Tensor, seeds: tf.Tensor | None = None) -> tf.Tensor:
        """Scores of the classes; with seeds of what is dropped as in training."""
        training = seeds is not None
        x, layer, dense = images, 0, 0
        last = len(self.kernels) - 1
        for each in NETWORK.layers:
            if isinstance(each, AveragePooling2D):
                x = tf.nn.avg_pool2d(x, 2, 2, "VALID")
            elif isinstance(each, Flatten):
                x = tf.reshape(x, (tf.shape(x)[0], int(np.prod(x.shape[1:]))))
            elif isinstance(each, (Conv2D, Dense)):
                if isinstance(each, Conv2D):
                    x = tf.nn.conv2d(x, self.kernels[layer], 1, "SAME")
                else:
                    if training:
                        dense += 1
                        x = dropped(x, DROPPED[dense - 1], seeds, dense)
                    x = x @ self.kernels[layer]
                if layer < last:
                    x = self._rates(x, layer, training)
                layer += 1
        return x

    def folded(self) -> list[np.ndarray]:
        """Kernels with the normalisation in them."""
        found = [kernel.numpy() for kernel in self.kernels]
        for layer, (factor, square) in enumerate(zip(self.factors, self.squares, strict=True)):
            found[layer] = found[layer] * (factor.numpy() / np.sqrt(square.numpy() + SMALLEST))
        return found


def kernel_shapes() -> list[tuple[int, ...]]:
    """Shapes of the kernels, in order."""
    reads = zip(NETWORK.layers, NETWORK.layer_inputs(), strict=True)
    return [tuple(layer.arrays(shape)["kernel"]) for layer, shape in reads if layer.has_weights]


def dropped(x: tf.Tensor, rate: float, seeds: tf.Tensor, number: int) -> tf.Tensor:
    """A part of the values set to 0, the others larger."""
    shift = tf.constant([0, 100_000 * number], tf.int64)
    kept = tf.random.stateless_uniform(tf.shape(x), seeds + shift) >= rate
    return tf.where(kept, x / (1 - rate), 0.0)
