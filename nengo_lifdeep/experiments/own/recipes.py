"""The recipes of our own networks, by data set and network."""

from __future__ import annotations

import dataclasses

from ...inputs.augmentation import Augmentation
from ...inputs.presentation import Presentation
from .recipe import Recipe

__all__ = ["OTHERS", "RECIPES", "known_recipes"]

_SLIGHT = Augmentation(pad=2, rotation=8.0, zoom=0.08, shear=0.08, elastic=0.4)
_LARGER = Augmentation(pad=2, rotation=12.0, zoom=0.12, shear=0.12, elastic=0.8)
_COLOUR = Augmentation(pad=4, flip=True, cutout=8, fill_mode="reflect", alternate=True)

#: By data set, of the network that is taken where none is named.
RECIPES: dict[str, Recipe] = {
    "mnist": Recipe(
        "mnist-resnet7", "mnist", _SLIGHT, epochs=27, peak=0.06, sharpen=3, held_out=1 / 12,
        weight_decay=2e-3, label_smoothing=0.05,
    ),
    "fashion-mnist": Recipe(
        "mnist-resnet7", "mnist", dataclasses.replace(_COLOUR, pad=2), epochs=24, again=20,
        sharpen=3, held_out=1 / 12,
    ),
    "cifar10": Recipe(
        "cifar10-resnet11", "cifar10", _COLOUR, epochs=24, again=27, sharpen=3, gain=0.7,
        longest=0.2, presentation=Presentation(t_c=0.1, t_p=0.2),
        chip_rates=2.0, on_chip=Presentation(t_c=0.15, t_p=0.3),
    ),
}  # fmt: skip

#: By data set, of other networks.
OTHERS: dict[str, tuple[Recipe, ...]] = {
    "mnist": (
        dataclasses.replace(
            RECIPES["mnist"], network="mnist-resnet7-wide", augmentation=_LARGER, epochs=37
        ),
    ),
    "fashion-mnist": (dataclasses.replace(RECIPES["fashion-mnist"], network="mnist-resnet7-wide"),),
}


def known_recipes(dataset: str) -> dict[str, Recipe]:
    """By network, the one that is taken where none is named first.

    Parameters
    ----------
    dataset : str
        Name of a data set that there is a recipe for.

    Examples
    --------
    >>> list(known_recipes("fashion-mnist"))
    ['mnist-resnet7', 'mnist-resnet7-wide']
    """
    found = (RECIPES[dataset], *OTHERS.get(dataset, ()))
    return {recipe.network: recipe for recipe in found}
