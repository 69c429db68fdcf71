"""Our own network for CIFAR-10."""

from __future__ import annotations

import dataclasses

from .networks import FIGURES, FROM_TABLE, NOISES, TABLES, OwnNetworks
from .recipes import RECIPES

__all__ = ["DATASETS", "FIGURES", "FROM_TABLE", "NOISES", "RECIPES", "TABLES", "Reproduction"]

#: Data sets that there is a recipe for.
DATASETS: tuple[str, ...] = ("cifar10",)


@dataclasses.dataclass(frozen=True)
class Reproduction(OwnNetworks):
    """As `OwnNetworks`.

    Parameters
    ----------
    **settings
        As `OwnNetworks` has them.
    """

    PAPER = "own-cifar10"
    SETS = DATASETS
