"""Keras 2 beside Keras 3: TensorFlow with ``tf_keras`` as its ``keras``, seen by NengoDL only."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from types import ModuleType
from typing import Any

from nengo_lifdeep.compat.quiet import standard_error_held_back
from nengo_lifdeep.compat.requirements import import_optional, require
from nengo_lifdeep.compat.scoped_imports import ModuleView
from nengo_lifdeep.errors import CompatibilityError

__all__ = [
    "import_tensorflow",
    "import_tf_keras",
    "keras_substitutes",
    "one_process_substitutes",
]

OLDEST_TENSORFLOW = (2, 16)

#: what TensorFlow also offers from Keras at its top level, as in ``tf.losses``
KERAS_ALIASES = ("initializers", "losses", "metrics", "optimizers")


def import_tensorflow() -> ModuleType:
    """Import TensorFlow, quietly, and check that it is new enough.

    TensorFlow's start-up notes are held back (and, as NengoDL also does, those of log level INFO
    later on) unless ``TF_CPP_MIN_LOG_LEVEL`` is set to 0.

    Raises
    ------
    MissingDependencyError
        If TensorFlow is not installed.
    CompatibilityError
        If it is older than 2.16, the first version that has ``tf_keras`` beside it.
    """
    require("tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    if "tensorflow" in sys.modules or os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0":
        tensorflow = import_optional("tensorflow")
    else:
        with standard_error_held_back():
            tensorflow = import_optional("tensorflow")
            tensorflow.config.list_physical_devices("GPU")  # warns once if there is no GPU
    found = tuple(int(part) for part in tensorflow.__version__.split(".")[:2])
    if found < OLDEST_TENSORFLOW:
        raise CompatibilityError(
            f"TensorFlow {tensorflow.__version__} is installed, 2.16 or newer is needed. "
            'Run: pip install --upgrade "tensorflow>=2.16" tf_keras'
        )
    return tensorflow


def import_tf_keras() -> ModuleType:
    """Import ``tf_keras``, the Keras 2 that NengoDL is written for.

    Returns
    -------
    module
        ``tf_keras``. The user's ``keras`` and ``tf.keras`` are not changed.

    Raises
    ------
    MissingDependencyError
        If TensorFlow or tf_keras is not installed.
    CompatibilityError
        If the two do not fit each other.
    """
    tensorflow = import_tensorflow()
    try:
        return import_optional("tf_keras")
    except (AttributeError, ModuleNotFoundError) as error:
        if getattr(error, "name", None) == "tf_keras":
            raise
        minor = ".".join(tensorflow.__version__.split(".")[:2])
        raise CompatibilityError(
            f"the installed tf_keras does not work with TensorFlow {tensorflow.__version__} "
            f'({error}). Run: pip install "tf_keras=={minor}.*"'
        ) from error


def keras_substitutes() -> dict[str, ModuleType]:
    """Return what NengoDL and NengoLoihi should receive for ``tensorflow`` and ``keras``.

    Symptom
        ``ModuleNotFoundError: No module named 'keras.engine'`` at ``import nengo_dl``; and, past
        that, errors from all over NengoDL, whose ``tf.keras`` has become Keras 3.
    Affected
        NengoDL 3.6.0 with TensorFlow >= 2.13 (private names moved), >= 2.16 (Keras 3).
    Remedy
        ``tensorflow`` becomes a view whose ``keras`` (and ``losses``, ``optimizers``, ...) are
        ``tf_keras``'s; the three modules with private names that NengoDL imports come from
        ``tf_keras.src``.

    Returns
    -------
    dict of str to module
        For `nengo_lifdeep.compat.scoped_imports.scoped_importer`.
    """
    tf_keras = import_tf_keras()
    functional = importlib.import_module("tf_keras.src.engine.functional")
    engine = importlib.import_module("tf_keras.src.engine")
    normalization = importlib.import_module("tf_keras.src.layers")
    layers = ModuleView(
        importlib.import_module("tf_keras.layers"),
        BatchNormalizationV1=normalization.BatchNormalizationV1,
        BatchNormalizationV2=normalization.BatchNormalizationV2,
    )
    aliases = {name: getattr(tf_keras, name) for name in KERAS_ALIASES}
    return {
        "tensorflow": ModuleView(import_tensorflow(), keras=tf_keras, **aliases),
        "keras": ModuleView(tf_keras, engine=engine, layers=layers),
        "keras.engine": engine,
        "keras.engine.functional": functional,
        "keras.layers": layers,
    }


def one_process_substitutes() -> dict[str, ModuleType]:
    """Return a ``subprocess`` that spares NengoDL a second TensorFlow.

    Symptom
        ``import nengo_dl`` takes twice as long as ``import tensorflow``: it starts another Python
        to ask TensorFlow for GPUs, for fear that asking would fix this process's configuration.
    Affected
        NengoDL 3.6.0. In TensorFlow >= 2.16 the question fixes nothing; threads, memory growth
        and visible devices can still be set afterwards.

    Returns
    -------
    dict of str to module
        For `nengo_lifdeep.compat.scoped_imports.scoped_importer`.
    """

    def call(command: Any, *args: Any, **kwargs: Any) -> int:
        if "list_physical_devices('GPU')" in command[-1]:
            return int(not import_tensorflow().config.list_physical_devices("GPU"))
        return subprocess.call(command, *args, **kwargs)

    return {"subprocess": ModuleView(subprocess, call=call)}
