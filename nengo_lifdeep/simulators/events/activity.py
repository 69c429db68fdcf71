"""Data passed between layers and returned by a run: currents, states, results."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from ...support.short_repr import short_repr
from ..vectors.layout import LANES, aligned
from .links import Pooling
from .spikes import Spikes, SpikeTimes, least_current
from .tables import FanOut

__all__ = ["Chunk", "Drive", "SpikeTimes", "Spikes", "State", "least_current"]


class Drive(NamedTuple):
    """What drives a population: spikes through tables, ready-made currents, or both.

    Step ``t`` sends the spikes from ``spikes.first[t]`` to ``stop[t]`` through ``pooling`` (if it
    has cells) and ``fan_out``, and adds the currents ``dense[rows[t]]`` of shape ``(size,)`` unless
    that row is -1. Without ready-made currents ``rows`` is empty.

    Parameters
    ----------
    spikes : Spikes
        Spikes of the source.
    stop : (step,) array of int
        Event after the last one of each step.
    pooling : Pooling
        Pooling before the weights.
    fan_out : FanOut
        The weights.
    dense : (row, size) array of float
        Given currents, dimensionless.
    rows : (step,) array of int
        Row of ``dense`` for each step; -1 for none.
    """

    spikes: Spikes
    stop: np.ndarray
    pooling: Pooling
    fan_out: FanOut
    dense: np.ndarray
    rows: np.ndarray


class State(NamedTuple):
    """State of one population for one image, in the layout of vectors.

    ``v``, ``p`` and ``q`` are voltage and the synapse's two numbers. Neurons in their refractory
    period are listed in ``resting[0]`` with the time left in ``rest_time[0]``; ``n_resting`` holds
    how many. ``largest`` is the largest current, or number of spikes in one step, of a neuron that
    fired. The other rows and the rest are scratch; ``words`` are the bits of ``above``.

    Parameters
    ----------
    v, p, q : (size,) arrays of float
        Membrane voltages, and the two numbers of the synapses.
    above : (size,) array
        Which neurons are above threshold.
    words : array of 64-bit integers
        The same as bits.
    resting : (2, size) array of int
        Neurons in their refractory period, and scratch memory.
    rest_time : (2, size) array of float
        Their time left, in seconds, and scratch memory.
    n_resting : array of int
        Number of neurons in their refractory period.
    largest : array of float
        Largest current, or number of spikes in one step, of a neuron that fired.
    cells, cell_index, cell_value : (cell,) arrays
        Scratch memory for pooling.
    """

    v: np.ndarray
    p: np.ndarray
    q: np.ndarray
    above: np.ndarray
    words: np.ndarray
    resting: np.ndarray
    rest_time: np.ndarray
    n_resting: np.ndarray
    largest: np.ndarray
    cells: np.ndarray
    cell_index: np.ndarray
    cell_value: np.ndarray

    @classmethod
    def empty(cls, size: int, cells: int, dtype: type[np.floating]) -> State:
        """Room for ``size`` neurons (with filling) and ``cells`` cells of the largest pool.

        Parameters
        ----------
        size : int
            Number of neurons, with filling.
        cells : int
            Number of cells of the largest pool.
        dtype : numpy.float32 or numpy.float64
            Type of the numbers.
        """
        above = np.zeros(-(-size // 64) * 64 // LANES, np.uint16)
        v, p, q = (aligned(np.zeros(size, dtype), skew) for skew in range(3))
        return cls(
            v,
            p,
            q,
            above,
            above.view(np.uint64),
            np.zeros((2, size), np.int32),
            np.zeros((2, size)),
            np.zeros(1, np.int64),
            np.zeros(1),
            np.zeros(cells, dtype),
            np.zeros(cells, np.int32),
            np.zeros(cells, dtype),
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Chunk:
    """What a run over some images gives.

    Parameters
    ----------
    outputs : (image, step, class) array of float32
        Class scores.
    totals : dict of str to (neuron,) array
        Spikes of every neuron over all images, by population.
    per_image : dict of str to (image,) array
        Spikes of the population during each image.
    rasters : dict of str to (spike, 3) array of int32
        Rows (image, step, neuron) of the first images, as many as were asked for.
    dense : dict of str to (image,) array of bool
        By connection, ``"pre -> post"``: whether its currents came from dense products.
    """

    outputs: np.ndarray
    totals: dict[str, np.ndarray]
    per_image: dict[str, np.ndarray]
    rasters: dict[str, np.ndarray]
    dense: dict[str, np.ndarray]

    __repr__ = short_repr
