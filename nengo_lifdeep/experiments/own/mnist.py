"""Our own networks for images of 28 x 28 pixels, digits and clothes."""

from __future__ import annotations

import dataclasses

from .networks import FIGURES, FROM_TABLE, NOISES, TABLES, OwnNetworks
from .recipes import RECIPES

__all__ = ["DATASETS", "FIGURES", "FROM_TABLE", "NOISES", "RECIPES", "TABLES", "Reproduction"]

#: Data sets that there is a recipe for.
DATASETS: tuple[str, ...] = ("mnist", "fashion-mnist")


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
