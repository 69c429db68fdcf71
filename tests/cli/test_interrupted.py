"""Ctrl-C and errors half-way: what is finished is printed and saved, and the message says so."""

from __future__ import annotations

import dataclasses
import json
import sys

import numpy as np
import pytest

from nengo_lifdeep.deployment import ChipRung
from nengo_lifdeep.records import Evaluation
from nengo_lifdeep.simulators import run as run_simulator
from nengo_lifdeep.training.checkpoints import Checkpoint

DATA = ("--data", "bars", "--n", 4, "--t-c", 5, "--t-p", 20, "-q")


def pressed(*arguments, **options):
    """Ctrl-C."""
    raise KeyboardInterrupt


@pytest.fixture
def ctrl_c_in_nengo(monkeypatch):
    """Ctrl-C as soon as nengo.Simulator begins."""
    monkeypatch.setattr("nengo_lifdeep.simulators.nengo.simulate", pressed)


@pytest.mark.parametrize("as_json", [False, True])
def test_evaluate_keeps_the_simulators_that_are_finished(
    lifdeep, ctrl_c_in_nengo, trained_file, tmp_path, as_json
):
    three = ("-s", "rate", "-s", "events", "-s", "nengo", "--check", 1)
    out = tmp_path / "e.lifdeep"
    result = lifdeep("evaluate", trained_file, *three, *DATA, "--out", out, *["--json"] * as_json)
    assert result.exit_code == 130
    assert "interrupted: not everything that was asked for was run" in result.stderr
    if as_json:
        assert [row["simulator"] for row in json.loads(result.stdout)] == ["rate", "events"]
    else:
        assert "rate" in result.stdout and "events" in result.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["e-events.lifdeep", "e-rate.lifdeep"]
    assert Evaluation.load(tmp_path / "e-events.lifdeep").n_images == 4


def test_evaluate_saves_each_one_before_the_next_begins(
    lifdeep, monkeypatch, trained_file, tmp_path
):
    """A kill cannot be caught: what is finished is on the disk by then."""
    there = []

    def look(*arguments, **options):
        there.extend(p.name for p in tmp_path.iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr("nengo_lifdeep.simulators.nengo.simulate", look)
    out = tmp_path / "e.lifdeep"
    lifdeep("evaluate", trained_file, "-s", "events", "-s", "nengo", *DATA, "--out", out)
    assert there == ["e-events.lifdeep"]


def test_evaluate_that_finished_nothing_says_so(lifdeep, ctrl_c_in_nengo, trained_file, tmp_path):
    result = lifdeep("evaluate", trained_file, "-s", "nengo", *DATA, "--out", tmp_path / "e")
    assert result.exit_code == 130
    assert result.stderr == "interrupted; nothing was finished\n"
    assert list(tmp_path.iterdir()) == []


def test_a_check_that_is_interrupted_says_just_that(lifdeep, ctrl_c_in_nengo, trained_file):
    result = lifdeep("evaluate", trained_file, "-s", "events", "--check", 1, *DATA)
    assert result.exit_code == 130 and "events" in result.stdout
    assert result.stderr == "interrupted: not every simulator was checked\n"


def test_the_ladder_keeps_its_rungs(lifdeep, ctrl_c_in_nengo, trained_file, tmp_path):
    words = ("evaluate", trained_file, "--ladder", "-s", "events", "-s", "nengo", *DATA)
    result = lifdeep(*words, "--out", tmp_path / "e.lifdeep")
    assert result.exit_code == 130
    assert "spikes in events" in result.stdout and "spikes in nengo" not in result.stdout
    names = [f"e-{name}.lifdeep" for name in ("1-rate", "2-rate", "3-events")]
    assert sorted(p.name for p in tmp_path.iterdir()) == names


def test_an_error_in_a_later_simulator_loses_nothing(lifdeep, trained_file, tmp_path):
    words = ("evaluate", trained_file, "-s", "events", "-s", "rate", "--coding", "poisson:200Hz")
    result = lifdeep(*words, *DATA, "--out", tmp_path / "e.lifdeep")
    assert result.exit_code == 2
    assert "'rate' shows no input that changes over time" in result.stderr
    assert "events" in result.stdout and (tmp_path / "e-events.lifdeep").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-s", "unheard-of"), "there is no simulator 'unheard-of'"),
        (("-s", "nengo", "--target", "sim"), "'events' and 'nengo' have no option 'target'"),
    ],
)
def test_names_that_do_not_exist_are_refused_before_the_work(
    words, message, lifdeep, trained_file, tmp_path
):
    out = tmp_path / "e.lifdeep"
    result = lifdeep("evaluate", trained_file, "-s", "events", *words, *DATA, "--out", out)
    assert result.exit_code == 2 and message in result.stderr
    assert list(tmp_path.glob("e*.lifdeep")) == []


