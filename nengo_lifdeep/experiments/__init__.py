"""Reproductions of published experiments and our own networks, run with one command.

``lifdeep reproduce hunsberger2016`` trains (or loads) what a table needs and prints the published
figures next to the measured ones.
"""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import ValidationError
from ..support.words.similar import did_you_mean

__all__ = ["NAMES", "experiment"]

_FILES = {
    "blaesche2020": "Blaesche_2020",
    "gokmen2017": "Gokmen_2017",
    "hunsberger2016": "Hunsberger_2016",
    "jang2020-vowel": "vowel.Jang_2020",
    "jang2021-bisnn": "bisnn.Jang_2021",
    "lee2020": "Lee_2020",
    "oconnor2016": "OConnor_2016",
    "own-cifar10": "own.cifar10",
    "own-mnist": "own.mnist",
    "skatchkovsky2020": "federated.Skatchkovsky_2020",
}

#: Names that `experiment` knows.
NAMES: tuple[str, ...] = tuple(_FILES)


def experiment(name: str) -> Any:
    """The module of a paper, or of our own networks: figures, and ``Reproduction``.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Raises
    ------
    ValidationError
        If there is no such experiment.

    Examples
    --------
    >>> experiment("hunsberger2016").ERRORS["cifar10"]
    (16.48, 16.28, 16.46)
    """
    if name not in _FILES:
        raise ValidationError(
            f"there is no experiment {name!r}; expected one of {', '.join(NAMES)}"
            f"{did_you_mean(name, NAMES)}"
        )
    return importlib.import_module(f"{__name__}.{_FILES[name]}")
