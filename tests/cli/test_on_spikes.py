"""Commands show networks that were trained on their spikes what they were trained with."""

import json

import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets import load
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import SpikingModel
from nengo_lifdeep.records import Evaluation, SpikeRecord
from tests.on_spikes import trained_on_spikes

CODING = BernoulliCoding(max_rate=400.0, seed=3)
DATA = ("--data", "bars", "--n", "4", "-q")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The trained network and the converted one."""
    folder, model = tmp_path_factory.mktemp("on_spikes"), trained_on_spikes(CODING)
    trained = model.save(folder / "trained.lifdeep")
    return trained, convert(model).save(folder / "spiking.lifdeep")


def test_evaluate_and_run(lifdeep, files, tmp_path):
    out = tmp_path / "e.lifdeep"
    found = []
    for i, file in enumerate(files):
        done = lifdeep("evaluate", file, *DATA, "--out", out)
        assert done.exit_code == 0, done.stderr
        assert "times as in training: model's synapses, t_c = 12 ms, t_p = 13 ms" in done.stderr
        assert f"input as in training: {CODING}" in done.stderr
        found.append(Evaluation.load(out))
        record = tmp_path / f"r{i}.lifdeep"
        assert lifdeep("run", file, *DATA, "--out", record).exit_code == 0
        spikes = SpikeRecord.load(record).image_spikes
        assert spikes["neurons1"].mean() == found[-1].layer_spikes["neurons1"] > 0
    model = SpikingModel.load(files[1])
    expected = evaluate(model, load("bars").test.take(4))
    for each in found:
        assert each.simulator == "events"
        assert each.presentation == Presentation.as_trained(model.provenance)
        assert each.spikes_per_image == expected.spikes_per_image


def test_what_is_asked_for_wins(lifdeep, files, tmp_path):
    out = tmp_path / "e.lifdeep"
    words = ("--t-p", "30", "--t-c", "5", "--coding", "none", "--out", out)
    done = lifdeep("evaluate", files[1], *DATA, *words)
    assert done.exit_code == 0 and "as in training" not in done.stderr
    found = Evaluation.load(out)
    assert found.presentation == Presentation(t_c=0.005, t_p=0.03)
    assert not any("input:" in str(note) for note in found.notes)


def test_rates_are_shown_images(lifdeep, files):
    done = lifdeep("evaluate", files[0], *DATA, "-s", "rate")
    assert done.exit_code == 0 and "as in training" not in done.stderr
    assert "rates know no time" in lifdeep("evaluate", files[0], "-s", "rate", "--t-p", 9).stderr


@pytest.mark.parametrize("command", ["energy", "diagnose"])
def test_other_commands(lifdeep, files, command):
    done = lifdeep(command, files[0], "--data", "bars", "--n", "4", "--json")
    assert done.exit_code == 0, done.stderr
    assert "times as in training" in done.stderr
    assert json.loads(done.stdout)


def test_convert_measures_as_trained(lifdeep, files, tmp_path):
    done = lifdeep("convert", files[0], "--out", tmp_path / "s.lifdeep", "--data", "bars", "--n", 4)
    assert done.exit_code == 0, done.stderr
    assert "t_c = 12 ms, t_p = 13 ms" in done.stdout
    assert "rate" not in {line.split()[0] for line in done.stdout.splitlines() if line.split()}
