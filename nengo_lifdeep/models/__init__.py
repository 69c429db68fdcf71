"""The inert values a network is: trained in rates, converted to spikes, or probabilistic.

All are frozen, hold NumPy arrays and plain values only, and are saved and loaded without
TensorFlow.
"""

from .connection import Connection
from .population import Population
from .probabilistic import ProbabilisticModel
from .raised_cosines import RaisedCosines
from .spiking import SpikingModel
from .trained import TrainedModel

__all__ = [
    "Connection",
    "Population",
    "ProbabilisticModel",
    "RaisedCosines",
    "SpikingModel",
    "TrainedModel",
]
