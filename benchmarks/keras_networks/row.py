"""What a row of the table is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

__all__ = ["Row", "chain"]


@dataclasses.dataclass(frozen=True)
class Row:
    """A model and how it is imported.

    Parameters
    ----------
    make : callable
        Takes keras or tf_keras, returns the model.
    max_pooling : bool
        Whether maximum pooling is asked to be average pooling.
    brightest : float
        What the model takes for a white pixel.
    output : str, optional
        Name of the output that is imported.
    old : bool
        Whether it can be written for tf_keras too.
    saved : bool
        Whether it can be read from a file: none with classes of the user's own.
    n : int
        Images that are compared.
    """

    make: Callable[[Any], Any]
    max_pooling: bool = False
    brightest: float = 1.0
    output: str | None = None
    old: bool = True
    saved: bool = True
    n: int = 3


def chain(shape: tuple[int, ...], layers: Callable[[Any], list[Any]]) -> Callable[[Any], Any]:
    """A sequential model of the layers that ``layers(keras.layers)`` gives."""
    return lambda keras: keras.Sequential([keras.Input(shape), *layers(keras.layers)])
