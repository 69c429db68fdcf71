"""Products of convolutions and dense layers in bfloat16, while a training runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...compat import import_tensorflow
from ...errors import TrainingError

__all__ = ["has_units", "products_in", "quickest"]

_OPTION = "auto_mixed_precision_onednn_bfloat16"

#: how much faster bfloat16 has to be: less is not worth its rounding
_WORTH = 1.1


@contextmanager
def products_in(dtype: str) -> Iterator[None]:
    """Let TensorFlow (oneDNN) multiply in this type; weights, neurons and sums stay in float32.

    Parameters
    ----------
    dtype : {"float32", "bfloat16"}
        The type. A graph keeps the type that was set when it first ran.

    Raises
    ------
    TrainingError
        If "bfloat16" changes nothing here: the processor has no such units, or TensorFlow no
        oneDNN.
    """
    if dtype == "float32":
        yield
        return
    tf = import_tensorflow()
    options = tf.config.optimizer
    before = bool(options.get_experimental_options().get(_OPTION, False))
    options.set_experimental_options({_OPTION: True})
    try:
        if not _rounds(tf):
            raise TrainingError(
                "products is 'bfloat16', but TensorFlow multiplies in float32 on this computer "
                "(it needs oneDNN and a processor with AVX512-BF16 or AMX); leave products out"
            )
        yield
    finally:
        options.set_experimental_options({_OPTION: before})


def has_units() -> bool:
    """Whether products in bfloat16 are possible on this computer."""
    try:
        with products_in("bfloat16"):
            return True
    except TrainingError:
        return False


def quickest() -> str:
    """The type in which a step of a convolution takes the least time on this computer.

    Not every processor with units for bfloat16 is faster with it: with AVX512-BF16 alone it was
    1.5 times as fast on one and took twice the time on another. The time of one convolution and its
    gradients tells; bfloat16 has to be a tenth faster.

    Returns
    -------
    str
        "float32" or "bfloat16".
    """
    usual = _seconds()
    try:
        with products_in("bfloat16"):
            return "bfloat16" if _WORTH * _seconds() < usual else "float32"
    except TrainingError:
        return "float32"


def _seconds(n_images: int = 64, side: int = 16, channels: int = 64, rounds: int = 5) -> float:
    """Least time of a convolution forward and backward, as the options are."""
    tf = import_tensorflow()
    images = tf.fill((n_images, side, side, channels), np.float32(0.5))
    kernel = tf.fill((3, 3, channels, channels), np.float32(0.1))

    @tf.autograph.experimental.do_not_convert
    def step(images: Any, kernel: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([images, kernel])
            answers = tf.nn.relu(tf.nn.conv2d(images + 0.0, kernel + 0.0, 1, "SAME"))
        return tape.gradient(answers, [images, kernel])

    compiled = tf.function(step, autograph=False)
    times = []
    for _ in range(rounds + 1):  # the first compiles
        start = time.perf_counter()
        compiled(images, kernel)[1].numpy()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def _rounds(tf: Any) -> bool:
    """Whether a product of numbers that bfloat16 cannot hold is rounded."""
    number = 1 + 2.0**-12

    @tf.autograph.experimental.do_not_convert
    def square(matrix: Any) -> Any:
        return tf.matmul(matrix + 0.0, matrix) * 1.0

    found = tf.function(square, autograph=False)(tf.fill((64, 64), np.float32(number)))
    return abs(float(found[0, 0]) / 64 - number**2) > 1e-5
