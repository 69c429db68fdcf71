"""Our own networks for images of 28 x 28 pixels, digits and clothes."""

from __future__ import annotations

import dataclasses

from .networks import FIGURES, FROM_TABLE, NOISES, TABLES, OwnNetworks
from .recipes import RECIPES, known_recipes

__all__ = [
    "DATASETS", "FIGURES", "FROM_TABLE", "NETWORKS", "NOISES", "RECIPES", "TABLES", "Reproduction",
]  # fmt: skip

#: Data sets that there is a recipe for.
DATASETS: tuple[str, ...] = ("mnist", "fashion-mnist")

#: Networks that can be asked for, for either.
NETWORKS: tuple[str, ...] = tuple(known_recipes("mnist"))


@dataclasses.dataclass(frozen=True)
class Reproduction(OwnNetworks):
    """As `OwnNetworks`.

    Parameters
    ----------
    **settings
        As `OwnNetworks` has them.
    """

    PAPER = "own-mnist"
    SETS = DATASETS
