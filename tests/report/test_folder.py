"""The report folder: every file is there, loads, and says the same as the values."""

from __future__ import annotations

import dataclasses
import json

import pytest

pytest.importorskip("matplotlib")

from nengo_lifdeep import convert
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.evaluation.rungs import Rung
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.records import Evaluation, SpikeRecord
from nengo_lifdeep.report import write_report

PICTURES = {
    "tuning-curve", "slope", "training-loss", "training-error", "layer-rates",
    "accuracy-against-time", "accuracy-map-nengo", "confusion-rate", "confusion-nengo",
    "raster-nengo",
}  # fmt: skip


@pytest.fixture
def written(tmp_path, trained, spiking, evaluations, record):
    rungs = [Rung("rates", evaluations[0], 0.0), Rung("spikes", evaluations[1], 0.0)]
    return write_report(tmp_path / "report", trained, spiking, evaluations, record, rungs)


def test_every_value_loads_again(written, spiking, evaluations):
    assert TrainedModel.load(written["trained"]).architecture.name == "bars-example"
    assert SpikingModel.load(written["spiking"]).n_neurons == spiking.n_neurons
    assert Evaluation.load(written["evaluation-nengo"]).error == evaluations[1].error
    assert SpikeRecord.load(written["record-nengo"]).n_images == 12


def test_every_picture_is_there_and_nothing_else(written):
    pictures = {name for name, path in written.items() if path.suffix == ".png"}
    assert pictures == PICTURES
    folder = written["summary"].parent
    assert {path.name for path in folder.iterdir()} == {path.name for path in written.values()}


def test_summary_says_what_the_evaluations_say(written, spiking, evaluations):
    summary = json.loads(written["summary"].read_text())
    errors = [entry["error_percent"] for entry in summary["evaluations"]]
    assert errors == [e.error for e in evaluations]
    assert summary["network"]["neurons"] == spiking.n_neurons
    assert summary["ladder"][1]["rung"] == "spikes"


def test_page_shows_every_picture(written):
    page = written["summary-text"].read_text()
    for name in PICTURES:
        assert f"]({name}.png)" in page


def test_writing_again_replaces(written, trained, spiking, evaluations):
    folder = written["summary"].parent
    again = write_report(folder, trained, spiking, evaluations[:1])
    assert len(json.loads(again["summary"].read_text())["evaluations"]) == 1
    assert not list(folder.glob(".*"))  # no temporary file is left


def test_two_evaluations_of_one_simulator_are_refused(tmp_path, trained, spiking, evaluations):
    with pytest.raises(ValidationError, match="each simulator once"):
        write_report(tmp_path, trained, spiking, [evaluations[0], evaluations[0]])
    with pytest.raises(ValidationError, match="1 or more"):
        write_report(tmp_path, trained, spiking, [])


def test_a_report_is_of_one_training(tmp_path, trained, spiking, evaluations, record):
    """Before, figures of one training stood on the page of another."""
    other = dataclasses.replace(
        trained,
        weights={k: {n: 1.01 * v for n, v in a.items()} for k, a in trained.weights.items()},
    )
    folder = tmp_path / "report"
    for what, given in (
        ("the spiking network", (other, spiking, evaluations)),
        (r"an evaluation \(rate\)", (other, convert(other), evaluations)),
        (r"a record \(nengo\)", (other, convert(other), [unknown(evaluations[0])], record)),
    ):
        text = f"{what} is of the weights {trained.fingerprint}; .* are {other.fingerprint}"
        with pytest.raises(ValidationError, match=text):
            write_report(folder, *given)
    assert not folder.exists()
    write_report(folder, other, convert(other), [unknown(evaluations[0])])


def unknown(evaluation):
    """As from a file of before there were fingerprints."""
    return dataclasses.replace(evaluation, trained_weights="")
