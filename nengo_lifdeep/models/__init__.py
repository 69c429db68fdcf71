"""The two inert values a network is: trained in rates, and converted to spikes.

Both are frozen, hold NumPy arrays and plain values only, and are saved and loaded without
TensorFlow.
"""

from .connection import Connection
from .population import Population
from .spiking import SpikingModel
from .trained import TrainedModel

__all__ = ["Connection", "Population", "SpikingModel", "TrainedModel"]
