"""Published figures: one place for all of them, each with a source."""

import re

import pytest

from nengo_lifdeep.datasets import NAMES
from nengo_lifdeep.datasets.bundled.published import FIGURES, HUNSBERGER_2016, published_for
from nengo_lifdeep.energy.devices import MEASURED
from nengo_lifdeep.experiments import experiment


def test_every_figure_has_a_source_and_is_possible():
    assert len(FIGURES) > 15 and len(set(FIGURES)) == len(FIGURES)
    for each in FIGURES:
        assert each.data in NAMES and each.work and each.network and each.read_in
        assert "memory" not in each.read_in and "recalled" not in each.read_in
        assert 0 < each.error < 90
        assert each.device or each.joules is None  # joules of a chip that is named, or none
        assert each.seconds is None or 0 < each.seconds < 1


@pytest.mark.parametrize(
    ("data", "known"),
    [
        ("mnist's test images", True),
        ("mnist's test images (200 of 10,000 at random, stratified, seed 0)", True),
        ("cifar-100's test images", True),
        ("held-out images of mnist's training images", False),
        ("mnist's training images", False),
        ("fashion-mnist's test images", False),
        ("scikit-learn's digits", False),
        ("my mnist's test images", False),
    ],
)
def test_figures_are_those_of_the_same_test_images(data, known):
    found = published_for(data)
    assert bool(found) == known
    assert len({each.data for each in found}) == known
    assert found == published_for(re.split("'s test", data)[0]) or not known


def test_papers_and_energy_take_them_from_here():
    """No second place that could say something else."""
    errors = experiment("hunsberger2016").ERRORS
    assert errors["cifar100"] is HUNSBERGER_2016["cifar-100"] and len(errors) == 4
    theirs = [f for f in FIGURES if f.work.startswith("Hunsberger")]
    assert {f.data: f.error for f in theirs} == {k: v[2] for k, v in HUNSBERGER_2016.items()}
    lee = {f.data: f.error for f in FIGURES if f.work.startswith("Lee")}
    named = experiment("lee2020").ERRORS
    assert lee == {"mnist": named["lenet"].error, "cifar-10": named["resnet11"].error}
    joules = [f.joules for f in FIGURES if f.joules is not None]
    assert [row[3] for row in MEASURED if row[1] == "MNIST"] == joules
    assert ("Loihi", "MNIST", "400-400-10, 96.3 % (Renner 2024)", 0.0025e-3) in MEASURED
