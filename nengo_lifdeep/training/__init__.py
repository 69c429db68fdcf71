"""Training: architecture and images in, `TrainedModel` out."""

from __future__ import annotations

from ..herding.method import Herding
from ..inputs.augmentation import Augmentation
from .rate_targets import RateBand
from .settings.early_stopping import EarlyStopping
from .settings.losses import CrossEntropy
from .settings.schedules import OneCycle
from .settings.spike_based import SpikeBased
from .trainer import train

__all__ = [
    "Augmentation",
    "CrossEntropy",
    "EarlyStopping",
    "Herding",
    "OneCycle",
    "RateBand",
    "SpikeBased",
    "train",
]
