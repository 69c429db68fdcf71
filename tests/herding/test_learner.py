"""The learner by its NumPy twin: limits, gradients, counts, resets, and no products."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import DataError, ModelFileError, TrainingError, ValidationError
from nengo_lifdeep.herding import readable
from nengo_lifdeep.herding.compiled.record import Record
from nengo_lifdeep.herding.learner import SpikingMLP
from nengo_lifdeep.herding.method import Herding
from nengo_lifdeep.herding.operations import additions_of, dense_operations, forward_additions
from nengo_lifdeep.herding.relu import descend, scores

SIZES = (12, 9, 7, 4)


def weights(scale=1.2, sizes=SIZES, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(s) * scale / s[0] ** 0.5
            for s in zip(sizes[:-1], sizes[1:], strict=True)]  # fmt: skip


def network(method=None, *, scale=1.2, **settings):
    settings = {"weights": weights(scale), "engine": "readable", **settings}
    return SpikingMLP(SIZES, method=method or Herding(), **settings)


def pictures(n, seed=1):
    rng = np.random.default_rng(seed)
    return rng.random((n, 12)) * (rng.random((n, 12)) < 0.7), rng.integers(0, 4, n)


@pytest.mark.parametrize("order", ["event", "step"])
def test_the_output_tends_to_the_rectified_network_as_one_over_T(order):
    images, _ = pictures(12)
    mlp = network(Herding(order=order, dtype="float64"))
    expected = scores(images, weights())
    times = np.array([10, 40, 160, 640])
    off = [np.abs(mlp.scores(images, T) - expected).mean() for T in times.tolist()]
    assert np.polyfit(np.log(times), np.log(off), 1)[0] == pytest.approx(-1, abs=0.15)
    assert max(times * off) < 1.6 * min(times * off)


def test_one_update_per_step_is_more_accurate():
    images, _ = pictures(25)
    expected = scores(images, weights())
    event, step = (
        np.abs(network(Herding(order=order)).scores(images, 20) - expected).mean()
        for order in ("event", "step")
    )
    assert step < event / 1.15


def test_error_counts_tend_to_the_gradient_as_one_over_T():
    """Zero-reset and frozen weights: what SGD then subtracts is the step of gradient descent."""
    images, labels = pictures(60)
    clear = np.abs(scores(images, weights())).min(axis=1) > 0.1  # away from the rectifier's corner
    images, labels = images[clear][:8], labels[clear][:8]
    assert len(images) == 8
    matrices = [w.copy() for w in weights()]
    before = [w.copy() for w in matrices]
    for image, label in zip(images, labels, strict=True):  # each from the same weights
        again = [w.copy() for w in before]
        descend(image[None], np.eye(4)[[label]], again, 1.0)
        for total, one, old in zip(matrices, again, before, strict=True):
            total += one - old
    steps = [w - old for w, old in zip(matrices, before, strict=True)]
    times, off = (50, 200, 800), []
    for T in times:
        method = Herding(T, rule="sgd", order="step", backward_reset="zero", dtype="float64")
        found = [np.zeros_like(w) for w in before]
        for image, label in zip(images, labels, strict=True):
            mlp = network(method, learning_rate=1.0)
            mlp.partial_fit(image[None], [label])
            for total, new, old in zip(found, mlp.weights, before, strict=True):
                total += new - old
        size = np.sqrt(sum((s**2).sum() for s in steps))
        squares = [((f - s) ** 2).sum() for f, s in zip(found, steps, strict=True)]
        off.append(np.sqrt(sum(squares)) / size)
    assert np.polyfit(np.log(times), np.log(off), 1)[0] == pytest.approx(-1, abs=0.25)
    assert off[-1] < 0.03


@pytest.mark.parametrize("T", [10, 40])
def test_fractional_updates_add_up_to_half_for_constant_rates(T):
    """A spike in and an error out in every step: 1 + 2 + ... + T counts in place of T T."""
    change = {}
    for rule in ("sgd", "fsgd"):
        mlp = SpikingMLP((1, 1), method=Herding(T, rule=rule, dtype="float64"), learning_rate=0.01,
                         weights=[np.zeros((1, 1))], engine="readable")  # fmt: skip
        mlp.partial_fit([[1.0]], [[1.0]])
        change[rule] = mlp.weights[0].item()
    assert change["sgd"] == pytest.approx(0.01)
    assert change["fsgd"] / change["sgd"] == pytest.approx((T + 1) / (2 * T), abs=0.011)


def test_additions_are_spikes_times_fan_out_and_follow_time_and_ink():
    images, labels = pictures(30)
    images[0] = 0
    mlp = network(Herding(20, order="event"))
    record = mlp.empty_record(30, 20, counts=True)
    mlp.show(images, 20, record)
    spikes = np.abs(record.counts)
    first = np.cumsum([0, *SIZES])
    by_hand = [spikes[:, a:b].sum(axis=1) * n for a, b, n in
               zip(first, first[1:], SIZES[1:], strict=False)]  # fmt: skip
    np.testing.assert_array_equal(forward_additions(record, SIZES), np.stack(by_hand, axis=1))
    assert not forward_additions(record, SIZES)[0].any()
    total = forward_additions(record, SIZES).sum(axis=1)
    assert np.corrcoef(total, images.sum(axis=1))[0, 1] > 0.8
    longer = mlp.empty_record(30)
    mlp.show(images, 200, longer)
    assert forward_additions(longer, SIZES).sum() == pytest.approx(10 * total.sum(), rel=0.1)
    # learning costs more; of a blank image nothing goes forward, its target's spikes go back
    learned = mlp.empty_record(30)
    mlp.partial_fit(images, labels, learned)
    assert (additions_of(learned, SIZES) >= forward_additions(learned, SIZES).sum(axis=1)).all()
    assert learned.errors[0, -1] > 0 and not learned.spikes[0].any()
    assert learned.updates.sum() > 0 and (learned.gated <= learned.errors).all()
    assert dense_operations(SIZES)["multiply_adds"] == 12 * 9 + 9 * 7 + 7 * 4


class Whole:
    """An integer that counts its additions and cannot be multiplied."""

    added = 0

    def __init__(self, value):
        self.value = int(value)

    def __add__(self, other):
        Whole.added += 1
        return Whole(self.value + int(other))

    def __sub__(self, other):
        Whole.added += 1
        return Whole(self.value - int(other))

    __radd__ = __add__

    def __int__(self):
        return self.value

    def __neg__(self):
        return Whole(-self.value)

    def __abs__(self):
        return Whole(abs(self.value))

    def __eq__(self, other):
        return self.value == int(other)

    def __lt__(self, other):
        return self.value < int(other)

    def __gt__(self, other):
        return self.value > int(other)

    def __le__(self, other):
        return self.value <= int(other)

    def __ge__(self, other):
        return self.value >= int(other)

    __hash__ = None


@pytest.mark.parametrize("rule", ["sgd", "fsgd"])
def test_integers_are_never_multiplied_and_every_weight_addition_is_counted(rule):
    with pytest.raises(TypeError):
        Whole(2) * Whole(3)
    images, labels = pictures(6)
    mlp = network(Herding(rule=rule, dtype="int64"), learning_rate=0.02)
    given = {
        "images": mlp._scaled(images), "targets": mlp._scaled(np.eye(4)[labels]),
        "weights": mlp._weights, "units": mlp._units, "back": mlp._back,
    }  # fmt: skip
    wholes = {
        name: np.array([Whole(v) for v in values.ravel()], object).reshape(values.shape)
        for name, values in given.items()
    }
    numbers = tuple(Whole(n) for n in mlp._numbers)
    record = Record.empty(6, SIZES, np.dtype(object))
    no_draws = np.zeros((0, 0))
    Whole.added = 0
    readable.herd(
        wholes["images"], wholes["targets"], no_draws, SIZES, wholes["weights"], wholes["units"],
        wholes["back"], numbers, mlp.method.choices, record,
    )  # fmt: skip
    counted = mlp.empty_record(6)
    mlp.partial_fit(images, labels, counted)
    np.testing.assert_array_equal(record.spikes, counted.spikes)
    np.testing.assert_array_equal([int(w) for w in wholes["weights"]], mlp._weights)
    # what is not an addition of weights are those of the quantisers: inputs, limits and leftovers
    assert 0 < additions_of(counted, SIZES).sum() < Whole.added
    assert (mlp._weights != mlp._scaled(np.concatenate([w.ravel() for w in weights()]))).any()


def test_integer_weights_match_those_of_floats_up_to_rounding():
    images, labels = pictures(10)
    found = []
    for dtype in ("int64", "float64"):
        mlp = network(Herding(dtype=dtype, order="step"), learning_rate=1e-4)
        found.append(np.concatenate([w.ravel() for w in
                                     mlp.partial_fit(images, labels).weights]))  # fmt: skip
    start = np.concatenate([w.ravel() for w in weights()])
    assert np.abs(found[0] - found[1]).max() < 0.1 * np.abs(found[1] - start).max()


def test_with_zero_reset_small_errors_are_lost():
    """From the authors' small weights no error reaches the hidden layer; kept residues do."""
    images, labels = pictures(40)
    changed = {}
    for reset in ("zero", "none", "random"):
        mlp = SpikingMLP((12, 9, 4), method=Herding(backward_reset=reset), engine="readable")
        before = mlp.weights[0]
        for _ in range(5):
            mlp.partial_fit(images, labels)
        changed[reset] = np.abs(mlp.weights[0] - before).max()
    assert changed["zero"] == 0 < min(changed["none"], changed["random"])


