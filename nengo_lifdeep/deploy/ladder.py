"""Where accuracy goes between rates and the chip's integers, rung by rung."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..compat import import_nengo_loihi
from ..datasets.base import Split
from ..evaluate import evaluate
from ..models import SpikingModel
from ..neurons.types import neuron_from_dict, neuron_to_dict
from ..records import Evaluation
from .deployment import Deployment

__all__ = ["ChipRung", "chip_ladder"]


@dataclasses.dataclass(frozen=True)
class ChipRung:
    """One rung.

    Attributes
    ----------
    name : str
        What the network is made of here.
    evaluation : Evaluation
        What it reaches, and the rate network on the same images.
    """

    name: str
    evaluation: Evaluation

    @property
    def drop(self) -> float | None:
        """Points of accuracy below the rate network on the same images (negative: above)."""
        rate = self.evaluation.rate_accuracy
        return None if rate is None else 100 * (rate - self.evaluation.accuracy)


def chip_ladder(
    deployment: Deployment,
    data: Split,
    *,
    few: int = 20,
    check: int = 3,
    progress: bool = False,
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
        Images and labels.
    few : int
        Images of the two rungs that run one image at a time (`nengo.Simulator`, and nengo-loihi's
        emulator in floating point).
    check : int
        Images on which nengo-loihi judges the integers.
    progress : bool
        Whether to show progress bars.
    """
    timing: dict[str, Any] = {
        "presentation": deployment.presentation,
        "reference": deployment.reference,
        "progress": progress,
    }
    chip = _with_chip_neurons(deployment.model)
    first = data.take(min(few, len(data)))
    network: Any = deployment.reference or deployment.original
    rungs = [
        ChipRung("rates", evaluate(network, data, simulator="rate")),
        ChipRung("rates, whole steps", evaluate(chip, data, simulator="rate")),
        ChipRung("spikes, as given", evaluate(deployment.original, data, **timing)),
        ChipRung("spikes, chip's synapses", evaluate(deployment.model, data, **timing)),
        ChipRung("chip's neurons in Nengo", evaluate(chip, first, simulator="nengo", **timing)),
        ChipRung(
            "emulator, floating point",
            deployment.evaluate(first, simulator="loihi", target="simreal", progress=progress),
        ),
        ChipRung("emulator, integers", deployment.evaluate(data, check=check, progress=progress)),
    ]
    rate = rungs[0].evaluation
    same = dataclasses.replace(rate, rate_accuracy=rate.accuracy)
    whole = dataclasses.replace(rungs[1].evaluation, rate_accuracy=rate.accuracy)
    return [ChipRung(rungs[0].name, same), ChipRung(rungs[1].name, whole), *rungs[2:]]


def _with_chip_neurons(model: SpikingModel) -> SpikingModel:
    """The same network with NengoLoihi's neuron types on the chip; the host's neurons stay."""
    import_nengo_loihi()
    populations = [model.populations[0]]
    for population in model.populations[1:]:
        record = neuron_to_dict(population.neuron)
        if not record["type"].startswith("Loihi"):
            record["type"] = f"Loihi{record['type']}"
        populations.append(dataclasses.replace(population, neuron=neuron_from_dict(record)))
    return dataclasses.replace(model, populations=tuple(populations))
