"""Synapse memory in bits, as nengo-loihi 1.1 counts it (`block.py`: ``SynapseConfig``)."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["WEIGHT_BITS", "index_bits", "total_bits", "weight_bits"]

#: widths that nengo-loihi's synapse format offers for the index of a weight
_INDEX_BITS = (0, 6, 7, 8, 9, 10, 11, 12)

#: widths that it offers for a weight, sign included
WEIGHT_BITS = (1, 2, 3, 4, 5, 6, 8)


def index_bits(largest: int) -> int:
    """Bits for indices from 0 to ``largest``: the next width there is; 12 where none is enough.

    Parameters
    ----------
    largest : int
        Largest index.

    Examples
    --------
    >>> index_bits(0), index_bits(1), index_bits(300)
    (0, 6, 9)
    """
    needed = math.ceil(math.log2(largest + 1)) if largest > 0 else 0
    return next((bits for bits in _INDEX_BITS if bits >= needed), _INDEX_BITS[-1])


def weight_bits(n_weights: int, index: int, weight: int = 8) -> int:
    """Memory of one weight pattern: 64 weights at a time, each group in whole words of 64 bits.

    Parameters
    ----------
    n_weights : int
        Number of weights.
    index : int
        Bits per index.
    weight : int
        Bits per weight; nengo-loihi writes 8, the format has room for fewer.

    Examples
    --------
    >>> weight_bits(64, 0), weight_bits(65, 0), weight_bits(64, 0, weight=1)
    (576, 640, 128)
    """
    full, rest = divmod(n_weights, 64)
    words = full * math.ceil((64 * (weight + index) + 10) / 64)
    return 64 * (words + (math.ceil((rest * (weight + index) + 10) / 64) if rest else 0))


def total_bits(n_weights: np.ndarray, index: int, weight: int = 8) -> int:
    """Memory of many patterns, given how many weights each has.

    Parameters
    ----------
    n_weights : (pattern,) array of int
        Number of weights of each pattern.
    index : int
        Bits per index.
    weight : int
        Bits per weight.
    """
    sizes, counts = np.unique(n_weights, return_counts=True)
    pairs = zip(sizes.tolist(), counts.tolist(), strict=True)
    return sum(count * weight_bits(size, index, weight) for size, count in pairs)