@pytest.mark.parametrize("reset", ["none", "random"])
def test_the_same_seed_gives_the_same_weights(reset):
    images, labels = pictures(10)
    method = Herding(backward_reset=reset, forward_reset=reset)
    runs = [network(method, seed=seed).partial_fit(images, labels) for seed in (3, 3, 4)]
    same = [all(map(np.array_equal, runs[0].weights, run.weights)) for run in runs[1:]]
    assert same == [True, reset == "none"]


def test_variants_differ_and_learn():
    images, labels = pictures(20)
    found = {}
    for name, method in {
        "fsgd": Herding(), "sgd": Herding(rule="sgd"), "smoothed": Herding(smoothed=True),
        "smoothed sgd": Herding(rule="sgd", smoothed=True), "sparse": Herding(sparsity=0.05),
        "sparse sgd": Herding(rule="sgd", sparsity=0.05), "step": Herding(order="step"),
        "forward": Herding(forward_reset="none"), "limit": Herding(None),
    }.items():  # fmt: skip
        mlp = network(method, learning_rate=0.02)
        for _ in range(4):
            mlp.partial_fit(images, labels)
        found[name] = np.concatenate([w.ravel() for w in mlp.weights])
    names = list(found)
    for i, name in enumerate(names):
        for other in names[:i]:
            assert not np.array_equal(found[name], found[other]), (name, other)
    sparse, plain = (
        network(Herding(sparsity=penalty), learning_rate=0.02) for penalty in (0.3, 0.0)
    )
    for _ in range(15):
        sparse.partial_fit(images, labels)
        plain.partial_fit(images, labels)
    spikes = [m.show(images).spikes[:, 1:3].sum() for m in (sparse, plain)]
    assert spikes[0] < 0.9 * spikes[1]


