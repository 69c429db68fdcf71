"""Noise models for training: what a filtered spike train looks like at a random moment."""

from .models import (
    ALL_NOISE,
    AlphaNoise,
    AlphaRCNoise,
    GaussianNoise,
    LowpassNoise,
    LowpassRCNoise,
    NoiseModel,
    noise_from_dict,
    noise_to_dict,
)

__all__ = [
    "ALL_NOISE",
    "AlphaNoise",
    "AlphaRCNoise",
    "GaussianNoise",
    "LowpassNoise",
    "LowpassRCNoise",
    "NoiseModel",
    "noise_from_dict",
    "noise_to_dict",
]
