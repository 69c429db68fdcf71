"""`lifdeep train --weights`: what weights are is in the file, in spikes, and in its description."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.models.held import held

#: words of the command -> what "conv2" holds, and how many values its kernel has at most
KINDS = {
    ("float",): (None, 5000),
    ("rounded:3",): ({"kind": "Rounded", "bits": 3}, 7),
    ("binary",): ({"kind": "Binary", "draw": "sign"}, 2),
    ("binary:relaxed", "--optimizer", "bayes-binary"): (
        {"kind": "Binary", "draw": "relaxed", "scale": 1.2}, 2,
    ),
    ("crosspoint:managed", "--optimizer", "sgd"): ({"kind": "CrossPoint"}, 5000),
}  # fmt: skip


@pytest.mark.tf
@pytest.mark.parametrize("words", KINDS)
def test_trained_converted_described_and_run(lifdeep, tmp_path, words):
    expected, n_values = KINDS[words]
    net, spikes = tmp_path / "net.lifdeep", tmp_path / "spikes.lifdeep"
    done = lifdeep("train", "--data", "digits", "--network", "digits-compact", "--epochs", 1, "-q",
                   "--batch-size", 200, "--weights", *words, "--out", net)  # fmt: skip
    assert done.exit_code == 0, done.stderr
    kinds = TrainedModel.load(net).architecture.weight_kinds
    if expected is None:
        assert not kinds
    else:
        found = kinds["conv2"].to_dict()
        assert {key: found[key] for key in expected} == expected
        assert ("conv1" in kinds) is (expected["kind"] == "CrossPoint")
    assert lifdeep("convert", net, "--out", spikes).exit_code == 0
    model = SpikingModel.load(spikes)
    assert model.provenance.get("weights", {}).get("conv2") == (expected and found)
    done = lifdeep("info", spikes, "--json")
    assert done.exit_code == 0
    rows = {row["fact"]: row["value"] for row in json.loads(done.stdout)["facts"]}
    said = rows.get("provenance.weights.conv2.kind")
    assert said == (expected and expected["kind"])
    kernel = held(TrainedModel.load(net)).weights["conv2"]["kernel"]
    assert 2 <= len(np.unique(kernel)) <= n_values
    for command in ("evaluate", "energy"):
        times = ("--n", 3, "--t-c", 5, "--t-p", 20, "-q")
        device = ("--device", "loihi") if command == "energy" else ()
        done = lifdeep(command, spikes, "--data", "digits", *times, *device)
        assert done.exit_code == 0, done.stderr


@pytest.mark.tf
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("binary", "--optimizer", "bayes-binary"), "no layer has weights of relaxed signs"),
        (("crosspoint", "--optimizer", "rmsprop"), "sgd"),
        (("crosspoint", "--optimizer", "adam"), "sgd"),
        (("bits:4",), "binary:relaxed"),
    ],
)
def test_what_does_not_go_together_is_refused(lifdeep, tmp_path, words, said):
    done = lifdeep("train", "--data", "digits", "--epochs", 1, "-q", "--weights", *words,
                   "--out", tmp_path / "x.lifdeep")  # fmt: skip
    assert done.exit_code != 0 and "Traceback" not in done.stderr
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "x.lifdeep").exists()