def test_a_stream_in_parts_saved_and_read_again_is_the_stream_in_one(tmp_path):
    images, labels = pictures(12)
    method = Herding(backward_reset="random", forward_reset="none")
    whole = network(method).partial_fit(images, labels)
    part = network(method).partial_fit(images[:5], labels[:5])
    again = SpikingMLP.load(part.save(tmp_path / "stream.lifdeep"), engine="readable")
    again.partial_fit(images[5:], labels[5:])
    assert again.n_seen == 12
    for a, b in zip(again.weights, whole.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    (tmp_path / "broken.lifdeep").write_bytes(b"PK")
    with pytest.raises(ModelFileError):
        SpikingMLP.load(tmp_path / "broken.lifdeep")


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: SpikingMLP((4,)), ValidationError, "one layer or more"),
        (lambda: SpikingMLP((4, 0)), ValidationError, r"sizes\[1\] is 0"),
        (lambda: SpikingMLP((4, 2), learning_rate=0), TrainingError, "learning_rate"),
        (lambda: SpikingMLP((4, 2), weights=[np.zeros((2, 4))]), ValidationError, r"\(4, 2\)"),
        (lambda: SpikingMLP((4, 2)).partial_fit(np.zeros((2, 3)), [0, 1]), DataError, "4 numbers"),
        (lambda: SpikingMLP((4, 2)).partial_fit(np.zeros((2, 4)), [0, 2]), DataError, "0 to 1"),
        (lambda: SpikingMLP((4, 2)).partial_fit(np.zeros((2, 4)), [0]), DataError, "one each"),
        (lambda: Herding(dtype="int64", smoothed=True), TrainingError, "multiplication"),
        (lambda: Herding(None, order="step"), TrainingError, "knows no order"),
        (lambda: Herding(n_steps=0), TrainingError, "n_steps"),
    ],
)
def test_what_cannot_be_is_refused(call, error, text):
    with pytest.raises(error, match=text):
        call()
