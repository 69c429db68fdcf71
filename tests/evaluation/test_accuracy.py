"""Evaluation and the loss ladder, against what the parts say by themselves."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.errors import DataError, DeploymentError, ValidationError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.evaluation.references import rate_answers
from nengo_lifdeep.evaluation.rungs import ladder
from nengo_lifdeep.inputs.coding import PoissonCoding
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run

TIMING = Presentation(t_c=0.03, t_p=0.08)


def test_rate_network_by_default(example):
    trained, test = example
    judged = evaluate(trained, test)
    assert (judged.simulator, judged.presentation, judged.accuracy_grid) == ("rate", None, None)
    answers = rate_answers(trained, test)
    assert judged.accuracy == np.mean(answers == test.labels)
    assert judged.classes == trained.classes


def test_spiking_network_against_its_record(example):
    trained, test = example
    model, images = convert(trained), test.take(20)
    judged = evaluate(model, images, simulator="nengo", presentation=TIMING, reference=trained)
    record = run(model, images, simulator="nengo", presentation=TIMING)
    answers = record.outputs[:, 30:80].mean(axis=1).argmax(axis=1)
    assert judged.accuracy == np.mean(answers == images.labels)
    assert judged.accuracy == judged.accuracy_grid[30, 80]
    assert judged.agreement == np.mean(answers == rate_answers(trained, images))
    assert judged.spikes_per_image == pytest.approx(record.spikes_per_image)
    rate = record.layer_rates["neurons1"].mean()
    assert judged.layer_rates["neurons1"] == pytest.approx(rate)
    spikes = record.image_spikes["neurons1"].mean()
    n = model.population("neurons1").n_neurons
    assert spikes == pytest.approx(rate * n * TIMING.t_p)


def test_a_data_set_means_its_test_images(example):
    trained, test = example
    whole = Dataset("bars", test.take(5), test, trained.classes)
    judged = evaluate(trained, whole)
    assert (judged.data, judged.n_images) == ("bars", 100)
    named = Split(test.images, test.labels, "/home/me/data/t10k.gz and C:\\data\\labels.gz")
    assert evaluate(trained, named).data == "t10k.gz and labels.gz"


def test_labels_out_of_range(example):
    trained, test = example
    wrong = Split(test.images, test.labels + 1, "wrong labels")
    with pytest.raises(DataError, match="wrong labels: label 4 .* 0 to 3"):
        evaluate(trained, wrong)


def test_time_constant_of_the_presentation_wins(example):
    trained, test = example
    images = test.take(3)
    slow = evaluate(convert(trained, synapse=0.02), images, simulator="nengo", presentation=TIMING)
    timing = dataclasses.replace(TIMING, tau_s=0.02)
    same = evaluate(convert(trained, synapse=0.001), images, simulator="nengo", presentation=timing)
    np.testing.assert_array_equal(slow.accuracy_grid, same.accuracy_grid)


def test_coding_is_shown_to_spikes_alone(example):
    trained, test = example
    model, images = convert(trained), test.take(10)
    coding = PoissonCoding(300, seed=4)
    options = {"simulator": "nengo", "presentation": TIMING}
    judged = evaluate(model, images, reference=trained, coding=coding, **options)
    answers = run(model, images, coding=coding, **options).predictions()
    np.testing.assert_array_equal(judged.predictions, answers)
    assert judged.agreement == np.mean(answers == rate_answers(trained, images))
    assert judged.notes == (f"input: {coding}",)
    static = evaluate(model, images, reference=trained, **options)
    assert judged.spikes_per_image != static.spikes_per_image
    rungs = ladder(trained, images, simulators=["nengo"], presentation=TIMING, coding=coding)
    assert [rung.evaluation.notes for rung in rungs] == [(), (), judged.notes]
    with pytest.raises(ValidationError, match="'rate' shows no input that changes"):
        evaluate(trained, images, coding=coding)


@pytest.mark.loihi
def test_ladder(example):
    trained, test = example
    images = test.take(15)
    twin = dataclasses.replace(trained, neuron=nengo.RectifiedLinear(amplitude=0.5))
    rungs = ladder(
        trained, images, simulators=["nengo", "loihi"], presentation=TIMING, relu_twin=twin
    )
    names = [rung.name for rung in rungs]
    assert names == [
        "ReLU rates", "SoftLIF rates", "LIFRate rates", "spikes in nengo", "spikes in loihi",
    ]  # fmt: skip
    accuracies = [100 * rung.evaluation.accuracy for rung in rungs]
    assert rungs[0].drop == 0
    np.testing.assert_allclose(np.diff(accuracies), [-rung.drop for rung in rungs[1:]])
    assert rungs[1].evaluation.accuracy == evaluate(trained, images).accuracy


def test_the_ladder_of_a_network_in_spikes(example):
    trained, test = example
    images, spiking = test.take(15), convert(trained, synapse=0.003)
    own = ladder(spiking, images, simulators=["nengo"], presentation=TIMING)
    assert [rung.name for rung in own] == ["LIF rates", "spikes in nengo"]
    whole = ladder(trained, images, simulators=["nengo"], presentation=TIMING, synapse=0.003)
    for one, other in zip(own, whole[1:], strict=True):
        np.testing.assert_array_equal(one.evaluation.predictions, other.evaluation.predictions)
    with pytest.raises(ValidationError, match="has its own"):
        ladder(spiking, images, synapse=0.002)
    with pytest.raises(ValidationError, match="relu_twin is given"):
        ladder(spiking, images, relu_twin=trained)


def test_rates_know_no_time(example):
    trained, data = example
    with pytest.raises(ValidationError, match="rates, which know no time.*convert it"):
        evaluate(trained, data.take(3), presentation=Presentation(t_p=0.2))


@pytest.mark.loihi
def test_the_ladder_refuses_a_simulator_before_it_runs_the_others(example, monkeypatch):
    """A list of rungs would be lost with its last."""
    trained, test = example
    spiking = convert(trained, synapse=nengo.Lowpass(0.005))
    into, *rest = spiking.connections
    into = dataclasses.replace(into, synapse=nengo.Lowpass(0.005))
    filtered = dataclasses.replace(spiking, connections=(into, *rest))
    ran = []
    monkeypatch.setattr("nengo_lifdeep.evaluation.rungs.evaluate", lambda *a, **o: ran.append(o))
    with pytest.raises(DeploymentError, match="input -> neurons1"):
        ladder(filtered, test.take(2), simulators=["events", "loihi-exact"], presentation=TIMING)
    assert ran == []
