"""Convert a trained rate network to a spiking one: fold, scale rates, swap the neurons."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from numbers import Real
from typing import Any

import nengo
import numpy as np

from ..errors import ConversionError, ValidationError
from ..layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Layer,
    LocallyConnected2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
    Shape,
    Shortcut,
)
from ..models import Connection, Population, SpikingModel, TrainedModel
from ..models.expected import trained_model
from ..neurons.counterparts import (
    check_neuron,
    replaced,
    spiking_counterpart,
)
from ..neurons.kinds import kind_of
from ..neurons.synapses import as_synapse, synapse_label
from ..neurons.wrapped import wrapped_by
from ..records.finding import listed
from ..records.input_range import with_inputs
from ..stages.nonlinear import MaxPool, ResponseNormalization
from ..stages.pooling import fold_pool
from ..stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    Stage,
)
from ..support.checks import by_name, checked, real, word
from ..support.time_units import refuse_long
from .order import foldable, require_convertible

__all__ = ["convert", "fold", "scale_rates"]


def _factor_or_factors(value: Any, what: str) -> Any:
    """A number, or numbers by name; `_factors` sees to their size."""
    if isinstance(value, Mapping):
        factors = by_name(real(above=0))(value, what)
        inputs = getattr(value, "inputs", None)  # `RateScales` remember their images
        return factors if inputs is None else type(value)(factors, inputs)  # type: ignore[call-arg]
    return real(above=0)(value, what)


#: Largest factor on firing rates, up or down: beyond it float32 weights lose what they hold.
_MOST_FACTOR = 1e6


@checked(
    trained=trained_model,
    scale_firing_rates=_factor_or_factors,
    initial_voltage=word("zero", "uniform"),
)
def convert(
    trained: TrainedModel,
    *,
    synapse: Any = 0.005,
    neuron: nengo.neurons.NeuronType | str | None = None,
    scale_firing_rates: float | Mapping[str, float] = 1.0,
    initial_voltage: str = "zero",
) -> SpikingModel:
    """Turn a trained rate network into a spiking one with the same parameters.

    BatchNormalization is folded into the weights before it, amplitudes and (where that is
    exact) average pooling into the next weights, and each rate neuron becomes the spiking
    neuron with the same time constants (Hunsberger & Eliasmith 2016).

    Parameters
    ----------
    trained : TrainedModel
        What `train` returned or a file held.
    synapse : float, nengo.Alpha, nengo.Lowpass or None
        Filter after every neuron. A number is the time constant of an alpha synapse, in seconds.
    neuron : nengo.neurons.NeuronType or {"regular", "stochastic", "poisson"}, optional
        Spiking type to use instead of the trained neuron's own counterpart, e.g. nengo-loihi's
        ``LoihiLIF``, in every layer; its amplitude must be 1. A name puts each layer's trained
        neuron, as it is, into `nengo.RegularSpiking`, `nengo.StochasticSpiking` or
        `nengo.PoissonSpiking`.
    scale_firing_rates : float or dict
        Factor on all firing rates, or one per population by name; see `scale_rates`.
    initial_voltage : {"zero", "uniform"}
        Where membranes start: at rest, or uniformly random between rest and threshold.

    Returns
    -------
    SpikingModel
        An inert value for the simulators, `evaluate` and `SpikingNetwork`.

    Raises
    ------
    ConversionError
        If a layer cannot be turned into spikes (`order.convertible`; the message names all that
        cannot), a neuron has no spiking counterpart, or the synapse is of another kind.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> spiking = convert(trained, synapse=0.003)
    >>> [c.post for c in spiking.connections]
    ['neurons1', 'neurons2', 'output']
    """
    filtered = as_synapse(synapse)
    require_convertible(trained.architecture)
    folded = fold(trained)
    populations = []
    for population in folded.populations:
        spiking = _spiking(neuron, population.neuron)
        _check_spiking(spiking, initial_voltage)
        _check_seconds(spiking)
        populations.append(dataclasses.replace(population, neuron=spiking))
    connections = [
        c if c.pre == "input" else dataclasses.replace(c, synapse=filtered)
        for c in folded.connections
    ]
    model = dataclasses.replace(
        folded,
        populations=tuple(populations),
        connections=tuple(connections),
        initial_voltage=initial_voltage,
        provenance={
            **with_inputs(folded.provenance, getattr(scale_firing_rates, "inputs", None)),
            "conversion": {
                "synapse": synapse_label(filtered),
                "neuron": ", ".join(dict.fromkeys(repr(p.neuron) for p in populations)),
                "scale_firing_rates": dict(scale_firing_rates)
                if isinstance(scale_firing_rates, Mapping)
                else float(scale_firing_rates),
            },
        },
    )
    return scale_rates(model, scale_firing_rates)


def fold(trained: TrainedModel) -> SpikingModel:
    """The trained network as populations and linear stages, still with its rate neurons.

    Nothing is approximated: the class scores equal the trained network's (without noise and
    dropout) to rounding.

    Parameters
    ----------
    trained : TrainedModel
        The trained rate network.

    Raises
    ------
    ConversionError
        If the layers stand in an order that cannot be written so (`order.foldable`); the message
        names every such layer.
    """
    broken = foldable(trained.architecture)
    if broken:
        raise ConversionError(
            f"network {trained.architecture.name!r} cannot be run in rates:{listed(broken)}"
        )
    amplitudes = {k: float(getattr(n, "amplitude", 1.0)) for k, n in trained.neurons.items()}
    bare = {name: _bare(neuron) for name, neuron in trained.neurons.items()}
    populations: list[Population] = []
    connections: list[Connection] = []
    stages: list[Stage] = []
    added: list[tuple[str, Stage]] = []  # what residual sums bring, by its source
    bias: np.ndarray = np.zeros(1, np.float32)
    pre = "input"
    architecture = trained.architecture
    for layer, shape in zip(architecture.layers, architecture.layer_inputs(), strict=True):
        arrays = trained.weights.get(layer.name, {})
        if isinstance(layer, Neurons):
            seen = stages[-1].output_shape  # an image too where it is flattened before its neurons
            populations.append(Population(layer.name, seen, bare[layer.name], bias))
            connections.append(Connection(pre, layer.name, _fold_pools(stages)))
            connections += [Connection(name, layer.name, (stage,)) for name, stage in added]
            pre, stages, added = layer.name, [], []
        elif isinstance(layer, Shortcut):
            scaled = _shortcut(layer, shape, arrays).scaled(amplitudes[layer.source])
            added.append((layer.source, scaled))
        elif isinstance(layer, BatchNormalization):
            stages[-1], bias = _normalised(stages[-1], bias, layer, arrays)
        elif (stage := _stage(layer, shape, arrays)) is not None:
            amplitude = amplitudes.get(pre, 1.0)
            if isinstance(stage, ResponseNormalization):  # of outputs, not of rates
                stage = dataclasses.replace(stage, alpha=stage.alpha * amplitude**2)
            gain = amplitude if layer.has_weights else 1.0
            stages.append(stage if gain == 1.0 else stage.scaled(gain))
            bias = _bias(layer, arrays, stage)
    connections.append(Connection(pre, "output", _fold_pools(stages)))
    return SpikingModel(
        trained.architecture.name,
        trained.architecture.input_shape,
        tuple(populations),
        tuple(connections),
        np.broadcast_to(bias, stages[-1].output_shape).ravel().astype(np.float32),
        preprocessing=trained.preprocessing,
        classes=trained.classes,
        provenance=dict(trained.provenance),
    )


def _bare(neuron: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    """The neuron with amplitude 1 and without training noise."""
    own = kind_of(neuron)[1].parameters
    bare = {"amplitude": 1.0, "noise": None}
    return replaced(neuron, **{name: value for name, value in bare.items() if name in own})


def scale_rates(model: SpikingModel, factor: float | Mapping[str, float]) -> SpikingModel:
    """The same network firing ``factor`` times as fast, and answering that much sooner.

    Time constants are divided by the factor, so that ``r(J)`` becomes exactly
    ``factor * r(J)`` at every current (a factor on the current would bend the curve); integrate-
    and-fire neurons get ``factor`` times the current. The next weights are divided by it.

    Parameters
    ----------
    model : SpikingModel
        Network to scale.
    factor : float or dict
        One positive factor for all populations, or population name -> factor.

    Raises
    ------
    ValidationError
        If a factor is not positive or names no population.
    """
    factors = _factors(model, factor)
    if all(f == 1.0 for f in factors.values()):
        return model
    currents = {p.name: factors[p.name] if _is_linear(p.neuron) else 1.0 for p in model.populations}
    populations = tuple(
        dataclasses.replace(
            p,
            neuron=p.neuron if _is_linear(p.neuron) else _faster(p, factors[p.name]),
            bias=p.bias * np.float32(currents[p.name]),
        )
        for p in model.populations
    )
    connections = []
    for c in model.connections:
        gain = currents.get(c.post, 1.0) / factors.get(c.pre, 1.0)
        stages = c.stages if gain == 1.0 else (*c.stages[:-1], c.stages[-1].scaled(gain))
        connections.append(dataclasses.replace(c, stages=stages))
    return dataclasses.replace(model, populations=populations, connections=tuple(connections))


def _factors(model: SpikingModel, factor: float | Mapping[str, float]) -> dict[str, float]:
    names = [p.name for p in model.populations]
    given = dict(factor) if isinstance(factor, Mapping) else dict.fromkeys(names, factor)
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise ValidationError(f"scale_firing_rates names {unknown}; the populations are {names}")
    for name, value in given.items():
        if not (isinstance(value, Real) and 1 / _MOST_FACTOR <= value <= _MOST_FACTOR):
            raise ValidationError(
                f"scale_firing_rates is {value!r} for {name!r}; expected a positive number from "
                f"{1 / _MOST_FACTOR:g} to {_MOST_FACTOR:g}"
            )
    return {name: float(given.get(name, 1.0)) for name in names}


def _is_linear(neuron: nengo.neurons.NeuronType) -> bool:
    return kind_of(neuron)[1].faster is None


def _faster(population: Population, factor: float) -> nengo.neurons.NeuronType:
    faster = kind_of(population.neuron)[1].faster
    assert faster is not None
    return faster(population.neuron, factor)


def _spiking(asked: Any, trained: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    if asked is None:
        return spiking_counterpart(trained)
    chosen = wrapped_by(asked, trained) if isinstance(asked, str) else asked
    check_neuron(chosen)
    return chosen


def _check_spiking(neuron: nengo.neurons.NeuronType, initial_voltage: str) -> None:
    if not getattr(neuron, "spiking", False):
        raise ConversionError(
            f"{neuron!r} does not spike; leave `neuron` out or give a spiking type"
        )
    base = getattr(neuron, "base_type", None)
    amplitude = neuron.amplitude * getattr(base, "amplitude", 1)
    if amplitude != 1:
        raise ConversionError(
            f"{neuron!r} has amplitude {amplitude}; expected 1, since the trained amplitude "
            "is folded into the weights"
        )
    if initial_voltage == "uniform" and "voltage" not in type(neuron).state:
        raise ConversionError(
            f"{neuron!r} has no membrane that could start at random; use initial_voltage='zero'"
        )


def _check_seconds(neuron: nengo.neurons.NeuronType) -> None:
    """Refuse time constants that were meant in milliseconds."""
    for owner in (neuron, getattr(neuron, "base_type", None)):
        for name in ("tau_rc", "tau_ref", "tau_n"):
            refuse_long(getattr(owner, name, 0.0), f"{name} of {type(owner).__name__}")


def _stage(layer: Layer, shape: Shape, arrays: Mapping[str, np.ndarray]) -> Stage | None:
    if isinstance(layer, Conv2D):
        return Convolution(shape, layer.strides, layer.padding, layer.groups, arrays["kernel"])
    if isinstance(layer, LocallyConnected2D):
        return LocalWindows(
            shape, layer.strides, layer.padding, layer.kernel_size, arrays["kernel"]
        )
    if isinstance(layer, AveragePooling2D):
        return AveragePool(shape, layer.strides, layer.padding, layer.pool_size)
    if isinstance(layer, MaxPooling2D):
        return MaxPool(shape, layer.strides, layer.padding, layer.pool_size)
    if isinstance(layer, LocalResponseNormalization):
        return ResponseNormalization(shape, layer.depth_radius, layer.bias, layer.alpha, layer.beta)
    if isinstance(layer, Dense):
        return DenseMatrix(shape, arrays["kernel"])
    return None


def _shortcut(layer: Shortcut, shape: Shape, arrays: Mapping[str, np.ndarray]) -> Stage:
    stage = _stage(layer.projection, shape, arrays) if layer.projection is not None else None
    return stage or Elementwise(shape, np.ones(shape[-1], np.float32))


def _bias(layer: Layer, arrays: Mapping[str, np.ndarray], stage: Stage) -> np.ndarray:
    return arrays.get("bias", np.zeros(stage.output_shape[-1:], np.float32))


def _normalised(
    stage: Stage, bias: np.ndarray, layer: BatchNormalization, arrays: Mapping[str, np.ndarray]
) -> tuple[Stage, np.ndarray]:
    scale = arrays["gamma"] / np.sqrt(arrays["moving_variance"] + np.float32(layer.epsilon))
    name = stage.arrays[0]  # kernels and matrices end in the output channel
    changed = dataclasses.replace(stage, **{name: getattr(stage, name) * scale})
    return changed, (bias - arrays["moving_mean"]) * scale + arrays["beta"]


def _fold_pools(stages: list[Stage]) -> tuple[Stage, ...]:
    """Take pooling into the weights after it, from the last stage backwards, where exact."""
    *front, last = stages
    while front and isinstance(front[-1], AveragePool):
        folded = fold_pool(front[-1], last)
        if folded is None:
            break
        front, last = front[:-1], folded
    return (*front, last)
