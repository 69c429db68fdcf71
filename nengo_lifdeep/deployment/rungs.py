"""The accuracy ladder from rates to the chip's integers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from ..compat import import_nengo_loihi
from ..datasets.base import Split
from ..evaluation.accuracy import evaluate
from ..inputs.coding import Coding
from ..models import SpikingModel
from ..neurons.parameters import retyped
from ..records import Evaluation, ValueEvaluation
from ..simulators import get_simulator
from ..support.short_repr import short_repr
from .deployment import Deployment

__all__ = ["ChipRung", "chip_ladder", "chip_rungs"]


@dataclasses.dataclass(frozen=True)
class ChipRung:
    """One rung.

    Attributes
    ----------
    name : str
        What the network is made of here.
    evaluation : Evaluation, ValueEvaluation or None
        What it reaches, and the rate network on the same images. None where the rung's simulator
        cannot run the network.
    refusal : str or None
        Why it cannot, in the simulator's words; None where it can.
    """

    name: str
    evaluation: Evaluation | ValueEvaluation | None
    refusal: str | None = None

    __repr__ = short_repr

    @property
    def drop(self) -> float | None:
        """Points (hundredths) of accuracy, or R2, below the rates on the same images.

        Negative: above.
        """
        rate = None if self.evaluation is None else self.evaluation.rate_score
        if self.evaluation is None or rate is None:
            return None
        return 100 * (rate - self.evaluation.score)

    @property
    def complete(self) -> bool:
        """Whether every image was run."""
        return self.evaluation is not None and not _interrupted(self.evaluation)


def chip_ladder(
    deployment: Deployment,
    data: Split,
    *,
    few: int = 20,
    check: int = 3,
    progress: bool | None = None,
    coding: Coding | None = None,
) -> list[ChipRung]:
    """Evaluate the network on every step of its way to the chip.

    Rungs: rates of the trained neuron; rates of the chip's neuron (intervals of whole steps); the
    original network in spikes, with the synapses it came with; the lowered network in spikes; the
    chip's neuron in ``nengo.Simulator``; the emulator in floating point; the emulator's integers.
    A rung whose simulator cannot run the network (``"events"`` and ``"loihi-exact"`` have their
    own lists of neurons) has a `ChipRung.refusal` and no evaluation; the others are run.

    Parameters
    ----------
    deployment : Deployment
        From `deploy`.
    data : Split
        Images with labels or targets.
    few : int
        Images of the two rungs that run one image at a time (`nengo.Simulator`, and nengo-loihi's
        emulator in floating point).
    check : int
        Images on which nengo-loihi judges the integers.
    progress : bool, optional
        Whether to show progress bars; by default in notebooks only.
    coding : Coding, optional
        As for `evaluate`; `ConstantCoding` for a network that was trained on its spikes with a
        coding, which the chip cannot show.

    Raises
    ------
    DeploymentError
        If the plan has errors, before anything is run; if the emulator's integers differ from
        nengo-loihi's.
    MissingDependencyError
        If a package that a rung needs is not installed, before anything is run.
    """
    rungs = chip_rungs(deployment, data, few=few, check=check, progress=progress, coding=coding)
    return list(rungs)


def chip_rungs(
    deployment: Deployment,
    data: Split,
    *,
    few: int = 20,
    check: int = 3,
    progress: bool | None = None,
    coding: Coding | None = None,
) -> Iterator[ChipRung]:
    """As `chip_ladder`, one rung at a time, so that each can be kept as soon as it is there.

    A rung that was interrupted is the last; one that was refused is not.

    Parameters
    ----------
    deployment : Deployment
        The planned network.
    data : Split
        Images with labels or targets.
    few : int
        Number of images for the slow emulators.
    check : int
        Number of images to compare with nengo-loihi, spike by spike.
    progress : bool, optional
        Whether to show a progress bar; by default in notebooks only.
    coding : Coding, optional
        As for `evaluate`.

    Raises
    ------
    DeploymentError, MissingDependencyError
        As for `chip_ladder`.
    """
    deployment.require_runnable()
    for name in ("events", "nengo", "loihi", "loihi-exact"):
        get_simulator(name).require_installed()
    for rung in _climbed(deployment, data, few, check, progress, coding):
        yield rung
        if rung.evaluation is not None and _interrupted(rung.evaluation):
            return


def _interrupted(evaluation: Evaluation | ValueEvaluation) -> bool:
    return evaluation.n_images < evaluation.n_asked


def _climbed(
    deployment: Deployment, data: Split, few: int, check: int, progress: bool | None,
    coding: Coding | None,
) -> Iterator[ChipRung]:  # fmt: skip
    chip = _with_chip_neurons(deployment.model)
    first = data.take(min(few, len(data)))
    network: Any = deployment.reference or deployment.original
    timing: dict[str, Any] = {"presentation": deployment.presentation, "progress": progress}
    rate = evaluate(network, data, simulator="rate", progress=progress)
    itself: Any = {"rate_accuracy": rate.score}
    if isinstance(rate, ValueEvaluation):
        itself = {"rate_values": rate.values}
    yield ChipRung("rates", dataclasses.replace(rate, **itself))
    whole = evaluate(chip, data, simulator="rate", reference=rate, progress=progress)
    yield ChipRung("rates, whole steps", whole)
    timing |= {"reference": rate, "coding": coding}
    for name, model in (
        ("spikes, as given", deployment.original),
        ("spikes, chip's synapses", deployment.model),
    ):
        refusal = get_simulator("events").refusal(model)
        found = None if refusal else evaluate(model, data, simulator="events", **timing)
        yield ChipRung(name, found, refusal)
    few_rates = {"reference": evaluate(network, first, simulator="rate", progress=progress)}
    in_nengo = evaluate(chip, first, simulator="nengo", **{**timing, **few_rates})
    yield ChipRung("chip's neurons in Nengo", in_nengo)
    real = deployment.evaluate(
        first, simulator="loihi", target="simreal", **{**timing, **few_rates}
    )
    yield ChipRung("emulator, floating point", real)
    refusal = get_simulator("loihi-exact").refusal(deployment.model, plan=deployment.plan)
    whole_numbers = None if refusal else deployment.evaluate(data, check=check, **timing)
    yield ChipRung("emulator, integers", whole_numbers, refusal)


def _with_chip_neurons(model: SpikingModel) -> SpikingModel:
    """The same network with NengoLoihi's neuron types on the chip; the host's neurons stay."""
    import_nengo_loihi()
    populations, host = [], {p.name for p in model.on_host}
    for population in model.populations:
        neuron, name = population.neuron, type(population.neuron).__name__
        if population.name not in host and not name.startswith("Loihi"):
            neuron = retyped(neuron, f"Loihi{name}")
        populations.append(dataclasses.replace(population, neuron=neuron))
    return dataclasses.replace(model, populations=tuple(populations))
