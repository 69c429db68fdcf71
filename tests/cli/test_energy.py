"""``lifdeep energy``."""

from __future__ import annotations

import json

import pytest


def test_command(lifdeep):
    done = lifdeep("energy", "digits-compact", "--n", 20, "--device", "loihi", "-q")
    assert done.exit_code == 0
    assert "Papers' accounting" in done.stdout and "Davies et al. 2018" in done.stdout
    done = lifdeep("energy", "digits-compact", "--n", 2, "--device", "abacus", "-q")
    assert done.exit_code == 2 and "no device 'abacus'" in done.stderr


def test_the_hosts_layer_is_no_cost_of_loihi(lifdeep):
    """By hand: of 1,024, 288 and 32 neurons in 150 steps the host runs the first."""
    words = ("energy", "digits-compact", "--n", 4, "-q", "--json", "--device", "loihi")
    done = lifdeep(*words, "--device", "spinnaker")
    assert done.exit_code == 0, done.stderr
    shown = json.loads(done.stdout)
    operations, devices = shown["operations"], shown["devices"]
    events = next(row["events"] for row in operations if row["name"] == "all")
    loihi, spinnaker = devices
    assert loihi["neurons_uj"] == pytest.approx((288 + 32) * 150 * 81e-6)
    assert loihi["synapses_uj"] == pytest.approx(events * 27.1e-6)
    assert spinnaker["neurons_uj"] == pytest.approx((1024 + 288 + 32) * 150 * 26e-3)
    assert spinnaker["synapses_uj"] == pytest.approx((events + 7744) * 13.3e-3)


def test_evaluate_counts_operations_under_the_names_of_neurobench(lifdeep, spiking_file):
    words = ("evaluate", spiking_file, "--data", "bars", "--n", 6, "--t-c", 5, "--t-p", 20, "-q")
    done = lifdeep(*words, "--operations")
    assert (
        done.exit_code == 0 and "Effective_ACs" in done.stdout and "energy modelled" in done.stdout
    )
    assert "Effective_ACs" not in lifdeep(*words).stdout
    (row,) = json.loads(lifdeep(*words, "--operations", "--json").stdout)
    assert row["neurobench"]["SynapticOperations"]["Effective_ACs"] > 0
    refused = lifdeep(*words[:2], "--data", "bars", "-s", "rate", "--operations")
    assert refused.exit_code == 2 and "--operations" in refused.stderr
