"""Our residual networks: 3 x 3 convolutions, strides instead of pooling, one average at the end."""

from __future__ import annotations

from collections.abc import Callable

from .convolutions import Conv2D
from .dense import Dense, Flatten
from .joins import Shortcut
from .layer import Layer, Shape
from .neurons import Neurons
from .normalizations import BatchNormalization
from .pools import AveragePooling2D

__all__ = ["BUILDERS"]

_Plan = tuple[Shape, list[Layer]]


class _Chain:
    """Layers one after the other, with their neurons."""

    def __init__(self, momentum: float) -> None:
        self.layers: list[Layer] = []
        self.momentum, self.populations = momentum, 0

    def conv(self, filters: int, strides: int = 1, padding: str = "same", add: str = "") -> _Chain:
        """A normalised convolution and its neurons; ``add``: what is added before them."""
        convolution = Conv2D(filters, (3, 3), (strides, strides), padding, use_bias=False)
        self.layers += [convolution, BatchNormalization(self.momentum)]
        self.layers += [Shortcut(add)] if add else []
        self.layers.append(Neurons())
        self.populations += 1
        return self

    def pair(self, filters: int) -> _Chain:
        """Two convolutions, the input of the first added to the second."""
        source = f"neurons{self.populations}"
        return self.conv(filters).conv(filters, add=source)

    def single(self, filters: int) -> _Chain:
        """One convolution, with its input added."""
        return self.conv(filters, add=f"neurons{self.populations}")

    def read_out(self, size: int, classes: int = 10) -> list[Layer]:
        """All layers, with the average over what is left of the image and the scores."""
        return [*self.layers, AveragePooling2D((size, size)), Flatten(), Dense(classes)]


def _cifar10_residual() -> _Plan:
    chain = _Chain(0.95).conv(32).conv(64, 2).pair(64).conv(128, 2).pair(128)  # 28, 14, 7
    return (28, 28, 3), chain.read_out(7)


def _cifar10_resnet11() -> _Plan:
    chain = _Chain(0.9).conv(32).conv(64, 2).pair(64)  # 32 x 32, 16 x 16
    chain.conv(128, 2).pair(128).conv(256, 2).pair(256)  # 8 x 8, 4 x 4
    return (32, 32, 3), chain.read_out(4)


def _resnet7(first: int, second: int, third: int, last: int) -> _Plan:
    chain = _Chain(0.9).conv(first).conv(second, 2).single(second)  # 28 x 28, 14 x 14
    chain.conv(third, 2).single(third).conv(last, padding="valid")  # 7 x 7, 5 x 5
    return (28, 28, 1), chain.read_out(5)


def _mnist_resnet7() -> _Plan:
    return _resnet7(24, 48, 96, 128)


def _mnist_resnet7_wide() -> _Plan:
    return _resnet7(32, 64, 128, 192)


BUILDERS: dict[str, Callable[[], _Plan]] = {
    "cifar10-residual": _cifar10_residual,
    "cifar10-resnet11": _cifar10_resnet11,
    "mnist-resnet7": _mnist_resnet7,
    "mnist-resnet7-wide": _mnist_resnet7_wide,
}
