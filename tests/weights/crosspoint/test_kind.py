"""Arrays as the weights of a layer: shapes, files, bounds, refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import Architecture, TrainedModel, convert
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers import Conv2D, Dense, Flatten, LocallyConnected2D
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.models.held import held, quantize_weights
from nengo_lifdeep.weights import CrossPoint, CrossPointArray, Device, Pulses, Read, Rounded
from nengo_lifdeep.weights.types import weights_from_dict

KIND = CrossPoint.managed(per_weight=3, seed=5, device=Device(bound=0.2))
LAYERS = (Conv2D(4, 3), Flatten(), Dense(5, use_bias=False))


def test_it_is_written_and_read_again():
    for kind in (CrossPoint(), KIND, CrossPoint(Device(bound=None), Read(0, None))):
        assert weights_from_dict(kind.to_dict()) == kind
    net = architecture("digits-compact").with_weights(KIND)
    assert Architecture.from_dict(net.to_dict()) == net
    # all layers, the host's too; each has devices of its own
    assert [kind.seed for kind in net.weight_kinds.values()] == [5, 6, 7, 8]
    for damage in ({"forward": 3}, {"forward": {"noise": -1}}, {"device": []}):
        with pytest.raises(ValidationError):
            weights_from_dict({"kind": "CrossPoint", **damage})


def test_descriptions():
    assert CrossPoint().describe() == "cross-point array, 10 slots"
    assert KIND.describe() == "cross-point array, managed, 1 slot, 3 devices per weight"
    noise = CrossPoint(backward=Read(noise_management=True), pulses=Pulses(None))
    assert noise.describe() == "cross-point array, NM, ideal update"
    assert Dense(3, weights=CrossPoint()).describe() == "Dense 3, cross-point array, 10 slots"


def test_a_bias_is_a_row_and_devices_are_an_array():
    net = Architecture((8, 8, 1), LAYERS).with_weights(KIND)
    sizes = {
        layer.name: layer.arrays(shape)
        for layer, shape in zip(net.layers, net.layer_inputs(), strict=True)
    }
    assert sizes["conv1"]["deviations"] == (3, 10, 4)  # 3 x 3 and a bias
    assert sizes["dense1"] == {"kernel": (144, 5), "deviations": (3, 144, 5)}
    assert net.counts() == Architecture((8, 8, 1), LAYERS).counts()
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=size).astype(np.float32) * 0.1
              for name, size in sizes["conv1"].items()}  # fmt: skip
    arrays["deviations"] -= arrays["deviations"].mean(axis=0)
    devices = KIND.as_array(arrays)
    assert devices.shape == (3, 10, 4)
    np.testing.assert_allclose(devices.mean(axis=0)[-1], arrays["bias"], atol=1e-7)
    back = KIND.from_array(devices, arrays)
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_allclose(back[name], array, atol=1e-7)


@pytest.mark.parametrize("kind", [KIND, dataclasses.replace(KIND, per_weight=1)])
def test_no_array_holds_more_than_its_bounds(make_network, tmp_path, kind):
    trained = make_network((8, 8, 1), LAYERS)
    net = trained.architecture.with_weights(kind)
    large = {
        name: {k: 3 * a for k, a in arrays.items()} for name, arrays in trained.weights.items()
    }
    if kind.per_weight > 1:
        for layer, shape in zip(net.layers, net.layer_inputs(), strict=True):
            if layer.has_weights:
                size = layer.arrays(shape)["deviations"]
                large[layer.name]["deviations"] = np.zeros(size)
    model = dataclasses.replace(trained, architecture=net, weights=large)
    found = held(model)
    for name, own in net.weight_kinds.items():
        devices = own.as_array(found.weights[name])
        tables = own.tables(*devices.shape[1:])
        assert (devices >= tables.low - 1e-6).all() and (devices <= tables.high + 1e-6).all()
        assert np.abs(devices - own.as_array(large[name])).max() > 0.1
        assert all(
            np.array_equal(array, held(found).weights[name][k])
            for k, array in found.weights[name].items()
        )
    few = quantize_weights(found, {"conv1": 3})
    assert few.architecture.weight_kinds["conv1"] == Rounded(3)
    assert (
        "deviations" not in few.weights["conv1"]
        and len(np.unique(few.weights["conv1"]["kernel"])) <= 7
    )
    spiking = convert(model)
    assert spiking.provenance["weights"]["conv1"]["device"]["bound"] == 0.2
    loaded = TrainedModel.load(found.save(tmp_path / "a"))
    assert loaded.architecture == net
    np.testing.assert_array_equal(
        loaded.weights["dense1"]["kernel"], found.weights["dense1"]["kernel"]
    )


def test_what_has_no_array_is_refused():
    with pytest.raises(ValidationError, match="groups need an array each"):
        Conv2D(4, 3, groups=2, weights=CrossPoint())
    with pytest.raises(ValidationError, match="known for Dense, Conv2D only"):
        LocallyConnected2D(4, 3, weights=CrossPoint())
    for fields in ({"device": 3}, {"forward": Pulses()}, {"per_weight": 0}, {"seed": -1}):
        with pytest.raises(ValidationError, match="weights CrossPoint: "):
            CrossPoint(**fields)


def test_an_array_by_hand():
    """Reads of what pulses wrote; bad input is refused by name."""
    array = CrossPointArray(4, 3, CrossPoint(), engine="readable")
    rng = np.random.default_rng(0)
    with pytest.raises(ValidationError, match=r"inputs have shape .*expected \(n, 4\)"):
        array.read([[1.0, 2.0]], rng)
    with pytest.raises(ValidationError, match="there are 2 inputs and 1 errors"):
        array.pulse(np.ones((2, 4)), np.ones((1, 3)), 0.01, rng)
    for wrong in (0.0, np.nan, "fast"):
        with pytest.raises(ValidationError, match="rate is"):
            array.pulse(np.ones((1, 4)), np.ones((1, 3)), wrong, rng)
    with pytest.raises(ValidationError, match="errors"):
        array.read_back([[np.nan, 1, 2]], rng)
    with pytest.raises(ValidationError, match="engine is 'fast'"):
        CrossPointArray(4, 3, CrossPoint(), engine="fast")
    for _ in range(300):
        array.pulse(np.eye(4)[:1], [[0.2, -0.2, 0.0]], 0.01, rng)
    assert np.sign(array.weights[0, 0]).tolist() == [1, -1, 0]
    assert (array.weights[0, 1:] == 0).all()
    forward = np.mean([array.read(np.eye(4), rng) for _ in range(400)], axis=0)
    np.testing.assert_allclose(forward, array.weights[0], atol=4 * 0.06 / 20)
    back = np.mean([array.read_back(np.eye(3), rng) for _ in range(400)], axis=0)
    np.testing.assert_allclose(back, array.weights[0].T, atol=4 * 0.06 / 20)
