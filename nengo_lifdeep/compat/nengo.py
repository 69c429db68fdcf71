"""Nengo itself on a NumPy that is newer than it."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from nengo_lifdeep.compat.scoped_imports import ModuleView

__all__ = ["restore_numpy_names"]

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
