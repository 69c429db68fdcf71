"""Additions of herding neurons as counts: what a spike reaches, and nothing else."""

from __future__ import annotations

import math

import numpy as np

from ..errors import ValidationError
from ..models import TrainedModel
from ..records import SpikeRecord
from ..support.checks import checked, instance
from .counts import Counts

__all__ = ["additions_per_image", "count_additions"]


@checked(record=instance(SpikeRecord), trained=instance(TrainedModel))
def count_additions(record: SpikeRecord, trained: TrainedModel) -> Counts:
    """Count the additions of a run in herding neurons.

    A spike costs one addition for each unit of the layer after it, the input's spikes as well:
    nothing is multiplied, and a neuron that receives nothing does nothing.

    Parameters
    ----------
    record : SpikeRecord
        Of `herding.running.present`.
    trained : TrainedModel
        The network that ran.

    Returns
    -------
    Counts
        ``events`` are additions; ``updates`` and ``input_macs`` are 0.

    Raises
    ------
    ValidationError
        If the record is of another network, or not of herding neurons.
    """
    names, fans = _populations(record, trained)
    spikes = {name: float(record.image_spikes[name].mean()) for name in names}
    sizes = [math.prod(record.layer_rates[name].shape) for name in names]
    return Counts(
        spikes,
        {name: spikes[name] * fan for name, fan in zip(names, fans, strict=True)},
        dict.fromkeys(names, 0),
        0,
        sum(n * fan for n, fan in zip(sizes, fans, strict=True)),
        sum(sizes[1:]),
        record.n_steps,
        record.n_images,
    )


@checked(record=instance(SpikeRecord), trained=instance(TrainedModel))
def additions_per_image(record: SpikeRecord, trained: TrainedModel) -> np.ndarray:
    """Count the additions of every image of a run in herding neurons, ``(image,)``.

    Parameters
    ----------
    record : SpikeRecord
        Of `herding.running.present`.
    trained : TrainedModel
        The network that ran.

    Raises
    ------
    ValidationError
        If the record is of another network, or not of herding neurons.
    """
    names, fans = _populations(record, trained)
    layers = [record.image_spikes[name] * fan for name, fan in zip(names, fans, strict=True)]
    return np.asarray(sum(layers[1:], layers[0]))


def _populations(record: SpikeRecord, trained: TrainedModel) -> tuple[tuple[str, ...], list[int]]:
    """Populations whose spikes cost additions, and how many each spike costs."""
    names = ("input", *trained.architecture.neurons(trained.neuron))
    if record.simulator != "herding" or set(record.image_spikes) != set(names):
        raise ValidationError(
            f"the record is of simulator {record.simulator!r} and populations "
            f"{sorted(record.image_spikes)}; expected herding neurons of {sorted(names)}"
        )
    return names, [int(group["kernel"].shape[-1]) for group in trained.weights.values()]
