"""What is built can be run: no value holds an address out of range, or what is no number."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.scaling import scale_rates
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import LifdeepError, ModelFileError, ValidationError
from nengo_lifdeep.models import Connection, Population, SpikingModel, TrainedModel
from nengo_lifdeep.stages.types import (
    AveragePool,
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    SparseMatrix,
)


def sparse(**changes):
    fields = {
        "input_shape": (3,), "outputs": (4,), "starts": np.array([0, 1, 1, 3]),
        "targets": np.array([3, 0, 2]), "data": np.ones(3, np.float32),
    }  # fmt: skip
    return SparseMatrix(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"targets": [3, 0, 4]}, "targets hold 4 at place 2; expected 0 to 3"),
        ({"targets": [3, -1, 2]}, "targets hold -1 at place 1; expected 0 to 3"),
        ({"targets": np.array([2**63, 0, 1], np.uint64)}, "targets hold 9223372036854775808"),
        ({"targets": [0.0, 1.0, 2.0]}, "targets have type float64"),
        ({"targets": ["0", "1", "2"]}, "targets have type <U1"),
        ({"targets": [[0, 1, 2]]}, "targets have shape"),
        ({"targets": [0, 1]}, "targets are 2; expected one for each of the 3 weights"),
        ({"starts": [0, 1, 1, 4]}, "starts hold 4 at place 3; expected 0 to 3"),
        ({"starts": [0, -1, 1, 3]}, "starts hold -1"),
        ({"starts": [0, 2, 1, 3]}, "starts go down"),
        ({"starts": [1, 1, 1, 3]}, "expected 4, from 0 to the 3 weights"),
        ({"starts": [0, 1, 1, 2]}, "expected 4, from 0 to the 3 weights"),
        ({"starts": [0, 1, 3]}, "starts are 3.*expected 4"),
        ({"data": [1.0, np.nan, 1.0]}, "data: element .1. is nan; expected finite numbers"),
        ({"outputs": (4, 0, 1)}, "outputs is .4, 0, 1.; expected"),
    ],
    ids=str,
)
def test_sparse_matrices_are_checked(changes, message):
    assert sparse().apply(np.ones((1, 3))).tolist() == [[1, 0, 1, 1]]
    with pytest.raises(ValidationError, match=message):
        sparse(**changes)


def test_addresses_cannot_be_changed_afterwards():
    targets = np.array([3, 0, 2], np.int32)
    stage = sparse(targets=targets)
    targets[0] = 10**9
    assert stage.targets[0] == 3
    for array in (stage.targets, stage.starts, stage.data):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def _model(**changes):
    n = 5
    model = SpikingModel(
        "small", (1, 1, 3),
        (Population("a", (4,), nengo.LIF(), np.full(4, 1.5, np.float32)),
         Population("b", (n,), nengo.LIF(), np.full(n, 1.5, np.float32))),
        (Connection("input", "a", (sparse(input_shape=(1, 1, 3)),)),
         Connection("a", "b", (DenseMatrix((4,), np.ones((4, n), np.float32)),), nengo.Alpha(0.01)),
         Connection("b", "output", (DenseMatrix((n,), np.ones((n, 2), np.float32)),))),
        np.zeros(2, np.float32),
    )  # fmt: skip
    return dataclasses.replace(model, **changes)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("targets", [3, 0, 4]), ("targets", [3, 0, 99_999_999]), ("targets", [-1, 0, 2]),
        ("starts", [0, 1, 1, 4]), ("starts", [0, 1, 99_999_999, 3]), ("starts", [-1, 0, 0, 3]),
        ("data", [1.0, np.inf, 1.0]), ("data", [1.0]),
    ],
)  # fmt: skip
def test_files_with_wrong_addresses_are_refused(tmp_path, field, values):
    """A file as somebody else may write it: its checksums are right, its numbers are not."""
    path = tmp_path / "bad.lifdeep"
    model = _model()
    stage = model.connections[0].stages[0]
    kind = getattr(stage, field).dtype
    object.__setattr__(stage, field, np.array(values, kind))
    model.save(path)
    with pytest.raises(ModelFileError, match=f"bad.lifdeep.*SparseMatrix ({field}|starts)"):
        SpikingModel.load(path)


WRONG_NUMBERS = {
    "NaN": np.array([1.0, np.nan, 1, 1]),
    "infinite": np.array([1.0, np.inf, 1, 1]),
    "text": np.array(["1"] * 4),
    "complex": np.ones(4, complex),
    "objects": np.array([1, None, 1, 1], object),
    "dates": np.zeros(4, "datetime64[s]"),
    "bool": np.ones(4, bool),
    "masked": np.ma.masked_array(np.ones(4), [False, True, False, False]),
    "ragged": [1, [2, 3], 4, 5],
    "too many": np.ones(7),
    "two axes": np.ones((4, 4)),
    "nothing": None,
}


@pytest.mark.parametrize("kind", WRONG_NUMBERS)
def test_biases_are_finite_real_numbers(kind):
    with pytest.raises(ValidationError, match="population 'a': bias"):
        Population("a", (4,), nengo.LIF(), WRONG_NUMBERS[kind])


@pytest.mark.parametrize("kind", sorted(set(WRONG_NUMBERS) - {"too many"}))
def test_output_biases_are_finite_real_numbers(kind):
    with pytest.raises(ValidationError, match="output_bias"):
        _model(output_bias=WRONG_NUMBERS[kind])


def test_numbers_become_floats_and_keep_their_precision():
    assert Population("a", (4,), nengo.LIF(), [1, 2, 3, 4]).bias.dtype == np.float32
    assert Population("a", (4,), nengo.LIF(), np.ones(4)).bias.dtype == np.float64
    assert Population("a", (2, 2, 4), nengo.LIF(), np.ones(4, np.float16)).bias.dtype == np.float32
    exact = 2**24 + 1
    assert Population("a", (4,), nengo.LIF(), [exact] * 4).bias[0] == exact


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "name is ''"), ({"name": "output"}, "name is 'output'"),
        ({"name": 3}, "name is 3"), ({"shape": (4, 1)}, "shape is"), ({"shape": (-4,)}, "shape is"),
        ({"shape": 4}, "shape is 4; expected whole numbers"), ({"shape": (4.0,)}, "whole numbers"),
        ({"shape": (True,)}, "whole numbers"),
        ({"shape": (2**16, 2**16, 1)}, "at most 268,435,456"),
        ({"neuron": "LIF"}, "neuron is 'LIF'"), ({"neuron": nengo.LIF}, "neuron is <class"),
    ],
    ids=str,
)  # fmt: skip
def test_populations_are_checked(changes, message):
    fields = {"name": "a", "shape": (4,), "neuron": nengo.LIF(), "bias": np.ones(1)}
    with pytest.raises(ValidationError, match=message):
        Population(**{**fields, **changes})


WEIGHTS = np.ones((2, 2, 3, 4), np.float32)
STAGES = {
    "channels": lambda: Convolution((5, 5, 2), (1, 1), "valid", 1, WEIGHTS),
    "groups": lambda: Convolution((5, 5, 6), (1, 1), "valid", 3, WEIGHTS),
    "no groups": lambda: Convolution((5, 5, 3), (1, 1), "valid", 0, WEIGHTS),
    "no stride": lambda: Convolution((5, 5, 3), (0, 1), "valid", 1, WEIGHTS),
    "backwards": lambda: Convolution((5, 5, 3), (1, -1), "valid", 1, WEIGHTS),
    "one stride": lambda: Convolution((5, 5, 3), (1,), "valid", 1, WEIGHTS),
    "padding": lambda: Convolution((5, 5, 3), (1, 1), "full", 1, WEIGHTS),
    "three axes": lambda: Convolution((5, 5, 3), (1, 1), "valid", 1, WEIGHTS[0]),
    "no image": lambda: Convolution((75,), (1, 1), "valid", 1, WEIGHTS),
    "too large": lambda: Convolution((1, 5, 3), (1, 1), "valid", 1, WEIGHTS),
    "empty": lambda: Convolution((5, 5, 3), (1, 1), "valid", 1, WEIGHTS[..., :0]),
    "NaN": lambda: Convolution((5, 5, 3), (1, 1), "valid", 1, WEIGHTS * np.nan),
    "pool": lambda: AveragePool((5, 5, 3), (1, 1), "valid", (0, 2)),
    "pool too large": lambda: AveragePool((5, 5, 3), (1, 1), "valid", (6, 2)),
    "text": lambda: AveragePool((5, 5, 3), (1, 1), "valid", ("2", "2")),
    "windows": lambda: LocalWindows((3, 3, 1), (1, 1), "valid", (2, 2), np.ones((3, 2, 4, 1))),
    "entries": lambda: LocalWindows((3, 3, 1), (1, 1), "valid", (2, 2), np.ones((2, 2, 5, 1))),
    "rows": lambda: DenseMatrix((3,), np.ones((4, 2))),
    "vector": lambda: DenseMatrix((3,), np.ones(3)),
    "no columns": lambda: DenseMatrix((3,), np.ones((3, 0))),
    "complex": lambda: DenseMatrix((3,), np.ones((3, 2), complex)),
    "objects": lambda: DenseMatrix((3,), np.ones((3, 2), object)),
    "channel weights": lambda: Elementwise((2, 2, 3), np.ones(4)),
    "infinite": lambda: Elementwise((3,), np.full(3, np.inf)),
}


@pytest.mark.parametrize("name", STAGES)
def test_stages_are_checked(name):
    with pytest.raises(ValidationError, match="Convolution|AveragePool|Local|Dense|Elementwise"):
        STAGES[name]()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"connections": lambda m: m.connections[:2]}, "no connection ends in 'output'"),
        ({"connections": lambda m: m.connections[1:]}, "no connection ends in 'a'"),
        ({"populations": lambda m: m.populations[:1] * 2}, "two populations 'a'"),
        ({"populations": lambda m: [None, *m.populations]}, "populations.0. is None"),
        ({"connections": lambda m: (*m.connections, None)}, "expected a Connection"),
        ({"input_shape": lambda m: (3.5,)}, "input_shape is"),
        (
            {"connections": lambda m: (*m.connections, Connection(
                "a", "input", (DenseMatrix((4,), np.ones((4, 3))),)))},
            "expected from 'input' or a population",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_models_are_checked(changes, message):
    model = _model()
    changed = {name: change(model) for name, change in changes.items()}
    with pytest.raises(ValidationError, match=message):
        dataclasses.replace(model, **changed)


@pytest.mark.parametrize(
    "arguments",
    [("a", "b", ()), ("a", "b", None), ("a", "b", (3,)),
     ("a", "b", (Elementwise((4,), np.ones(4)),), 0.003),
     ("a", "b", (Elementwise((4,), np.ones(4)),), nengo.Lowpass(np.inf))],
    ids=str,
)  # fmt: skip
def test_connections_are_checked(arguments):
    with pytest.raises(ValidationError, match="connection 'a' -> 'b'"):
        Connection(*arguments)


@pytest.mark.parametrize("kind", ["text", "complex", "objects", "bool", "infinite", "ragged"])
def test_weights_of_trained_models_are_finite_real_numbers(example, kind):
    trained = example[0]
    weights = {layer: dict(arrays) for layer, arrays in trained.weights.items()}
    layer, arrays = next(iter(weights.items()))
    wrong = {
        "text": lambda a: a.astype(str), "complex": lambda a: a.astype(complex),
        "objects": lambda a: a.astype(object), "bool": lambda a: a.astype(bool),
        "infinite": lambda a: a * np.inf, "ragged": lambda a: [1, [2, 3]],
    }[kind]  # fmt: skip
    weights[layer] = {**arrays, "kernel": wrong(arrays["kernel"])}
    with pytest.raises(LifdeepError, match=f"layer '{layer}'|kernel"):
        dataclasses.replace(trained, weights=weights)


@pytest.mark.parametrize("weights", [None, [], {"conv1": None}, "weights"], ids=str)
def test_weights_are_dicts(example, weights):
    with pytest.raises(ValidationError, match="weights are no dict"):
        TrainedModel(example[0].architecture, weights, example[0].neuron)


def test_arrays_of_models_are_read_only_and_are_copied_once(example):
    trained = example[0]
    for arrays in trained.weights.values():
        for array in arrays.values():
            assert not array.flags.writeable
    mine = {la: {k: a.copy() for k, a in arrays.items()} for la, arrays in trained.weights.items()}
    again = dataclasses.replace(trained, weights=mine)
    layer = next(iter(mine))
    kernel = again.weights[layer]["kernel"]
    assert not np.shares_memory(kernel, mine[layer]["kernel"])
    assert np.shares_memory(dataclasses.replace(again).weights[layer]["kernel"], kernel)
    assert mine[layer]["kernel"].flags.writeable  # what was given stays what it was
    model = convert(trained)
    for population in model.populations:
        assert not population.bias.flags.writeable


@pytest.mark.parametrize("factor", [1e38, 1e-38, 1e7, np.nan, "2", True])
def test_rates_are_scaled_within_reason(example, factor):
    if factor is True:
        assert scale_rates(convert(example[0]), factor).n_neurons
        return
    with pytest.raises(ValidationError, match="scale_firing_rates is"):
        scale_rates(convert(example[0]), factor)
