"""`lifdeep reproduce`: what is computed, what is not computed twice, and what is written."""

from __future__ import annotations

import base64
import csv
import dataclasses
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from nengo_lifdeep.cli.app import app
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.experiments import NAMES, Hunsberger_2016, experiment
from nengo_lifdeep.experiments.comparison import two_proportions
from nengo_lifdeep.experiments.recipe import Recipe
from nengo_lifdeep.experiments.trial import Trial
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.jobs.local import Job, run_jobs
from nengo_lifdeep.noise import GaussianNoise
from nengo_lifdeep.records import Evaluation

DIGITS = Recipe("digits", "digits-compact", epochs=2, batch_size=50)


def _note(ran, i, file):
    ran.append(i)
    file.touch()


def test_jobs_that_are_done_are_skipped_and_the_rest_is_timed(tmp_path):
    ran, lines = [], []

    def job(i):
        file = tmp_path / str(i)
        return Job(f"job {i}", "kind", 1.0, file, _note, (ran, i, file))

    jobs = [job(i) for i in range(4)]
    jobs[1].result.touch()
    run_jobs(jobs, lines.append)
    assert ran == [0, 2, 3]
    assert lines[0] == "1 of 4 parts are there already"
    assert lines[1] == "part 1 of 3: job 0"
    assert "left)" in lines[2]
    run_jobs(jobs, lines.append)
    assert ran == [0, 2, 3]


def test_jobs_are_a_function_and_its_arguments(tmp_path):
    with pytest.raises(ValidationError, match="job 'x': function is <function .*<lambda>.*module"):
        Job("x", "kind", 1.0, tmp_path, lambda: None)

    def inside():
        pass

    with pytest.raises(ValidationError, match="job 'y': function is .*inside"):
        Job("y", "kind", 1.0, tmp_path, inside)


@pytest.mark.tf
def test_every_job_of_a_paper_pickles_and_runs_in_another_process(tmp_path):
    plan = Hunsberger_2016.Reproduction("mnist", tmp_path, seeds=1)
    for table in Hunsberger_2016.TABLES:
        for job in plan.jobs(table):
            text = pickle.dumps(job)
            assert pickle.loads(text) == job and len(text) < 10_000
    trial = Trial(DIGITS, 0, tmp_path / "here" / "seed0", n_images=20, progress=False)
    assert len(trial.data.train)  # loaded, and yet no part of what is pickled
    train, rates = trial.jobs()
    text = base64.b64encode(pickle.dumps([train, rates])).decode()
    assert len(text) < 10_000
    program = (
        "import base64, pickle, sys\n"
        "for job in pickle.loads(base64.b64decode(sys.argv[1])): job.run()"
    )
    subprocess.run([sys.executable, "-c", program, text], check=True)
    assert train.result.exists() and trial.rates().error < 50


@pytest.mark.tf
def test_trial_trains_once_and_reads_short_presentations_from_the_long_run(tmp_path):
    trial = Trial(DIGITS, 0, tmp_path / "main" / "seed0", n_images=60, progress=False)
    jobs = trial.jobs(((0.003, 0.05, 0.12),), check=1)
    run_jobs(jobs, lambda line: None)
    written = trial.file(0.003).stat().st_mtime_ns
    run_jobs(jobs, lambda line: None)
    assert trial.file(0.003).stat().st_mtime_ns == written
    assert trial.rates().error == evaluate(trial.trained(), trial.test).error < 50
    short = evaluate(trial.spiking(0.003), trial.test, presentation=Presentation(0.003, 0.05, 0.12))
    assert trial.error(0.003, 0.05, 0.12) == pytest.approx(short.error)
    follow = Presentation(0.003, 0.05, 0.12, reset=False)
    stream = evaluate(trial.spiking(0.003), trial.test, presentation=follow)
    assert trial.stream_error(0.003, 0.05, 0.12) == pytest.approx(stream.error)
    assert trial.stream(0.003, 0.12).presentation.reset is False
    checked = trial.spike_check(1)
    assert len(checked.images) == 1 and checked.other_decisions == 0


