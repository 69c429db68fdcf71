"""The host's side: spikes of the first population, many images at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nengo
import numpy as np

from ...inputs.presentation import Presentation
from ...models import Population
from ...neurons.counterparts import firing_threshold

__all__ = ["HostNeurons"]

#: Spikes of one image: step ``s`` is ``starts[s]:starts[s + 1]`` of the neurons.
HostSpikes = tuple[np.ndarray, np.ndarray]


class HostNeurons:
    """Neurons on the host at constant currents.

    They are stepped by Nengo's own neuron type; `nengo.LIF` from rest by a compiled twin of it.

    Parameters
    ----------
    population : Population
        The first of the network.
    timing : Presentation
        Steps of an image, and whether every image starts from rest.
    compiled : bool
        Whether to use the twin where there is one.
    """

    def __init__(self, population: Population, timing: Presentation, compiled: bool) -> None:
        self.neuron, self.n = population.neuron, population.n_neurons
        self.n_steps, self.dt, self.reset = timing.n_steps, timing.dt, timing.reset
        self.threshold = firing_threshold(self.neuron)
        self.compiled = compiled and timing.reset and type(self.neuron) is nengo.LIF
        self.state = self._rest(self.n)

    def _rest(self, n: int) -> dict[str, np.ndarray]:
        return {name: np.zeros(n) for name in self.neuron.state if name != "output"}

    def run(self, currents: np.ndarray) -> Iterator[HostSpikes]:
        """Spikes of the images with these currents, image by image.

        Parameters
        ----------
        currents : (image, neuron) array of float64
            Without reset one image at a time.
        """
        if self.compiled:
            return map(self._compiled, currents)
        return iter(self._stepped(currents))

    def _compiled(self, currents: np.ndarray) -> HostSpikes:
        from .kernel import host_spikes

        # one spike per neuron and step at most; room that is not used is never touched
        most = int(np.count_nonzero(currents > 1)) * self.n_steps
        neurons, steps, found = (np.empty(most, np.int32) for _ in range(3))
        starts = np.zeros(self.n_steps + 1, np.int64)
        host_spikes(
            currents, self.neuron.tau_rc, self.neuron.tau_ref, self.dt, starts, neurons, steps,
            found,
        )  # fmt: skip
        return starts, neurons[: starts[-1]]

    def _stepped(self, currents: np.ndarray) -> list[HostSpikes]:
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
        who = np.concatenate([each[1] for each in found]).astype(np.int32)
        order = np.argsort(when, kind="stable")
        bounds = np.searchsorted(when[order], np.arange(n_images * self.n_steps + 1))
        who = who[order]
        spikes = []
        for i in range(n_images):
            starts = bounds[i * self.n_steps : (i + 1) * self.n_steps + 1]
            spikes.append((starts - starts[0], who[starts[0] : starts[-1]]))
        return spikes
