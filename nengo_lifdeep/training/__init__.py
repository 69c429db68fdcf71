"""Training: architecture and images in, `TrainedModel` out."""

from __future__ import annotations

from .loop import train

__all__ = ["train"]