POINTS = ("points", "--data", "bars", "--n", 10, "--scale-rates", 1, "-q", "--json")
POINTS = (*POINTS, "--tau-s", 3, "--t-p", 20, "--t-p", 30, "--t-p", 40)


def test_points_are_kept_and_continued(lifdeep, monkeypatch, trained_file, tmp_path):
    whole = lifdeep(*POINTS, trained_file)
    assert whole.exit_code == 0, whole.stderr
    out, picture = tmp_path / "p.lifdeep", tmp_path / "p.png"
    module = sys.modules["nengo_lifdeep.evaluation.point_jobs"]
    with monkeypatch.context() as patch:
        left = [2]

        def run(*arguments, **options):
            left[0] -= 1
            return run_simulator(*arguments, **options) if left[0] >= 0 else pressed()

        patch.setattr(module, "run", run)
        first = lifdeep(*POINTS, trained_file, "--out", out, "--picture", picture)
    assert first.exit_code == 130
    assert "interrupted: 1 combination was not run" in first.stderr
    assert json.loads(first.stdout) and picture.exists()
    runs = []
    with monkeypatch.context() as patch:
        patch.setattr(module, "run", lambda *a, **o: runs.append(o) or run_simulator(*a, **o))
        second = lifdeep(*POINTS, trained_file, "--out", out)
        assert second.exit_code == 0, second.stderr
    assert len(runs) == 1  # the other two were kept
    assert second.stdout == whole.stdout
    other = lifdeep(*POINTS, trained_file, "--out", out, "--device", "spinnaker")
    assert other.exit_code == 2 and "holds runs of another device" in other.stderr


def test_points_that_finished_nothing_say_so(lifdeep, monkeypatch, trained_file, tmp_path):
    monkeypatch.setattr(sys.modules["nengo_lifdeep.evaluation.point_jobs"], "run", pressed)
    result = lifdeep(*POINTS, trained_file, "--out", tmp_path / "p.lifdeep")
    assert result.exit_code == 130
    assert result.stderr == "interrupted; nothing was finished\n"


def test_points_take_no_run_of_which_images_are_missing(lifdeep, monkeypatch, trained_file):
    def cut(model, images, **options):
        record = run_simulator(model, images, **options)
        return dataclasses.replace(record, n_asked=record.n_images + 1)

    monkeypatch.setattr(sys.modules["nengo_lifdeep.evaluation.point_jobs"], "run", cut)
    result = lifdeep(*POINTS, trained_file)
    assert result.exit_code == 130 and result.stdout == ""


def fake_training(epochs):
    """A training that is interrupted after some epochs."""

    def train(*arguments, checkpoint, **options):
        history = {"loss": [1.0] * epochs}
        Checkpoint({}, history, {"dense1": {"kernel": np.zeros((2, 2))}}, []).save(checkpoint)
        raise KeyboardInterrupt

    return train


@pytest.mark.parametrize("given", [False, True])
def test_training_says_how_to_continue(lifdeep, monkeypatch, tmp_path, given):
    out = tmp_path / "m.lifdeep"
    state = tmp_path / ("state" if given else "m.lifdeep.checkpoint")
    words = ("train", "--out", out, "--epochs", 5, *["--checkpoint", state] * given)
    monkeypatch.setattr("nengo_lifdeep.training.train", fake_training(2))
    result = lifdeep(*words)
    assert result.exit_code == 130
    assert f"after epoch 2 of 5; the same command continues from: {state}" in result.stderr
    assert Checkpoint.load(state).epochs == 2
    monkeypatch.setattr("nengo_lifdeep.training.train", fake_training(0))
    result = lifdeep(*words)
    assert result.exit_code == 130
    assert state.exists() == given
    if not given:
        assert result.stderr == "interrupted; nothing was finished\n"


