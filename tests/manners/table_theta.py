"""Theta neurons and their networks."""

from __future__ import annotations

import functools
from unittest import mock

import numpy as np

from nengo_lifdeep import neurons, theta

from . import samples
from .judging import Entry
from .kinds import array, but, choice, flag, no_numbers, optional, place, real, value, whole
from .table_neurons import CURRENTS, STATE, TIME

OURS = {"tau": (TIME, 0.02), "amplitude": (TIME, 0.5), **STATE}
CLASSES = value(*samples.other_than(theta.DegreeClasses))
GRAPH = but(array(2, low=0), "NaN in it", "infinity in it", "one axis more", "objects")
MATRIX = but(array(2, low=None), "True")
SOME = but(MATRIX, "none of them")
EDGES = but(array(1, low=None), "True", "number", "no axis")
COUNTS = but(array(1, whole=True), "True", "number", "no axis", "booleans", "as floats")
SEED = (whole(0), 1)


@functools.cache
def wiring():
    """Twenty neurons, as an array of whole numbers."""
    k = theta.degree_sequence(20, 2, 8)
    return theta.configuration_model(k, k).toarray()


@functools.cache
def classes():
    return theta.degree_classes(wiring(), 2)


@functools.cache
def field():
    return theta.MeanField.of(classes(), -0.3, 1.5, 0.05)


@functools.cache
def branch():
    return theta.follow(theta.MeanField.homogeneous(0.0, 1.5, 0.05), "eta0", -0.2)


def state():
    return field().fixed_point("active")


def complexes(good):
    """Complex numbers, one for every class."""
    wrong = {
        **no_numbers(), "None": None, "text": "abc", "True": True, "empty list": [],
        "one axis more": good[np.newaxis], "one less": good[1:], "NaN": good * np.nan,
        "infinity": np.full(good.shape, np.inf), "numbers as text": good.astype(str), "masked":
        np.ma.masked_array(good, good == good), "objects": np.full(good.shape, None),
    }  # fmt: skip
    same = {"list": good.tolist(), "tuple": tuple(good.tolist()), "backwards":
            np.ascontiguousarray(good[::-1])[::-1]}  # fmt: skip
    wrong.pop("complex")  # a number is of another shape, or right
    return [*((k, v, "refuse") for k, v in wrong.items()), *((k, v, "same") for k, v in
            same.items())]  # fmt: skip


def begin(good):
    """A word, or a state."""
    return [t for t in choice(good) if t[0] not in ("number", "fraction", "True")]


def angled(good):
    """Angles, or nothing."""
    return optional(but(array(1, low=None), "True", "number"))(good)


def _step(cls):
    def step(dt, J):
        made, output, states = cls(), np.empty(3), (np.zeros(3), np.zeros(3))
        made.step(dt, np.asarray(J), output, *states)
        return output

    return Entry(step, {"dt": (None, 0.001), "J": (None, CURRENTS[1])})


def _rate_step():
    def step(dt, J):
        output = np.empty(3)
        neurons.ThetaRate().step(dt, np.asarray(J), output)
        return output

    return Entry(step, {"dt": (None, 0.001), "J": (None, CURRENTS[1])})


def _network(**given):
    """What it would build, without building it."""
    network = theta.nengo_network(**given)
    ensemble = network.neurons
    return [ensemble.n_neurons, ensemble.bias, ensemble.neuron_type.tau]


def _saved(path):
    with mock.patch("nengo_lifdeep.support.files.write_record"):
        return str(branch().save(path))


KIND = {"send": (choice, "in"), "receive": (choice, "out")}
NUMBERS = {"eta0": (real(), -0.3), "kappa": (real(), 1.5), "delta": (TIME, 0.05)}
RUN = {"graph": (GRAPH, wiring), "eta": (EDGES, np.full(20, 0.5)), "kappa": (real(), 1.0)}
POINTS = np.array([[0.0, 0.1]])


def _run(**given):
    found = {k: (kind, good() if callable(good) else good) for k, (kind, good) in RUN.items()}
    return {**found, **given}


