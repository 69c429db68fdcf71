"""Layers for training in Keras 3: `SoftLIF` and `QuantizedWeights`, which `from_keras` imports.

`SoftLIF` takes the place of ReLU, with its noise and a band for its rates; `QuantizedWeights`
wraps a layer whose weights shall be trained in few bits. Importing this package imports Keras.
"""

from .quantized import QuantizedWeights
from .soft_lif import SoftLIF, neuron_of

__all__ = ["QuantizedWeights", "SoftLIF", "neuron_of"]
