"""Pictures of neurons, records, evaluations and models.

Each function draws saved values and runs nothing, takes ``ax=`` and returns its axes. Times are
in ms, rates in Hz. Matplotlib is imported when the first picture is drawn.

Examples
--------
>>> import nengo
>>> from nengo_lifdeep import SoftLIF
>>> ax = tuning_curve([SoftLIF(), nengo.LIF()])
>>> ax.get_xlabel()
'input current J (threshold dotted)'
"""

from __future__ import annotations

from .accuracy import (
    accuracy_against_time,
    accuracy_map,
    confusion_matrix,
    training_history,
)
from .activity import layer_rates, raster
from .calibration import class_map, reliability_diagram
from .canvas import save_picture
from .cores import core_map
from .energy import energy_bars, synaptic_events
from .evidence import class_evidence, voltages
from .neurons import slope, tuning_curve
from .noise import noise_histogram, noise_spread
from .theta import bifurcation_diagram, degree_degree, rate_by_degree
from .values import error_against_time, values_against_targets

__all__ = [
    "accuracy_against_time",
    "accuracy_map",
    "bifurcation_diagram",
    "class_evidence",
    "class_map",
    "confusion_matrix",
    "core_map",
    "degree_degree",
    "energy_bars",
    "error_against_time",
    "layer_rates",
    "noise_histogram",
    "noise_spread",
    "raster",
    "rate_by_degree",
    "reliability_diagram",
    "save_picture",
    "slope",
    "synaptic_events",
    "training_history",
    "tuning_curve",
    "values_against_targets",
    "voltages",
]
