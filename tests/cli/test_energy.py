"""``lifdeep energy``."""

from __future__ import annotations


def test_command(lifdeep):
    done = lifdeep("energy", "digits-compact", "--n", 20, "--device", "loihi", "-q")
    assert done.exit_code == 0
    assert "Papers' accounting" in done.stdout and "Davies et al. 2018" in done.stdout
    done = lifdeep("energy", "digits-compact", "--n", 2, "--device", "abacus", "-q")
    assert done.exit_code == 1 and "no device 'abacus'" in done.stderr
