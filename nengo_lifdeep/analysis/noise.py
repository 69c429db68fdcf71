"""Measure the noise of filtered spikes in a converted network, to train with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import nengo
import numpy as np

from ..conversion.rates import forward
from ..datasets.base import Split
from ..errors import ValidationError
from ..inputs.inputs import Inputs, still
from ..inputs.presentation import Presentation
from ..jobs.executors import executor_or_none, workers
from ..jobs.job import Job
from ..jobs.outcomes import outcomes, result_of
from ..jobs.sharing import shared
from ..models import SpikingModel
from ..models.expected import spiking_model
from ..noise import MeasuredNoise
from ..simulators import complete, run
from ..support.checks import checked, flag, whole
from ..support.short_repr import short_repr

__all__ = ["NoiseCalibration", "calibrate_noise"]

#: Images of one job: always as many, so that results do not depend on who does them.
_AT_ONCE = 20

#: Rates between which variability is averaged, in Hz.
_EDGES = (0.5, 2, 4, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 80, 100, 130, 160, 200, 400, 1000)


@dataclasses.dataclass(frozen=True, eq=False)
class Spread:
    """What one population varies by, in bins of its neurons' rates.

    Attributes
    ----------
    rates : (n,) array
        Mean of the rate network's rates in every bin, in Hz.
    spreads : (n,) array
        Root mean square of filtered spikes minus these rates, in Hz.
    biases : (n,) array
        Mean of filtered spikes minus these rates, in Hz.
    neurons : (n,) array of int
        Neurons of all images in every bin.
    """

    rates: np.ndarray
    spreads: np.ndarray
    biases: np.ndarray
    neurons: np.ndarray

    __repr__ = short_repr


@dataclasses.dataclass(frozen=True)
class NoiseCalibration:
    """Variability of every layer.

    Attributes
    ----------
    layers : dict of str to Spread
        By the population's name.
    membrane : bool
        Whether spikes were filtered by the next membrane too.
    n_images : int
        Images measured.
    """

    layers: Mapping[str, Spread]
    membrane: bool
    n_images: int

    __repr__ = short_repr

    def noise(self, layers: Sequence[str] | None = None) -> MeasuredNoise:
        """The noise of some layers pooled (of all by default), to train with.

        Parameters
        ----------
        layers : sequence of str, optional
            Names of populations; all by default.
        """
        chosen = [self.layers[name] for name in (layers or self.layers)]
        rates, spreads, _, _ = _pooled(chosen)
        return MeasuredNoise(tuple(rates), tuple(spreads))


@checked(model=spiking_model, membrane=flag, fewest=whole(1), executor=executor_or_none)
def calibrate_noise(
    model: SpikingModel,
    images: Split | np.ndarray,
    *,
    t_c: float = 0.3,
    t_p: float = 0.6,
    membrane: bool = True,
    fewest: int = 50,
    executor: int | str | Executor | None = None,
) -> NoiseCalibration:
    """Measure how far filtered spikes deviate from the rates of the rate network.

    Every neuron's spikes go through the synapse after it and, with ``membrane``, through a
    lowpass of its own membrane time constant, as the alpha-RC noise has it; at every step in
    ``[t_c, t_p)`` the result is compared with the rate that the same neuron has in the rate
    network for the same image. The root mean square is taken over neurons of similar rate.

    Parameters
    ----------
    model : SpikingModel
        The converted network, LIF or integrate-and-fire.
    images : Split or array
        As for `run`: uint8, or floats in [0, 1], before the network's preprocessing. Some tens,
        not those to test with.
    t_c, t_p : float
        Where steps count, in seconds. Filters start empty: begin after several membrane time
        constants, or the time they take to fill is measured as noise.
    membrane : bool
        Whether to filter by the membrane too; not for neurons without one.
    fewest : int
        Bins with fewer neurons are left out.
    executor : int, str, Executor or None
        Who runs the images, as of `jobs.workers`; the result is the same. Images are run twenty at
        a time, whose single spikes have to fit into memory.

    Returns
    -------
    NoiseCalibration

    Raises
    ------
    DataError
        If the images do not fit the network.
    ValidationError
        If no neuron fires enough to be measured.
    WorkerError
        If a worker has died at the same images again and again, or no scheduler answers.

    Examples
    --------
    >>> from nengo_lifdeep import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, images = trained_example()
    >>> found = calibrate_noise(convert(trained, synapse=0.003), images.take(10))
    >>> bool(min(found.noise().spreads) > 0)
    True
    """
    timing = Presentation(t_c=t_c, t_p=t_p)
    inputs = Inputs.of(model, still(images), timing)
    n = len(inputs)
    found: dict[int, dict[str, Any]] = {}
    with workers(executor) as pool, shared(pool, model) as sent:
        jobs = [
            Job(f"noise of images from {part[0]} on", "noise", 1, None, _measured,
                (sent, inputs.take(part), membrane))
            for part in np.split(np.arange(n), range(_AT_ONCE, n, _AT_ONCE))
        ]  # fmt: skip
        for place, job, future in outcomes(jobs, pool):
            found[place] = result_of(job, future)
    parts = [found[place] for place in range(len(jobs))]
    layers = {}
    for name in (population.name for population in model.populations):
        wanted, mean, square = (np.concatenate([part[name][i] for part in parts]) for i in range(3))
        layers[name] = _binned(wanted, mean, square, fewest)
    if not any(len(spread.rates) for spread in layers.values()):
        raise ValidationError(
            f"no rate of {model.name!r} has {fewest} neurons that fire; give more images, or a "
            "smaller number with fewest="
        )
    return NoiseCalibration(layers, membrane, n)


def _measured(model: SpikingModel, inputs: Inputs, membrane: bool) -> dict[str, Any]:
    """Of some images and every population: its rates, and moments of the deviation from them."""
    timing = inputs.timing
    record = complete(run(model, inputs, rasters=len(inputs)))
    expected = forward(model, inputs.chunk(0, len(inputs)), timing.dt)
    found = {}
    for population in model.populations:
        name = population.name
        synapse = next(c.synapse for c in model.connections if c.pre == name)
        filters = [synapse] if synapse is not None else []
        if membrane and hasattr(population.neuron, "tau_rc"):
            filters.append(nengo.Lowpass(population.neuron.tau_rc))
        wanted = expected[name].reshape(len(inputs), -1).astype(float)
        found[name] = (wanted, *_moments(record.rasters[name], wanted, filters, timing))
    return found


def _moments(
    raster: np.ndarray, wanted: np.ndarray, filters: list[Any], timing: Presentation
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and mean square over time of filtered spikes minus the wanted rate, per neuron."""
    mean, square = np.empty_like(wanted), np.empty_like(wanted)
    for image, rates in enumerate(wanted):
        mine = raster[raster[:, 0] == image]
        value = np.zeros((timing.n_steps, len(rates)))
        np.add.at(value, (mine[:, 1], mine[:, 2]), 1 / timing.dt)
        for each in filters:
            value = each.filt(value, axis=0, dt=timing.dt, y0=0)
        off = value[timing.c_steps :] - rates
        mean[image], square[image] = off.mean(axis=0), (off**2).mean(axis=0)
    return mean, square


