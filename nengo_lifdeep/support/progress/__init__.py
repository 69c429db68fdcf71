"""How far work has come: a bar on standard error, or in the output of a notebook's cell."""

from __future__ import annotations

from .bar import progress_bar

__all__ = ["progress_bar"]
