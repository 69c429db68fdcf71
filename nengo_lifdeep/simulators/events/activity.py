"""Data passed between layers and returned by a run: spikes per step, currents, states."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from ...support.short_repr import short_repr
from ..vectors.layout import LANES, aligned
from .tables import FanOut, Pooling

__all__ = ["Chunk", "Drive", "SpikeTimes", "Spikes", "State", "least_current"]


class Spikes(NamedTuple):
    """Spikes of one population over all steps of some images, one image after the other.

    Those of step ``t`` are ``neuron[first[t] : first[t + 1]]``; ``repeats`` says how often each
    neuron fired in the step and is empty where that is always once.

    Parameters
    ----------
    neuron : (event,) array of int
        The neurons, step by step.
    repeats : (event,) array of int, or empty
        Spikes of the neuron in the step.
    first : (step + 1,) array of int
        Where the events of each step begin.
    """

    neuron: np.ndarray
    repeats: np.ndarray
    first: np.ndarray

    def counts(self) -> np.ndarray:
        """How many spikes each entry stands for."""
        n = int(self.first[-1])
        if len(self.repeats):
            return np.rint(self.repeats[:n]).astype(np.int64)
        return np.ones(n, np.int64)

    def per_image(self, n_steps: int) -> np.ndarray:
        """Spikes of each image of ``n_steps`` steps, shape ``(image,)``.

        Parameters
        ----------
        n_steps : int
            Steps of each image.
        """
        if not len(self.repeats):
            return np.diff(self.first[::n_steps])
        total = np.concatenate([[0], np.cumsum(self.counts())])
        return np.diff(total[self.first[::n_steps]])

    def raster(self, image: int, n_steps: int) -> np.ndarray:
        """Spikes of one image as rows (step, neuron), sorted; several in a step are repeated.

        Parameters
        ----------
        image : int
            Position of the image in the chunk.
        n_steps : int
            Steps of each image.
        """
        steps = self.first[image * n_steps : (image + 1) * n_steps + 1]
        start, stop = steps[0], steps[-1]
        step = np.repeat(np.arange(n_steps), np.diff(steps))
        rows = np.stack([step, self.neuron[start:stop]], axis=1)
        rows = np.repeat(rows, self.counts()[start:stop], axis=0)
        return rows[np.lexsort(rows.T[::-1])]

    def rasters(self, n: int, n_steps: int) -> np.ndarray:
        """Rows (image, step, neuron) of the first ``n`` images, or of all that there are.

        Parameters
        ----------
        n : int
            Number of images.
        n_steps : int
            Steps of each image.
        """
        n = min(n, (len(self.first) - 1) // n_steps)
        rows = [self.raster(i, n_steps) for i in range(n)]
        images = np.repeat(np.arange(n), [len(r) for r in rows])
        return np.column_stack([images, np.concatenate(rows)]).astype(np.int32)

    def dense(self, start: int, stop: int, n_neurons: int, dtype: type[np.floating]) -> np.ndarray:
        """Counts of every neuron in steps ``start`` to ``stop``, shape ``(step, neuron)``.

        Parameters
        ----------
        start : int
            First event or step.
        stop : int
            Event or step after the last one.
        n_neurons : int
            Number of neurons.
        dtype : numpy.float32 or numpy.float64
            Type of the numbers.
        """
        values = np.zeros((stop - start, n_neurons), dtype)
        step = np.repeat(np.arange(stop - start), np.diff(self.first[start : stop + 1]))
        entries = slice(self.first[start], self.first[stop])
        values[step, self.neuron[entries]] = self.repeats[entries] if len(self.repeats) else 1
        return values


class SpikeTimes(NamedTuple):
    """When neurons under constant currents fire, entry by entry, without the rest between spikes.

    The entries of image ``i`` are ``first[i]`` to ``first[i + 1]``: the neuron, the seconds to its
    first spike, and those from the end of its refractory period to the next spike.

    Parameters
    ----------
    neuron : (entry,) array of int
        The neurons.
    delay : (entry,) array of float
        Time to the first spike, in seconds.
    interval : (entry,) array of float
        Time between the end of a refractory period and the next spike, in seconds.
    first : (image + 1,) array of int
        Where the entries of each image begin.
    """

    neuron: np.ndarray
    delay: np.ndarray
    interval: np.ndarray
    first: np.ndarray

    @classmethod
    def of(
        cls, neuron: np.ndarray, overdrive: np.ndarray, first: np.ndarray, v_start: np.ndarray,
        tau_rc: float,
    ) -> SpikeTimes:  # fmt: skip
        """Times of some neurons, by how far their currents are above one.

        ``v_start`` are voltages at the beginning, ``(1, neuron)`` or ``(image, neuron)``.

        Parameters
        ----------
        neuron : (entry,) array of int
            The neurons.
        overdrive : (entry,) array of float
            Currents minus 1, dimensionless.
        first : (image + 1,) array of int
            Where the entries of each image begin.
        v_start : (1 or image, neuron) array of float
            Initial voltages.
        tau_rc : float
            Membrane time constant, in seconds.
        """
        interval = delay = overdrive.dtype.type(tau_rc) * np.log1p(1 / overdrive)
        if v_start.any():
            image = np.repeat(np.arange(len(first) - 1), np.diff(first))
            start = v_start[image if len(v_start) > 1 else 0, neuron]
            delay = tau_rc * np.log1p((1 - start) / overdrive)
        return cls(neuron, delay.astype(overdrive.dtype, copy=False), interval, first)


def least_current(
    v_start: float, tau_rc: float, duration: float, dtype: type[np.floating]
) -> np.floating:
    """Current from which on a neuron may fire within ``duration``, rather too low than too high.

    Parameters
    ----------
    v_start : float
        Initial voltage; threshold 1.
    tau_rc : float
        Membrane time constant, in seconds.
    duration : float
        Length of the presentation, in seconds.
    dtype : numpy.float32 or numpy.float64
        Type of the numbers.
    """
    with np.errstate(over="ignore"):  # infinitely long, and too large for float32
        least = dtype(1 + 0.999 * (1 - v_start) / np.expm1(duration / tau_rc))
    return np.maximum(np.nextafter(least, dtype(0)), dtype(1))


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
