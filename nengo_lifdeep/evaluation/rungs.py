"""The loss ladder: where accuracy is lost from rates to spikes to the chip, step by step."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from ..conversion.order import require_convertible
from ..conversion.swap import convert
from ..datasets.base import Split
from ..inputs.coding import Coding, coding_or_none
from ..inputs.presentation import Presentation, timing_or_default
from ..models import TrainedModel
from ..models.expected import trained_model
from ..neurons.counterparts import hard_counterpart
from ..neurons.synapses import chip_synapse
from ..records import Evaluation
from ..simulators import get_simulator
from ..simulators.registry import shared_options
from ..support.checks import checked, each, optional, text
from ..support.short_repr import short_repr
from .accuracy import evaluate

__all__ = ["Rung", "ladder", "rungs"]


@dataclasses.dataclass(frozen=True)
class Rung:
    """One step of the loss ladder.

    Attributes
    ----------
    name : str
        What the network is made of here.
    evaluation : Evaluation
        What it reaches.
    drop : float
        Points of accuracy lost since the rung before (negative: gained).
    """

    name: str
    evaluation: Evaluation
    drop: float

    __repr__ = short_repr


@checked(
    trained=trained_model,
    simulators=each(text, "names of simulators"),
    presentation=timing_or_default,
    coding=coding_or_none,
    relu_twin=optional(trained_model),
)
def ladder(
    trained: TrainedModel,
    data: Split,
    *,
    simulators: Sequence[str] = ("events",),
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    synapse: Any = 0.005,
    relu_twin: TrainedModel | None = None,
    **options: Any,
) -> list[Rung]:
    """Where accuracy is lost on the way from rates to spikes to the chip, step by step.

    Rungs: the ReLU twin where there is one, SoftLIF rates, hard LIF rates, then spikes in each
    simulator. Everything runs on the same images.

    Parameters
    ----------
    trained : TrainedModel
        The SoftLIF network.
    data : Split
        Images and labels (classes).
    simulators : sequence of str
        Spiking simulators, in this order.
    presentation : Presentation, optional
        Timing of the spiking rungs.
    coding : Coding, optional
        Input of the spiking rungs, as for `run`; the rungs of rates see the images themselves.
    synapse : float, nengo.Alpha, nengo.Lowpass or None
        Synapse of the spiking rungs; Loihi gets a lowpass of the same mean delay.
    relu_twin : TrainedModel, optional
        The same architecture trained with rectified-linear neurons.
    **options
        Those of the simulators, as for `run`; each gets those that it has.

    Returns
    -------
    list of Rung
        From the first rung down.

    Raises
    ------
    ConversionError
        If the network cannot be turned into spikes, before anything is run.
    ValidationError
        If none of the simulators has an option.
    """
    steps = rungs(
        trained,
        data,
        simulators=simulators,
        presentation=presentation,
        coding=coding,
        synapse=synapse,
        relu_twin=relu_twin,
        **options,
    )
    return list(steps)


@checked(
    trained=trained_model,
    simulators=each(text, "names of simulators"),
    presentation=timing_or_default,
    coding=coding_or_none,
    relu_twin=optional(trained_model),
)
def rungs(
    trained: TrainedModel,
    data: Split,
    *,
    simulators: Sequence[str] = ("events",),
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    synapse: Any = 0.005,
    relu_twin: TrainedModel | None = None,
    **options: Any,
) -> Iterator[Rung]:
    """As `ladder`, one rung at a time, so that each can be kept as soon as it is there.

    A rung that was interrupted is the last.

    Parameters
    ----------
    trained : TrainedModel
        The trained rate network.
    data : Split
        Labelled images.
    simulators : sequence of str
        Names of the spiking simulators.
    presentation : Presentation, optional
        How an image is shown; times in seconds.
    coding : Coding, optional
        How images become time courses.
    synapse : float, nengo synapse or None
        Filter after every neuron; a number is a time constant in seconds.
    relu_twin : TrainedModel, optional
        The same network with rectified linear neurons.
    **options : object
        Options of the simulators.
    """
    settings = shared_options(options, simulators)
    before: float | None = None
    for name, result in _climbed(
        trained, data, dict(zip(simulators, settings, strict=True)), synapse, relu_twin,
        {"presentation": presentation, "coding": coding},
    ):  # fmt: skip
        drop = 0.0 if before is None else 100 * (before - result.accuracy)
        before = result.accuracy
        yield Rung(name, result, drop)
        if result.n_images < result.n_asked:
            return


def _climbed(
    trained: TrainedModel,
    data: Split,
    simulators: dict[str, dict[str, Any]],
    synapse: Any,
    relu_twin: TrainedModel | None,
    shown: dict[str, Any],
) -> Iterator[tuple[str, Evaluation]]:
    """What each rung is made of, and what it reaches; ``simulators`` with their options."""
    if simulators:
        require_convertible(trained.architecture)
    if relu_twin is not None:
        yield "ReLU rates", evaluate(relu_twin, data)
    rates = evaluate(trained, data)
    yield f"{_kinds(trained)} rates", rates
    hard = trained.with_neurons(hard_counterpart)
    yield f"{_kinds(hard)} rates", evaluate(hard, data)
    for name, options in simulators.items():
        on_chip = get_simulator(name).on_chip
        model = convert(trained, synapse=chip_synapse(synapse) if on_chip else synapse)
        result = evaluate(model, data, simulator=name, reference=rates, **shown, **options)
        yield f"spikes in {name}", result


def _kinds(trained: TrainedModel) -> str:
    """The kinds of neuron of a network, e.g. ``"SoftLIF"`` or ``"SoftLIF, RectifiedLinear"``."""
    neurons = trained.neurons.values() or [trained.neuron]
    return ", ".join(dict.fromkeys(type(neuron).__name__ for neuron in neurons))