def test_folder_of_another_recipe_is_refused(tmp_path):
    (tmp_path / "recipe.json").write_text(json.dumps({**DIGITS.to_dict(), "seed": 1}))
    with pytest.raises(ValidationError, match=r"epochs 2 instead of 3; .*seed 1 instead of 0"):
        dataclasses.replace(DIGITS, epochs=3).train(tmp_path, 0)


@pytest.mark.tf
def test_sharpening_follows_and_continues(tmp_path):
    """The same weights to start from, other weights at the end, and the sharp curve stays."""
    recipe = dataclasses.replace(DIGITS, sharpen=1, epochs=1)
    trained = recipe.train(tmp_path / "sharp", 0, progress=False)
    plain = dataclasses.replace(DIGITS, epochs=1).train(tmp_path / "plain", 0, progress=False)
    assert (plain.neuron.sigma, trained.neuron.sigma) == (0.02, 0.003)
    kernels = [net.weights[net.architecture.layers[0].name]["kernel"] for net in (plain, trained)]
    assert 0 < abs(kernels[1] - kernels[0]).max() < 0.5
    (tmp_path / "sharp" / "trained.lifdeep").unlink()
    again = recipe.train(tmp_path / "sharp", 0, progress=False)
    assert again.weights[again.architecture.layers[0].name]["kernel"] == pytest.approx(kernels[1])


def test_sharpening_is_for_smooth_neurons_and_whole_runs(tmp_path):
    with pytest.raises(ValidationError, match="sharpen is 3 and the neuron 'relu'"):
        dataclasses.replace(DIGITS, neuron="relu", sharpen=3)
    whole = Hunsberger_2016.Reproduction("cifar10", tmp_path)
    assert (whole.main().recipe.sharpen, whole.relu().recipe.sharpen) == (3, 0)
    short = Hunsberger_2016.Reproduction("cifar10", tmp_path, epochs=3)
    assert short.main().recipe.sharpen == 0


def test_another_conversion_is_another_file(tmp_path):
    """Spikes from uniform voltages are not read where zero voltages were asked for."""
    files = [
        Trial(dataclasses.replace(DIGITS, **change), 0, tmp_path).file(0.003).name
        for change in ({}, {"initial_voltage": "uniform"}, {"rate_factor": 2.0})
    ]
    assert files == [
        "spikes-3ms-all.lifdeep",
        "spikes-3ms-uniform-all.lifdeep",
        "spikes-3ms-x2-all.lifdeep",
    ]


@pytest.mark.tf
def test_random_voltages_are_drawn_several_times(tmp_path):
    recipe = dataclasses.replace(DIGITS, initial_voltage="uniform", epochs=1)
    trial = Trial(recipe, 0, tmp_path / "main" / "seed0", n_images=60, progress=False, draws=3)
    run_jobs(trial.jobs(((0.003, 0.02, 0.06),)), lambda line: None)
    answers = [trial.spikes(0.003, draw).layer_rates for draw in range(3)]
    assert len({tuple(rates.values()) for rates in answers}) == 3
    errors = trial.errors(0.003, 0.02, 0.06)
    assert len(errors) == 3 and trial.error(0.003, 0.02, 0.06) == pytest.approx(np.mean(errors))
    assert dataclasses.replace(trial, recipe=DIGITS).n_draws == 1


