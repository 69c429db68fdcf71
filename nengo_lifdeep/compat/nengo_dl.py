"""Import NengoDL with a TensorFlow version that is newer than it."""

from __future__ import annotations

import importlib
import sys
import threading
import warnings
from collections.abc import Sequence
from types import ModuleType

import numpy as np

from nengo_lifdeep.compat.forks import refuse_after_fork
from nengo_lifdeep.compat.nengo import filter_flat_signals, restore_numpy_names
from nengo_lifdeep.compat.requirements import require
from nengo_lifdeep.compat.scoped_imports import (
    ModuleView,
    ScopedFinder,
    install_finder,
    scoped_importer,
)
from nengo_lifdeep.compat.tf_keras import (
    import_tf_keras,
    keras_substitutes,
    one_process_substitutes,
)
from nengo_lifdeep.errors import CompatibilityError

__all__ = ["import_nengo_dl"]

#: the packages that were written for Keras 2 and receive it; nengo_extras trains LoihiLIF
SERVED = ("nengo_dl", "nengo_loihi", "nengo_extras")

_lock = threading.RLock()
_ready: set[str] = set()


def import_nengo_dl() -> ModuleType:
    """Import NengoDL; its own ``tf.keras`` is ``tf_keras``, everybody else's stays as it was.

    If the caller has imported NengoDL already, by means of their own, that module is checked and
    returned. After the first call a plain ``import nengo_dl`` works as well. Calls are cheap,
    and safe from several threads.

    Returns
    -------
    module
        ``nengo_dl``.

    Raises
    ------
    MissingDependencyError
        If NengoDL, TensorFlow or tf_keras is not installed.
    CompatibilityError
        If NengoDL is loaded already in a way that cannot work, or this process was forked from one
        in which TensorFlow had run.

    Examples
    --------
    >>> nengo_dl = import_nengo_dl()  # doctest: +SKIP
    >>> nengo_dl.Simulator  # doctest: +SKIP
    <class 'nengo_dl.simulator.Simulator'>
    """
    refuse_after_fork()
    with _lock:
        if "nengo_dl" in _ready and "nengo_dl" in sys.modules:
            return sys.modules["nengo_dl"]
        require("nengo_dl")
        loaded = sys.modules.get("nengo_dl")
        if loaded is None:
            forget_failed_import("nengo_dl")
            restore_numpy_names()
            filter_flat_signals()
            serve_keras_2()
            loaded = _import_quietly("nengo_dl")
        flatten_feedthrough(loaded)
        _check_keras(loaded)
        _ready.add("nengo_dl")
        return loaded


def serve_keras_2() -> None:
    """From now on, the packages in `SERVED` receive Keras 2 when they say ``import keras``."""
    importer = scoped_importer({**keras_substitutes(), **one_process_substitutes()})
    install_finder(ScopedFinder(SERVED, importer))


def forget_failed_import(package: str) -> None:
    """Drop the submodules that an earlier, failed import of a package left behind.

    Symptom
        ``AttributeError: module 'nengo_dl' has no attribute 'version'`` after the user's own
        ``import nengo_dl`` had failed and was caught: Python removes the package but keeps the
        submodules that had succeeded, and does not attach them to the package imported next.
    Affected
        All versions of Python.
    """
    if package not in sys.modules:
        for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
            del sys.modules[name]


def _import_quietly(package: str) -> ModuleType:
    """Import without the warning that a Nengo newer than 3.2 has not been tested.

    Symptom
        ``UserWarning: This version of NengoDL has not been tested with your Nengo version``.
    Affected
        NengoDL 3.6.0 and NengoLoihi 1.1.0 with Nengo >= 3.2.1; we run their tests ourselves.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not been tested with your .?nengo.? version")
        return importlib.import_module(package)


def flatten_feedthrough(nengo_dl: ModuleType) -> None:
    """Let NengoDL simulate filters whose output depends on their input of the same step.

    Symptom
        ``AssertionError: Exception encountered when calling layer "TensorGraph"``, from
        ``assert self.D.shape == (self.n_ops, 1, 1)``, for any ``nengo.LinearFilter`` with a
        feedthrough (a numerator of the denominator's order).
    Affected
        NengoDL 3.6.0 with Nengo >= 4, whose filters keep D as (1, 1) instead of (1,).
    Remedy
        The axis too many is dropped where NengoDL joins the D of several filters.
    """

    def concatenate(arrays: Sequence[np.ndarray], axis: int = 0) -> np.ndarray:
        flat = [a[..., 0] if np.shape(a) == (1, 1, 1, 1) else a for a in arrays]
        return np.concatenate(flat, axis=axis)

    if not isinstance(nengo_dl.process_builders.np, ModuleView):
        nengo_dl.process_builders.np = ModuleView(np, concatenate=concatenate)


def _check_keras(nengo_dl: ModuleType) -> None:
    """Refuse a NengoDL that sees another Keras than ``tf_keras``."""
    expected = import_tf_keras().Model
    try:
        found = nengo_dl.simulator.tf.keras.Model
        works = found is expected and issubclass(nengo_dl.compat.Functional, expected)
    except AttributeError:
        found, works = "nothing usable", False
    if not works:
        raise CompatibilityError(
            f"nengo_dl was imported before nengo_lifdeep and uses {found} where tf_keras's Model "
            "was expected. Import it through nengo_lifdeep.compat.import_nengo_dl() before "
            "anything else imports nengo_dl, and restart Python."
        )
