"""The Tab key: names of networks, data sets, simulators and methods, as a shell asks for them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

START = "from nengo_lifdeep.cli.app import main; main()"


def completed(words: str, folder) -> list[str]:
    """What bash is told for a line that ends where the cursor is."""
    environment = {
        **os.environ,
        "_LIFDEEP_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - (not words.endswith(" "))),
    }
    code = f"import sys; sys.argv = ['lifdeep']; {START}"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=folder
    )
    assert not done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("lifdeep ev", ["evaluate"]),
        ("lifdeep evaluate dig", ["digits-compact"]),
        ("lifdeep evaluate m", ["mnist-compact", "mnist-resnet7", "mine.lifdeep"]),
        ("lifdeep evaluate digits-compact -s ev", ["events"]),
        ("lifdeep evaluate digits-compact --simulator loihi", ["loihi-exact", "loihi"]),
        ("lifdeep train --data fas", ["fashion-mnist"]),
        ("lifdeep train --method h", ["herding"]),
        ("lifdeep train --network lee2020-l", ["lee2020-lenet"]),
        ("lifdeep reproduce gok", ["gokmen2017"]),
        ("lifdeep reproduce gokmen2017 --table m", ["management"]),
        ("lifdeep reproduce oconnor2016 --figure ", ["steps", "ink", "all"]),
        ("lifdeep reproduce lee2020 --dataset c", ["cifar10"]),
        ("lifdeep energy digits-compact --device spin", ["spinnaker", "spinnaker2"]),
    ],
)
def test_values_complete(words, offered, tmp_path):
    (tmp_path / "mine.lifdeep").touch()
    (tmp_path / "notes.txt").touch()
    assert completed(words, tmp_path) == offered


def test_paths_are_the_shells(tmp_path):
    assert completed("lifdeep evaluate ./m", tmp_path) == []


def test_devices_are_refused_before_the_work(tmp_path):
    words = ["energy", "digits-compact", "--device", "spinaker2"]
    code = f"import sys; sys.argv = ['lifdeep', *{words!r}]; {START}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2 and not done.stdout
    assert (
        "there is no device 'spinaker2'" in done.stderr
        and "did you mean 'spinnaker2'?" in done.stderr
    )
    assert "images" not in done.stderr  # of a progress bar


def test_names_of_trained_networks_are_offered():
    code = f"import sys; sys.argv = ['lifdeep', 'evaluate', 'digits-compat']; {START}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 4
    assert "there is no file digits-compat; did you mean 'digits-compact'?" in done.stderr
