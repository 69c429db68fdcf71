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
    evaluation : Evaluation or ValueEvaluation
        What it reaches, and the rate network on the same images.
    """

    name: str
    evaluation: Evaluation | ValueEvaluation

    __repr__ = short_repr

    @property
    def drop(self) -> float | None:
        """Points (hundredths) of accuracy, or R2, below the rates on the same images.

        Negative: above.
        """
        rate = self.evaluation.rate_score
        return None if rate is None else 100 * (rate - self.evaluation.score)


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

    A rung that was interrupted is the last.

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
    """
    for rung in _climbed(deployment, data, few, check, progress, coding):
        yield rung
        if rung.evaluation.n_images < rung.evaluation.n_asked:
            return


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
    yield ChipRung("spikes, as given", evaluate(deployment.original, data, **timing))
    yield ChipRung("spikes, chip's synapses", evaluate(deployment.model, data, **timing))
    few_rates = {"reference": evaluate(network, first, simulator="rate", progress=progress)}
    in_nengo = evaluate(chip, first, simulator="nengo", **{**timing, **few_rates})
    yield ChipRung("chip's neurons in Nengo", in_nengo)
    real = deployment.evaluate(
        first, simulator="loihi", target="simreal", **{**timing, **few_rates}
    )
    yield ChipRung("emulator, floating point", real)
    whole_numbers = deployment.evaluate(data, check=check, **timing)
    yield ChipRung("emulator, integers", whole_numbers)


def _with_chip_neurons(model: SpikingModel) -> SpikingModel:
    """The same network with NengoLoihi's neuron types on the chip; the host's neurons stay."""
    import_nengo_loihi()
    populations = [model.populations[0]]
    for population in model.populations[1:]:
        neuron, name = population.neuron, type(population.neuron).__name__
        if not name.startswith("Loihi"):
            neuron = retyped(neuron, f"Loihi{name}")
        populations.append(dataclasses.replace(population, neuron=neuron))
    return dataclasses.replace(model, populations=tuple(populations))
