"""Convert a trained rate network to a spiking one: fold, scale rates, swap the neurons."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import nengo

from ..errors import ConversionError
from ..inputs.recommended import Recommended
from ..models import Population, SpikingModel, TrainedModel
from ..models.expected import trained_model
from ..models.initial_voltages import state_from_voltage
from ..neurons.counterparts import check_neuron, spiking_counterpart
from ..neurons.synapses import as_synapse, chip_synapse, synapse_label
from ..neurons.wrapped import wrapped_by
from ..records.input_range import with_inputs
from ..support.checks import checked, optional, word
from ..support.time_units import refuse_long
from .folding import fold
from .order import require_convertible
from .scaling import factor_or_factors, scale_rates

__all__ = ["convert", "synapse_on_chip"]


@checked(
    trained=trained_model,
    scale_firing_rates=optional(factor_or_factors),
    initial_voltage=optional(word("zero", "half", "uniform")),
)
def convert(
    trained: TrainedModel,
    *,
    synapse: Any = "trained",
    neuron: nengo.neurons.NeuronType | str | None = None,
    scale_firing_rates: float | Mapping[str, float] | None = None,
    initial_voltage: str | None = None,
) -> SpikingModel:
    """Turn a trained rate network into a spiking one with the same parameters.

    BatchNormalization is folded into the weights before it, amplitudes and (where that is
    exact) average pooling into the next weights, and each rate neuron becomes the spiking
    neuron with the same time constants (Hunsberger & Eliasmith 2016).

    Parameters
    ----------
    trained : TrainedModel
        What `train` returned or a file held.
    synapse : "trained", float, nengo.Alpha, nengo.Lowpass or None
        Filter after every neuron; pixels that are added to spikes take it too. A number is the
        time constant of an alpha synapse, in seconds. By default that of the network's
        `Recommended` settings, if it has any, and else 0.005 for networks trained in rates; of
        those trained on spikes what they were trained with, which is none but before the read-out,
        a lowpass as slow as the neurons' leak.
    neuron : nengo.neurons.NeuronType or {"regular", "stochastic", "poisson"}, optional
        Spiking type to use instead of the trained neuron's own counterpart, e.g. nengo-loihi's
        ``LoihiLIF``, in every layer; its amplitude must be 1. A name puts each layer's trained
        neuron, as it is, into `nengo.RegularSpiking`, `nengo.StochasticSpiking` or
        `nengo.PoissonSpiking`.
    scale_firing_rates : float or dict, optional
        Factor on all firing rates, or one per population by name; see `scale_rates`. By default 1,
        and where the synapse is left to the network's `Recommended` settings, theirs.
    initial_voltage : {"zero", "half", "uniform"}, optional
        Where membranes start: at rest, half-way to the threshold (the mean of the next, and every
        image alike), or uniformly random between rest and threshold. By default at rest, or as
        recommended, as for the rates; a recommended one is left out for a ``neuron`` that has no
        membrane, such as "stochastic" and "poisson".

    Returns
    -------
    SpikingModel
        An inert value for the simulators, `evaluate` and `SpikingNetwork`.

    Raises
    ------
    ConversionError
        If a layer cannot be turned into spikes (`order.convertible`; the message names all that
        cannot), a neuron has no spiking counterpart, or none with the membrane that an initial
        voltage needs, or the synapse is of another kind.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> spiking = convert(trained, synapse=0.003)
    >>> [c.post for c in spiking.connections]
    ['neurons1', 'neurons2', 'output']
    """
    known = Recommended.of(trained.provenance)
    own = known if isinstance(synapse, str) else None  # else the caller's own conversion
    filtered, read_out = _synapses(trained, synapse, own)
    if scale_firing_rates is None:
        scale_firing_rates = 1.0 if own is None else own.rate_factor
    require_convertible(trained.architecture)
    folded = fold(trained)
    populations = []
    for population in folded.populations:
        spiking = _spiking(neuron, population.neuron)
        _check_spiking(spiking)
        _check_seconds(spiking)
        populations.append(dataclasses.replace(population, neuron=spiking))
    initial_voltage = _start(initial_voltage, own, neuron, populations)
    # pixels that join spikes take the same synapse, so that both are equally late
    heard = {c.post for c in folded.connections if c.pre != "input"}
    connections = [
        c
        if c.pre == "input" and c.post not in heard
        else dataclasses.replace(c, synapse=read_out if c.post == "output" else filtered)
        for c in folded.connections
    ]
    origin: Mapping[str, Any] = folded.provenance
    asked = (filtered, scale_firing_rates, initial_voltage, neuron)
    if known is not None and asked != _settings(known):  # its times are for its conversion alone
        origin = known.removed(origin)
    model = dataclasses.replace(
        folded,
        populations=tuple(populations),
        connections=tuple(connections),
        initial_voltage=initial_voltage,
        provenance={
            **with_inputs(origin, getattr(scale_firing_rates, "inputs", None)),
            "conversion": {
                "synapse": synapse_label(filtered)
                if filtered == read_out
                else f"{synapse_label(read_out)} before the read-out",
                "neuron": ", ".join(dict.fromkeys(repr(p.neuron) for p in populations)),
                "scale_firing_rates": dict(scale_firing_rates)
                if isinstance(scale_firing_rates, Mapping)
                else float(scale_firing_rates),
            },
        },
    )
    scaled = scale_rates(model, scale_firing_rates)
    return dataclasses.replace(scaled, provenance=model.provenance)  # whose factor is in it


#: Time constant of the alpha synapse of networks that were trained in rates, in seconds.
_USUAL = 0.005


def synapse_on_chip(trained: TrainedModel, synapse: Any = "trained") -> Any:
    """The synapse to convert a network with for the chip, which has lowpass synapses only.

    It has the same mean delay. Rates and initial voltages of `Recommended` settings are not for the
    chip, and `convert` leaves them out where it is given a synapse.

    Parameters
    ----------
    trained : TrainedModel
        The network.
    synapse : "trained", float, nengo.Alpha, nengo.Lowpass or None
        As for `convert`. A network that was trained on its spikes keeps "trained".

    Examples
    --------
    >>> from nengo_lifdeep import pretrained
    >>> synapse_on_chip(pretrained.load("digits-compact"))
    Lowpass(tau=0.01)
    """
    if not isinstance(synapse, str) or synapse != "trained":
        return chip_synapse(synapse)
    known = Recommended.of(trained.provenance)
    if known is None and "spikes" in trained.provenance:
        return synapse
    return chip_synapse(_USUAL if known is None else known.tau_s)


def _settings(recommended: Recommended) -> tuple[Any, float, str, None]:
    """Synapse, factor, initial voltage and neuron that they stand for."""
    synapse = as_synapse(recommended.tau_s)
    return synapse, recommended.rate_factor, recommended.initial_voltage, None


def _synapses(
    trained: TrainedModel, asked: Any, recommended: Recommended | None
) -> tuple[Any, Any]:
    """The filter between neurons, and that before the read-out."""
    if not isinstance(asked, str) or asked != "trained":
        both = as_synapse(asked)
        return both, both
    if recommended is not None:
        both = as_synapse(recommended.tau_s)
        return both, both
    if "spikes" not in trained.provenance:
        return as_synapse(_USUAL), as_synapse(_USUAL)
    spikes, tau = trained.provenance["spikes"], float(getattr(trained.neuron, "tau_mem", math.inf))
    own = spikes.get("read_out_leak")
    if own is not None:  # another one than the neurons'
        tau = math.inf if own == 1 else -float(spikes["dt"]) / math.log(own)
    return None, None if math.isinf(tau) else nengo.Lowpass(tau)


def _spiking(asked: Any, trained: nengo.neurons.NeuronType) -> nengo.neurons.NeuronType:
    if asked is None:
        return spiking_counterpart(trained)
    chosen = wrapped_by(asked, trained) if isinstance(asked, str) else asked
    check_neuron(chosen)
    return chosen


def _start(
    asked: str | None, recommended: Recommended | None, neuron: Any, populations: list[Population]
) -> str:
    """Where membranes start: as asked for, as recommended where there are membranes, or at rest."""
    advised = "zero" if recommended is None else recommended.initial_voltage
    wanted = advised if asked is None else asked
    without = [p for p in populations if state_from_voltage(p.neuron, 0.0) is None]
    if wanted == "zero" or not without:
        return wanted
    if asked is None and neuron is not None:  # it was recommended for the network's own neurons
        return "zero"
    where = "at random" if wanted == "uniform" else "half-way to the threshold"
    origin = ", as the network recommends" if asked is None else ""
    raise ConversionError(
        f"{without[0].name}: {without[0].neuron!r} has no membrane that could start {where}"
        f"{origin}; use initial_voltage='zero'"
    )


def _check_spiking(neuron: nengo.neurons.NeuronType) -> None:
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


def _check_seconds(neuron: nengo.neurons.NeuronType) -> None:
    """Refuse time constants that were meant in milliseconds."""
    for owner in (neuron, getattr(neuron, "base_type", None)):
        for name in ("tau_rc", "tau_ref", "tau_n", "tau"):
            refuse_long(getattr(owner, name, 0.0), f"{name} of {type(owner).__name__}")
