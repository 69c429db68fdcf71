"""Products of convolutions and dense layers in bfloat16, while a training runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...compat import import_tensorflow
from ...errors import TrainingError

__all__ = ["has_units", "products_in"]

_OPTION = "auto_mixed_precision_onednn_bfloat16"


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


def _rounds(tf: Any) -> bool:
    """Whether a product of numbers that bfloat16 cannot hold is rounded."""
    number = 1 + 2.0**-12

    @tf.autograph.experimental.do_not_convert
    def square(matrix: Any) -> Any:
        return tf.matmul(matrix + 0.0, matrix) * 1.0

    found = tf.function(square, autograph=False)(tf.fill((64, 64), np.float32(number)))
    return abs(float(found[0, 0]) / 64 - number**2) > 1e-5
