"""Numba's compiler for code that uses the vectors of this folder."""

from __future__ import annotations

from pathlib import Path

from numba import config

from ...support.compilation import compiler, source_digest

__all__ = ["compiled", "config", "source_digest"]

compiled = compiler(Path(__file__).parent)
