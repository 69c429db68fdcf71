"""Commands show networks that were trained on their spikes what they were trained with."""

import dataclasses
import json

import pytest

from nengo_lifdeep.cli.training.methods import method_of, neuron_of
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets import load
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.neurons.stepping.step_lif import StepLIF
from nengo_lifdeep.records import Evaluation, SpikeRecord
from nengo_lifdeep.training.settings.spike_based import SpikeBased
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


@pytest.mark.tf
def test_training_goes_on_with_the_networks_own(lifdeep, files, tmp_path):
    """Neuron, steps and coding of the start where nothing is typed; what is typed wins."""
    begun, out = TrainedModel.load(files[0]), tmp_path / "tuned.lifdeep"
    words = ("train", "--method", "spikes", "--start", files[0], "--data", "bars", "--epochs", 1)
    tuned = []
    for typed in ((), ("--leak", 0.8, "--steps", 5, "--coding", "none")):
        done = lifdeep(*words, *typed, "--out", out, "-q")
        assert done.exit_code == 0, done.output
        tuned.append(TrainedModel.load(out))
    own, other = (net.provenance["spikes"] for net in tuned)
    assert tuned[0].neuron == begun.neuron == StepLIF.of_leak(0.9)
    assert own["n_steps"] == 12 and own["leak"] == pytest.approx(0.9)
    assert own["coding"] == begun.provenance["spikes"]["coding"]
    assert tuned[1].neuron == StepLIF.of_leak(0.8)
    assert (other["n_steps"], other["coding"]) == (5, None)
    done = lifdeep(*words, "--gain", 2, "--out", out, "-q")
    assert done.exit_code == 2 and "--gain" in done.stderr and "initial kernels" in done.stderr


def test_settings_of_a_training_that_goes_on(files):
    """Its steps may have another length, and its read-out another leak."""
    begun = TrainedModel.load(files[0])
    spikes = {**begun.provenance["spikes"], "dt": 0.002, "read_out_leak": 1.0}
    begun = dataclasses.replace(begun, provenance={"dt": 0.002, "spikes": spikes})
    typed = {"steps": None, "leak": None, "coding": None}
    rest = {"derivative": "arctan", "seed": 1, "rule": "fsgd", "order": "event"}
    found = method_of("spikes", begun, **typed, **rest)
    assert found == SpikeBased(12, 0.002, CODING, "arctan", read_out_leak=1.0)
    assert neuron_of(found, begun, 0.7) == StepLIF.of_leak(0.7, dt=0.002)
    for start in (None, dataclasses.replace(begun, provenance={})):  # of none, and of rates
        found = method_of("spikes", start, **typed, **rest)
        assert found == SpikeBased(100, 0.001, BernoulliCoding(1000.0, seed=1), "arctan")
        assert neuron_of(found, start, None) == StepLIF.of_leak(0.99)


def test_help_tells_the_defaults(lifdeep):
    said = " ".join(lifdeep("train", "--help").stdout.replace("│", " ").split())
    for words in ("by default 0.99", "by default bernoulli:1000Hz", "by default 100, 10 and 80"):
        assert words in said
