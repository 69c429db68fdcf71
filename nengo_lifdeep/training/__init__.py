"""Training: architecture and images in, `TrainedModel` out."""

from __future__ import annotations

from ..augmentation import Augmentation
from .early_stopping import EarlyStopping
from .loop import train
from .losses import CrossEntropy
from .rate_targets import RateBand
from .schedules import OneCycle

__all__ = ["Augmentation", "CrossEntropy", "EarlyStopping", "OneCycle", "RateBand", "train"]
