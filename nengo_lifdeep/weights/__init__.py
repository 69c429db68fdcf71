"""What the weights of a layer are: floats, or what a device holds in their place.

A layer has its kind next to it: ``Dense(128, weights=Rounded(4))``; `Architecture.with_weights`
and ``train(..., weights=...)`` give it to the layers of a network.
"""

from .binary import Binary
from .crosspoint.array import CrossPointArray
from .crosspoint.device import Device
from .crosspoint.kind import CrossPoint
from .crosspoint.pulses import Pulses
from .crosspoint.reads import Read
from .rounded import Rounded
from .types import WEIGHT_KINDS

__all__ = [
    "WEIGHT_KINDS",
    "Binary",
    "CrossPoint",
    "CrossPointArray",
    "Device",
    "Pulses",
    "Read",
    "Rounded",
]
