"""Checks of arguments that are networks; a network of the other kind is told what to do."""

from __future__ import annotations

import os

from ..support.checks import instance
from .spiking import SpikingModel
from .trained import TrainedModel

__all__ = ["network", "spiking_model", "trained_model"]

_LOAD = "load it first, with TrainedModel.load(path) or SpikingModel.load(path)"

#: a `SpikingModel`
spiking_model = instance(
    SpikingModel,
    advice={TrainedModel: "convert(...) it into spikes first", str: _LOAD, os.PathLike: _LOAD},
)

#: a `TrainedModel`
trained_model = instance(
    TrainedModel,
    advice={
        SpikingModel: "give the network as it was before convert(...)",
        str: _LOAD,
        os.PathLike: _LOAD,
    },
)

#: either
network = instance(TrainedModel, SpikingModel, advice={str: _LOAD, os.PathLike: _LOAD})
