"""How a population is cut into Loihi cores: every cut predicted by formula, the smallest taken.

The counts follow nengo-loihi 1.1 (``block.py``, ``discretize.py``): what it would store for a
cut, without building it.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from functools import lru_cache

from ..errors import DeploymentError
from ..layers import Shape
from ..transforms import Convolution, DenseMatrix, Stage

__all__ = ["LIMITS", "BlockUse", "block_use", "choose_block_shape"]


@dataclasses.dataclass(frozen=True)
class BlockUse:
    """What the fullest core of one cut needs.

    Attributes
    ----------
    compartments, in_axons, out_axons, synapse_bits : int
        Neurons, input axons, output axons and bits of synapse memory.
    """

    compartments: int
    in_axons: int
    synapse_bits: int
    out_axons: int = 0

    def excess(self) -> list[str]:
        """Which limits are broken, as phrases with both figures."""
        return [
            f"{name.replace('_', ' ')} {getattr(self, name)} > {limit}"
            for name, limit in LIMITS.items()
            if getattr(self, name) > limit
        ]


#: Limits of one Loihi core, as nengo-loihi 1.1 checks them (``validate.py``).
LIMITS = {
    "compartments": 1024,
    "in_axons": 4096,
    "synapse_bits": 16384 * 64,
    "out_axons": 4096,
}


def block_use(stage: Stage, shape: Shape, block: Shape) -> BlockUse:
    """Need of the fullest core when the population behind ``stage`` is cut into ``block`` s.

    Parameters
    ----------
    stage : Convolution or DenseMatrix
        The connection into the population.
    shape, block : tuple of int
        Shape of the population and of what goes onto one core.
    """
    if isinstance(stage, DenseMatrix):
        n_inputs = math.prod(stage.input_shape)
        return BlockUse(block[0], n_inputs, n_inputs * _weight_bits(block[0], 0))
    assert isinstance(stage, Convolution)
    axes = [
        [
            _axis_windows(n, k, s, before, start, min(start + size, length))
            for start in range(0, length, size)
        ]
        for n, k, s, (length, before), size in zip(
            stage.input_shape[:2],
            stage.window,
            stage.strides,
            stage.geometry(),
            block[:2],
            strict=True,
        )
    ]
    uses = [_conv_core(stage, rows, cols, block) for rows, cols in itertools.product(*axes)]
    return BlockUse(
        math.prod(block), max(u.in_axons for u in uses), max(u.synapse_bits for u in uses)
    )


def choose_block_shape(name: str, stage: Stage, shape: Shape, targets: int = 1) -> Shape:
    """The cut into the fewest cores that fits.

    Parameters
    ----------
    name : str
        The population, for the error.
    stage : Stage
        The connection into the population.
    shape : tuple of int
        Shape of the population.
    targets : int
        Into how many cores the next population is cut; each needs output axons of its own.

    Raises
    ------
    DeploymentError
        If no cut fits; says what the best one lacks.
    """
    closest: tuple[int, list[str]] | None = None
    for _, block in sorted((_n_blocks(shape, b), b) for b in _candidates(shape)):
        use = block_use(stage, shape, block)
        pixels = math.prod(block[:-1]) if len(block) == 3 else block[0]
        axons = pixels * targets * (2 if len(block) == 3 else 1)
        excess = dataclasses.replace(use, out_axons=axons).excess()
        if not excess:
            return block
        if closest is None or len(excess) < closest[0]:
            closest = (len(excess), excess)
    lacking = "; ".join(closest[1]) if closest else "no cut has at most 1024 neurons"
    raise DeploymentError(
        f"population {name!r} {shape} fits onto Loihi cores in no cut: {lacking}. Give the layer "
        "fewer inputs (a stride, pooling, or a narrower layer in front)"
    )


def _candidates(shape: Shape) -> list[Shape]:
    sizes = [sorted({math.ceil(n / parts) for parts in range(1, n + 1)}) for n in shape]
    cuts = itertools.product(*sizes)
    return [cut for cut in cuts if math.prod(cut) <= LIMITS["compartments"]]


def _n_blocks(shape: Shape, block: Shape) -> int:
    return math.prod(math.ceil(n / b) for n, b in zip(shape, block, strict=True))


@lru_cache(maxsize=4096)
def _axis_windows(
    n: int, kernel: int, stride: int, before: int, start: int, stop: int
) -> tuple[tuple[tuple[int, ...], int, int], ...]:
    """For each input pixel of one axis that reaches outputs ``start..stop - 1``.

    Gives the kernel entries it uses and its first and last output, counted from ``start``.
    """
    windows = []
    for pixel in range(n):
        hits = [
            (out - start, pixel + before - out * stride)
            for out in range(start, stop)
            if 0 <= pixel + before - out * stride < kernel
        ]
        if hits:
            windows.append((tuple(k for _, k in hits), hits[0][0], hits[-1][0]))
    return tuple(windows)


def _conv_core(stage: Convolution, rows: tuple, cols: tuple, block: Shape) -> BlockUse:
    """One core: axons are input pixels, and equal weight patterns are stored once.

    An axon carries the first compartment it reaches modulo 256; the rest of that offset is part
    of the stored indices, so patterns with another rest are stored again.
    """
    width, filters = block[1], block[2]
    channels = stage.input_shape[2]
    patterns: dict[tuple, int] = {}
    for (ky, y0, y1), (kx, x0, x1) in itertools.product(rows, cols):
        first, last = (y0 * width + x0) * filters, (y1 * width + x1 + 1) * filters - 1
        key = (ky, kx, first - first % 256)
        patterns[key] = max(patterns.get(key, 0), last - first % 256)
    span = max(patterns.values(), default=0)
    bits = sum(
        _weight_bits(channels * len(ky) * len(kx) * filters, _index_bits(span))
        for ky, kx, _ in patterns
    )
    return BlockUse(math.prod(block), len(rows) * len(cols), bits)


def _index_bits(span: int) -> int:
    needed = math.ceil(math.log2(span + 1)) if span else 0
    return next(bits for bits in (0, 6, 7, 8, 9, 10, 11, 12) if bits >= needed)


def _weight_bits(n_weights: int, index_bits: int) -> int:
    """Memory of one weight pattern: groups of 64 weights, each rounded up to 64-bit words."""
    full, rest = divmod(n_weights, 64)
    words = full * math.ceil((64 * (8 + index_bits) + 10) / 64)
    return 64 * (words + (math.ceil((rest * (8 + index_bits) + 10) / 64) if rest else 0))
