"""Branches of fixed points: folds, Hopf points, files."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.theta import Branch, MeanField, degree_classes, follow, rewire

EXCITED = MeanField.homogeneous(eta0=0.0, kappa=1.5, delta=0.05)
INHIBITED = MeanField.homogeneous(eta0=10.75, kappa=-5.0, delta=0.5)


@pytest.fixture(scope="module")
def branch():
    return follow(EXCITED, "eta0", -1.0)


def test_folds_of_an_independent_library(branch):
    """Computed with another continuation package for the same equation."""
    np.testing.assert_allclose(branch.folds[:, 0], [-0.678, -0.283], atol=5e-4)
    assert len(branch.hopfs) == 0


def test_both_ways_give_one_branch(branch):
    back = follow(dataclasses.replace(EXCITED, eta0=-1.0), "eta0", 0.0, start="quiet")
    np.testing.assert_allclose(back.folds[::-1], branch.folds, atol=1e-7)
    assert back.values[-1] == 0.0 and branch.values[-1] == -1.0
    assert branch.rates[0] == pytest.approx(back.rates[-1])


def test_folds_part_stable_from_unstable(branch):
    changes = np.flatnonzero(np.diff(branch.stable.astype(int)))
    assert len(changes) == 2 and branch.stable[0] and branch.stable[-1]
    for change, fold in zip(changes, branch.folds, strict=True):
        between = np.sort(branch.rates[change : change + 2])
        assert between[0] <= fold[1] <= between[1]
    for z, value, stable in zip(branch.z, branch.values, branch.stable, strict=True):
        field = dataclasses.replace(EXCITED, eta0=value)
        assert np.abs(field.derivative(z)).max() < 1e-8
        assert (field.eigenvalues(z)[0].real < 0) == stable


def test_states_near_a_fold_go_where_stability_says(branch):
    fold = branch.folds[0, 0]
    near = dataclasses.replace(EXCITED, eta0=fold + 1e-3)
    z = near.fixed_point("active")
    for beyond, stays in ((1e-3, True), (-1e-3, False)):
        field = dataclasses.replace(EXCITED, eta0=fold + beyond)
        _, states = field.integrate(z, 600.0)
        assert (field.rate(states[-1]) > 0.2) == stays


@pytest.mark.parametrize("parameter, until", [("kappa", 0.2), ("delta", 0.5)])
def test_other_parameters(parameter, until):
    start = dataclasses.replace(EXCITED, eta0=-0.5)
    found = follow(start, parameter, until)
    for value, z in zip(found.values, found.z, strict=True):
        field = dataclasses.replace(start, **{parameter: value})
        assert np.abs(field.derivative(z)).max() < 1e-8
    assert found.values[-1] == (1.5 if parameter == "kappa" else until)  # there are two states
    assert len(found.folds) == (1 if parameter == "kappa" else 0)


def test_hopf_points_of_inhibition():
    """Beyond it the state circles with that frequency, before it comes to rest."""
    found = follow(INHIBITED, "kappa", -12.0)
    assert len(found.hopfs) == 1 and len(found.folds) == 0
    kappa, rate, frequency = found.hopfs[0]
    assert 0.1 < rate < 0.6
    swings = []
    for beyond in (0.3, -0.3):
        field = dataclasses.replace(INHIBITED, kappa=kappa - beyond)
        near = found.z[np.argmin(np.abs(found.values - kappa))]
        start = field.fixed_point(near)
        assert (field.eigenvalues(start)[0].real > 0) == (beyond > 0)
        times, states = field.integrate(start + 0.02, 80.0, 4001)
        late = states[3000:, 0].real - states[3000:, 0].real.mean()
        swings.append(np.ptp(late))
        if beyond > 0:
            crossings = np.flatnonzero((late[:-1] < 0) & (late[1:] >= 0))
            period = np.diff(times[3000:][crossings]).mean()
            assert 2 * np.pi / period == pytest.approx(frequency, rel=0.2)
    assert swings[0] > 0.05 > 0.01 > swings[1]


def test_mixing_by_in_degrees_narrows_the_range_of_two_states(wiring):
    widths = []
    for A in (rewire(wiring, -0.2, "in", "in"), wiring, rewire(wiring, 0.2, "in", "in")):
        found = follow(MeanField.of(degree_classes(A, 6), 0.0, 1.5, 0.05, rank=2), "eta0", -1.0)
        assert len(found.at(-0.45 if len(widths) < 2 else -0.48, stable=True)) == 2
        widths.append(found.folds[-1, 0] - found.folds[0, 0])
    assert widths[0] > widths[1] + 0.04 > widths[2] + 0.08


def test_rates_between_points(branch):
    field = dataclasses.replace(EXCITED, eta0=-0.5)
    active, quiet = (field.rate(field.fixed_point(s)) for s in ("active", "quiet"))
    np.testing.assert_allclose(branch.at(-0.5, stable=True), [active, quiet], atol=2e-3)
    assert quiet < branch.at(-0.5, stable=False)[0] < active
    assert len(branch.at(0.3)) == 0
    with pytest.raises(ValidationError, match="value is nan"):
        branch.at(np.nan)


def test_rates_at_the_ends(branch):
    """Where the parameter is as at first the branch has a rate; it had none."""
    assert branch.at(0.0, stable=True) == pytest.approx(branch.rates[:1])
    assert branch.at(-1.0) == pytest.approx(branch.rates[-1:])
    assert len(branch.at(0.0, stable=False)) == len(branch.at(0.1)) == 0
    once = dataclasses.replace(
        branch, values=np.array([0.0, 0.0, 1.0]), z=branch.z[:3], rates=np.array([1.0, 2.0, 3.0]),
        stable=np.ones(3, bool),
    )  # fmt: skip
    np.testing.assert_array_equal(once.at(0.0), [2.0, 1.0])


@pytest.mark.parametrize("longest", [1.0, 10.0, 1e6])
def test_long_steps_leap_over_no_fold(branch, longest):
    found = follow(EXCITED, "eta0", -1.0, step=longest, longest=longest)
    np.testing.assert_allclose(found.folds, branch.folds, atol=1e-7)


def test_files(branch, tmp_path):
    again = Branch.load(branch.save(tmp_path / "a.branch"))
    for name in ("values", "z", "rates", "stable", "folds", "hopfs", "parameter"):
        np.testing.assert_array_equal(getattr(again, name), getattr(branch, name))
    content = (tmp_path / "a.branch").read_bytes()
    (tmp_path / "b.branch").write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelFileError, match=r"b\.branch"):
        Branch.load(tmp_path / "b.branch")


def test_refusals():
    with pytest.raises(ValidationError, match="until is 0, where eta0 is"):
        follow(EXCITED, "eta0", 0.0)
    with pytest.raises(ValidationError, match="parameter is 'eta'; expected"):
        follow(EXCITED, "eta", 1.0)
    with pytest.raises(ValidationError, match="more than 5 points"):
        follow(EXCITED, "eta0", -1.0, points=5)
    with pytest.raises(ValidationError, match="cannot be followed beyond delta"):
        follow(EXCITED, "delta", -1.0)
    with pytest.raises(ValidationError, match="field is .*MeanField"):
        follow("field", "eta0", 1.0)
