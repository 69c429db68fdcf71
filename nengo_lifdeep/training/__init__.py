"""Training: architecture and images in, `TrainedModel` out."""

from __future__ import annotations

from ..augmentation import Augmentation
from .early_stopping import EarlyStopping
from .loop import train
from .rate_targets import RateBand

__all__ = ["Augmentation", "EarlyStopping", "RateBand", "train"]
