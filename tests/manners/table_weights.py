"""Kinds of weights, and an array by hand."""

from __future__ import annotations

import copy

import numpy as np

from nengo_lifdeep import weights

from . import samples
from .judging import Entry
from .kinds import array, choice, flag, optional, real, value, whole

OTHERS = samples.others()
RNG = (value(*OTHERS), np.random.default_rng(0))
FLOATS = array(2, low=None, length=False)
PARTS = {
    "device": (value(*OTHERS), weights.Device()),
    "forward": (value(*OTHERS), weights.Read()),
    "backward": (value(*OTHERS), weights.Read()),
    "pulses": (value(*OTHERS), weights.Pulses()),
    "per_weight": (whole(1, 1000), 2),
    "seed": (whole(0), 1),
}


def _by_hand(method):
    """A call of an array that nobody has used before."""

    def call(rng, **given):
        made = weights.CrossPointArray(3, 2, weights.CrossPoint(), "readable")
        made.weights += 0.1
        own = copy.deepcopy(rng) if isinstance(rng, np.random.Generator) else rng
        return getattr(made, method)(**given, rng=own), made.weights

    return call


TABLE = {
    "weights.Rounded": lambda: Entry(weights.Rounded, {"bits": (whole(2, 16), 4)}),
    "weights.Binary": lambda: Entry(
        weights.Binary,
        {"scale": (optional(real(0, zero=False)), 1.0), "draw": (choice, "relaxed"),
         "temperature": (real(0, zero=False), 0.5)},
    ),
    "weights.Device": lambda: Entry(
        weights.Device,
        {"step": (real(0, zero=False), 0.001), "step_spread": (real(0), 0.3),
         "cycle_spread": (real(0), 0.3), "imbalance_spread": (real(0), 0.02),
         "bound": (optional(real(0, zero=False)), 0.6), "bound_spread": (real(0), 0.3)},
    ),
    "weights.Read": lambda: Entry(
        weights.Read,
        {"noise": (real(0), 0.06), "bound": (optional(real(0, zero=False)), 12.0),
         "bits_in": (optional(whole(2, 16)), 7), "bits_out": (optional(whole(2, 16)), 9),
         "noise_management": (flag, True), "bound_management": (flag, False)},
    ),
    "weights.Pulses": lambda: Entry(
        weights.Pulses, {"length": (optional(whole(1, 1000)), 10), "management": (flag, True)}
    ),
    "weights.CrossPoint": lambda: Entry(weights.CrossPoint, PARTS),
    "weights.CrossPoint.managed": lambda: Entry(
        weights.CrossPoint.managed, {"length": (optional(whole(1, 1000)), 10)}
    ),
    "weights.CrossPointArray": lambda: Entry(
        lambda rows, columns, kind, engine: weights.CrossPointArray(
            rows, columns, kind, engine
        ).weights,
        {"rows": (whole(1), 3), "columns": (whole(1), 2),
         "kind": (value(*OTHERS), weights.CrossPoint()), "engine": (choice, "readable")},
    ),
    "weights.CrossPointArray.read": lambda: Entry(
        _by_hand("read"), {"inputs": (FLOATS, np.ones((4, 3))), "rng": RNG}
    ),
    "weights.CrossPointArray.read_back": lambda: Entry(
        _by_hand("read_back"), {"errors": (FLOATS, np.ones((4, 2))), "rng": RNG}
    ),
    "weights.CrossPointArray.pulse": lambda: Entry(
        _by_hand("pulse"),
        {"inputs": (FLOATS, np.ones((4, 3))), "errors": (FLOATS, np.ones((4, 2))),
         "rate": (real(0, zero=False), 0.01), "rng": RNG},
    ),
}  # fmt: skip
