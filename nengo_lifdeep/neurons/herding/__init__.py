"""Neurons that turn numbers into whole spikes and keep what is left over."""

from __future__ import annotations

from .quantisers import rectified_counts, rectified_step, signed_counts, signed_step
from .types import RectifiedHerding, SignedHerding

__all__ = [
    "RectifiedHerding",
    "SignedHerding",
    "rectified_counts",
    "rectified_step",
    "signed_counts",
    "signed_step",
]
