"""Networks that give values, on the command line."""

from __future__ import annotations

import json

import pytest

from nengo_lifdeep.records import ValueEvaluation


@pytest.mark.tf
def test_a_regression_from_training_to_spikes(lifdeep, tmp_path):
    net, found = tmp_path / "net.lifdeep", tmp_path / "found.lifdeep"
    words = ("--data", "diabetes", "--network", "diabetes-dense", "--task", "regression", "-q")
    done = lifdeep("train", *words, "--loss", "mae", "--epochs", 2, "--out", net, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["n_images"] == 88
    done = lifdeep(
        "evaluate", net, "--simulator", "events", "--n", 10, "--task", "regression", "--t-c", 5,
        "--t-p", 20, "--json", "--out", found, "-q",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    again = ValueEvaluation.load(found)
    assert row["r2"] == again.r2 and row["task"] == "regression"
    assert row["rate_r2"] == again.rate_scores["r2"] and again.n_images == 10
    for wrong in (("--task", "binary"), ("--ladder", "-s", "events")):
        done = lifdeep("evaluate", net, "--n", 10, "-q", *wrong)
        assert done.exit_code == 1 and "values" in done.stderr and "Traceback" not in done.stderr


def test_commands_of_classes_say_so(lifdeep, tmp_path):
    from nengo_lifdeep.datasets import load
    from nengo_lifdeep.layers.named import architecture
    from nengo_lifdeep.training.random_features import random_features

    data = load("diabetes")
    trained = random_features(architecture("diabetes-dense"), data.train, classes=data.classes)
    net = trained.save(tmp_path / "net.lifdeep")
    for command in ("points", "energy"):
        done = lifdeep(command, net, "--data", "diabetes", "-q")
        assert done.exit_code == 1 and "expected classes" in done.stderr, done.output
    done = lifdeep("run", net, "--data", "diabetes", "--n", 5, "--t-c", 5, "--t-p", 20, "-q")
    assert done.exit_code == 0 and "neurons1" in done.stdout, done.output
    done = lifdeep("diagnose", net, "--data", "diabetes")
    assert done.exit_code == 1 and "expected classes" in done.stderr, done.output


def test_a_folder_s_report_has_the_values(tmp_path):
    from nengo_lifdeep.report.pages.folder import write_run_report

    found = ValueEvaluation("events", "net", "mine", None, [[1.0], [2.0]], [[1.0], [2.5]])
    found.save(tmp_path / "found.lifdeep")
    page = write_run_report(tmp_path)["html"].read_text(encoding="utf-8")
    assert "Measured values" in page and "mean absolute error" in page and "0.5000" in page
