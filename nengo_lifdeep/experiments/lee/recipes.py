"""What Lee et al. (2020) published, network by network, and how each is trained here."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...datasets.bundled.published import LEE_2020
from ...inputs.augmentation import Augmentation
from ...inputs.preprocessing import Preprocessing
from .spike_recipes import BriefRecipe, PublishedRecipe

__all__ = ["ERRORS", "NETWORKS", "RECIPES", "Published"]


@dataclasses.dataclass(frozen=True)
class Published:
    """A published error of a network in spikes.

    Parameters
    ----------
    error : float
        In percent.
    source : str
        Where it was read.
    checked : bool
        Whether it was read in print; a figure from memory is shown and not compared with.
    """

    error: float
    source: str
    checked: bool = True


#: "Incorporating Learnable Membrane Time Constant to Enhance Learning of Spiking Neural Networks",
#: which quotes the paper's best figure of each data set.
_FANG = "Fang et al. 2021, table 2"

#: Published errors by network; the article itself was not at hand.
ERRORS = {
    "lenet": Published(LEE_2020["mnist"], _FANG),
    "vgg9": Published(9.55, "from memory, not checked", checked=False),
    "resnet11": Published(LEE_2020["cifar-10"], f"{_FANG}; the network's name from memory"),
}

#: Networks, as tables write them.
NETWORKS = {"lenet": "LeNet", "vgg9": "VGG9", "resnet11": "ResNet11"}

_CIFAR10: dict[str, Any] = {
    "epochs": 150,
    "batch_size": 16,
    "drops": (70, 100, 125),
    "held_out": 0.1,
    "preprocessing": Preprocessing(
        mean=np.array([0.4914, 0.4822, 0.4465]), divisor=np.array([0.557, 0.549, 0.5535])
    ),
    "augmentation": Augmentation((32, 32), pad=4, flip=True),
}

#: Recipes by data set, table and row. Theirs takes 45 minutes of processor time per epoch of LeNet,
#: 16 hours of VGG9; the others a few hours in all.
RECIPES: dict[str, dict[str, dict[str, BriefRecipe | PublishedRecipe]]] = {
    "mnist": {
        "errors": {
            "LeNet from scratch": BriefRecipe(),
            "LeNet from rates": BriefRecipe(epochs=2, n_steps=20, rate_epochs=12, peak=5e-4),
        },
        "published": {"LeNet as published": PublishedRecipe()},
    },
    "cifar10": {
        "published": {
            "VGG9 as published": PublishedRecipe(network="vgg9", rate=0.0033, **_CIFAR10),
            "ResNet11 as published": PublishedRecipe(
                network="resnet11", rate=0.0025, gain=0.5**0.5, **_CIFAR10
            ),
        }
    },
}
