"""What a learner is given: bad input is refused before anything is written, good input is taken."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

from nengo_lifdeep.errors import DataError, ModelFileError, TrainingError, ValidationError
from nengo_lifdeep.herding.learner import SpikingMLP
from nengo_lifdeep.herding.method import Herding
from nengo_lifdeep.support.files import read_record, write_record

X = np.random.default_rng(0).random((6, 4))
Y = np.arange(6) % 2


def mlp(method=None, **settings):
    settings = {"engine": "readable", "method": method or Herding(4, order="step"), **settings}
    return SpikingMLP((4, 3, 2), **settings)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: SpikingMLP(4), ValidationError, "sizes is 4; expected"),
        (lambda: SpikingMLP(None), ValidationError, "sizes is None; expected"),
        (lambda: SpikingMLP((10**9, 10**9)), ValidationError, "weights; expected at most"),
        (lambda: mlp(weights=5), ValidationError, "weights is 5; expected a list"),
        (lambda: mlp(weights=[np.full((4, 3), 1e36), np.zeros((3, 2))]), ValidationError,
         "expected numbers up to"),
        (lambda: mlp(learning_rate=1e-40), TrainingError, "float64 holds smaller changes"),
        (lambda: mlp(Herding(4, dtype="int64"), learning_rate=1e-30), TrainingError, "expected"),
        (lambda: mlp(Herding(4, dtype="int64"), learning_rate=5.0), TrainingError,
         "divided by an even number, the nearest is 4"),
        (lambda: mlp(Herding(100_000, dtype="int64"), learning_rate=5e-4), TrainingError,
         "64 bits do not hold"),
        (lambda: Herding(sparsity=1e30), TrainingError, "0 to 1000"),
        (lambda: mlp().partial_fit(X * 1e10, Y), DataError, "expected numbers up to"),
        (lambda: mlp().partial_fit(X, np.full((6, 2), 1e30)), DataError, "expected numbers up to"),
        (lambda: mlp().partial_fit(X, np.full((6, 2), -1e8)), DataError, "expected numbers from"),
        (lambda: mlp().partial_fit(X, Y, "r"), ValidationError, "record is 'r'"),
        (lambda: mlp().partial_fit(X, Y, mlp().empty_record(3)), ValidationError,
         r"record.drive .* expected .* empty_record\(6\)"),
        (lambda: mlp().partial_fit(X, Y, SpikingMLP((4, 5, 2)).empty_record(6)), ValidationError,
         "record.totals"),
        (lambda: mlp().partial_fit(X, Y, mlp(Herding(dtype="int64")).empty_record(6)),
         ValidationError, "record.drive is int64"),
        (lambda: mlp().show(X, 9, mlp().empty_record(6, 3)), ValidationError, "record.outputs"),
        (lambda: mlp().show(X, 0), ValidationError, "n_steps is 0"),
        (lambda: mlp().scores(X, 0), ValidationError, "n_steps is 0"),
        (lambda: mlp().empty_record(-1), ValidationError, "n is -1"),
        (lambda: mlp().set_residues(np.zeros(9), np.full(9, 1e30)), ValidationError, "back"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_no_images_are_no_error():
    net = mlp()
    assert net.partial_fit(X[:0], []).n_seen == 0
    assert net.predict(X[:0]).shape == (0,)
    assert net.show(X[:0]).outputs.shape == (0, 4, 2)


@pytest.mark.parametrize(
    "images",
    [X.astype(np.float16), np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2],
     X.astype(">f4"), X.reshape(6, 2, 2, 1)],
)  # fmt: skip
def test_any_layout_learns_the_same(images):
    method = Herding(200, order="step")  # a spike is worth more than float16 holds
    found = mlp(method).partial_fit(images, Y)
    expected = mlp(method).partial_fit(np.array(images, np.float64).reshape(6, 4), Y)
    for a, b in zip(found.weights, expected.weights, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-4)
    assert mlp(method)._scaled(np.asfortranarray(X)).flags.c_contiguous


def test_images_that_are_too_large_are_named_with_what_to_do():
    net = mlp(Herding(4), engine="compiled")
    with pytest.raises(TrainingError, match="pixels are up to 255 .* pixels from 0 to 1"):
        net.partial_fit(np.full((2, 4), 255), [0, 1])
    limit = mlp(Herding(None))
    limit._weights[:] = np.inf
    with pytest.raises(TrainingError, match="sums grow without end"):
        limit.partial_fit(X, Y)
    with pytest.raises(TrainingError, match="beyond all numbers"):
        limit.save("nowhere.lifdeep")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"sizes": [10**9, 10**9]}, "weights; expected at most"),
        ({"sizes": [4, 3, 3]}, "weights is float32 of shape"),
        ({"n_seen": -1}, "n_seen is -1"),
        ({"method": {"rule": "adam"}}, "rule"),
        ({"method": 3}, "mapping"),
        ({"learning_rate": None}, "learning_rate"),
        ({"seed": "x"}, "seed"),
    ],
)
def test_a_damaged_file_is_named_and_nothing_large_is_built(tmp_path, change, text):
    path = mlp().save(tmp_path / "net.lifdeep")
    header, arrays = read_record(path, "SpikingMLP")
    write_record(path, "SpikingMLP", {**header, **change}, arrays)
    with pytest.raises(ModelFileError, match=f"damaged.*{text}"):
        SpikingMLP.load(path)
    write_record(path, "SpikingMLP", header, {**arrays, "weights": arrays["weights"] * np.nan})
    with pytest.raises(ModelFileError, match="nan; expected finite"):
        SpikingMLP.load(path)
    write_record(path, "SpikingMLP", header, arrays)
    with pytest.raises(ValidationError, match="engine is 'gpu'"):
        SpikingMLP.load(path, engine="gpu")
    assert json.loads(zipfile.ZipFile(path).read("header.json"))
