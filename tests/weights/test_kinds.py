"""What the weights of a layer are goes with it: into files, spikes, notes; or is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import Architecture, SpikingModel, TrainedModel, convert
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.layers import AveragePooling2D, BatchNormalization, Conv2D, Dense, Flatten
from nengo_lifdeep.models.held import held, quantize_weights
from nengo_lifdeep.weights import Rounded
from nengo_lifdeep.weights.types import WEIGHT_KINDS, weights_from_dict

LAYERS = (
    Conv2D(3, 3), AveragePooling2D(2), Conv2D(4, 2, weights=Rounded(3)), Flatten(),
    Dense(5, weights=Rounded(2)),
)  # fmt: skip


def test_layers_say_what_their_weights_are(make_network):
    trained = make_network((9, 9, 1), LAYERS)
    assert [la.describe() for la in trained.architecture.layers if la.has_weights] == [
        "Conv2D 3 3x3 valid", "Conv2D 4 2x2 valid, 3 bits", "Dense 5, 2 bits"
    ]  # fmt: skip
    assert "Dense 5, 2 bits" in trained._repr_html_()
    written = trained.architecture.to_dict()
    assert written["layers"][-1]["weights"] == {"kind": "Rounded", "bits": 2}
    assert "weights" not in written["layers"][0]  # files of floats are as they were
    assert Architecture.from_dict(written) == trained.architecture


def test_conversion_takes_what_the_devices_hold(make_network, tmp_path):
    """Floats that a layer of few bits is given are rounded wherever the network runs."""
    trained = make_network((9, 9, 1), LAYERS)
    assert len(np.unique(trained.weights["conv2"]["kernel"])) > 7
    bits = {"conv2": 3, "dense1": 2}
    floats = trained.architecture.with_weights(dict.fromkeys(bits))
    by_hand = quantize_weights(dataclasses.replace(trained, architecture=floats), bits)
    assert by_hand.architecture == trained.architecture
    for name in bits:
        np.testing.assert_array_equal(
            held(trained).weights[name]["kernel"], by_hand.weights[name]["kernel"]
        )
    again = held(by_hand)  # holding twice changes no bit
    assert all(
        np.array_equal(again.weights[name]["kernel"], by_hand.weights[name]["kernel"])
        for name in again.weights
    )
    spiking = convert(trained)
    images = np.random.default_rng(0).random((4, 9, 9, 1)).astype(np.float32)
    plain = dataclasses.replace(by_hand, architecture=floats)
    expected, found = forward(convert(plain), images), forward(spiking, images)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)
    note = {"conv2": {"kind": "Rounded", "bits": 3}, "dense1": {"kind": "Rounded", "bits": 2}}
    assert spiking.provenance["weights"] == note
    assert SpikingModel.load(spiking.save(tmp_path / "s")).provenance["weights"] == note
    assert "weights" not in convert(plain).provenance
    loaded = TrainedModel.load(trained.save(tmp_path / "t"))
    assert loaded.architecture == trained.architecture


def test_what_cannot_be_is_refused(make_network):
    for wrong in (4, "Rounded", Rounded):
        with pytest.raises(ValidationError, match="weights is .* expected .*WeightKind"):
            Dense(3, weights=wrong)
    with pytest.raises(ValidationError, match="'conv1', 3 bits: 'norm1' after it"):
        Architecture(
            (8, 8, 1), [Conv2D(2, 3, weights=Rounded(3)), BatchNormalization(), Flatten(), Dense(2)]
        )
    assert WEIGHT_KINDS["Rounded"] is Rounded
    with pytest.raises(ValidationError, match="no kind of weights 'Memristor'; there are Rounded"):
        weights_from_dict({"kind": "Memristor"})
    written = make_network((9, 9, 1), LAYERS).architecture.to_dict()
    for damage in ({"kind": "Memristor"}, {"kind": "Rounded", "bits": 99}, 7, {"kind": ["a"]}):
        written["layers"][-1]["weights"] = damage
        with pytest.raises(ModelFileError, match="damaged"):
            Architecture.from_dict(written)