def test_settings_are_chosen_without_test_images(tmp_path):
    """With validation the held-out sixth of the training images takes the place of the test."""
    whole, chosen = DIGITS.data(), dataclasses.replace(DIGITS, validation=True)
    held = chosen.data()
    assert len(held.train) + len(held.test) == len(whole.train)
    test = {image.tobytes() for image in whole.test.images}
    assert not test & {image.tobytes() for image in held.test.images}
    assert Trial(chosen, 0, tmp_path).test.source.startswith("held-out images of")
    chosen.note(tmp_path, 0)
    with pytest.raises(ValidationError, match="validation True instead of None"):
        DIGITS.check_folder(tmp_path, 0)
    plan = Hunsberger_2016.Reproduction("mnist", tmp_path, validation=True)
    assert plan.published_errors == (None, None, None)
    assert plan.main().recipe.validation and plan.where.name == "mnist-held-out"
    assert set(plan.trade_off_protocols().values()) == {(None, None)}


@pytest.mark.parametrize("dataset", Hunsberger_2016.DATASETS)
def test_every_recipe_fits_its_data(dataset, tmp_path):
    """Networks take what the crops give; the noise table differs in nothing but the noise."""
    plan = Hunsberger_2016.Reproduction(dataset, tmp_path)
    assert plan.recipe.architecture().output_shape == (100 if dataset == "cifar100" else 10,)
    assert plan.relu().recipe.neuron == "relu"
    noisy = plan.noisy("Gaussian 10 Hz", 1).recipe
    assert noisy.rate_neuron().noise == GaussianNoise(10.0)
    assert dataclasses.replace(noisy, noise=plan.recipe.noise) == plan.recipe
    assert len({job.result for job in plan.jobs("noise")}) == 3 * 7 * 9


def test_unknown_names(tmp_path):
    assert NAMES == (
        "blaesche2020", "gokmen2017", "hunsberger2016", "jang2020-vowel", "jang2021-bisnn",
        "lee2020", "oconnor2016", "own-cifar10", "own-mnist", "skatchkovsky2020",
    )  # fmt: skip
    with pytest.raises(ValidationError, match="no experiment 'lee2021'; expected one of blae"):
        experiment("lee2021")
    with pytest.raises(ValidationError, match="no recipe for 'imdb'; expected one of mnist"):
        Hunsberger_2016.Reproduction("imdb", tmp_path)
    with pytest.raises(ValidationError, match="no noise 'pink'"):
        Hunsberger_2016.Reproduction("mnist", tmp_path, noises=("pink",))


@pytest.mark.tf
def test_command_writes_tables_and_continues(tmp_path, monkeypatch):
    recipes = {**Hunsberger_2016._RECIPES, "mnist": dataclasses.replace(DIGITS, epochs=10)}
    monkeypatch.setattr(Hunsberger_2016, "_RECIPES", recipes)
    command = ["reproduce", "hunsberger2016", "--table", "errors", "--table", "trade-off"]
    command += ["--quick", "--quiet", "--out", str(tmp_path)]
    first = CliRunner().invoke(app, command)
    assert first.exit_code == 0, first.output
    folder = tmp_path / "hunsberger2016" / "quick" / "mnist"
    rows = json.loads((folder / "table-errors.json").read_text())
    assert [row["published"] for row in rows] == [0.79, 0.84, 0.88, 0.88]
    assert all(row["interval"][0] <= row["measured"] <= row["interval"][1] for row in rows)
    n = len(Evaluation.load(folder / "alpha-RC-3-ms" / "seed0" / "rate-1000-random.lifdeep").labels)
    for row in rows:
        p = two_proportions(row["measured"], n, row["published"], 10_000)
        assert row["p"] == pytest.approx(p)
        assert row["verdict"] in ("lower", "higher", "not distinguishable")
    with (folder / "table-trade-off.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [float(line["published_efficiency"]) for line in lines] == [5.94, 10.24, 14.42, 14.42]
    assert all(float(line["efficiency"]) > 0 for line in lines)
    assert "| SoftLIF network |" in (folder / "table-errors.md").read_text()
    trained = folder / "alpha-RC-3-ms" / "seed0" / "trained.lifdeep"
    written = trained.stat().st_mtime_ns
    assert CliRunner().invoke(app, command).exit_code == 0
    assert trained.stat().st_mtime_ns == written
