"""Fine-tune a trained network for a few epochs: with noisy SoftLIF neurons, or on its spikes."""

from __future__ import annotations

from typing import Any

from nengo.neurons import NeuronType

from ..conversion.relu import relu_to_lif
from ..datasets.base import Dataset
from ..errors import TrainingError
from ..inputs.as_trained import was_trained_on_spikes
from ..models import TrainedModel
from ..models.expected import trained_model
from ..neurons import SoftLIF
from ..neurons.stepping.step_lif import StepLIF
from ..noise import AlphaRCNoise
from ..support.checks import checked, instance, optional, real, whole
from . import OneCycle, SpikeBased, train
from .spikes.start import in_spikes

__all__ = ["finetune"]

#: training images on which activations are measured
_MEASURED = 500


@checked(
    TrainingError,
    net=trained_model,
    data=instance(Dataset),
    epochs=whole(1),
    neuron=optional(instance(NeuronType)),
    high=optional(real(above=0)),
    method=optional(instance(SpikeBased)),
    peak=real(above=0),
)
def finetune(
    net: TrainedModel,
    data: Dataset,
    *,
    epochs: int = 3,
    neuron: NeuronType | None = None,
    high: float | None = None,
    peak: float = 1e-3,
    method: SpikeBased | None = None,
    **options: Any,
) -> TrainedModel:
    """Replace the neurons of a trained network, and train on from its weights.

    Without ``method`` ReLU becomes SoftLIF with noise, and training goes on through NengoDL. With
    it neurons become those that spike, and training goes on with the spikes themselves: of a
    network in rates every layer is scaled so that high activations become spikes per step,
    BatchNormalization goes into the weights, and neurons after a pooling layer become pooling units
    that fire; a network that was trained on its spikes already is taken as it is.

    Parameters
    ----------
    net : TrainedModel
        With rectified linear neurons, as `from_keras` and `from_onnx` give; with ``method`` also
        with SoftLIF or LIFRate, or trained on its spikes.
    data : Dataset
        What it was trained with.
    epochs : int
        How long.
    neuron : SoftLIF or StepLIF, optional
        With its noise; ``SoftLIF(tau_rc=0.02, tau_ref=0.001, noise=AlphaRCNoise(0.003))`` by
        default. With ``method``: `StepLIF.of_leak`, by default of the network that was trained on
        its spikes, else with a leak of 0.99.
    high : float, optional
        Where high activations of every layer go: as for `relu_to_lif`, 8 by default; with
        ``method`` in spikes per step, 2 by default. A network that spikes already has none.
    peak : float
        Largest learning rate of `OneCycle`, for Adam.
    method : SpikeBased, optional
        Steps, coding and derivative of training on the spikes.
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
    >>> spikes = finetune(tuned, data, method=SpikeBased(n_steps=20))  # doctest: +SKIP
    """
    measured = data.train.take(min(_MEASURED, len(data.train)))
    if method is not None:
        start = _in_spikes(net, measured, neuron, high, method)
    else:
        noisy = SoftLIF(tau_rc=0.02, tau_ref=0.001, noise=AlphaRCNoise(0.003))
        start = relu_to_lif(net, measured, neuron=neuron or noisy, high=high or 8.0)
    options.setdefault("learning_rate", OneCycle(peak))
    return train(
        start.architecture,
        data,
        neuron=start.neuron,
        epochs=epochs,
        preprocessing=start.preprocessing,
        initial_weights=start.weights,
        method=method,
        **options,
    )


def _in_spikes(
    net: TrainedModel, images: Any, neuron: NeuronType | None, high: float | None,
    method: SpikeBased,
) -> TrainedModel:  # fmt: skip
    """Where training on spikes starts."""
    spikes = was_trained_on_spikes(net.provenance)
    if spikes and high is not None:
        raise TrainingError(
            f"high is {high:g}, but the network was trained on its spikes, and is not scaled; "
            "leave it out"
        )
    default = net.neuron if spikes else StepLIF.of_leak(dt=method.dt)
    return in_spikes(net, images, neuron or default, method, high or 2.0)
