"""Networks that answer alike: said with both remedies, only where classes differ."""

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import datasets
from nengo_lifdeep.analysis.diagnosis import diagnose
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.evaluation.answers import answer_findings
from nengo_lifdeep.evaluation.points import operating_points
from nengo_lifdeep.pretrained import load

RULE = "answers differ as images do"


@pytest.fixture(scope="module")
def images():
    return datasets.load("digits").test.take(100)


@pytest.fixture(scope="module")
def one_sided():
    """A network whose read-out adds so much to class 3 that nothing else wins."""
    net = load("digits-compact")
    weights = {name: dict(arrays) for name, arrays in net.weights.items()}
    last = [la.name for la in net.architecture.layers if la.has_weights][-1]
    bias = weights[last]["bias"].copy()
    bias[3] += 1e6
    weights[last]["bias"] = bias
    return dataclasses.replace(net, weights=weights)


def test_it_is_said_wherever_images_are_looked_at(one_sided, images):
    spiking = convert(one_sided, synapse=0.003)
    points = operating_points(one_sided, images, tau_s=[0.003], scale_firing_rates=[1], t_p=[0.05])
    for findings in (
        evaluate(one_sided, images).findings,
        evaluate(spiking, images).findings,
        diagnose(spiking, images).findings,
        deploy(one_sided, images=images, strict=False).findings,
        points.findings,
    ):
        (found,) = [f for f in findings if f.rule == RULE]
        assert found.severity == "warning" and found.found.startswith("all 100 images get class 3;")
        assert "Preprocessing(scale=255.0)" in found.remedy and "rate_scales" in found.remedy
    (found,) = [f for f in diagnose(spiking, images.images).findings if f.rule == RULE]
    assert "classes are not known" in found.found


def test_good_networks_are_left_alone(images):
    net = load("digits-compact")
    assert evaluate(net, images).findings == ()
    for label in range(10):
        whole = datasets.load("digits").test
        assert evaluate(net, whole.subset(whole.labels == label)).findings == ()


@pytest.mark.parametrize(
    ("answers", "labels", "is_said"),
    [
        ([0] * 20, [0] * 20, False),  # of one class
        ([0] * 20, [0] * 15 + [1] * 5, False),  # most are
        ([0] * 20, [0] * 5 + [1] * 15, True),
        ([0] * 11 + [1] * 9, [0] * 10 + [1] * 10, False),
        ([0] * 9, [0] * 3 + [1] * 6, False),  # too few to say
        ([0] * 20, None, True),
        ([0] * 19 + [1], None, False),
    ],
)
def test_when_it_is_said(answers, labels, is_said):
    labels = None if labels is None else np.array(labels)
    assert bool(answer_findings(np.array(answers), labels)) == is_said


def test_a_silent_network_is_called_silent_and_nothing_else(images):
    spiking = convert(load("digits-compact"), synapse=0.003)
    quiet = [dataclasses.replace(p, bias=p.bias - 1e4) for p in spiking.populations]
    still = dataclasses.replace(spiking, populations=tuple(quiet))
    assert {f.rule for f in evaluate(still, images).findings} == {"populations are not silent"}
