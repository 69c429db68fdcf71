"""Fine-tune an imported ReLU network for a few epochs with noisy SoftLIF neurons."""

from __future__ import annotations

from typing import Any

import nengo

from ..conversion.relu import relu_to_lif
from ..datasets.base import Dataset
from ..errors import TrainingError
from ..models import TrainedModel
from ..models.expected import trained_model
from ..neurons import SoftLIF
from ..noise import AlphaRCNoise
from ..support.checks import checked, instance, optional, real, whole
from . import OneCycle, train

__all__ = ["finetune"]

#: training images on which activations are measured
_MEASURED = 500


@checked(
    TrainingError,
    net=trained_model,
    data=instance(Dataset),
    epochs=whole(1),
    neuron=optional(instance(nengo.neurons.NeuronType)),
    high=real(above=0),
    peak=real(above=0),
)
def finetune(
    net: TrainedModel,
    data: Dataset,
    *,
    epochs: int = 3,
    neuron: nengo.neurons.NeuronType | None = None,
    high: float = 8.0,
    peak: float = 1e-3,
    **options: Any,
) -> TrainedModel:
    """Replace ReLU by SoftLIF with noise and train on through NengoDL.

    Parameters
    ----------
    net : TrainedModel
        With rectified linear neurons, as `from_keras` and `from_onnx` give.
    data : Dataset
        What it was trained with.
    epochs : int
        How long.
    neuron : SoftLIF, optional
        With its noise; ``SoftLIF(tau_rc=0.02, tau_ref=0.001, noise=AlphaRCNoise(0.003))`` by
        default.
    high : float
        As for `relu_to_lif`.
    peak : float
        Largest learning rate of `OneCycle`, for Adam.
    **options
        As for `train`: batch_size, augmentation, seed, checkpoint, progress, ...

    Returns
    -------
    TrainedModel

    Raises
    ------
    ConversionError
        As `relu_to_lif`.
    TrainingError
        As `train`.

    Examples
    --------
    >>> tuned = finetune(from_keras("mine.keras"), data)  # doctest: +SKIP
    """
    noisy = SoftLIF(tau_rc=0.02, tau_ref=0.001, noise=AlphaRCNoise(0.003))
    start = relu_to_lif(
        net, data.train.take(min(_MEASURED, len(data.train))), neuron=neuron or noisy, high=high
    )
    options.setdefault("learning_rate", OneCycle(peak))
    return train(
        start.architecture,
        data,
        neuron=start.neuron,
        epochs=epochs,
        preprocessing=start.preprocessing,
        initial_weights=start.weights,
        **options,
    )
