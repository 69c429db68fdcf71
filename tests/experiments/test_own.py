"""Our own networks: files, both tables and the figure on digits; what is judged by which images."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.experiments import experiment
from nengo_lifdeep.experiments.own import networks, recipes, trial
from nengo_lifdeep.inputs.augmentation import Augmentation
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.jobs.local import run_jobs
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.training.batches import split_validation

SHORT = Presentation(t_c=0.02, t_p=0.04)
DIGITS = recipes.Recipe(
    "digits-compact", "mnist", Augmentation(pad=1), epochs=3, batch_size=50, peak=0.02, gain=1.0,
    quick_products=False, presentation=SHORT, longest=0.04, on_chip=SHORT,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Digits(networks.OwnNetworks):
    PAPER = "own-digits"
    SETS = ("digits",)


@pytest.mark.parametrize("name", ["own-mnist", "own-cifar10"])
def test_every_recipe_fits_its_network(name, tmp_path):
    module = experiment(name)
    for dataset in module.DATASETS:
        plan = module.Reproduction(dataset, tmp_path, epochs=3)
        recipe = plan.recipe
        net = architecture(recipe.network)
        raw = (32, 32, 3) if dataset == "cifar10" else (28, 28, 1)
        assert net.input_shape == recipe.augmentation.output_shape(raw) == raw
        assert net.output_shape == (10,) and recipe.epochs == 3
        n_training = 50_000 if dataset == "cifar10" else 60_000
        held = recipe.held_out * n_training / recipe.batch_size
        assert held == pytest.approx(round(held)) and held * recipe.batch_size >= 4999
        assert recipe.presentation.t_p <= recipe.longest
        for table in module.TABLES:
            jobs = plan.jobs(table)
            assert len({job.result for job in jobs}) == len(jobs)
            assert all(len(pickle.dumps(job)) < 10_000 for job in jobs)
    with pytest.raises(ValidationError, match=f"no recipe for 'svhn' of {name}"):
        module.Reproduction("svhn", tmp_path)
    with pytest.raises(ValidationError, match=f"{name} has no table 'noise'"):
        plan.jobs("noise")


@pytest.mark.tf
def test_tables_and_figure_of_a_small_network(tmp_path, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "digits", DIGITS)
    monkeypatch.setattr(networks, "CONVERSIONS", networks.CONVERSIONS[1:4:2])
    monkeypatch.setattr(trial, "_JUDGED", 20)
    plan = Digits("digits", tmp_path, seeds=1, n_images=60, progress=False)
    for table in networks.TABLES:
        run_jobs(plan.jobs(table), lambda line: None)
    (row,) = plan.table("errors").rows
    (own,) = plan.trials()
    spikes = own.evaluation("spikes", DIGITS.conversion)
    assert row["rates"] == pytest.approx(own.evaluation("rates").error)
    assert row["spikes"] == pytest.approx(100 * np.mean(spikes.predictions != spikes.labels))
    assert row["chip"] == own.evaluation("chip").error and row["otherwise"] == 0
    assert row["macs"] == 60_224 and row["events"] > 10 * row["per_image"] > 0
    assert row["spikes_interval"][0] < row["spikes"] < row["spikes_interval"][1]

    slow, fast = plan.table("latency").rows
    assert slow["conversion"] == "from half the threshold, alpha 3 ms"
    assert fast["conversion"] == "from half the threshold, rates x 2, alpha 3 ms"
    assert fast["spikes"] > 1.5 * slow["spikes"]
    axes, grid = networks.FIGURES["latency"](plan)
    assert len(axes.lines) == 2 and len(grid.rows) == 2 * SHORT.n_steps
    found = {row["ms"]: row["error"] for row in grid.rows[: SHORT.n_steps]}
    assert found[20] == pytest.approx(slow["t20"])

    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    run_jobs(plan.jobs("errors"), lambda line: None)
    assert before == {file: file.stat().st_mtime_ns for file in before}
    own._result("operations").write_text("{}")
    with pytest.raises(ModelFileError, match="operations.*is damaged"):
        own.counts()


def test_choices_are_made_without_the_test_images(tmp_path):
    own = trial.Trial("digits", DIGITS, 0, tmp_path)
    held = dataclasses.replace(own, validation=True)
    assert own.test.labels.tolist() == own.data.test.labels.tolist()
    assert len(held.test) == 150 and own._result("chosen") == held._result("chosen")
    assert own.file("rates") != held.file("rates")
    images = {image.tobytes() for image in own.held.images}
    rest, _ = split_validation(own.data.train, DIGITS.held_out, 50, 0)
    assert len(rest) + len(held.test) == len(own.data.train)
    assert not images & {image.tobytes() for image in rest.images}
