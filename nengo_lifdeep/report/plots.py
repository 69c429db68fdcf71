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

from .accuracy_plots import (
    accuracy_against_time,
    accuracy_map,
    confusion_matrix,
    training_history,
)
from .activity_plots import layer_rates, raster
from .canvas import save_picture
from .neuron_plots import slope, tuning_curve
from .noise_plots import noise_histogram, noise_spread

__all__ = [
    "accuracy_against_time",
    "accuracy_map",
    "confusion_matrix",
    "layer_rates",
    "noise_histogram",
    "noise_spread",
    "raster",
    "save_picture",
    "slope",
    "training_history",
    "tuning_curve",
]
