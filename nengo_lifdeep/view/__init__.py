"""A live view of a network in spikes, for the browser and for notebooks (extra ``view``)."""

from .app import view
from .serve import serve

__all__ = ["serve", "view"]