TABLE = {
    "Theta": lambda: Entry(neurons.Theta, OURS),
    "ThetaPulse": lambda: Entry(neurons.ThetaPulse, OURS),
    "ThetaRate": lambda: Entry(neurons.ThetaRate, OURS),
    "Theta.step": lambda: _step(neurons.Theta),
    "ThetaPulse.step": lambda: _step(neurons.ThetaPulse),
    "ThetaRate.step": _rate_step,
    "ThetaRate.rates": lambda: Entry(
        neurons.ThetaRate().rates, {"x": CURRENTS, "gain": (None, 1.0), "bias": (None, 1.0)}
    ),
    "ThetaRate.gain_bias": lambda: Entry(
        neurons.ThetaRate().gain_bias,
        {"max_rates": (None, np.full(2, 100.0)), "intercepts": (None, np.zeros(2))},
    ),
    "ThetaRate.max_rates_intercepts": lambda: Entry(
        neurons.ThetaRate().max_rates_intercepts,
        {"gain": (None, np.ones(2)), "bias": (None, np.ones(2))},
    ),
    "theta.adjacency": lambda: Entry(theta.adjacency, {"graph": (GRAPH, wiring())}),
    "theta.degrees": lambda: Entry(theta.degrees, {"graph": (GRAPH, wiring())}),
    "theta.assortativity": lambda: Entry(
        theta.assortativity, {"graph": (GRAPH, wiring()), **KIND}
    ),
    "theta.within_neuron_correlation": lambda: Entry(
        theta.within_neuron_correlation, {"graph": (GRAPH, wiring() + np.tri(20, dtype=int))}
    ),
    "theta.rewire": lambda: Entry(
        theta.rewire,
        {"graph": (GRAPH, wiring()), "r": (real(-1, 1), 0.1), **KIND, "tolerance": (TIME, 0.05),
         "seed": SEED},
    ),
    "theta.degree_sequence": lambda: Entry(
        theta.degree_sequence,
        {"n": (whole(1), 10), "low": (whole(0), 2), "high": (whole(0), 5),
         "exponent": (real(), -2.0), "total": (optional(whole(0)), 30), "seed": SEED},
    ),
    "theta.correlate_degrees": lambda: Entry(
        theta.correlate_degrees,
        {"k_in": (COUNTS, np.arange(60)), "k_out": (COUNTS, np.arange(60)[::-1].copy()),
         "correlation": (real(-1, 1), 0.5), "seed": SEED},
    ),
    **{
        f"theta.{name}": lambda name=name: Entry(
            getattr(theta, name),
            {"k_in": (COUNTS, np.array([1, 2, 1, 0])), "k_out": (COUNTS, np.array([1, 1, 1, 1])),
             "seed": SEED},
        )
        for name in ("chung_lu", "configuration_model")
    },
    "theta.degree_classes": lambda: Entry(
        theta.degree_classes, {"graph": (GRAPH, wiring()), "n": (whole(1), 2)}
    ),
    "theta.DegreeClasses": lambda: Entry(
        theta.DegreeClasses,
        {"edges": (MATRIX, np.array([[1.0, 2.0], [3.0, 4.0]])),
         "members": (COUNTS, np.array([0, 1, 1])), "k_in": (EDGES, np.array([3.0, 7.0])),
         "k_out": (EDGES, np.array([3.0, 7.0])), "mean_degree": (TIME, 5.0)},
    ),
    "theta.DegreeClasses.means": lambda: Entry(
        classes().means, {"values": (EDGES, np.arange(20.0))}
    ),
    "theta.MeanField": lambda: Entry(
        theta.MeanField,
        {"coupling": (MATRIX, np.array([[0.5, 0.5], [0.6, 0.4]])),
         "weights": (but(array(1), "True", "number", "no axis"), np.array([0.5, 0.5])), **NUMBERS,
         "rank": (optional(whole(1, 2)), 1)},
    ),
    "theta.MeanField.homogeneous": lambda: Entry(theta.MeanField.homogeneous, NUMBERS),
    "theta.MeanField.of": lambda: Entry(
        theta.MeanField.of,
        {"classes": (CLASSES, classes()), **NUMBERS, "rank": (optional(whole(1, 4)), 1)},
    ),
    **{
        f"theta.MeanField.{name}": lambda name=name: Entry(
            getattr(field(), name), {"z": (complexes, state())}
        )
        for name in ("input", "derivative", "rates", "rate", "jacobian", "eigenvalues", "unknowns")
    },
    "theta.MeanField.integrate": lambda: Entry(
        field().integrate,
        {"z": (complexes, state()), "duration": (TIME, 1.0), "n": (whole(2), 3)},
    ),
    "theta.MeanField.fixed_point": lambda: Entry(field().fixed_point, {"start": (begin, "quiet")}),
    "theta.MeanField.equations": lambda: Entry(
        field().equations,
        {"y": (EDGES, field().unknowns(state())), "parameter": (choice, "kappa")},
    ),
    "theta.MeanField.state_at": lambda: Entry(
        field().state_at, {"y": (EDGES, field().unknowns(state()))}
    ),
    "theta.mean_pulse": lambda: Entry(
        theta.mean_pulse,
        {"z": (lambda good: [t for t in complexes(good)
                             if t[0] not in ("one axis more", "one less", "empty list")], state())},
    ),
    "theta.uncoupled_rate": lambda: Entry(
        theta.uncoupled_rate,
        {"eta0": (but(array(1, low=None, length=False), "one axis more", "no axis", "number",
                      "True", "empty list"), np.array([0.1, 0.2])), "delta": (TIME, 0.05)},
    ),
    "theta.follow": lambda: Entry(
        theta.follow,
        {"field": (value(*samples.other_than(theta.MeanField)),
                   theta.MeanField.homogeneous(0.0, 1.5, 0.05)),
         "parameter": (choice, "eta0"), "until": (real(), 0.2), "start": (begin, "active"),
         "step": (TIME, 0.05), "longest": (TIME, 0.1), "points": (whole(2), 100)},
    ),
    "theta.Branch": lambda: Entry(
        theta.Branch,
        {"parameter": (choice, "eta0"), "values": (EDGES, np.array([0.0, 1.0])),
         "z": (complexes, np.array([[0.5j], [0.1 + 0j]])), "rates": (EDGES, np.array([0.1, 0.2])),
         "stable": (None, np.array([True, False])), "folds": (SOME, POINTS),
         "hopfs": (SOME, np.array([[0.0, 0.1, 2.0]]))},
    ),
    "theta.Branch.at": lambda: Entry(
        branch().at, {"value": (real(), -0.1), "stable": (None, True)}
    ),
    "theta.Branch.save": lambda: Entry(_saved, {"path": (place, samples.folder() / "a.branch")}),
    "theta.Branch.load": lambda: Entry(
        theta.Branch.load,
        {"path": (place, branch().save(samples.folder() / "kept.branch"))},
    ),
    "theta.lorentzian": lambda: Entry(
        theta.lorentzian,
        {"n": (whole(1), 3), "centre": (real(), 0.5), "width": (real(0), 0.1), "seed": SEED,
         "stratified": (flag, True)},
    ),
    "theta.angles": lambda: Entry(
        theta.angles,
        {"z": (complexes, np.array([0.5j, 0.1 + 0j])),
         "members": (but(COUNTS, "none of them"), np.array([0, 1, 1])), "seed": SEED},
    ),
    "theta.simulate": lambda: Entry(
        theta.simulate,
        _run(duration=(TIME, 3.0), dt=(TIME, 0.1), skip=(real(0), 1.0),
             theta=(angled, np.zeros(20)), watch=(None, [1]), seed=SEED),
    ),
    "theta.ThetaRun": lambda: Entry(
        theta.ThetaRun,
        {**{name: (EDGES, np.array([0.5, 1.0])) for name in
            ("rates", "times", "pulse", "rate", "theta")}, "traces": (SOME, np.ones((2, 3)))},
    ),
    "theta.nengo_network": lambda: Entry(
        _network,
        _run(tau=(TIME, 0.1), theta=(angled, np.zeros(20)), seed=(optional(whole(0)), 1)),
    ),
}  # fmt: skip
