"""Let XLA use the whole vector registers of this processor for our kernels."""

from __future__ import annotations

import functools
import os
from typing import Any

from nengo_lifdeep.compat.tf_keras import import_tensorflow

__all__ = ["knows_the_flag", "use_whole_registers"]

FLAG = "--xla_cpu_prefer_vector_width"

#: The releases that were searched for the flag. XLA ends the process at a flag that it does not
#: know (TensorFlow 2.17 does not), so releases that have not been checked do not get it.
FIRST_RELEASE, LAST_RELEASE = (2, 18), (2, 21)


@functools.cache
def use_whole_registers() -> bool:
    """Make XLA compile for 512-bit registers, unless ``XLA_FLAGS`` already says how wide.

    Symptom
        A compiled SoftLIF layer takes 1.6 times as long as it need on processors with AVX-512,
        because XLA uses only half of each register.
    Affected
        TensorFlow 2.18 to 2.21 (XLA's default of 256 bits); without AVX-512 nothing changes.
    Remedy
        XLA reads ``XLA_FLAGS`` once, when it first compiles. The flag is set for the length of
        one small compilation and then taken out again, so that no other program inherits it.

    Returns
    -------
    bool
        Whether the flag was offered. It comes too late if XLA has compiled anything before.
    """
    tf = import_tensorflow()
    before = os.environ.get("XLA_FLAGS")
    if not knows_the_flag(tf.__version__) or FLAG in (before or ""):
        return False
    os.environ["XLA_FLAGS"] = f"{before or ''} {FLAG}=512".strip()
    try:
        _compile_something(tf)
    finally:
        if before is None:
            del os.environ["XLA_FLAGS"]
        else:
            os.environ["XLA_FLAGS"] = before
    return True


def knows_the_flag(release: str) -> bool:
    """Whether XLA of this release of TensorFlow is known to have the flag.

    Parameters
    ----------
    release : str
        TensorFlow's version.

    Examples
    --------
    >>> knows_the_flag("2.17.1"), knows_the_flag("2.21.0")
    (False, True)
    """
    numbers = tuple(int(part) for part in release.split(".")[:2])
    return FIRST_RELEASE <= numbers <= LAST_RELEASE


def _compile_something(tf: Any) -> None:
    with tf.init_scope():  # also when called while a graph is being traced
        tf.function(lambda x: x + 1, jit_compile=True, autograph=False)(tf.constant([0.0]))
