"""Layers of spiking neurons that learn from read-outs of their own, with binary weights or not."""

from .learner import LocalLearner
from .nengo_network import ReadoutNetwork
from .network import LocalNetwork
from .prediction import Committee, class_probabilities, ensemble_scores
from .rule import LocalRule

__all__ = [
    "Committee",
    "LocalLearner",
    "LocalNetwork",
    "LocalRule",
    "ReadoutNetwork",
    "class_probabilities",
    "ensemble_scores",
]
