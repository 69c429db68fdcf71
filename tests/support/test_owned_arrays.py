"""Values own their arrays: what users do with theirs afterwards changes nothing."""

import dataclasses
import pickle
import tracemalloc

import nengo
import numpy as np
import pytest

from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.inputs.inputs import Inputs
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import BatchNormalization, Dense
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import Connection, Population, SpikingModel
from nengo_lifdeep.models.trained import TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.records import Evaluation, SpikeRecord
from nengo_lifdeep.records.windows import Windows
from nengo_lifdeep.simulators import run
from nengo_lifdeep.stages.types import (
    Convolution,
    DenseMatrix,
    Elementwise,
    LocalWindows,
    SparseMatrix,
)
from nengo_lifdeep.support.arrays.owned_arrays import adopted, owned

TIMING = Presentation(t_c=0.0, t_p=0.002)


def f32(*shape):
    return np.full(shape, 0.5, np.float32)


def trained():
    net = Architecture((3,), [Dense(4), BatchNormalization(), Dense(2)])
    arrays = {
        layer.name: {k: f32(*s) for k, s in layer.arrays(shape).items()}
        for layer, shape in zip(net.layers, net.layer_inputs(), strict=True)
    }
    given = [a for group in arrays.values() for a in group.values()]
    return given, TrainedModel(net, {k: v for k, v in arrays.items() if v}, SoftLIF())


def spiking():
    given = f32(4), f32(3, 4), f32(4, 2), f32(2)
    bias, into, out, last = given
    return given, SpikingModel(
        "net", (3,), (Population("a", (4,), nengo.LIF(), bias),),
        (
            Connection("input", "a", (DenseMatrix((3,), into),)),
            Connection("a", "output", (DenseMatrix((4,), out),)),
        ),
        last,
    )  # fmt: skip


def stage(make, *arrays):
    return arrays, make(*arrays)


def record():
    given = np.zeros((2, 2, 2), np.float32), np.ones(3), np.ones(2, np.int64)
    rows = np.zeros((1, 3), np.int32)
    outputs, rates, spikes = given
    value = SpikeRecord("nengo", "net", TIMING, outputs, {"a": rates}, {"a": spikes}, {"a": rows})
    return (*given, rows), value


def windows():
    given = np.array([0]), np.array([[np.nan, 1.0, 1.0]]), f32(1, 2, 2), np.array([0])
    return given, Windows(*given)


def evaluation():
    given = np.array([0, 1]), np.array([1, 1]), np.array([4, 7])
    labels, answers, places = given
    return given, Evaluation(
        "nengo", "net", "images", None, labels, answers, ("a", "b"), None, {}, {}, 1.0,
        indices=places,
    )  # fmt: skip


def split(dtype, shape=(2, 3, 3, 1)):
    given = np.ones(shape, dtype), np.zeros(2, np.int64), np.arange(2)
    images, labels, places = given
    return given, Split(images, labels, "mine", places)


def inputs():
    given = np.ones((2, 3, 3, 1), np.float32), np.arange(2)
    return given, Inputs(given[0], TIMING, indices=given[1])


VALUES = {
    "TrainedModel": trained,
    "SpikingModel": spiking,
    "Convolution": lambda: stage(
        lambda k: Convolution((4, 4, 1), (1, 1), "valid", 1, k), f32(2, 2, 1, 3)
    ),
    "LocalWindows": lambda: stage(
        lambda k: LocalWindows((3, 3, 1), (1, 1), "valid", (2, 2), k), f32(2, 2, 4, 3)
    ),
    "Elementwise": lambda: stage(lambda w: Elementwise((4,), w), f32(4)),
    "SparseMatrix": lambda: stage(
        lambda s, t, d: SparseMatrix((2,), (2,), s, t, d),
        np.array([0, 1, 2], np.int32),
        np.array([0, 1], np.int32),
        f32(2),
    ),  # fmt: skip
    "Preprocessing": lambda: stage(Preprocessing, f32(3, 3, 1)),
    "Preprocessing of channels": lambda: stage(
        lambda d: Preprocessing(divisor=d), np.float32([2, 1])
    ),
    "SpikeRecord": record,
    "Windows": windows,
    "Evaluation": evaluation,
    "Split of floats": lambda: split(np.float32),
    "Split of bytes": lambda: split(np.uint8),
    "Split of bool": lambda: split(bool),
    "Split of rows": lambda: split(np.float32, (2, 9)),
    "Inputs": inputs,
}


