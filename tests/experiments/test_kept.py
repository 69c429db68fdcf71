"""Counts, spike checks and figures that stay in files are of the network that is there now."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from nengo_lifdeep import convert, datasets, pretrained
from nengo_lifdeep.energy import count
from nengo_lifdeep.errors import ModelFileError
from nengo_lifdeep.evaluation.agreement import SpikeCheck, check_spikes
from nengo_lifdeep.experiments import OConnor_2016
from nengo_lifdeep.experiments import trial as papers
from nengo_lifdeep.experiments.own import trial
from nengo_lifdeep.experiments.own.recipe import Recipe
from nengo_lifdeep.experiments.recipe import Recipe as PaperRecipe
from nengo_lifdeep.inputs.augmentation import Augmentation
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run

SHORT = Presentation(t_c=0.02, t_p=0.04)
OWN = Recipe(
    "digits-compact", "mnist", Augmentation(pad=1), epochs=3, presentation=SHORT, longest=0.04,
)  # fmt: skip


@pytest.fixture
def first():
    return pretrained.load("digits-compact")


def trained_anew(network):
    """The same layers with other weights."""
    turned = {**network.weights["dense1"], "kernel": -network.weights["dense1"]["kernel"]}
    return dataclasses.replace(network, weights={**network.weights, "dense1": turned})


@pytest.mark.parametrize("kind, read", [("operations", "counts"), ("check", "check")])
def test_what_was_measured_of_other_weights_is_not_shown(kind, read, first, tmp_path, monkeypatch):
    """Before, the table showed operations and moved spikes of the network that was replaced."""
    monkeypatch.setattr(trial, "CHECKED", 2)
    own = trial.Trial("digits", OWN, 0, tmp_path, n_images=5, progress=False)
    first.save(own.network)
    own.run(kind)
    found = getattr(own, read)()
    first.save(own.network)  # written again, the same
    assert getattr(own, read)() == found
    other = trained_anew(first)
    other.save(own.network)
    words = f"{kind}.* is of the weights {first.fingerprint}, .* has {other.fingerprint}.*Remove"
    with pytest.raises(ModelFileError, match=words):
        getattr(own, read)()
    own.result(kind).unlink()
    own.run(kind)
    assert getattr(own, read)() != found


def test_files_of_before_name_no_weights(first, tmp_path):
    """They are taken as they are, as evaluations without a fingerprint."""
    own = trial.Trial("digits", OWN, 0, tmp_path, n_images=5)
    first.save(own.network)
    spiking, images = convert(first), datasets.load("digits").test.take(3)
    counts = count(run(spiking, images, presentation=SHORT, progress=False), spiking)
    own.result("operations").write_text(json.dumps(dataclasses.asdict(counts)))
    checked = check_spikes(spiking, images, 1, presentation=SHORT)
    assert checked.trained_weights == first.fingerprint
    dataclasses.replace(checked, trained_weights="").save(own.result("check"))
    trained_anew(first).save(own.network)
    assert own.counts() == counts and own.check().spikes == checked.spikes


def test_a_spike_check_of_a_paper_is_of_its_network(first, tmp_path):
    paper = papers.Trial(PaperRecipe("digits", "digits-compact"), 0, tmp_path)
    first.save(paper.folder / "trained.lifdeep")
    images = datasets.load("digits").test.take(3)
    check_spikes(convert(first), images, 1, presentation=SHORT).save(paper.checked(1))
    assert paper.spike_check(1) == SpikeCheck.load(paper.checked(1))
    trained_anew(first).save(paper.folder / "trained.lifdeep")
    with pytest.raises(ModelFileError, match=f"checked-1.*{first.fingerprint}.*trained anew"):
        paper.spike_check(1)


def test_figures_of_a_paper_are_of_its_network(first, tmp_path, monkeypatch):
    plan = OConnor_2016.Reproduction("mnist", tmp_path, n_images=5, progress=False)
    network = next(plan.networks())
    images = datasets.load("digits").test.take(5)
    monkeypatch.setattr(OConnor_2016.Reproduction, "test_images", images)
    monkeypatch.setattr(OConnor_2016, "_measured", lambda *given: {"error": 50.0})
    for job in plan.jobs("errors"):
        if job.arguments[1] == network:
            if job.kind == "train":
                first.save(job.result)
            else:
                job.run()
    found = plan.result(network, "errors")
    assert set(found) == {"error", "rates"} and np.isfinite(found["rates"])
    trained_anew(first).save(plan.jobs("errors")[0].result)
    with pytest.raises(ModelFileError, match=f"errors-.*{first.fingerprint}.*trained anew"):
        plan.result(network, "errors")
