"""Sweeps: a function at every point of a grid, with results that outlive a kill."""

from .results import Sweep
from .running import sweep

__all__ = ["Sweep", "sweep"]
