"""A trained model checks its arrays and survives its file."""

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.noise import AlphaRCNoise
from nengo_lifdeep.weights import Binary


def test_saving_and_loading_is_the_identity(example, tmp_path):
    trained = dataclasses.replace(
        example[0],
        neuron=SoftLIF(amplitude=0.063, noise=AlphaRCNoise(0.003)),
        preprocessing=Preprocessing(np.full((8, 8, 1), 0.25, np.float32), 2.0, divisor=[0.5]),
        history={"loss": [2.0, 1.0]},
    )
    again = TrainedModel.load(trained.save(tmp_path / "net.trained"))
    assert again.architecture == trained.architecture
    assert again.neuron == trained.neuron
    assert again.history == {"loss": [2.0, 1.0]}
    assert again.provenance == trained.provenance
    np.testing.assert_array_equal(again.preprocessing.mean, trained.preprocessing.mean)
    np.testing.assert_array_equal(again.preprocessing.divisor, [0.5])
    for layer, arrays in trained.weights.items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(again.weights[layer][name], array)


def test_kernels_in_half_the_room(example, tmp_path):
    trained = example[0]
    whole = trained.save(tmp_path / "whole")
    half = trained.save(tmp_path / "half", dtype="float16")
    assert half.stat().st_size < 0.75 * whole.stat().st_size
    again = TrainedModel.load(half)
    for layer, arrays in trained.weights.items():
        for name, array in arrays.items():
            found = again.weights[layer][name]
            assert found.dtype == np.float32
            if name == "kernel":
                assert (found != array).any()
                np.testing.assert_allclose(found, array, rtol=2**-11, atol=2**-25)
            else:
                np.testing.assert_array_equal(found, array)
    twice = TrainedModel.load(again.save(tmp_path / "twice", dtype="float16"))
    assert all(
        (twice.weights[la][k] == v).all() for la, g in again.weights.items() for k, v in g.items()
    )


def test_kernels_that_do_not_fit_in_half_the_room(example, tmp_path):
    trained = example[0]
    layer = next(iter(trained.weights))
    large = changed(trained, layer, "kernel", 1e5 + 0 * trained.weights[layer]["kernel"])
    with pytest.raises(ValidationError, match=rf"layer '{layer}': the kernel holds 100000, and"):
        large.save(tmp_path / "net", dtype="float16")
    with pytest.raises(ValidationError, match="dtype is 'int8'; expected 'float32' or 'float16'"):
        trained.save(tmp_path / "net", dtype="int8")
    few = dataclasses.replace(trained, architecture=trained.architecture.with_weights(Binary()))
    with pytest.raises(ValidationError, match="have weights of another kind than floats"):
        few.save(tmp_path / "net", dtype="float16")
    assert not list(tmp_path.iterdir())


def changed(trained, layer, name, array):
    weights = {la: dict(arrays) for la, arrays in trained.weights.items()}
    weights.setdefault(layer, {})[name] = array
    return dataclasses.replace(trained, weights=weights)


def test_wrong_arrays_are_refused_by_layer(example):
    trained, _ = example
    with pytest.raises(ValidationError, match=r"layer 'conv1': kernel has shape \(2,\)"):
        changed(trained, "conv1", "kernel", np.zeros(2, np.float32))
    with pytest.raises(ValidationError, match="layer 'dense2': bias holds NaN"):
        changed(trained, "dense2", "bias", np.full(4, np.nan, np.float32))
    with pytest.raises(ValidationError, match="weights for no layer"):
        changed(trained, "conv7", "kernel", np.zeros(2, np.float32))
    with pytest.raises(ValidationError, match=r"layer 'conv1': its kernel .* is missing"):
        dataclasses.replace(trained, weights={})


def test_a_file_of_another_kind_is_refused(example, tmp_path):
    path = example[0].save(tmp_path / "net")
    with pytest.raises(ModelFileError, match="holds a TrainedModel; expected a SpikingModel"):
        SpikingModel.load(path)
