"""Layers with read-outs of their own, and how sure their answers are."""

from __future__ import annotations

import nengo
import numpy as np

from nengo_lifdeep import local
from nengo_lifdeep.evaluation import calibration
from nengo_lifdeep.support.checks import MOST_SEED

from . import samples
from .judging import Entry
from .kinds import array, but, choice, flag, mapping, optional, place, real, value, whole

OTHERS = samples.others()
POSITIVE = real(0, zero=False)
SHARES = np.array([[0.8, 0.2], [0.3, 0.7], [0.9, 0.1]])
LABELS = np.array([0, 1, 1])
TRAINS = np.tile(np.array([[[1, 0]], [[0, 1]], [[1, 1]]], np.int8), (1, 5, 1))


def network(is_binary: bool = True) -> local.LocalNetwork:
    """Two inputs, six and four neurons, two classes."""
    return local.LocalNetwork.initial((2, 6, 4), 2, is_binary=is_binary, seed=3)


def learner() -> local.LocalLearner:
    """One that has seen nothing yet."""
    return local.LocalLearner(network(), local.LocalRule("sign"))


def saved() -> str:
    """A file of the network."""
    return str(network().save(samples.folder() / "local.lifdeep"))


def _learned(trains, labels, learning_rate):
    own = learner()
    return own.partial_fit(trains, labels, learning_rate=learning_rate), own.network.latents


def _in_nengo(**given):
    """Scores of the last layer, in all steps."""
    built = local.ReadoutNetwork(**given)
    with built:
        probe = nengo.Probe(built.output)
    with nengo.Simulator(built, dt=given["dt"], progress_bar=False) as simulator:
        simulator.run_steps(5)
    return simulator.data[probe]


WHOLES = array(1, whole=True)
SPIKES_OF_ONE = but(array(2, whole=True, high=1.0, length=False), "booleans")
SPIKES = but(array(3, whole=True, high=1.0, length=False), "booleans")
BINS = {"n_bins": (whole(1), 4)}
ANSWERS = {"probabilities": (array(2, high=1.0), SHARES), "labels": (WHOLES, LABELS), **BINS}

TABLE = {
    "local.LocalRule": lambda: Entry(
        local.LocalRule,
        {"weights": (choice, "bayes"), "learning_rate": (POSITIVE, 30.0),
         "temperature": (POSITIVE, 1.0), "strength": (real(0), 3e-7),
         "prior": (real(0, 1, zero=False), 0.5), "most": (POSITIVE, 20.0)},
    ),
    "local.LocalRule.to_dict": lambda: Entry(local.LocalRule().to_dict, {}),
    "local.LocalNetwork": lambda: Entry(
        local.LocalNetwork,
        {"latents": (None, network().latents), "readouts": (None, network().readouts),
         "is_binary": (flag, True), "decays": (None, (0.9, 0.8, 0.5)),
         "provenance": (mapping(), {})},
    ),
    "local.LocalNetwork.initial": lambda: Entry(
        local.LocalNetwork.initial,
        {"sizes": (None, (2, 6, 4)), "n_classes": (whole(2, 100_000), 2), "is_binary": (flag, True),
         "seed": (whole(0), 3)},
    ),
    "local.LocalNetwork.drawn": lambda: Entry(
        lambda rng: network().drawn(np.random.default_rng(0) if isinstance(
            rng, np.random.Generator) else rng),
        {"rng": (value(*OTHERS), np.random.default_rng(0))},
    ),
    "local.LocalNetwork.kernels": lambda: Entry(
        network().kernels, {"weights": (None, network().weights)}
    ),
    "local.LocalNetwork.save": lambda: Entry(
        network().save, {"path": (place, samples.folder() / "local-saved.lifdeep")}
    ),
    "local.LocalNetwork.load": lambda: Entry(local.LocalNetwork.load, {"path": (place, saved())}),
    "local.LocalLearner": lambda: Entry(
        lambda **given: local.LocalLearner(**given).network.latents,
        {"network": (value(*OTHERS), network()), "rule": (value(*OTHERS), local.LocalRule("sign")),
         "seed": (whole(0), 1), "steps_before": (whole(0), 2)},
    ),
    "local.LocalLearner.continue_from": lambda: Entry(
        learner().continue_from, {"network": (value(*OTHERS), learner().network)}
    ),
    "local.LocalLearner.partial_fit": lambda: Entry(
        _learned,
        {"trains": (SPIKES, TRAINS), "labels": (WHOLES, LABELS),
         "learning_rate": (optional(POSITIVE), 0.5)},
    ),
    "local.Committee": lambda: Entry(
        lambda **given: local.Committee(**given).members,
        {"network": (value(*OTHERS), network()), "n_members": (whole(1, 10_000), 2),
         "seed": (whole(0), 1)},
    ),
    "local.Committee.scores": lambda: Entry(
        local.Committee(network(), 2).scores,
        {"trains": (SPIKES, TRAINS), "steps_before": (whole(0), 1)},
    ),
    "local.ensemble_scores": lambda: Entry(
        local.ensemble_scores,
        {"network": (value(*OTHERS), network()), "trains": (SPIKES, TRAINS),
         "n_draws": (whole(1, 10_000), 2), "steps_before": (whole(0), 1), "seed": (whole(0), 1)},
    ),
    "local.ReadoutNetwork": lambda: Entry(
        _in_nengo,
        {"network": (value(*OTHERS), network()), "trains": (optional(SPIKES_OF_ONE), TRAINS[0]),
         "weights": (None, network().drawn(np.random.default_rng(1))),
         "dt": (real(1e-9, 1e3), 0.005), "seed": (optional(whole(0, MOST_SEED)), 1)},
    ),
    "local.class_probabilities": lambda: Entry(
        local.class_probabilities,
        {"scores": (but(array(2, low=None, length=False), "one axis more"),
                    np.array([[0.0, 1.0], [2.0, -1.0]])),
         "temperature": (POSITIVE, 0.5)},
    ),
    "evaluation.calibration.reliability": lambda: Entry(calibration.reliability, ANSWERS),
    "evaluation.calibration.expected_calibration_error": lambda: Entry(
        calibration.expected_calibration_error, ANSWERS
    ),
    "evaluation.calibration.common_temperature": lambda: Entry(
        calibration.common_temperature,
        {"scores": (None, [np.log(SHARES)]), "labels": (WHOLES, LABELS)},
    ),
    "evaluation.calibration.Reliability": lambda: Entry(
        calibration.Reliability,
        {"counts": (WHOLES, np.array([1, 2])),
         "confidence": (array(1, low=None, finite=False), np.array([0.6, 0.9])),
         "accuracy": (array(1, low=None, finite=False), np.array([1.0, 0.5]))},
    ),
}  # fmt: skip
