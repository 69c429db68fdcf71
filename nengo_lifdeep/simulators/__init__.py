"""Simulators of spiking networks with one interface; each is imported when it is used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .options import EventOptions, ExactOptions, LoihiOptions, Options
from .registry import SIMULATORS, Simulator, get_simulator

if TYPE_CHECKING:
    from .interface import complete, run

__all__ = [
    "SIMULATORS",
    "EventOptions",
    "ExactOptions",
    "LoihiOptions",
    "Options",
    "Simulator",
    "complete",
    "get_simulator",
    "run",
]


def __getattr__(name: str) -> Any:
    if name in ("complete", "run"):  # the registry is read without NumPy and Nengo
        return getattr(importlib.import_module(".interface", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
