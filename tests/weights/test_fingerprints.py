"""The names of weights: all numbers of a training count, and files of before are recognised."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import (
    SpikingModel,
    TrainedModel,
    committee,
    convert,
    evaluate,
    pretrained,
    quantize_weights,
    run,
)
from nengo_lifdeep.cli.commands.sharing.push import _is_card_of
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.datasets import load
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import BatchNormalization, Conv2D, Dense, Flatten, Neurons, Scale
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.layers.types import LAYER_TYPES
from nengo_lifdeep.report.pages.card import model_card
from nengo_lifdeep.report.pages.measured import check_measured
from nengo_lifdeep.training.random_features import untrained
from nengo_lifdeep.weights.fingerprints import are_other_weights

SHORT = Presentation(t_c=0.02, t_p=0.04)

#: of the networks in the package, as cards and evaluations have them
PACKAGED = {
    "cifar10-resnet11": "e91d371108cf904e",
    "digits-compact": "f1d2f90a28a65a60",
    "fashion-mnist-resnet7": "76fab34c41388fe8",
    "mnist-compact": "21f33d5bdeff1ddf",
    "mnist-resnet7": "08610a665b12b1e4",
}


def scaled(*numbers):
    """A network whose scores are scaled; the weights are the same for all numbers."""
    base = pretrained.load("digits-compact")
    layers = (*base.architecture.layers, Scale(*numbers, name="last"))
    net = dataclasses.replace(base.architecture, layers=layers)
    return dataclasses.replace(base, architecture=net)


@pytest.fixture(scope="module")
def images():
    return load("digits").test.take(6)


def test_networks_that_differ_in_scales_alone_are_others(images):
    """Before, all of them had the fingerprint of their arrays, and stood for one another."""
    given = [(1.0,), (2.0,), (1.0, 2.0), (-1.0, 0.5), (tuple(range(1, 11)),), (1.0, (0.0,) * 10)]
    networks = [scaled(*numbers) for numbers in given]
    assert len({net.fingerprint for net in networks}) == len(given)
    one, other = networks[1], networks[3]
    measured = evaluate(other, images, progress=False)
    assert measured.trained_weights == other.fingerprint
    with pytest.raises(ValidationError, match=f"is of the weights {other.fingerprint}; .* are "
                       f"{one.fingerprint}: another training"):  # fmt: skip
        check_measured(one, [measured])
    check_measured(other, [measured])
    assert len(committee([one, other]).provenance["members"]) == 2  # refused as twins before


def test_folded_normalisations_count():
    """What training has left in a BatchNormalization stands in a Scale after folding."""
    layers = [BatchNormalization(), Conv2D(4, 3), Neurons(), Flatten(), Dense(10)]
    first = untrained(Architecture((8, 8, 1), layers), seed=1)
    norm = {**first.weights["norm1"], "beta": first.weights["norm1"]["beta"] + 0.5}
    second = dataclasses.replace(first, weights={**first.weights, "norm1": norm})
    plain = [each.without_normalization() for each in (first, second)]
    assert isinstance(plain[0].architecture.layers[0], Scale)
    for layer, arrays in plain[0].weights.items():
        assert all(np.array_equal(a, plain[1].weights[layer][name]) for name, a in arrays.items())
    assert plain[0].fingerprint != plain[1].fingerprint


def test_files_and_what_is_made_of_them_keep_it(images, tmp_path):
    net = scaled(0.5, tuple(np.linspace(0, 1, 10)))
    half = TrainedModel.load(net.save(tmp_path / "net.lifdeep", dtype="float16"))
    spiking = SpikingModel.load(convert(half).save(tmp_path / "spiking.lifdeep"))
    again = evaluate(spiking, images, presentation=SHORT, progress=False).trained_weights
    assert half.fingerprint == fold(net).trained_weights == again == net.fingerprint
    renamed = dataclasses.replace(net.architecture, name="mine")
    assert dataclasses.replace(net, architecture=renamed).fingerprint == net.fingerprint
    other = scaled(0.25)
    together = committee([net, other])
    assert together.provenance["members"] == [net.fingerprint, other.fingerprint]
    coarse = quantize_weights(together, {"m2_conv2": 3}).provenance["members"]
    rounded = quantize_weights(other, {"conv2": 3})
    assert coarse == [net.fingerprint, rounded.fingerprint]
    assert committee([together, scaled(3.0)]).provenance["members"][0] == together.fingerprint


def test_files_of_before_are_recognised(images, tmp_path):
    """Networks without such layers keep their names; of others the arrays alone are compared."""
    assert {name: pretrained.load(name).fingerprint for name in pretrained.NAMES} == PACKAGED
    net, base = scaled(2.0), pretrained.load("digits-compact")
    before, _, numbers = net.fingerprint.partition("-")
    assert before == base.fingerprint and len(numbers) == 8
    old = dataclasses.replace(evaluate(net, images, progress=False), trained_weights=before)
    check_measured(net, [old])
    named = dataclasses.replace(
        convert(net), provenance={**convert(net).provenance, "trained_weights": before}
    )
    record = run(named, images, presentation=SHORT, progress=False)
    check_measured(net, [old.of(record, images.labels)])
    card = tmp_path / "card.md"
    card.write_text(model_card(net).replace(net.fingerprint, before))
    assert _is_card_of(card, net)
    card.write_text(model_card(net).replace(net.fingerprint, scaled(3.0).fingerprint))
    assert not _is_card_of(card, net)


@pytest.mark.parametrize(
    "one, other, differ",
    [("1f", "1f", False), ("1f", "2e", True), ("1f-a", "1f-a", False), ("1f-a", "1f-b", True),
     ("1f-a", "1f", False), ("1f", "2e-a", True), ("", "1f-a", False), ("1f", "", False)],
)  # fmt: skip
def test_which_names_are_surely_of_others(one, other, differ):
    assert are_other_weights(one, other) is are_other_weights(other, one) is differ


def test_no_other_layer_keeps_numbers_of_a_training():
    """A layer with a new field of numbers has to say whether training may have left them."""
    numbers = {
        name: [f.name for f in dataclasses.fields(cls) if f.type in ("float", "Any")]
        for name, cls in LAYER_TYPES.items()
    }
    assert {name: fields for name, fields in numbers.items() if fields} == {
        "Scale": ["factor", "shift"],  # counted
        # chosen before training, as windows and strides
        "BatchNormalization": ["momentum", "epsilon"],
        "LocalResponseNormalization": ["bias", "alpha", "beta"],
        "Dropout": ["rate"],
        # whole numbers: pixels
        "ZeroPadding2D": ["padding"],
        "Cropping2D": ["cropping"],
    }
