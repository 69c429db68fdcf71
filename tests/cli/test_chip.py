"""``lifdeep deploy`` where a simulator cannot run the network: what is finished is kept."""

import dataclasses
import json

import nengo
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import DeploymentError

pytestmark = pytest.mark.loihi
DATA = ("--data", "bars", "--n", 4, "--t-c", 20, "--t-p", 60, "-q")
WORDS = "input -> neurons1: its synapse is Lowpass"


@pytest.fixture(scope="module")
def filtered_file(example, tmp_path_factory):
    """Pixels through a synapse, which ``loihi-exact`` has not."""
    model = convert(example[0], synapse=nengo.Lowpass(0.005))
    into, *rest = model.connections
    into = dataclasses.replace(into, synapse=nengo.Lowpass(0.005))
    changed = dataclasses.replace(model, connections=(into, *rest))
    return changed.save(tmp_path_factory.mktemp("filtered") / "filtered.lifdeep")


def test_the_report_has_the_other_rungs(lifdeep, filtered_file, tmp_path):
    words = ("deploy", filtered_file, *DATA, "--report", tmp_path / "r")
    result = lifdeep(*words, "--out", tmp_path / "e.lifdeep")
    assert result.exit_code == 5
    assert WORDS in result.stderr and "lifdeep deploy --emulate N" in result.stderr
    assert "emulator, floating point" in result.stdout and "cores" in result.stdout
    assert "emulator, integers: not run" in " ".join(result.stdout.split())
    text = (tmp_path / "r" / "deployment.md").read_text()
    assert "emulator, floating point" in text and f"emulator, integers: not run. {WORDS}" in text
    assert not (tmp_path / "e.lifdeep").exists()


def test_json_has_the_reason(lifdeep, filtered_file, tmp_path):
    result = lifdeep("deploy", filtered_file, *DATA, "--report", tmp_path / "r", "--json")
    assert result.exit_code == 5
    found = json.loads(result.stdout)
    assert found["evaluation"] is None and list(found["refusals"]) == ["emulator, integers"]
    assert WORDS in found["refusals"]["emulator, integers"]


def test_the_remedy_gives_everything_that_was_asked_for(lifdeep, filtered_file, tmp_path):
    words = ("deploy", filtered_file, *DATA[:2], *DATA[4:], "--emulate", 2)
    result = lifdeep(*words, "--report", tmp_path / "r", "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["evaluation"]["simulator"] == "loihi" and found["refusals"]


def test_without_a_report_the_plan_is_printed_before_the_error(lifdeep, filtered_file):
    result = lifdeep("deploy", filtered_file, *DATA)
    assert result.exit_code == 5
    assert WORDS in result.stderr and "cores" in result.stdout


def test_an_error_half_way_is_an_error_and_loses_no_rung(
    lifdeep, trained_file, tmp_path, monkeypatch
):
    def broken(*arguments, **options):
        raise DeploymentError("nengo-loihi cannot build it")

    monkeypatch.setattr("nengo_lifdeep.simulators.loihi.simulate", broken)
    result = lifdeep("deploy", trained_file, *DATA, "--report", tmp_path / "r")
    assert result.exit_code == 5 and "nengo-loihi cannot build it" in result.stderr
    assert "chip's neurons in Nengo" in result.stdout and "not run" not in result.stdout
    text = (tmp_path / "r" / "deployment.md").read_text()
    assert "chip's neurons in Nengo" in text and "emulator, integers" not in text
    assert "The ladder ended here; the other rungs were not run." in text
