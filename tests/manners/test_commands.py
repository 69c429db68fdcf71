"""Every command with wrong values for each option: a message and a code, never a traceback."""

from __future__ import annotations

from unittest import mock

import pytest

from nengo_lifdeep.training.session import TrainingRun

from . import samples
from .commands import GOOD, called, commands, failure, trials

#: fewest command lines that have to be tried
FEWEST = 300


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Files and folders that the command lines name."""
    folder = tmp_path_factory.mktemp("commands")
    text = folder / "notes.txt"
    text.write_text("no network\n")
    study = folder / "study.toml"
    study.write_text(
        '[fixed]\nmodel = "digits-compact"\nsimulator = "rate"\nn = 2\n[grid]\nseed = [0]\n'
    )
    return {
        "folder": str(folder),
        "text": str(text),
        "study": str(study),
        "trained": str(samples.trained().save(folder / "trained.lifdeep")),
        "spiking": str(samples.spiking().save(folder / "spiking.lifdeep")),
    }


@pytest.fixture(autouse=True)
def nothing_long(monkeypatch, tmp_path):
    """No training, no server, no data from elsewhere: what is accepted ends at once."""
    monkeypatch.setenv("NENGO_LIFDEEP_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with (
        mock.patch.object(TrainingRun, "execute", side_effect=SystemExit(0)),
        mock.patch("nengo_lifdeep.view.serve"),
    ):
        yield


def test_every_command_is_tried(places):
    assert set(GOOD) == set(commands()) and len(GOOD) > 10
    assert sum(len(list(trials(name, places))) for name in GOOD) >= FEWEST


@pytest.mark.tf
@pytest.mark.parametrize("name", GOOD)
def test_wrong_values_are_refused(name, places):
    failures = []
    for trial in trials(name, places):
        wrong = failure(trial, called(trial))
        if wrong:
            failures.append(f"{name} {trial.parameter} {trial.value!r}: {wrong}")
    assert failures == [], "\n" + "\n".join(failures)
