"""Membrane voltages of some neurons while one image is shown, in `nengo.Simulator`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import nengo
import numpy as np

from ..compat.contexts import apart_from_open_networks
from ..datasets.base import Split
from ..errors import ValidationError
from ..exporters.nengo import SpikingNetwork, quiet_build
from ..inputs.inputs import Inputs
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..models.initial_voltages import initial_voltages, state_from_voltage
from ..support.short_repr import short_repr

__all__ = ["Voltages", "record_voltages"]


@dataclasses.dataclass(frozen=True, eq=False)
class Voltages:
    """What `record_voltages` saw.

    Attributes
    ----------
    model, layer : str
        Network and population.
    neurons : (n,) array of int
        Which neurons of the population, flat.
    times : (step,) array
        Ends of the steps in seconds.
    values : (step, n) array
        Membrane voltages; the threshold is 1.
    spikes : (step, n) array of bool
        In which steps each neuron fired.
    """

    model: str
    layer: str
    neurons: np.ndarray
    times: np.ndarray
    values: np.ndarray
    spikes: np.ndarray

    __repr__ = short_repr


def record_voltages(
    model: SpikingModel,
    images: Split | np.ndarray,
    layer: str | None = None,
    neurons: Sequence[int] | int = 4,
    *,
    presentation: Presentation | None = None,
    seed: int = 0,
) -> Voltages:
    """Show the first image to a spiking network and keep some of its membranes.

    Parameters
    ----------
    model : SpikingModel
        With neurons that have a membrane (LIF, adaptive LIF).
    images : Split or (n, row, column, channel) array
        The first is shown.
    layer : str, optional
        Population; the last by default.
    neurons : sequence of int, or int
        Flat indices, or how many: then those that fire most.
    presentation : Presentation, optional
        Timing; ``Presentation()`` by default.
    seed : int
        Decides random initial voltages.

    Returns
    -------
    Voltages

    Raises
    ------
    ValidationError
        If there is no such population or neuron, or it has no membrane.

    Examples
    --------
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> record_voltages(convert(trained), test.take(1), neurons=3).values.shape
    (100, 3)
    """
    names = [p.name for p in model.populations]
    name = names[-1] if layer is None else layer
    if name not in names:
        raise ValidationError(f"layer is {name!r}; expected one of {', '.join(names)}")
    population = model.population(name)
    if "voltage" not in type(population.neuron).state:
        raise ValidationError(f"layer {name!r}: {population.neuron!r} has no membrane voltage")
    timing = presentation or Presentation()
    shown = Inputs.of(model, images, timing).chunk(0, 1)[0].ravel()
    timed = model.with_tau_s(timing.tau_s)
    with apart_from_open_networks():
        network = SpikingNetwork(timed, shown, seed=seed)
    with network:
        trains = nengo.Probe(network.layers[name].neurons)
        membranes = nengo.Probe(network.layers[name].neurons, "voltage")
    with quiet_build():
        simulator = nengo.Simulator(network, dt=timing.dt, progress_bar=False)
    with simulator as sim:
        start = initial_voltages(model, seed, [0])
        for known, ensemble in network.layers.items():
            state = state_from_voltage(ensemble.neuron_type, start[known][0])
            if state is not None:
                sim.signals[sim.model.sig[ensemble.neurons][state[0]]] = state[1]
        sim.run_steps(timing.n_steps, progress_bar=False)
        fired = sim.data[trains] > 0
        chosen = _chosen(neurons, fired.sum(axis=0), name)
        return Voltages(
            model.name, name, chosen, sim.trange(), sim.data[membranes][:, chosen],
            fired[:, chosen],
        )  # fmt: skip


def _chosen(neurons: Sequence[int] | int, counts: np.ndarray, layer: str) -> np.ndarray:
    if isinstance(neurons, int):
        neurons = np.sort(np.argsort(counts, kind="stable")[::-1][:neurons]).tolist()
    chosen = np.asarray(neurons, dtype=int)
    if chosen.ndim != 1 or not chosen.size or chosen.min() < 0 or chosen.max() >= len(counts):
        raise ValidationError(
            f"neurons are {neurons!r}; layer {layer!r} has neurons 0 to {len(counts) - 1}"
        )
    return chosen
