"""Broken on purpose: each disease is found in its layer, healthy networks have none."""

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.analysis import diagnosis
from nengo_lifdeep.analysis.diagnosis import diagnose
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run

#: the module; the package has the function under the same name

TIMING = Presentation(t_c=0.05, t_p=0.2)


def rules(found):
    return {f.rule: f for f in found.findings if f.severity != "note"}


def changed(model, number, **values):
    populations = list(model.populations)
    populations[number] = dataclasses.replace(populations[number], **values)
    return dataclasses.replace(model, populations=tuple(populations))


@pytest.fixture
def model(example):
    return convert(example[0], synapse=0.005)


def test_healthy(model, example):
    found = diagnose(model, example[1].take(20), presentation=TIMING)
    assert not rules(found)
    assert found.agreement > 0.9
    assert all(layer.correlation > 0.8 for layer in found.layers)
    assert 0.05 < found.settled <= 0.2


def test_numbers_are_those_of_the_spikes(model, example):
    """Correlation and rates against a count of every single spike."""
    images = example[1].take(6)
    found = diagnose(model, images, presentation=TIMING)
    record = run(model, images, presentation=TIMING, rasters=6)
    for layer in found.layers:
        rows = record.rasters[layer.name]
        n = model.population(layer.name).n_neurons
        late = rows[rows[:, 1] >= 50]
        assert layer.mean_spikes == pytest.approx(len(late) / (6 * n * 0.15))


def test_silent_layer(model, example):
    bias = np.full_like(model.populations[1].bias, -100.0)
    found = diagnose(changed(model, 1, bias=bias), example[1].take(5), presentation=TIMING)
    finding = rules(found)["layers are not silent"]
    assert (finding.severity, finding.where) == ("error", model.populations[1].name)
    assert found.layers[1].silent == 1


def test_saturated_layer(model, example):
    bias = np.full_like(model.populations[0].bias, 1000.0)
    found = diagnose(changed(model, 0, bias=bias), example[1].take(5), presentation=TIMING)
    health = found.layers[0]
    assert health.fastest > 0.9
    told = {f.rule: f for f in found.findings}
    assert told["layers are not saturated"].where == model.populations[0].name
    assert told["biases are small against inputs"].where == model.populations[0].name


def test_too_slow_and_no_synapse(example):
    trained, test = example
    slow = convert(trained, synapse=0.005, scale_firing_rates=0.01)
    found = diagnose(slow, test.take(10), presentation=TIMING)
    assert "neurons fire within the window" in rules(found)
    bare = convert(trained, synapse=None, scale_firing_rates=0.3)
    found = diagnose(bare, test.take(10), presentation=Presentation(t_c=0.01, t_p=0.03))
    assert any(f.rule == "spikes are smoothed" for f in found.findings)


def test_input_of_another_scale(model, example):
    wild = dataclasses.replace(
        model, preprocessing=dataclasses.replace(model.preprocessing, scale=255.0)
    )
    found = diagnose(wild, example[1].take(5), presentation=TIMING)
    assert any(f.where == "input" and "order one" in f.rule for f in found.findings)
    blank = np.zeros((3, *model.input_shape), np.float32)
    found = diagnose(model, blank, presentation=TIMING)
    assert any("the input varies" == f.rule for f in found.findings)


def test_short_presentation_of_a_healthy_network(example):
    """Through synapses of 30 ms nothing is known after 40; given time, nothing is wrong."""
    trained, test = example
    slow = convert(trained, synapse=0.03)
    found = diagnose(slow, test.take(40), presentation=Presentation(t_c=0.01, t_p=0.04))
    assert found.agreement < 0.9
    assert [f.rule for f in found.findings] == ["predictions have settled"]
    later = diagnose(slow, test.take(40), presentation=Presentation(t_c=0.3, t_p=0.8))
    assert later.agreement > 0.9 and not rules(later)


def test_interrupted(model, example, monkeypatch):
    """Ctrl-C leaves the images that were finished; they are compared with their own rates."""
    asked = diagnosis.run
    monkeypatch.setattr(
        diagnosis, "run", lambda m, inputs, **o: asked(m, inputs.take(range(7)), **o)
    )
    found = diagnose(model, example[1].first(20), presentation=TIMING)
    monkeypatch.undo()
    alone = diagnose(model, example[1].first(7), presentation=TIMING)
    assert found == alone
    monkeypatch.setattr(diagnosis, "run", lambda m, inputs, **o: asked(m, inputs.take([0]), **o))
    with pytest.raises(ValidationError, match="interrupted after 1 image;"):
        diagnose(model, example[1].first(20), presentation=TIMING)


def test_one_image_is_too_few(model, example):
    with pytest.raises(ValidationError, match="at least 2"):
        diagnose(model, example[1].take(1))
