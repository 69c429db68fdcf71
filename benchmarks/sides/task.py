"""What all sides are given: one network, one batch of images, one timing."""

from __future__ import annotations

import dataclasses
from typing import Any

import nengo
import numpy as np

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import (
    BatchNormalization,
    Dropout,
    Layer,
    LocallyConnected2D,
    Neurons,
)
from nengo_lifdeep.layers.types import Shape
from nengo_lifdeep.models import SpikingModel, TrainedModel

__all__ = ["Part", "Round", "Task"]


@dataclasses.dataclass(frozen=True)
class Round:
    """One timed round of one side.

    Parameters
    ----------
    seconds : float
        What it took.
    work : int
        Image-steps (images for the ReLU yardstick) done in that time.
    accuracy : float, optional
        Share of the images it classified correctly.
    rate : float, optional
        Mean firing rate over all neurons, in Hz.
    """

    seconds: float
    work: int
    accuracy: float | None = None
    rate: float | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """Linear layers up to a population of neurons, or to the output.

    Parameters
    ----------
    layers : tuple of Layer
        Layers without neurons.
    shapes : tuple of Shape
        Before every layer and, last, after them.
    population : bool
        Whether neurons follow; False for the read-out.
    """

    layers: tuple[Layer, ...]
    shapes: tuple[Shape, ...]
    population: bool


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
    """The network, the images and the timing that all sides share.

    Parameters
    ----------
    trained : TrainedModel
        The network in rates.
    data : Split
        One batch of raw images with labels.
    timing : Presentation
        How long each image is shown.
    synapse : nengo.Alpha, nengo.Lowpass or None
        Filter after every neuron.
    scale : float
        Factor on all firing rates.
    """

    trained: TrainedModel
    data: Split
    timing: Presentation
    synapse: Any
    scale: float

    @property
    def spiking(self) -> SpikingModel:
        """The network as our own simulators take it."""
        return convert(self.trained, synapse=self.synapse, scale_firing_rates=self.scale)

    @property
    def neuron(self) -> nengo.LIF:
        """The neuron for sides that keep the trained weights: scale and amplitude are in here."""
        spiking = self.spiking.populations[0].neuron
        amplitude = self.trained.neuron.amplitude / self.scale
        return nengo.LIF(
            tau_rc=spiking.tau_rc,
            tau_ref=spiking.tau_ref,
            amplitude=amplitude,
            initial_state={"voltage": nengo.dists.Choice([0])},  # as ours; Nengo's are random
        )

    @property
    def inputs(self) -> np.ndarray:
        """Images as the network sees them: ``(image, row, column, channel)`` float32."""
        return self.trained.preprocessing(self.data.unit_images())

    def accuracy(self, outputs: np.ndarray) -> float:
        """Share of correct answers of ``outputs (image, step, class)``, read as we read ours."""
        scores = outputs[:, min(self.timing.c_steps, outputs.shape[1] - 1) :].mean(axis=1)
        return float((scores.argmax(axis=1) == self.data.labels[: len(scores)]).mean())

    def parts(self) -> list[Part]:
        """The architecture cut after every population: pooling not folded, no dropout."""
        architecture = self.trained.architecture
        shapes = architecture.shapes()
        parts: list[Part] = []
        layers: list[Layer] = []
        fronts: list[Shape] = []
        for layer, front in zip(architecture.layers, shapes, strict=False):
            if isinstance(layer, BatchNormalization):
                raise SystemExit("networks with BatchNormalization are not measured here")
            if isinstance(layer, Neurons):
                parts.append(Part(tuple(layers), (*fronts, front), True))
                layers, fronts = [], []
            elif not isinstance(layer, Dropout):
                layers.append(layer)
                fronts.append(front)
        parts.append(Part(tuple(layers), (*fronts, shapes[-1]), False))
        return parts

    @property
    def has_local_layers(self) -> bool:
        """Whether some layer has a kernel of its own at every pixel."""
        return any(isinstance(la, LocallyConnected2D) for la in self.trained.architecture.layers)
