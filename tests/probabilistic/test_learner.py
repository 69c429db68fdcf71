"""The learner: twins, pieces of a stream, files, and what it refuses."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import numpy as np
import pytest

from nengo_lifdeep import Split
from nengo_lifdeep.datasets import Binning, EventFilms, Events
from nengo_lifdeep.errors import DataError, ModelFileError, TrainingError, ValidationError
from nengo_lifdeep.models.probabilistic import ProbabilisticModel
from nengo_lifdeep.models.raised_cosines import RaisedCosines
from nengo_lifdeep.probabilistic.federated.films import GreyFilms
from nengo_lifdeep.probabilistic.learner import OnlineLearner
from nengo_lifdeep.probabilistic.rule import LocalVariationalRule
from nengo_lifdeep.probabilistic.trains import as_films, bernoulli_films
from nengo_lifdeep.support.files import read_record, write_record

RULES = {
    "product": LocalVariationalRule(0.05),
    "reward, 3 steps": LocalVariationalRule(0.01, smoothed="reward", update_every=3),
    "no baseline": LocalVariationalRule(
        0.002, kappa=0.0, gamma=0.1, baseline=False, update_every=2
    ),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize(
    ("n_hidden", "n_values", "topology"),
    [(0, 1, "feedforward"), (3, 2, "feedforward"), (4, 3, "recurrent")],
)
def test_the_kernel_does_what_the_readable_twin_does(
    small, films, n_hidden, n_values, topology, rule
):
    model = small(n_hidden, n_values, topology)
    shown, labels = films(4, values=n_values)
    kernel, twin = (
        OnlineLearner(model, rule, dtype="float64", engine=engine, counts_moves=True)
        for engine in ("compiled", "readable")
    )
    kernel.partial_fit(shown, labels)
    twin.partial_fit(shown, labels)
    for own, other, before in zip(kernel.weights, twin.weights, _arrays(model), strict=True):
        np.testing.assert_allclose(own, other, rtol=0, atol=1e-9)
        assert np.abs(own - before).max() > 0.001
    np.testing.assert_allclose(kernel.moved, twin.moved, rtol=1e-9)
    np.testing.assert_allclose(kernel.last_losses, twin.last_losses, rtol=1e-11)
    for (said, loss), (also, lost) in zip(kernel.run(shown), twin.run(shown), strict=True):
        np.testing.assert_array_equal(said, also)
        np.testing.assert_allclose(loss, lost, rtol=1e-11)
        assert said.any()


def _arrays(model):
    return model.weights, model.feedback, model.bias


def test_any_topology(small, films):
    """Connections that are missing stay 0 in both twins."""
    model = small(3, 1, "recurrent")
    heard = model.topology.copy()
    heard[0, :3] = heard[1, 6] = heard[4, 7] = False
    heard[3, 10] = True  # a visible circuit hears another one
    weights = model.weights * heard[:, :, None, None, None]
    model = dataclasses.replace(model, topology=heard, weights=weights)
    shown, labels = films()
    kernel, twin = (
        OnlineLearner(model, dtype="float64", engine=engine).partial_fit(shown, labels)
        for engine in ("compiled", "readable")
    )
    np.testing.assert_allclose(kernel.weights[0], twin.weights[0], rtol=0, atol=1e-12)
    assert not kernel.weights[0][~heard].any() and kernel.weights[0][heard].all()


def test_pieces_of_a_film_are_the_film(small, films):
    model = small(2)
    shown, labels = films(n=4, steps=40)
    whole, pieces = (
        OnlineLearner(model, RULES["reward, 3 steps"], dtype="float64") for _ in range(2)
    )
    whole.partial_fit(shown, labels)
    for film, label in zip(shown, labels, strict=True):
        pieces.partial_fit(film[None, :7], [label])
        pieces.partial_fit(film[None, 7:19], [label], restart=False)
        pieces.partial_fit(film[None, 19:], [label], restart=False)
    for own, other in zip(whole.weights, pieces.weights, strict=True):
        np.testing.assert_array_equal(own, other)
    assert whole.n_steps == pieces.n_steps == 160


@pytest.mark.parametrize("engine", ["compiled", "readable"])
def test_a_file_goes_on_where_it_stopped(small, films, tmp_path, engine):
    model = small(3, 2, "recurrent")
    shown, labels = films(n=8, values=2)
    whole = OnlineLearner(model, engine=engine, dtype="float64", counts_moves=True).partial_fit(
        shown, labels
    )
    half = OnlineLearner(model, engine=engine, dtype="float64", counts_moves=True)
    half.partial_fit(shown[:4], labels[:4])
    half.partial_fit(shown[4:5, :13], labels[4:5])
    again = OnlineLearner.load(half.save(tmp_path / "half.lifdeep"))
    again.partial_fit(shown[4:5, 13:], labels[4:5], restart=False)
    again.partial_fit(shown[5:], labels[5:])
    for name, array in whole._network.arrays().items():
        np.testing.assert_array_equal(again._network.arrays()[name], array, err_msg=name)
    np.testing.assert_allclose(again.moved, whole.moved, rtol=1e-12)
    assert again.n_steps == whole.n_steps and again.rule == whole.rule


def test_a_pickled_learner_goes_on(small, films):
    """Devices of other processes are handed over so."""
    shown, labels = films(values=2)
    learner = OnlineLearner(small(3, 2), dtype="float64").partial_fit(shown, labels)
    again = pickle.loads(pickle.dumps(learner))
    for each in (learner, again):
        each.partial_fit(shown, labels)
    for own, other in zip(learner.weights, again.weights, strict=True):
        np.testing.assert_array_equal(own, other)


@pytest.mark.parametrize("engine", ["compiled", "readable"])
def test_a_copy_learns_alike_and_leaves_the_other_alone(small, films, engine):
    shown, labels = films(values=2)
    learner = OnlineLearner(small(3, 2), engine=engine, dtype="float64", counts_moves=True)
    learner.partial_fit(shown, labels)
    before = {name: array.copy() for name, array in learner._network.arrays().items()}
    state, moved = learner._random.state, learner.moved.copy()
    other = copy.deepcopy(learner)
    assert not any(
        np.shares_memory(own, array)
        for own, array in zip(
            learner._network.arrays().values(), other._network.arrays().values(), strict=True
        )
    )
    other.partial_fit(shown, labels)
    other.rule = LocalVariationalRule(0.5)
    for name, array in learner._network.arrays().items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)
    assert learner._random.state == state and (learner.moved == moved).all()
    assert learner.rule == LocalVariationalRule() and other.n_steps == 2 * learner.n_steps
    learner.partial_fit(shown, labels)
    for name, array in learner._network.arrays().items():
        np.testing.assert_array_equal(array, other._network.arrays()[name], err_msg=name)


def test_a_damaged_file_is_refused_by_name(small, tmp_path):
    path = OnlineLearner(small(), engine="readable").save(tmp_path / "a.lifdeep")
    content = path.read_bytes()
    for damaged in (content[:-40], content[:200], b"", content.replace(b"readable", b"compiler")):
        if damaged == content:
            continue
        path.write_bytes(damaged)
        with pytest.raises(ModelFileError, match="a.lifdeep"):
            OnlineLearner.load(path)
    with pytest.raises(ModelFileError, match="OnlineLearner"):
        OnlineLearner.load(small().save(tmp_path / "model.lifdeep"))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("group0/places", lambda a: a * 0 + 10**6),
        ("group0/places", lambda a: np.roll(a, 1, axis=0)),
        ("group1/places", lambda a: a - 1),
        ("group0/n_active", lambda a: a + 10**6),
        ("group0/history", lambda a: a + np.uint64(2**40)),
        ("own/history", lambda a: ~a),
        ("group0/synapses", lambda a: a * np.nan),
        ("memory", lambda a: a - 1e9),
        ("memory", lambda a: a[1:]),
    ],
)
def test_what_the_kernel_would_stumble_over_is_refused(small, films, tmp_path, name, wrong):
    learner = OnlineLearner(small(2), dtype="float64").partial_fit(*films())
    header, arrays = read_record(learner.save(tmp_path / "a.lifdeep"), "OnlineLearner")
    arrays[f"state/{name}"] = wrong(arrays[f"state/{name}"])
    write_record(tmp_path / "a.lifdeep", "OnlineLearner", header, arrays)
    with pytest.raises(ModelFileError, match="a.lifdeep is damaged"):
        OnlineLearner.load(tmp_path / "a.lifdeep")


def test_weights_are_given_and_taken(small, films):
    learner = OnlineLearner(small(2, 2), dtype="float64")
    given = tuple(2 * array for array in learner.weights)
    learner.set_weights(given)
    for own, other in zip(learner.weights, given, strict=True):
        np.testing.assert_array_equal(own, other)
    learner.partial_fit(*films(values=2))
    model = learner.model
    np.testing.assert_array_equal(model.weights, learner.weights[0])
    assert model.provenance["steps"] == learner.n_steps == 150
    with pytest.raises(ValidationError, match="shape"):
        learner.set_weights((given[0][1:], *given[1:]))
    with pytest.raises(ValidationError, match="no such connection"):
        learner.set_weights((given[0] + 1, *given[1:]))


def test_films_in_their_forms(small):
    data = np.array([(0, 0, 1), (9, 2, 0), (9, 3, 1)], [("t", int), ("x", int), ("p", int)])
    streams = [Events(data, size=(2, 3 + 1)), Events(data[:1], size=(2, 3 + 1))]
    binning = Binning(10, polarity="signed", window=(0, 10), limit=1)
    values = as_films(EventFilms(streams, binning), 8, 2)
    assert values.shape == (2, 10, 8) and values[0, 9].tolist() == [0, 0, 2, 1, 0, 0, 0, 0]
    summed = Binning(10, polarity="summed", window=(0, 10), limit=1)
    split = Split(EventFilms(streams, summed), [0, 1])
    assert as_films(split, 8, 1)[0, 9].tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    model = ProbabilisticModel.initial((2, 4, 1), 2)
    learner = OnlineLearner(model, engine="readable").partial_fit(split)
    assert learner.n_steps == 20 and learner.predict(split).shape == (2,)
    np.testing.assert_array_equal(learner.losses(split), learner.losses(split.images, [0, 1]))
    with pytest.raises(DataError, match="n_values=2"):
        learner.predict(EventFilms(streams, binning))
    with pytest.raises(DataError, match="limit=1"):
        learner.predict(EventFilms(streams, Binning(10, polarity="summed", limit=3)))


@pytest.mark.parametrize(
    ("films", "labels", "error", "words"),
    [
        (np.zeros((2, 5, 7), int), [0, 1], DataError, "6 inputs"),
        (np.zeros((2, 5, 6)) + 0.5, [0, 1], DataError, "bernoulli_films"),
        (np.zeros((2, 5, 6)) * np.nan, [0, 1], DataError, "-1, 0 and 1"),
        (np.zeros((2, 5, 6), int) + 2, [0, 1], DataError, "value 2"),
        (np.zeros((2, 5, 6), int), [0, 3], DataError, "0 to 2"),
        (np.zeros((2, 5, 6), int), [0], DataError, "one each"),
        (np.zeros((2, 5, 6), int), None, DataError, "labels are missing"),
        (np.zeros((2, 5, 6), int), [0.5, 1], DataError, "whole"),
        (np.zeros((2, 5, 6), int), np.zeros((2, 4, 3), int), DataError, "5"),
        (np.zeros((2, 5, 6), int), np.zeros((2, 5, 3), int) + 9, DataError, "-1 to 1"),
        ("films", [0], DataError, "films"),
        (np.zeros(6), [0], DataError, "film, step"),
    ],
)
def test_wrong_films_are_refused(small, films, labels, error, words):
    with pytest.raises(error, match=words):
        OnlineLearner(small(), engine="readable").partial_fit(films, labels)


def test_weights_beyond_all_numbers_are_said(small, films):
    shown, labels = films(n=20)
    learner = OnlineLearner(small(2), LocalVariationalRule(1e30, gamma=1e30), engine="readable")
    with pytest.raises(TrainingError, match="learning_rate"), np.errstate(all="ignore"):
        learner.partial_fit(shown, labels)


def test_nothing_is_learned_at_a_rate_of_zero(small, films):
    model = small(2)
    learner = OnlineLearner(model, LocalVariationalRule(0.0), dtype="float64")
    learner.partial_fit(*films())
    np.testing.assert_array_equal(learner.weights[0], model.weights)


def test_grey_images_become_films():
    films = bernoulli_films(np.array([[0, 255, 51]], np.uint8), 4000, scale=0.5, seed=3)
    np.testing.assert_allclose(films.mean(axis=1)[0], [0, 0.5, 0.1], atol=0.03)
    with pytest.raises(DataError, match="scale them"):
        bernoulli_films(np.array([[2.0]]), 3)


def test_grey_films_are_as_their_array():
    films = GreyFilms(np.random.default_rng(0).random((5, 2, 3)), n_steps=8, seed=2)
    model = ProbabilisticModel.initial((6,), 2)
    lazy, whole = (OnlineLearner(model, engine="readable") for _ in range(2))
    lazy.partial_fit(films, [0, 1, 1, 0, 1])
    whole.partial_fit(films[:], [0, 1, 1, 0, 1])
    for own, other in zip(lazy.weights, whole.weights, strict=True):
        np.testing.assert_array_equal(own, other)
    np.testing.assert_array_equal(lazy.scores(films), whole.scores(films[:]))
    with pytest.raises(DataError, match="with 4 inputs"):
        OnlineLearner(ProbabilisticModel.initial((4,), 2)).predict(films)


def test_filters_of_one_step():
    model = ProbabilisticModel.initial((1,), 1, basis=RaisedCosines(1, 1))
    learner = OnlineLearner(model, engine="readable")
    assert learner.predict(np.ones((1, 3, 1), int)).tolist() == [0]
