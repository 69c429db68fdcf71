"""The loss ladder: where accuracy is lost from rates to spikes to the chip, step by step."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..conversion.order import require_convertible
from ..conversion.swap import convert, synapse_on_chip
from ..datasets.base import Split
from ..datasets.checks.places import require_same_places
from ..errors import ValidationError
from ..inputs.coding import Coding, coding_or_none
from ..inputs.presentation import Presentation, timing_or_default
from ..models import SpikingModel, TrainedModel
from ..models.expected import network, trained_model
from ..neurons.counterparts import hard_counterpart
from ..records import Evaluation, ValueEvaluation
from ..simulators import get_simulator
from ..simulators.registry import shared_options
from ..support.checks import checked, each, optional, text
from ..support.short_repr import short_repr
from .accuracy import evaluate

__all__ = ["Rung", "ladder", "rungs"]

#: of a trained network, as `convert` has it
_SYNAPSE = "trained"


@dataclasses.dataclass(frozen=True)
class Rung:
    """One step of the loss ladder.

    Attributes
    ----------
    name : str
        What the network is made of here.
    evaluation : Evaluation or ValueEvaluation
        What it reaches.
    drop : float
        Points (hundredths) of accuracy, or of R2, lost since the rung before (negative: gained).
    """

    name: str
    evaluation: Evaluation | ValueEvaluation
    drop: float

    __repr__ = short_repr


@checked(
    trained=network,
    simulators=each(text, "names of simulators"),
    presentation=timing_or_default,
    coding=coding_or_none,
    relu_twin=optional(trained_model),
)
def ladder(
    trained: TrainedModel | SpikingModel,
    data: Split,
    *,
    simulators: Sequence[str] = ("events",),
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    synapse: Any = _SYNAPSE,
    relu_twin: TrainedModel | None = None,
    **options: Any,
) -> list[Rung]:
    """Where accuracy is lost on the way from rates to spikes to the chip, step by step.

    Rungs: the ReLU twin where there is one, SoftLIF rates, hard LIF rates, then spikes in each
    simulator. Everything runs on the same images.

    Parameters
    ----------
    trained : TrainedModel or SpikingModel
        The SoftLIF network. One in spikes begins with the analytic rates of its own neurons.
    data : Split
        Images with labels, or with targets: then R2 takes the place of accuracy.
    simulators : sequence of str
        Spiking simulators, in this order.
    presentation : Presentation, optional
        Timing of the spiking rungs.
    coding : Coding, optional
        Input of the spiking rungs, as for `run`; the rungs of rates see the images themselves.
    synapse : "trained", float, nengo.Alpha, nengo.Lowpass or None
        Synapse of the spiking rungs of a trained network, as for `convert`; Loihi gets a lowpass
        of the same mean delay. A network in spikes has its own.
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
    LifdeepError
        If a simulator cannot run it, before anything is run; of the kind that running it raises.
    ValidationError
        If none of the simulators has an option, or a synapse or a twin is given for a network
        in spikes.
    """
    _require_all(trained, simulators, synapse, options.get("plan"))
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
    trained=network,
    simulators=each(text, "names of simulators"),
    presentation=timing_or_default,
    coding=coding_or_none,
    relu_twin=optional(trained_model),
)
def rungs(
    trained: TrainedModel | SpikingModel,
    data: Split,
    *,
    simulators: Sequence[str] = ("events",),
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    synapse: Any = _SYNAPSE,
    relu_twin: TrainedModel | None = None,
    **options: Any,
) -> Iterator[Rung]:
    """As `ladder`, one rung at a time, so that each can be kept as soon as it is there.

    A rung that was interrupted is the last.

    Parameters
    ----------
    trained : TrainedModel or SpikingModel
        The network, as for `ladder`.
    data : Split
        Images with labels or targets.
    simulators : sequence of str
        Names of the spiking simulators.
    presentation : Presentation, optional
        How an image is shown; times in seconds.
    coding : Coding, optional
        How images become time courses.
    synapse : "trained", float, nengo synapse or None
        As for `ladder`.
    relu_twin : TrainedModel, optional
        The same network with rectified linear neurons, and its classes in the same order.
    **options : object
        Options of the simulators.
    """
    settings = shared_options(options, simulators)
    if isinstance(trained, SpikingModel):
        _refuse_of_trained(trained, synapse, relu_twin)
    if relu_twin is not None:
        whose = ("relu_twin", "the network")
        require_same_places(relu_twin.classes, trained.classes, *whose, ValidationError)
    before: float | None = None
    for name, result in _climbed(
        trained, data, dict(zip(simulators, settings, strict=True)), synapse, relu_twin,
        {"presentation": presentation, "coding": coding},
    ):  # fmt: skip
        drop = 0.0 if before is None else 100 * (before - result.score)
        before = result.score
        yield Rung(name, result, drop)
        if result.n_images < result.n_asked:
            return


def _require_all(
    trained: TrainedModel | SpikingModel, simulators: Sequence[str], synapse: Any, plan: Any
) -> None:
    """Refuse what one of the simulators cannot run: a list of rungs is lost with the last."""
    for name in simulators:
        simulator = get_simulator(name)
        if isinstance(trained, SpikingModel):
            simulator.require(trained, plan=plan)
        elif simulator.spikes:
            simulator.require(_in_spikes(trained, name, synapse), plan=plan)


def _in_spikes(trained: TrainedModel, simulator: str, synapse: Any) -> SpikingModel:
    on_chip = get_simulator(simulator).on_chip
    return convert(trained, synapse=synapse_on_chip(trained, synapse) if on_chip else synapse)


def _climbed(
    trained: TrainedModel | SpikingModel,
    data: Split,
    simulators: dict[str, dict[str, Any]],
    synapse: Any,
    relu_twin: TrainedModel | None,
    shown: dict[str, Any],
) -> Iterator[tuple[str, Evaluation | ValueEvaluation]]:
    """What each rung is made of, and what it reaches; ``simulators`` with their options."""
    if isinstance(trained, SpikingModel):
        rates = evaluate(trained, data, simulator="rate")
        yield f"{_kinds(p.neuron for p in trained.populations)} rates", rates
        for name, options in simulators.items():
            result = evaluate(trained, data, simulator=name, reference=rates, **shown, **options)
            yield f"spikes in {name}", result
        return
    if simulators:
        require_convertible(trained.architecture)
    if relu_twin is not None:
        yield "ReLU rates", evaluate(relu_twin, data)
    rates = evaluate(trained, data, simulator="rate")
    yield f"{_kinds_of(trained)} rates", rates
    hard = trained.with_neurons(hard_counterpart)
    yield f"{_kinds_of(hard)} rates", evaluate(hard, data, simulator="rate")
    for name, options in simulators.items():
        model = _in_spikes(trained, name, synapse)
        result = evaluate(model, data, simulator=name, reference=rates, **shown, **options)
        yield f"spikes in {name}", result


def _refuse_of_trained(model: SpikingModel, synapse: Any, relu_twin: TrainedModel | None) -> None:
    """`ValidationError` for what only a trained network can be given."""
    if synapse != _SYNAPSE:
        raise ValidationError(
            f"synapse is {synapse!r}, but {model.name!r} is in spikes and has its own; leave it "
            "out, or give the network as it was before convert(...)"
        )
    if relu_twin is not None:
        raise ValidationError(
            f"relu_twin is given, but {model.name!r} is in spikes; give the network as it was "
            "before convert(...), or leave the twin out"
        )


def _kinds_of(trained: TrainedModel) -> str:
    """The kinds of neuron of a network, e.g. ``"SoftLIF"`` or ``"SoftLIF, RectifiedLinear"``."""
    return _kinds(trained.neurons.values() or [trained.neuron])


def _kinds(neurons: Iterable[Any]) -> str:
    return ", ".join(dict.fromkeys(type(neuron).__name__ for neuron in neurons))
