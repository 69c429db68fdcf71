"""The networks in the package: they load, do what their cards say, and name no machine."""

from __future__ import annotations

import os
import re

import pytest

from nengo_lifdeep import convert, datasets, evaluate, pretrained
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers.named import architecture


@pytest.mark.parametrize("name", pretrained.NAMES)
def test_loads_and_is_the_network_of_that_name(name):
    trained = pretrained.load(name)
    assert trained.architecture == architecture(name)
    assert len(trained.provenance["commit"]) == 40


@pytest.mark.parametrize("name", pretrained.NAMES)
def test_card_says_what_a_user_must_know(name):
    card = pretrained.card(name)
    for word in ("data: ", "command: ", "seed: ", "commit: ", "## Measured", "t_c = ", "## Limits"):
        assert word in card
    assert pretrained.load(name).provenance["commit"] in card
    assert not re.search(r"/(work|tmp|home|root)/", card + str(pretrained.load(name).provenance))


def test_digits_are_classified_as_the_card_says():
    trained, test = pretrained.load("digits-compact"), datasets.load("digits").test
    written = {
        row[1]: float(row[3])
        for line in pretrained.card("digits-compact").splitlines()
        if (row := [cell.strip() for cell in line.split("|")])[1:2] in (["rate"], ["events"])
    }
    assert evaluate(trained, test).error == pytest.approx(written["rate"], abs=0.01)
    timing = Presentation(t_c=0.05, t_p=0.15)
    spiking = evaluate(convert(trained, synapse=0.003), test, presentation=timing)
    assert spiking.error == pytest.approx(written["events"], abs=0.3)  # one image of 359


@pytest.mark.skipif("NENGO_LIFDEEP_DATA" not in os.environ, reason="needs the real MNIST")
def test_mnist_is_classified():
    test = datasets.load("mnist").test.take(1000)
    assert evaluate(pretrained.load("mnist-compact"), test).error < 1.5


def test_unknown_name():
    with pytest.raises(ValidationError, match="no trained network 'alexnet'.*digits-compact"):
        pretrained.load("alexnet")
    with pytest.raises(ValidationError, match="no trained network"):
        pretrained.card("../secrets")
