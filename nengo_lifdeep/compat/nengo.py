"""Repairs of Nengo for NumPy versions that are newer than it."""

from __future__ import annotations

import functools
import importlib
from typing import Any

import nengo
import numpy as np

from nengo_lifdeep.compat.scoped_imports import ModuleView

__all__ = ["filter_flat_signals", "restore_numpy_names"]

_VENDORED = "nengo._vendor.scipy.sparse"


def restore_numpy_names() -> None:
    """Give Nengo's copy of SciPy's ``expm`` two NumPy functions that it calls by old names.

    Symptom
        ``AttributeError: module 'numpy' has no attribute 'in1d'`` and ``AttributeError:
        `np.find_common_type` was removed`` when a system with 200 states or more is discretised,
        by ``nengo.LinearFilter`` or ``nengo.utils.filter_design.cont2discrete``.
    Affected
        Nengo 4.1.0 with NumPy >= 2.0 (``find_common_type``), >= 2.4 (``in1d``).
    """
    for name in ("linalg_expm", "linalg_interface", "linalg_onenormest"):
        module: Any = importlib.import_module(f"{_VENDORED}.{name}")
        if not isinstance(module.np, ModuleView):
            module.np = ModuleView(np, in1d=np.isin, find_common_type=_find_common_type)


def _find_common_type(array_types: list, scalar_types: list) -> np.dtype:
    """`numpy.find_common_type` as Nengo uses it: array types only."""
    return np.result_type(*array_types, *scalar_types)


def filter_flat_signals() -> None:
    """Let ``synapse.filt`` take a signal of one dimension, as Nengo documents.

    Symptom
        ``ValueError: setting an array element with a sequence.`` from
        ``nengo.Lowpass(0.01).filt(np.ones(3))``.
    Affected
        Nengo 4.1.0 with NumPy >= 2.4, which no longer stores an array of one element in a scalar.
    """
    original = nengo.synapses.Synapse.filt
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def filt(self: nengo.synapses.Synapse, x: Any, *args: Any, **kwargs: Any) -> np.ndarray:
        if np.ndim(x) != 1:
            return original(self, x, *args, **kwargs)
        return original(self, np.asarray(x)[:, None], *args, **kwargs)[:, 0]

    nengo.synapses.Synapse.filt = filt
