"""The network of Gokmen, Onen & Haensch (2017): two convolutions, maxima, two dense layers."""

from __future__ import annotations

from collections.abc import Callable

from ..types import Conv2D, Dense, Flatten, Layer, MaxPooling2D, Neurons, Shape

__all__ = ["BUILDERS"]

_Plan = tuple[Shape, list[Layer]]


def _cnn() -> _Plan:
    return (28, 28, 1), [
        Conv2D(16, 5), Neurons(), MaxPooling2D(2), Conv2D(32, 5), Neurons(), MaxPooling2D(2),
        Flatten(), Dense(128), Neurons(), Dense(10),
    ]  # fmt: skip


BUILDERS: dict[str, Callable[[], _Plan]] = {"gokmen2017-cnn": _cnn}
