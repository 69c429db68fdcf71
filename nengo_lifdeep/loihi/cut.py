"""How a population is cut into cores: equal boxes of its image, the last of each axis smaller."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator

import numpy as np

from ..errors import DeploymentError
from ..layers.types import Shape
from .board import CORE_LIMITS

__all__ = ["Core", "Cut", "as_image", "candidate_cuts", "neurons_of"]


def as_image(shape: Shape) -> tuple[int, int, int]:
    """Rows, columns and channels of a population; a flat one is a single pixel.

    Parameters
    ----------
    shape : tuple of int
        Shape of the population.

    Examples
    --------
    >>> as_image((128,))
    (1, 1, 128)
    """
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    return 1, 1, math.prod(shape)


@dataclasses.dataclass(frozen=True)
class Core:
    """The neurons on one core: a box of rows, columns and channels.

    Parameters
    ----------
    rows : range
        Rows of the box.
    cols : range
        Columns of the box.
    channels : range
        Channels of the box.
    """

    rows: range
    cols: range
    channels: range

    @property
    def n_pixels(self) -> int:
        """Rows times columns."""
        return len(self.rows) * len(self.cols)

    @property
    def n_neurons(self) -> int:
        """Compartments that the core needs."""
        return self.n_pixels * len(self.channels)


@dataclasses.dataclass(frozen=True)
class Cut:
    """A population's shape, and the box of it that goes onto one core.

    Parameters
    ----------
    shape, block : (rows, columns, channels)
        As nengo-loihi's ``BlockShape(block, shape)``.

    Raises
    ------
    DeploymentError
        If the block has not one number per axis, or a number is not between 1 and the shape's.

    Examples
    --------
    >>> Cut((5, 5, 64), (5, 5, 22)).n_cores
    3
    """

    shape: tuple[int, int, int]
    block: tuple[int, int, int]

    def __post_init__(self) -> None:
        if len(self.block) != len(self.shape):
            raise DeploymentError(
                f"a block {self.block} was given for the shape {self.shape}; expected "
                f"{len(self.shape)} numbers: rows, columns, channels"
            )
        if not all(1 <= b <= n for b, n in zip(self.block, self.shape, strict=True)):
            raise DeploymentError(
                f"a block {self.block} was given for the shape {self.shape}; expected whole "
                "numbers from 1 to the shape's on every axis"
            )

    def axis(self, axis: int) -> list[range]:
        """The parts of one axis.

        Parameters
        ----------
        axis : int
            0 for rows, 1 for columns, 2 for channels.
        """
        length, size = self.shape[axis], self.block[axis]
        return [range(start, min(start + size, length)) for start in range(0, length, size)]

    def cores(self) -> Iterator[Core]:
        """All cores, in nengo-loihi's order."""
        for rows, cols, channels in itertools.product(*map(self.axis, range(3))):
            yield Core(rows, cols, channels)

    @property
    def n_cores(self) -> int:
        """How many cores the population takes."""
        return math.prod(math.ceil(n / b) for n, b in zip(self.shape, self.block, strict=True))


def candidate_cuts(shape: tuple[int, int, int]) -> list[Cut]:
    """All cuts with parts as equal as they can be and no core too full of neurons, fewest cores
    first.

    Parameters
    ----------
    shape : (row, column, channel)
        Shape of the population.
    """
    sizes = [sorted({math.ceil(n / parts) for parts in range(1, n + 1)}) for n in shape]
    most = CORE_LIMITS["compartments"]
    boxes = itertools.product(sizes[0], sizes[1], sizes[2])
    cuts = [Cut(shape, box) for box in boxes if math.prod(box) <= most]
    return sorted(cuts, key=lambda cut: (cut.n_cores, _lengths(cut)))


def _lengths(cut: Cut) -> tuple[int, int]:
    """Wide parts first: more weights are shared, and fewer pixels reach several cores."""
    return -cut.block[0] * cut.block[1], abs(cut.block[0] - cut.block[1])


def neurons_of(cut: Cut, core: Core) -> np.ndarray:
    """Flat numbers of a core's neurons, ascending.

    Parameters
    ----------
    cut : Cut
        The cut of a population into cores.
    core : Core
        One core of the cut.
    """
    _, width, depth = cut.shape
    rows, cols = np.array(core.rows)[:, None, None], np.array(core.cols)[None, :, None]
    return ((rows * width + cols) * depth + np.array(core.channels)).ravel()
