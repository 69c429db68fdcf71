"""Synapse memory in bits, as nengo-loihi 1.1 counts it (`block.py`: ``SynapseConfig``)."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["index_bits", "total_bits", "weight_bits"]

#: widths that nengo-loihi's synapse format offers for the index of a weight
_INDEX_BITS = (0, 6, 7, 8, 9, 10, 11, 12)


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


def weight_bits(n_weights: int, index: int) -> int:
    """Memory of one weight pattern: 64 weights at a time, each group in whole words of 64 bits.

    Parameters
    ----------
    n_weights : int
        Number of weights.
    index : int
        Bits per index.

    Examples
    --------
    >>> weight_bits(64, 0), weight_bits(65, 0)
    (576, 640)
    """
    full, rest = divmod(n_weights, 64)
    words = full * math.ceil((64 * (8 + index) + 10) / 64)
    return 64 * (words + (math.ceil((rest * (8 + index) + 10) / 64) if rest else 0))


def total_bits(n_weights: np.ndarray, index: int) -> int:
    """Memory of many patterns, given how many weights each has.

    Parameters
    ----------
    n_weights : (pattern,) array of int
        Number of weights of each pattern.
    index : int
        Bits per index.
    """
    sizes, counts = np.unique(n_weights, return_counts=True)
    return sum(int(c) * weight_bits(int(n), index) for n, c in zip(sizes, counts, strict=True))
