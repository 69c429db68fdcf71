"""Noise models for training: what a filtered spike train looks like at a random moment."""

from .base import NoiseModel
from .filtered import AlphaNoise, AlphaRCNoise, LowpassNoise, LowpassRCNoise
from .gaussian import GaussianNoise
from .measured import MeasuredNoise
from .registry import ALL_NOISE, noise_from_dict, noise_to_dict

__all__ = [
    "ALL_NOISE",
    "AlphaNoise",
    "AlphaRCNoise",
    "GaussianNoise",
    "LowpassNoise",
    "LowpassRCNoise",
    "MeasuredNoise",
    "NoiseModel",
    "noise_from_dict",
    "noise_to_dict",
]
