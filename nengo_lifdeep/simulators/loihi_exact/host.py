"""The host's side: spikes of the first population, in Nengo's own arithmetic, many images at once."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...models import Population
from ...neurons.types import firing_threshold

__all__ = ["HostNeurons", "HostSpikes"]


@dataclasses.dataclass(frozen=True, eq=False)
class HostSpikes:
    """Spikes of some images, sorted: step ``s`` of image ``i`` is ``starts[i, s]:starts[i, s + 1]``.

    Attributes
    ----------
    starts : (image, step + 1) array of int64
    neurons : (spikes,) array of int32
    """

    starts: np.ndarray
    neurons: np.ndarray


class HostNeurons:
    """Neurons on the host at constant currents, stepped as Nengo steps them.

    Parameters
    ----------
    population : Population
        The first of the network.
    n_steps : int
        Steps of an image.
    dt : float
        Step, in seconds.
    reset : bool
        Whether every image starts from rest.
    """

    def __init__(self, population: Population, n_steps: int, dt: float, reset: bool) -> None:
        self.neuron, self.n = population.neuron, population.n_neurons
        self.n_steps, self.dt, self.reset = n_steps, dt, reset
        self.threshold = firing_threshold(self.neuron)
        self.state = self._rest(self.n)

    def _rest(self, n: int) -> dict[str, np.ndarray]:
        names = [name for name in self.neuron.state if name != "output"]
        return {name: np.zeros(n) for name in names}

    def run(self, currents: np.ndarray) -> HostSpikes:
        """Spikes of the images with these currents.

        Parameters
        ----------
        currents : (image, neuron) array of float64
            Without reset one image at a time.
        """
        n_images = len(currents)
        if self.reset:
            # a neuron at rest never fires at a current at or below its threshold
            image, neuron = np.nonzero(currents > self.threshold)
            state = self._rest(len(image))
        else:
            image, neuron = np.nonzero(np.ones_like(currents, dtype=bool))
            state = self.state
        J, output = currents[image, neuron], np.zeros(len(image))
        found: list[Any] = []
        for step in range(self.n_steps):
            self.neuron.step(self.dt, J, output, **state)
            fired = np.flatnonzero(output)
            found.append((image[fired] * self.n_steps + step, neuron[fired]))
        when = np.concatenate([each[0] for each in found])
        order = np.argsort(when, kind="stable")
        bounds = np.searchsorted(when[order], np.arange(n_images * self.n_steps + 1))
        starts = bounds[np.arange(n_images)[:, np.newaxis] * self.n_steps + np.arange(self.n_steps + 1)]
        neurons = np.concatenate([each[1] for each in found])[order]
        return HostSpikes(starts.astype(np.int64), neurons.astype(np.int32))