def arrays_of(value):
    """All arrays in a value, whatever they are nested in."""
    if isinstance(value, np.ndarray):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays_of(getattr(value, field.name))
    elif isinstance(value, dict):
        for each in value.values():
            yield from arrays_of(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from arrays_of(each)


@pytest.mark.parametrize("name", VALUES)
def test_nobody_else_can_change_them(name):
    given, value = VALUES[name]()
    kept = list(arrays_of(value))
    before = [array.copy() for array in kept]
    assert len(kept) >= len(given)
    for array in given:
        array[...] = np.ones((), array.dtype) * 3
    for array, expected in zip(kept, before, strict=True):
        np.testing.assert_array_equal(array, expected)
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


@pytest.mark.parametrize("name", VALUES)
def test_the_next_value_shares_them(name):
    """`dataclasses.replace` and the like cost no memory."""
    _, value = VALUES[name]()
    again = dataclasses.replace(value)
    for one, two in zip(arrays_of(value), arrays_of(again), strict=True):
        assert np.shares_memory(one, two)


def test_a_frozen_array_of_a_user_is_copied_too():
    """Its owner can make it writeable again."""
    weight = f32(4)
    weight.flags.writeable = False
    value = Elementwise((4,), weight)
    weight.flags.writeable = True
    weight[:] = 7
    assert value.weight.tolist() == [0.5] * 4


def test_what_nobody_can_write_to_is_not_copied(tmp_path):
    data = np.frombuffer(bytes(range(16)), np.uint8)
    np.save(tmp_path / "images.npy", np.zeros((2, 3, 3, 1), np.uint8))
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert np.shares_memory(owned(data), data)
    assert np.shares_memory(Split(mapped, [0, 1]).images, mapped)
    for mode in ("r+", "c"):
        writeable = np.load(tmp_path / "images.npy", mmap_mode=mode)
        assert not np.shares_memory(owned(writeable), writeable)
    buffer = bytearray(8)
    changing = np.frombuffer(memoryview(buffer).toreadonly(), np.uint8)
    assert not np.shares_memory(owned(changing), changing)


def test_adopted_arrays_are_the_same_memory():
    array = np.arange(6.0)
    kept = adopted(array.reshape(2, 3).T)
    assert np.shares_memory(kept, array) and kept.shape == (3, 2)
    assert owned(kept[0]).base is kept.base
    assert not array.flags.writeable


def test_dicts_of_a_user():
    given, model = trained()
    history, provenance = {"loss": [1.0]}, {"a": {"b": 1}}
    model = dataclasses.replace(model, history=history, provenance=provenance)
    history["loss"].append(2.0)
    provenance["a"]["b"] = provenance["c"] = 2
    assert model.history == {"loss": [1.0]} and model.provenance == {"a": {"b": 1}}
    for change in (
        lambda: model.weights.update(x=1),
        lambda: model.weights["dense1"].__setitem__("kernel", given[0]),
        lambda: model.weights.pop("dense1"),
        lambda: model.history.clear(),
        lambda: record()[1].rasters.setdefault("b", 1),
        lambda: evaluation()[1].layer_rates.__ior__({"a": 1}),
    ):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()


@pytest.mark.parametrize("name", VALUES)
def test_values_are_pickled(name):
    _, value = VALUES[name]()
    again = pickle.loads(pickle.dumps(value))
    for one, two in zip(arrays_of(value), arrays_of(again), strict=True):
        np.testing.assert_array_equal(one, two)


def test_reading_a_large_network_takes_its_memory_once(tmp_path):
    net = Architecture((4000,), [Dense(2000), Dense(2)])
    weights = {
        "dense1": {"kernel": f32(4000, 2000), "bias": f32(2000)},
        "dense2": {"kernel": f32(2000, 2), "bias": f32(2)},
    }
    path = TrainedModel(net, weights, SoftLIF()).save(tmp_path / "net.lifdeep")
    del weights
    TrainedModel.load(path)
    tracemalloc.start()
    model = TrainedModel.load(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    content = sum(array.nbytes for array in arrays_of(model))
    assert content > 30e6
    assert most < 1.4 * content


def test_a_record_keeps_the_scores_of_its_run_without_a_copy():
    _, model = spiking()
    found = run(model, np.zeros((3, 1, 1, 3)), simulator="nengo", presentation=TIMING, rasters=2)
    assert found.outputs.base is not None and not found.outputs.flags.writeable
    assert np.shares_memory(dataclasses.replace(found, seconds=1.0).outputs, found.outputs)
