"""Networks of Lee et al. (2020), "Enabling Spike-based Backpropagation for Training Deep Neural
Network Architectures", Frontiers in Neuroscience 14:119.

No layer has a bias. Pools are means of 2 x 2 into units without leak that fire above 0.75; dropout
follows the neurons of convolutions and of the hidden dense layer. LeNet, VGG9 and ResNet11 are as
the authors' code has them. ResNet9 is not in it: here it is ResNet11 without its third block, its
last one with a convolution in the shortcut, which has to bring 256 channels to 512.
"""

from __future__ import annotations

from collections.abc import Callable

from ...neurons.stepping.step_lif import StepLIF
from ..types import (
    AveragePooling2D,
    Branch,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Neurons,
    Shape,
    Shortcut,
    ZeroPadding2D,
)

__all__ = ["BUILDERS"]

_Plan = tuple[Shape, list[Layer]]


class _Plans:
    """Layers, written one after the other, with names that shortcuts can read."""

    def __init__(self, dropout: float = 0.0) -> None:
        self.dropout = dropout
        self.layers: list[Layer] = []
        self.n_fired = 0
        self.last = ""

    def fire(self, drops: bool = True) -> None:
        """Neurons, and dropout after them."""
        self.n_fired += 1
        self.last = f"neurons{self.n_fired}"
        self.layers.append(Neurons(name=self.last))
        if self.dropout and drops:
            self.last = f"dropout{self.n_fired}"
            self.layers.append(Dropout(self.dropout, name=self.last))

    def convolution(self, filters: int, size: int = 3) -> None:
        self.layers.append(Conv2D(filters, size, padding="same", use_bias=False))
        self.fire()

    def pool(self) -> None:
        """Quarters of spikes, for a unit that fires."""
        self.n_fired += 1
        self.last = f"neurons{self.n_fired}"
        unit = StepLIF.of_leak(1.0, threshold=0.75)
        self.layers += [AveragePooling2D(2), Neurons(unit, name=self.last)]

    def dense(self, units: int, classes: int) -> list[Layer]:
        """The end of the network."""
        self.layers += [Flatten(), Dense(units, use_bias=False)]
        self.fire()
        return [*self.layers, Dense(classes, use_bias=False)]

    def block(self, filters: int, strides: int = 1, projects: bool = True) -> None:
        """Two convolutions, what was before them added to the current of the second's neurons.

        A convolution of stride 2 has its windows around pixels 0, 2, ..., as PyTorch pads.
        """
        source = self.last
        if not projects:  # every second pixel
            skip = AveragePooling2D(1, strides, name=f"{source}_every_second")
            self.layers += [skip, Branch(source)]
        self.convolution(filters)
        if strides == 1:
            self.layers.append(Conv2D(filters, 3, padding="same", use_bias=False))
        else:
            padded = ZeroPadding2D(1), Conv2D(filters, 3, strides, use_bias=False)
            self.layers += padded
        self.layers.append(
            Shortcut(source, filters, strides) if projects else Shortcut(f"{source}_every_second")
        )
        self.fire()


def _lenet() -> _Plan:
    plan = _Plans()
    plan.convolution(20, 5)
    plan.pool()
    plan.convolution(50, 5)
    plan.pool()
    return (28, 28, 1), plan.dense(200, 10)


def _vgg9() -> _Plan:
    plan = _Plans(0.2)
    for filters in ((64, 64), (128, 128), (256, 256, 256)):
        for each in filters:
            plan.convolution(each)
        plan.pool()
    return (32, 32, 3), plan.dense(1024, 10)


def _resnet(third: bool) -> _Plan:
    plan = _Plans(0.25)
    plan.convolution(64)
    plan.pool()
    plan.block(128)
    plan.block(256, 2)
    if third:
        plan.block(512)
    plan.block(512, 2, projects=not third)
    return (32, 32, 3), plan.dense(1024, 10)


BUILDERS: dict[str, Callable[[], _Plan]] = {
    "lee2020-lenet": _lenet,
    "lee2020-vgg9": _vgg9,
    "lee2020-resnet9": lambda: _resnet(False),
    "lee2020-resnet11": lambda: _resnet(True),
}
