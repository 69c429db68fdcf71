"""Neuron types, their rates and slopes, and the fit that makes them follow a ReLU."""

from .adaptive import SoftAdaptiveLIF
from .counterparts import (
    check_neuron,
    firing_threshold,
    hard_counterpart,
    neuron_rate,
    neuron_slope,
    rate_counterpart,
    spiking_counterpart,
)
from .kinds import NeuronKind, register_neuron
from .loihi.soft_loihi import SoftLoihiLIF
from .noisy import NoisyLIF, SiegertLIF
from .parameters import neuron_from_dict, neuron_to_dict, replaced
from .relu_fit import PAPER_PARAMETERS, PaperParameters, fit_to_relu
from .softlif import SoftLIF
from .stepping.step_lif import StepLIF
from .theta.types import Theta, ThetaPulse, ThetaRate

__all__ = [
    "NeuronKind",
    "NoisyLIF",
    "PAPER_PARAMETERS",
    "PaperParameters",
    "SiegertLIF",
    "SoftAdaptiveLIF",
    "SoftLIF",
    "SoftLoihiLIF",
    "StepLIF",
    "Theta",
    "ThetaPulse",
    "ThetaRate",
    "check_neuron",
    "firing_threshold",
    "fit_to_relu",
    "hard_counterpart",
    "neuron_from_dict",
    "neuron_rate",
    "neuron_slope",
    "neuron_to_dict",
    "rate_counterpart",
    "register_neuron",
    "replaced",
    "spiking_counterpart",
]
