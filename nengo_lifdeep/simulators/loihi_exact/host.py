"""The host's side: spikes of the populations that read pixels, many images at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import nengo
import numpy as np

from ...errors import DeploymentError
from ...inputs.presentation import Presentation
from ...models import Population, SpikingModel
from ...models.initial_voltages import state_from_voltage
from ...neurons.counterparts import firing_threshold
from ...neurons.stepping.numbers import step_numbers
from ...neurons.stepping.step_lif import StepLIF

__all__ = ["HOST_NEURONS", "Host", "HostNeurons", "check_host"]

#: Types that are stepped with currents alone; tests compare each with nengo-loihi's host.
HOST_NEURONS = (
    "AdaptiveLIF", "LIF", "LoihiLIF", "LoihiSpikingRectifiedLinear", "SpikingRectifiedLinear",
    "StepLIF", "Theta",
)  # fmt: skip

#: Spikes of one image: step ``s`` is ``starts[s]:starts[s + 1]`` of the neurons, and how often
#: each fires in it; the chip hears it once.
HostSpikes = tuple[np.ndarray, np.ndarray, np.ndarray]


def check_host(model: SpikingModel) -> None:
    """Refuse networks where the host is not driven by constant currents, or is not known.

    Parameters
    ----------
    model : SpikingModel
        The spiking network.

    Raises
    ------
    DeploymentError
        If something besides unfiltered pixels leads into a population on the host, or its neurons
        are of a type that is not in `HOST_NEURONS` or have time constants of their own each.
    """
    remedy = "Use simulator='loihi' (lifdeep deploy --emulate N), which runs it step by step"
    host = {p.name for p in model.on_host}
    for c in model.connections:
        if c.post in host and (c.pre != "input" or c.synapse is not None):
            found = f"its synapse is {c.synapse!r}" if c.pre == "input" else "it carries spikes"
            raise DeploymentError(
                f"{c.pre} -> {c.post}: {found}; 'loihi-exact' takes the currents of the host's "
                "population as constant for an image, from the input with synapse None. " + remedy
            )
    for population in model.on_host:
        neuron: Any = population.neuron
        kind = type(neuron).__name__
        if kind not in HOST_NEURONS:
            raise DeploymentError(
                f"{population.name}: its neuron is {neuron!r}; 'loihi-exact' has "
                f"{', '.join(HOST_NEURONS)} on the host. {remedy}"
            )
        if kind == "StepLIF" and (np.ndim(neuron.tau_mem) or np.ndim(neuron.tau_syn)):
            raise DeploymentError(
                f"{population.name}: its neurons have time constants of their own; 'loihi-exact' "
                f"has one for all on the host. {remedy}"
            )


class Host:
    """All populations on the host, their neurons numbered one population after the other.

    Parameters
    ----------
    populations : sequence of Population
        In the network's order.
    timing : Presentation
        Steps of an image, and whether every image starts from rest.
    compiled : bool
        As for `HostNeurons`.

    Attributes
    ----------
    places : dict of str to slice
        Which neurons each population has.
    """

    def __init__(
        self, populations: Sequence[Population], timing: Presentation, compiled: bool
    ) -> None:
        self.parts = [HostNeurons(each, timing, compiled) for each in populations]
        bounds = np.cumsum([0, *(part.n for part in self.parts)]).tolist()
        self.places = {
            each.name: slice(*ends)
            for each, ends in zip(populations, itertools.pairwise(bounds), strict=True)
        }

    def compile(self) -> None:
        """Let the twins be compiled; other neurons would leave their start."""
        for part in self.parts:
            if part.compiled:
                next(part.run(np.zeros((1, part.n))))

    def run(self, currents: np.ndarray) -> Iterator[dict[str, HostSpikes]]:
        """Spikes of the images with these currents by population, image by image.

        Parameters
        ----------
        currents : (image, neuron) array of float64
            Of all populations; without reset one image at a time.
        """
        found = [
            part.run(currents[:, place])
            for part, place in zip(self.parts, self.places.values(), strict=True)
        ]
        for image in zip(*found, strict=True):
            yield dict(zip(self.places, image, strict=True))

    def together(self, spikes: Mapping[str, HostSpikes]) -> tuple[np.ndarray, np.ndarray]:
        """What the chip hears of one image: where each step begins, and the host's neurons.

        Parameters
        ----------
        spikes : dict of str to HostSpikes
            Of every population, with its own numbers.
        """
        if len(spikes) == 1:
            ((starts, fired, _),) = spikes.values()
            return starts, fired
        step = np.concatenate([_steps(starts) for starts, _, _ in spikes.values()])
        fired = np.concatenate(
            [fired + np.int32(self.places[name].start) for name, (_, fired, _) in spikes.items()]
        )
        starts = np.sum([starts for starts, _, _ in spikes.values()], axis=0)
        return starts, fired[np.argsort(step, kind="stable")]


def _steps(starts: np.ndarray) -> np.ndarray:
    """The step of every spike."""
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


def _silent_below(neuron: Any, dt: float) -> float:
    """A current up to which a neuron that starts from rest never fires in steps of ``dt``.

    Of `StepLIF` it depends on the step: at a constant current the voltage ends in
    ``gain J / (1 - kept)``, by a hair more in floating point.
    """
    if not isinstance(neuron, StepLIF):
        return firing_threshold(neuron)
    numbers = step_numbers(neuron, dt)
    return (1 - 1e-9) * neuron.threshold * float((1 - numbers.kept) / numbers.gain)


class HostNeurons:
    """Neurons of one population on the host at constant currents.

    They are stepped by Nengo's own neuron type; `nengo.LIF` from rest by a compiled twin of it.

    Parameters
    ----------
    population : Population
        One that reads pixels.
    timing : Presentation
        Steps of an image, and whether every image starts from rest.
    compiled : bool
        Whether to use the twin where there is one.
    """

    def __init__(self, population: Population, timing: Presentation, compiled: bool) -> None:
        self.neuron, self.n = population.neuron, population.n_neurons
        self.n_steps, self.dt, self.reset = timing.n_steps, timing.dt, timing.reset
        self.threshold = _silent_below(self.neuron, self.dt)
        self.compiled = compiled and timing.reset and type(self.neuron) is nengo.LIF
        self.state = self._rest(self.n)

    def _rest(self, n: int) -> dict[str, np.ndarray]:
        state = {name: np.zeros(n) for name in self.neuron.state if name != "output"}
        start = state_from_voltage(self.neuron, 0.0)
        if start is not None:
            state[start[0]][:] = start[1]
        return state

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
        fired = neurons[: starts[-1]]
        return starts, fired, np.broadcast_to(np.int32(1), fired.shape)

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
            times = np.rint(output[fired] * self.dt)
            found.append((image[fired] * self.n_steps + step, neuron[fired], times))
        when, who, often = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.argsort(when, kind="stable")
        bounds = np.searchsorted(when[order], np.arange(n_images * self.n_steps + 1))
        who, often = who[order].astype(np.int32), often[order].astype(np.int32)
        spikes = []
        for i in range(n_images):
            starts = bounds[i * self.n_steps : (i + 1) * self.n_steps + 1]
            part = slice(starts[0], starts[-1])
            spikes.append((starts - starts[0], who[part], often[part]))
        return spikes
