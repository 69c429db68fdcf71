"""Windows over an image as links from pixel to pixel, and the table of an average pool."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...stages.types import AveragePool
from ...stages.windowed import Windowed

__all__ = ["Pooling", "by_pixel", "links_of", "no_pooling", "pooling"]


class Pooling(NamedTuple):
    """Average pooling: an input adds ``share[k]`` to cell ``target[k] + channel``.

    Parameters
    ----------
    channels : int
        Channels of a pixel.
    first : (pixel + 1,) array of int
        Where the entries of each pixel begin.
    target : (entry,) array of int
        First cell of each entry.
    share : (entry,) array of float
        Share of each entry in its cell.
    n_cells : int
        Number of cells.
    """

    channels: int
    first: np.ndarray
    target: np.ndarray
    share: np.ndarray
    n_cells: int


def links_of(stage: Windowed, own_kernels: bool = False) -> np.ndarray:
    """``(input pixel, window, 2)``: output pixel and kernel entry; -1 where there is none.

    Parameters
    ----------
    stage : Windowed
        The stage.
    own_kernels : bool
        Whether every output pixel has a kernel of its own.
    """
    n_pixels = math.prod(stage.input_shape[:2])
    sources = stage.sources(1)[..., 0]  # (rows, cols, window rows, window cols)
    out = np.arange(sources.shape[0] * sources.shape[1])
    window = sources.shape[2] * sources.shape[3]
    sources = sources.reshape(len(out), window)
    kernel = np.broadcast_to(np.arange(window), sources.shape)
    if own_kernels:
        kernel = out[:, None] * window + kernel
    pairs = np.stack([np.broadcast_to(out[:, None], sources.shape), kernel], axis=-1)
    inside = sources >= 0
    order = np.argsort(sources[inside], kind="stable")
    counts = np.bincount(sources[inside], minlength=n_pixels)
    links = np.full((n_pixels, counts.max(initial=1), 2), -1)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    links[sources[inside][order], rank] = pairs[inside][order]
    return links


def by_pixel(links: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each input pixel's links begin, and their output pixels and kernel entries.

    Parameters
    ----------
    links : (input pixel, window, 2) array of int
        As `links_of` gives them.
    """
    inside = links[..., 0] >= 0
    first = np.concatenate([[0], np.cumsum(inside.sum(axis=1))]).astype(np.int32)
    return first, links[inside][:, 0], links[inside][:, 1]


def pooling(stage: AveragePool, dtype: type[np.floating]) -> Pooling:
    """The table of an average pool, borders clipped.

    Parameters
    ----------
    stage : AveragePool
        The pool.
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.
    """
    channels = stage.input_shape[2]
    links = links_of(stage)
    first, target, _ = by_pixel(links)
    cells, inside = np.unique(target, return_counts=True)
    per_cell = np.zeros(cells.max() + 1)
    per_cell[cells] = 1 / inside
    return Pooling(
        channels,
        first,
        (target * channels).astype(np.int32),
        per_cell[target].astype(dtype),
        math.prod(stage.output_shape),
    )


def no_pooling(dtype: type[np.floating]) -> Pooling:
    """The table that stands where there is no pool.

    Parameters
    ----------
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.
    """
    nothing = np.zeros(0, np.int32)
    return Pooling(1, np.zeros(1, np.int32), nothing, nothing.astype(dtype), 0)