def _binned(wanted: np.ndarray, mean: np.ndarray, square: np.ndarray, fewest: int) -> Spread:
    place = np.digitize(wanted.ravel(), _EDGES)
    counts = np.bincount(place, minlength=len(_EDGES) + 1)[1:]
    kept = counts >= fewest

    def average(values: np.ndarray) -> np.ndarray:
        sums = np.bincount(place, weights=values.ravel(), minlength=len(_EDGES) + 1)[1:]
        return sums[kept] / counts[kept]

    return Spread(average(wanted), np.sqrt(average(square)), average(mean), counts[kept])


def _pooled(layers: list[Spread]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Bins of all layers together, weighted by their neurons."""
    rates = np.concatenate([layer.rates for layer in layers])
    squares = np.concatenate([layer.spreads**2 for layer in layers])
    biases = np.concatenate([layer.biases for layer in layers])
    neurons = np.concatenate([layer.neurons for layer in layers])
    place = np.digitize(rates, _EDGES)
    bins = np.unique(place)

    def average(values: np.ndarray) -> np.ndarray:
        return np.array([np.average(values[place == b], weights=neurons[place == b]) for b in bins])

    total = np.array([neurons[place == b].sum() for b in bins])
    return average(rates), np.sqrt(average(squares)), average(biases), total
