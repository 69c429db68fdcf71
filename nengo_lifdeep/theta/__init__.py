"""Networks of theta neurons: wiring by degrees, mean field, bifurcations, and simulation."""

from .branches import Branch, follow
from .classes import DegreeClasses, degree_classes
from .graph import adjacency, degrees
from .mean_field import MeanField
from .mixing import TYPES, assortativity, rewire, within_neuron_correlation
from .networks import nengo_network
from .rest import mean_pulse, uncoupled_rate
from .sequences import correlate_degrees, degree_sequence
from .simulation import ThetaRun, angles, lorentzian, simulate
from .wiring import chung_lu, configuration_model

__all__ = [
    "Branch",
    "DegreeClasses",
    "MeanField",
    "TYPES",
    "ThetaRun",
    "adjacency",
    "angles",
    "assortativity",
    "chung_lu",
    "configuration_model",
    "correlate_degrees",
    "degree_classes",
    "degree_sequence",
    "degrees",
    "follow",
    "lorentzian",
    "mean_pulse",
    "nengo_network",
    "rewire",
    "simulate",
    "uncoupled_rate",
    "within_neuron_correlation",
]
