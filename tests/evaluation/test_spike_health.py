"""Silent, slow and saturated populations, unsettled answers, images of another scale."""

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import datasets
from nengo_lifdeep.analysis.diagnosis import diagnose
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.evaluation.spike_health import spike_findings
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.pretrained import load
from nengo_lifdeep.records import Evaluation, SpikeRecord
from nengo_lifdeep.records.input_range import InputRange, range_findings, remembered
from nengo_lifdeep.simulators import run

RULES = {
    "silent": "populations are not silent",
    "slow": "neurons fire within the window",
    "saturated": "neurons are not saturated",
    "settled": "predictions have settled",
    "scale": "images have the scale that the network expects",
}


@pytest.fixture(scope="module")
def trained():
    return load("digits-compact")


@pytest.fixture(scope="module")
def images():
    return datasets.load("digits").test.take(100)


def rules(findings):
    return {finding.rule for finding in findings}


def test_a_healthy_network_has_nothing_to_say(trained, images):
    result = evaluate(convert(trained, synapse=0.003), images)
    assert result.accuracy > 0.9 and result.findings == ()
    assert "\n" not in str(result)


def test_a_silent_network_says_which_and_what_to_do(trained, images, tmp_path):
    spiking = convert(trained, synapse=0.003)
    quiet = [dataclasses.replace(p, bias=p.bias - 1e4) for p in spiking.populations]
    still = dataclasses.replace(spiking, populations=tuple(quiet))
    result = evaluate(still, images)
    assert result.spikes_per_image == 0
    silent = [f for f in result.findings if f.rule == RULES["silent"]]
    assert [f.where for f in silent] == [p.name for p in still.populations]
    assert all(f.severity == "error" and "rate_scales" in f.remedy for f in silent)
    for finding in silent:
        assert str(finding) in result.notes and str(finding) in str(result)
    assert result.summary()["findings"][0] == silent[0].to_dict()
    assert Evaluation.load(result.save(tmp_path / "silent.lifdeep")).findings == result.findings


def test_a_slow_network_is_told_with_its_spikes(trained, images):
    result = evaluate(convert(trained, synapse=0.003, scale_firing_rates=0.06), images)
    assert result.agreement < 0.9
    assert rules(result.findings) & {RULES["slow"], RULES["silent"]}


def test_saturated_neurons_are_told(trained, images):
    spiking = convert(trained, synapse=0.003)
    loud = [dataclasses.replace(p, bias=p.bias + 1e4) for p in spiking.populations]
    result = evaluate(
        dataclasses.replace(spiking, populations=tuple(loud)), images, reference=trained
    )
    found = [f for f in result.findings if f.rule == RULES["saturated"]]
    assert [f.where for f in found] == [p.name for p in spiking.populations]
    assert found[0].found.startswith("100 % of its neurons")


@pytest.mark.parametrize(("turns", "late"), [(35, True), (5, False)])
def test_answers_that_have_not_settled(trained, turns, late):
    spiking = convert(trained, synapse=0.003)
    timing = Presentation(t_c=0.0, t_p=0.04)
    n, steps = 50, timing.n_steps
    outputs = np.zeros((n, steps, 10), np.float32)
    outputs[:, :turns, 1] = 1.0
    outputs[:, turns:, 0] = 100.0  # from here on the answer is class 0
    record = SpikeRecord(
        "events", "net", timing, outputs,
        {p.name: np.full(p.n_neurons, 50.0) for p in spiking.populations},
        {p.name: np.full(n, 100.0) for p in spiking.populations},
    )  # fmt: skip
    labels = np.zeros(n, np.int64)
    labels[-3:] = 2  # never found
    result = Evaluation.of(record, labels, rate_predictions=labels)
    found = [f for f in spike_findings(spiking, record, result) if f.rule == RULES["settled"]]
    assert bool(found) == late
    assert not late or found[0].found == (
        "94.0 % right at 40 ms, 0.0 % a quarter of the window earlier"
    )


def test_a_deployment_foretells_silence(trained, images):
    fine = deploy(trained, images=images, strict=False)
    still = deploy(
        convert(trained, synapse=None, scale_firing_rates=0.02), images=images, strict=False
    )
    assert RULES["slow"] not in rules(fine.plan.findings)
    assert RULES["slow"] in rules(still.plan.findings)
    assert still.plan.errors == tuple(f for f in still.plan.findings if f.severity == "error")


@pytest.mark.parametrize("factor", [16 / 255, 1 / 255])
def test_dark_images_are_told_everywhere(trained, images, factor):
    spiking = convert(trained, synapse=0.003)
    dark = Split(factor * images.unit_images(), images.labels)
    for findings in (evaluate(spiking, dark).findings, diagnose(spiking, dark).findings):
        (found,) = [f for f in findings if f.rule == RULES["scale"]]
        assert found.severity == "warning"
        assert f"{1 / factor:.3g} times darker" in found.found
    assert any("times darker" in note for note in run(spiking, dark).notes)
    assert RULES["scale"] in rules(evaluate(trained, dark).findings)


def test_images_are_compared_with_those_in_training():
    images = np.random.default_rng(0).uniform(size=(30, 4, 4, 1)).astype(np.float32)
    seen = InputRange.of(images / 10)
    provenance = {"inputs": seen.to_dict()}
    assert remembered(provenance).high == pytest.approx(seen.high, rel=1e-5)
    assert range_findings(images / 10, provenance) == []
    (bright,) = range_findings(images, provenance)
    assert "10 times brighter than in training" in bright.found
    (dark,) = range_findings(images / 100, provenance)
    assert "10 times darker than in training" in dark.found
    assert remembered({"inputs": {"low": "x"}}) is None


@pytest.mark.parametrize("kind", [np.uint8, bool])
def test_frames_of_events_are_zero_and_one(trained, kind):
    spiking = convert(trained, synapse=0.003)
    timing = Presentation(t_c=0.02, t_p=0.1)
    events = np.random.default_rng(0).uniform(size=(2, 100, 8, 8, 1)) < 0.2
    wanted = run(spiking, events.astype(np.float32), presentation=timing)
    given = run(spiking, events.astype(kind), presentation=timing)
    assert given.spikes_per_image == wanted.spikes_per_image > 0
