"""The networks in the package: they load, do what their cards say, and name no machine."""

from __future__ import annotations

import dataclasses
import os
import re
from importlib.resources import files

import nengo
import pytest

from nengo_lifdeep import convert, datasets, evaluate, pretrained
from nengo_lifdeep.conversion.spike_weight import heavy_spikes
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.report.pages.card import model_card


@pytest.mark.parametrize("name", pretrained.NAMES)
def test_loads_and_is_the_network_of_that_name(name):
    trained = pretrained.load(name)
    layers = name.removeprefix("fashion-")
    assert trained.architecture == dataclasses.replace(architecture(layers), name=name)
    assert len(trained.provenance["commit"]) == 40


@pytest.mark.parametrize("name", pretrained.NAMES)
def test_card_says_what_a_user_must_know(name):
    card = pretrained.card(name)
    for word in ("data: ", "command: ", "seed: ", "commit: ", "## Measured", "t_c = ", "## Limits"):
        assert word in card
    assert pretrained.load(name).provenance["commit"] in card
    assert not re.search(r"/(work|tmp|home|root)/", card + str(pretrained.load(name).provenance))


@pytest.mark.parametrize("name", pretrained.NAMES)
def test_card_is_of_the_file_beside_it(name):
    """Layers, neurons, settings in spikes, data, command, seed, options: all that the file says."""
    made, card = model_card(pretrained.load(name)), pretrained.card(name)
    facts = [line for line in made.splitlines() if line.startswith("- ")]
    assert len(facts) > 10
    assert [line for line in facts if line not in card.splitlines()] == []


@pytest.mark.parametrize("name", pretrained.NAMES)
def test_files_are_small_and_cards_have_rows(name):
    assert (files(pretrained) / f"{name}.lifdeep").stat().st_size < 5_000_000
    rows = _rows(name)
    assert {"rate", "events"} <= {row[0] for row in rows}
    for row in rows:
        low, high = map(float, row[3].split("–"))
        assert int(row[1].replace(",", "")) >= 200
        assert low < float(row[2]) < high


def _rows(name):
    """Simulator, images, error, interval of every row of a card."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]]
             for line in pretrained.card(name).splitlines() if line.startswith("| ")]  # fmt: skip
    timed = "t_p" in cells[0][1]
    return [[row[0], *row[1 + timed : 4 + timed]] for row in cells[1:]]


def test_recommended_conversion_is_that_of_the_card():
    trained = pretrained.load("mnist-resnet7")
    known = Recommended.of(trained.provenance)
    assert f"- in spikes: {known}\n" in pretrained.card("mnist-resnet7")
    spiking = convert(trained)
    assert {c.synapse for c in spiking.connections if c.pre != "input"} == {nengo.Alpha(0.003)}
    assert spiking.initial_voltage == "half"
    assert spiking.provenance["conversion"]["scale_firing_rates"] == 2
    plain = [p.neuron.tau_rc for p in convert(trained, synapse=0.003).populations]
    assert [2 * p.neuron.tau_rc for p in spiking.populations] == pytest.approx(plain)
    assert not list(heavy_spikes(spiking))
    assert len(list(heavy_spikes(convert(trained, synapse=None)))) == 2


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


@pytest.mark.skipif("NENGO_LIFDEEP_DATA" not in os.environ, reason="needs the real MNIST")
def test_mnist_is_classified_in_spikes_without_any_setting():
    test = datasets.load("mnist").test.take(60)
    trained = pretrained.load("mnist-resnet7")
    found = evaluate(convert(trained), test, reference=trained)
    assert found.presentation == Presentation(t_c=0.06, t_p=0.1)
    assert found.error < 4 and found.agreement > 0.97 and found.findings == ()


def test_unknown_name():
    with pytest.raises(ValidationError, match="no trained network 'alexnet'.*digits-compact"):
        pretrained.load("alexnet")
    with pytest.raises(ValidationError, match="no trained network"):
        pretrained.card("../secrets")
