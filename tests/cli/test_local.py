"""Files of layers with read-outs of their own on the command line: described, or refused."""

import json

import numpy as np
import pytest

from nengo_lifdeep.local import LocalLearner, LocalNetwork, LocalRule


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layers")
    learner = LocalLearner(LocalNetwork.initial((6, 1200, 4), 3), LocalRule("sign"))
    learner.partial_fit(np.zeros((1, 5, 6), np.int8), [2])
    floats = LocalNetwork.initial((6, 5), 2, is_binary=False)
    return (
        learner.network.save(folder / "signs.lifdeep"),
        floats.save(folder / "floats.lifdeep"),
    )


def test_info(lifdeep, files):
    for file, neurons, weights, kind in (
        (files[0], "1,200, 4", "12,000", "-1 or 1"),
        (files[1], "5", "30", "a float"),
    ):
        done = lifdeep("info", file, "--json")
        assert done.exit_code == 0, done.stderr
        rows = {row["fact"]: row["value"] for row in json.loads(done.stdout)}
        assert rows["kind"] == "layers with read-outs of their own" and rows["inputs"] == "6"
        assert rows["neurons"] == neurons and rows["weights"] == weights
        assert rows["a weight is"] == kind and rows["kept by traces"] == "0.9048, 0.8465, 0.6065"
        assert rows.get("provenance.rule.weights") == ("sign" if file is files[0] else None)


@pytest.mark.parametrize(
    "command", ["convert", "run", "evaluate", "deploy", "energy", "diagnose", "points", "view"]
)
def test_who_knows_rates_says_who_runs_them(lifdeep, files, tmp_path, command):
    out = ("--out", tmp_path / "out.lifdeep") if command == "convert" else ()
    done = lifdeep(command, files[0], *out)
    assert done.exit_code == 4
    said = " ".join(done.stderr.replace("│", " ").split())
    assert "read-outs of their own" in said and "ReadoutNetwork" in said and "Traceback" not in said
