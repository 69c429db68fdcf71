"""Networks that give values, on the command line."""

from __future__ import annotations

import importlib
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
    for wrong in (("--task", "binary"), ("--ladder", "--task", "binary", "-s", "events")):
        done = lifdeep("evaluate", net, "--n", 10, "-q", *wrong)
        assert done.exit_code == 4 and "values" in done.stderr and "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    """A regression of two layers of neurons, in a file."""
    from nengo_lifdeep.datasets import load
    from nengo_lifdeep.layers.named import architecture
    from nengo_lifdeep.training.random_features import random_features

    data = load("diabetes")
    layers = architecture("diabetes-dense")
    trained = random_features(layers, data.train, ridge=0.01, classes=data.classes)
    return trained.save(tmp_path_factory.mktemp("values") / "net.lifdeep")


DIABETES = ("--data", "diabetes")


def test_points_and_energy_weigh_r2(lifdeep, net, tmp_path):
    runs, picture = tmp_path / "runs.lifdeep", tmp_path / "points.svg"
    words = ("--n", 20, "--tau-s", 3, "--scale-rates", 2, "--t-p", 40, "--t-p", 80)
    done = lifdeep(
        "points", net, *DIABETES, *words, "--out", runs, "--picture", picture, "--json", "-q"
    )
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert rows and all(row["r2"] < 1 and "error_percent" not in row for row in rows)
    assert "R2" in picture.read_text(encoding="utf-8")
    again = lifdeep("points", net, *DIABETES, *words, "--out", runs, "--json", "-q")
    assert json.loads(again.stdout) == rows
    done = lifdeep("energy", net, *DIABETES, "--n", 5, "--t-c", 5, "--t-p", 20, "-q")
    assert done.exit_code == 0 and "operations, R2" in done.stdout, done.output


def test_the_ladder_and_diagnose_are_of_r2(lifdeep, net):
    done = lifdeep(
        "evaluate", net, *DIABETES, "--n", 20, "--ladder", "-s", "events", "--json", "-q"
    )
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert [row["rung"] for row in rows][-1] == "spikes in events"
    assert rows[1]["drop_points"] == pytest.approx(100 * (rows[0]["r2"] - rows[1]["r2"]))
    done = lifdeep("diagnose", net, *DIABETES, "--n", 20)
    assert done.exit_code == 0 and "values with an R2 of" in done.stdout, done.output
    done = lifdeep("run", net, *DIABETES, "--n", 5, "--t-c", 5, "--t-p", 20, "-q")
    assert done.exit_code == 0 and "neurons1" in done.stdout, done.output


def test_convert_measures_values(lifdeep, net, tmp_path):
    out = tmp_path / "spiking.lifdeep"
    done = lifdeep("convert", net, *DIABETES, "--n", 20, "--out", out, "-q")
    assert done.exit_code == 0 and "R2" in done.stdout, done.output
    done = lifdeep("evaluate", out, *DIABETES, "--n", 5, "--t-c", 5, "--t-p", 20, "-q")
    assert done.exit_code == 0, done.output
    done = lifdeep("convert", net, *DIABETES, "--task", "binary", "--out", out, "-q")
    assert done.exit_code == 4 and "values" in done.stderr


def test_one_sum_becomes_two_scores(lifdeep, tmp_path):
    """As a Keras model without its sigmoid gives it."""
    from nengo_lifdeep.models import SpikingModel
    from nengo_lifdeep.training.random_features import untrained

    net = untrained("breast-cancer-dense").save(tmp_path / "net.lifdeep")
    out, cancer = tmp_path / "spiking.lifdeep", ("--data", "breast-cancer", "--n", 20, "-q")
    done = lifdeep("convert", net, *cancer, "--out", out)
    assert done.exit_code == 4 and "two classes, the network has one output" in done.stderr
    done = lifdeep("convert", net, *cancer, "--out", out, "--task", "binary")
    assert done.exit_code == 0 and SpikingModel.load(out).n_classes == 2, done.output


def test_onto_the_chip_and_into_a_report(lifdeep, net, tmp_path):
    pytest.importorskip("nengo_loihi")
    found, pages = tmp_path / "chip.lifdeep", tmp_path / "pages"
    done = lifdeep(
        "deploy", net, *DIABETES, "--n", 4, "--t-c", 10, "--t-p", 30, "--out", found, "--report",
        pages, "--json", "-q",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["evaluation"]
    assert told["r2"] == ValueEvaluation.load(found).r2
    assert any("0 of" in note and "values differ by up to 0 %" in note for note in told["notes"])
    page = json.loads((pages / "deployment.json").read_text(encoding="utf-8"))
    assert page["ladder"][0]["drop"] == 0 and page["time"][-1]["mean_absolute_error"] > 0
    done = lifdeep("card", net, found)
    assert done.exit_code == 0 and "1 value: progression" in done.stdout, done.output
    done = lifdeep("report", tmp_path)
    assert done.exit_code == 0, done.output


def test_a_folder_s_report_has_the_values(tmp_path):
    from nengo_lifdeep.report.pages.folder import write_run_report

    found = ValueEvaluation("events", "net", "mine", None, [[1.0], [2.0]], [[1.0], [2.5]])
    found.save(tmp_path / "found.lifdeep")
    page = write_run_report(tmp_path)["html"].read_text(encoding="utf-8")
    assert "Measured values" in page and "mean absolute error" in page and "0.5000" in page


@pytest.mark.tf
def test_trained_on_its_spikes(lifdeep, tmp_path):
    """Evaluated as it was trained: in `events`, with the same coding and in the same window."""
    net = tmp_path / "net.lifdeep"
    words = ("train", "--method", "spikes", "--epochs", 1, "--out", net, "-q")
    done = lifdeep(*words, "--steps", 10, "--leak", 0.9, "--coding", "latency", "--json")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert row["simulator"] == "events"
    from nengo_lifdeep import TrainedModel

    spikes = TrainedModel.load(net).provenance["spikes"]
    assert (spikes["n_steps"], spikes["leak"]) == (10, pytest.approx(0.9))
    spiking = tmp_path / "spiking.lifdeep"
    done = lifdeep("convert", net, "--out", spiking)
    assert done.exit_code == 0, done.output
    from nengo_lifdeep import SpikingModel

    found = SpikingModel.load(spiking).connections
    assert [type(c.synapse).__name__ for c in found][-2:] == ["NoneType", "Lowpass"]
    for wrong, text in (
        (("--method", "sparks"), "rates, spikes, herding or online"),
        (("--method", "spikes", "--leak", 0), "--leak"),
        (("--method", "spikes", "--tau-rc", 20), "says nothing with --method spikes"),
        (("--steps", 20), "says nothing with --method rates"),
        (("--method", "spikes", "--coding", "morse"), "--coding"),
        (("--method", "spikes", "--derivative", "step"), "derivative"),
        (("--start", net), "says nothing with --method rates"),
        (("--method", "spikes", "--start", net, "--network", "other"), "those of --start"),
        (("--method", "spikes", "--start", spiking), "holds a spiking network"),
    ):
        done = lifdeep("train", *wrong, "--out", net, "-q")
        assert (
            done.exit_code == (4 if spiking in wrong else 2)
            and text in done.stderr
            and "Traceback" not in done.stderr
        )
    done = lifdeep("reproduce", "lee2020", "--figure", "all", "--out", tmp_path)
    assert done.exit_code == 2 and "no figures" in done.stderr
    vgg9 = ("--dataset", "mnist", "--network", "vgg9", "--out", tmp_path)
    done = lifdeep("reproduce", "lee2020", *vgg9)
    assert done.exit_code == 2 and "no network 'vgg9' for mnist" in done.stderr
    done = lifdeep("reproduce", "hunsberger2016", *vgg9)
    assert done.exit_code == 2 and "has one network" in done.stderr


@pytest.mark.tf
@pytest.mark.slow
def test_trained_on_its_spikes_from_rates(lifdeep, tmp_path):
    """A few epochs in rates, one in spikes: far better than one epoch from random weights."""
    rates, net = tmp_path / "rates.lifdeep", tmp_path / "net.lifdeep"
    words = ("--epochs", 5, "--neuron", "relu", "--learning-rate", 0.005, "--out", rates, "-q")
    assert lifdeep("train", *words).exit_code == 0
    words = ("train", "--method", "spikes", "--start", rates, "--epochs", 1, "--out", net, "-q")
    done = lifdeep(*words, "--steps", 15, "--coding", "none", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["error_percent"] < 20


@pytest.mark.tf
def test_two_classes_by_one_output(lifdeep, tmp_path):
    net = tmp_path / "cancer.lifdeep"
    words = ("--data", "breast-cancer", "--network", "breast-cancer-dense", "--task", "binary")
    done = lifdeep("train", *words, "--epochs", 3, "--batch-size", 30, "--out", net, "--json", "-q")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["roc_auc"] > 0.9
    done = lifdeep(
        "evaluate", net, "-s", "events", "--n", 20, "--task", "binary", "--t-c", 20, "--t-p", 60,
        "--json", "-q",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    low, high = row["recall_interval"]
    assert low <= row["recall"] <= high and {"f1", "precision", "roc_auc"} <= set(row)
    done = lifdeep("evaluate", net, "--task", "regression", "--n", 20, "-q")
    assert done.exit_code == 4 and "classes" in done.stderr


def test_long_numbers_of_figures_stay_in_their_files(lifdeep, tmp_path, monkeypatch):
    module = importlib.import_module("nengo_lifdeep.cli.commands.reproduce")
    asked = ("reproduce", "hunsberger2016", "--figure", "response", "--figure", "membrane",
             "--out", tmp_path)  # fmt: skip
    both = json.loads(lifdeep(*asked, "--json").stdout)
    assert [len(both[key]) for key in ("figure_response", "figure_membrane")] == [5, 3]
    whole = lifdeep(*asked).stdout
    monkeypatch.setattr(module, "_MOST_ROWS", 4)
    few = lifdeep(*asked).stdout
    assert few in whole and 0 < few.count("\n") < whole.count("\n") - 5
    assert json.loads(lifdeep(*asked, "--json").stdout) == both
    csv = tmp_path / "hunsberger2016" / "mnist" / "figure-response.csv"
    assert len(csv.read_text().splitlines()) == 6
