"""The yardstick: one forward pass of the same network with ReLU, in TensorFlow."""

from __future__ import annotations

import time

from nengo_lifdeep.compat import import_tensorflow

from .keras_model import keras_model
from .task import Round, Task

__all__ = ["Relu"]


class Relu:
    """A `tf.function` over the tf_keras model, ``passes`` times the batch per round."""

    def __init__(self, task: Task, passes: int = 20) -> None:
        tf = import_tensorflow()
        model = keras_model(task)
        self.images = tf.constant(task.inputs)
        self.forward = tf.function(lambda x: model(x, training=False))
        self.passes = passes
        self.notes: list[str] = []
        self.forward(self.images)

    def round(self) -> Round:
        """``passes`` forward passes."""
        start = time.perf_counter()
        for _ in range(self.passes):
            self.forward(self.images).numpy()
        return Round(time.perf_counter() - start, self.passes * len(self.images))

    def close(self) -> None:
        """Nothing to close."""
