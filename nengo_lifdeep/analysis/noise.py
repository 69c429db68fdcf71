"""Measure the noise of filtered spikes in a converted network, to train with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import nengo
import numpy as np

from ..conversion.rates import forward
from ..datasets.base import Split
from ..errors import ValidationError
from ..inputs.inputs import Inputs, still
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..models.expected import spiking_model
from ..noise import MeasuredNoise
from ..simulators import complete, run
from ..support.checks import checked, flag, whole
from ..support.short_repr import short_repr

__all__ = ["NoiseCalibration", "calibrate_noise"]

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


@checked(model=spiking_model, membrane=flag, fewest=whole(1))
def calibrate_noise(
    model: SpikingModel,
    images: Split | np.ndarray,
    *,
    t_c: float = 0.3,
    t_p: float = 0.6,
    membrane: bool = True,
    fewest: int = 50,
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

    Returns
    -------
    NoiseCalibration

    Raises
    ------
    DataError
        If the images do not fit the network.
    ValidationError
        If no neuron fires enough to be measured.

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
    record = complete(run(model, inputs, rasters=len(inputs)))
    n = record.n_images
    expected = forward(model, inputs.chunk(0, n), timing.dt)
    layers = {}
    for population in model.populations:
        name = population.name
        synapse = next(c.synapse for c in model.connections if c.pre == name)
        filters = [synapse] if synapse is not None else []
        if membrane and hasattr(population.neuron, "tau_rc"):
            filters.append(nengo.Lowpass(population.neuron.tau_rc))
        wanted = expected[name].reshape(n, -1).astype(float)
        moments = _moments(record.rasters[name], wanted, filters, timing)
        layers[name] = _binned(wanted, *moments, fewest)
    if not any(len(spread.rates) for spread in layers.values()):
        raise ValidationError(
            f"no rate of {model.name!r} has {fewest} neurons that fire; give more images, or a "
            "smaller number with fewest="
        )
    return NoiseCalibration(layers, membrane, n)


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
