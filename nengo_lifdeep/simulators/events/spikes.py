"""Spikes of a population: step by step, or as times between them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...records.recorded.single import require_few_spikes

__all__ = ["SpikeTimes", "Spikes", "least_current"]


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

        Raises
        ------
        ConversionError
            If these are more single spikes than a record holds (`require_few_spikes`).
        """
        n = min(n, (len(self.first) - 1) // n_steps)
        require_few_spikes(float(self.per_image(n_steps)[:n].sum(dtype=float)), "rasters")
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
