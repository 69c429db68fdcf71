"""Keras models as people write them, by name: ``NETWORKS``."""

from .applications import APPLICATIONS
from .blocks import BLOCKS
from .single_layers import LAYERS
from .tutorials import TUTORIALS

__all__ = ["NETWORKS"]

#: name -> the model: how it is made, and how it is imported
NETWORKS = {**TUTORIALS, **LAYERS, **BLOCKS, **APPLICATIONS}