@pytest.mark.tf
@pytest.mark.slow
def test_training_continues_without_being_told_and_cleans_up(lifdeep, monkeypatch, tmp_path):
    from nengo_lifdeep.models import TrainedModel
    from nengo_lifdeep.training.session import TrainingRun

    words = ("train", "--batch-size", 300, "-q", "--epochs", 3, "--network", "digits-compact")
    assert lifdeep(*words, "--out", tmp_path / "whole.lifdeep").exit_code == 0
    assert [p.name for p in tmp_path.iterdir()] == ["whole.lifdeep"]
    out = tmp_path / "m.lifdeep"
    after = TrainingRun._epoch_done

    def press(self, history, optimizer):
        after(self, history, optimizer)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(TrainingRun, "_epoch_done", press)
        for epoch in (1, 2):
            result = lifdeep(*words, "--out", out)
            assert result.exit_code == 130
            assert f"interrupted after epoch {epoch} of 3" in result.stderr
    other = lifdeep(*words, "--seed", 1, "--out", out)
    assert other.exit_code == 7
    assert "seed was 0, is 1" in other.stderr and "--restart" in other.stderr
    assert lifdeep(*words, "--out", out).exit_code == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.lifdeep", "whole.lifdeep"]
    one, two = (TrainedModel.load(tmp_path / f"{name}.lifdeep") for name in ("m", "whole"))
    for layer, group in one.weights.items():
        for name, value in group.items():
            np.testing.assert_array_equal(value, two.weights[layer][name])


def test_an_interrupted_epoch_0_is_in_nobodys_way(tmp_path):
    from nengo_lifdeep.training.resuming import resumed

    Checkpoint({"seed": 0}, {}, {}, []).save(tmp_path)
    assert resumed(tmp_path, "auto", {"seed": 1}, None, 3) is None


def test_convert_keeps_its_result_when_the_measurement_is_interrupted(
    lifdeep, monkeypatch, trained_file, tmp_path
):
    lifdeep("info")  # imports
    monkeypatch.setattr(sys.modules["nengo_lifdeep.evaluation.accuracy"], "run", pressed)
    out = tmp_path / "s.lifdeep"
    result = lifdeep("convert", trained_file, "--data", "bars", "--out", out)
    assert result.exit_code == 130
    assert f"interrupted; finished and kept: {out}" in result.stderr
    assert out.exists()


def test_a_report_of_a_deployment_has_the_rungs_that_were_finished(
    lifdeep, monkeypatch, trained_file, tmp_path
):
    from nengo_lifdeep.deployment import rungs as ladder

    evaluate = sys.modules["nengo_lifdeep.evaluation.accuracy"].evaluate

    def two_rungs(deployment, data, *others):
        yield ChipRung("rates", evaluate(deployment.reference, data))
        timing = {"presentation": deployment.presentation}
        yield ChipRung("spikes, as given", evaluate(deployment.original, data, **timing))
        raise KeyboardInterrupt

    monkeypatch.setattr(ladder, "_climbed", two_rungs)
    words = ("deploy", trained_file, "--data", "bars", "--n", 6, "--t-p", 60, "-q")
    result = lifdeep(*words, "--report", tmp_path / "r")
    assert result.exit_code == 130
    assert "interrupted" in result.stderr and "cores" in result.stdout
    text = (tmp_path / "r" / "deployment.md").read_text()
    assert "spikes, as given" in text and "the other rungs were not run" in text


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("train", "after Ctrl-C or a kill the same command continues"),
        ("evaluate", "Ctrl-C ends the run, and what is finished is printed and saved"),
        ("run", "the images that are finished are printed and saved"),
        ("points", "what is finished is printed and drawn"),
        ("deploy", "what is finished is printed, saved and reported"),
        ("reproduce", "so an interrupted run continues"),
        ("sweep", "after Ctrl-C or a kill the same command goes on"),
        ("convert", "stays if Ctrl-C ends the measurement"),
        ("report", "Ctrl-C keeps the previous page"),
    ],
)
def test_the_help_says_what_ctrl_c_keeps(lifdeep, command, words):
    assert words in " ".join(lifdeep(command, "--help").stdout.split())
