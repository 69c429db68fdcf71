"""Degree classes and the mean field: closed forms, derivatives by differences, time."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import scipy.optimize

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.theta import (
    TYPES,
    DegreeClasses,
    MeanField,
    adjacency,
    degree_classes,
    degrees,
    mean_pulse,
    rewire,
    uncoupled_rate,
)

POINT = {"eta0": -0.45, "kappa": 1.5, "delta": 0.05}


@pytest.fixture(scope="module")
def classes(wiring):
    return degree_classes(wiring)


def active_rate(A, **changes):
    field = MeanField.of(degree_classes(A), **{**POINT, **changes})
    return field.rate(field.fixed_point("active"))


@pytest.mark.parametrize("eta0, rate", [(-0.5, 0.01124), (0.0, 0.05033), (0.5, 0.22536)])
def test_uncoupled_neurons_have_a_closed_form(eta0, rate):
    field = MeanField.homogeneous(eta0, 0.0, 0.05)
    _, states = field.integrate([0.1], 2000.0)
    assert field.rate(states[-1]) == pytest.approx(uncoupled_rate(eta0, 0.05), abs=1e-6)
    assert uncoupled_rate(eta0, 0.05) == pytest.approx(rate, abs=6e-6)
    integral = scipy.integrate.quad(  # sqrt(J) / pi over the distribution, J = tan^2 substituted
        lambda u: np.sqrt(max(eta0 + 0.05 * np.tan(u), 0)) / np.pi / np.pi, -np.pi / 2, np.pi / 2,
        limit=500,
    )[0]  # fmt: skip
    assert uncoupled_rate(eta0, 0.05) == pytest.approx(integral, rel=1e-4)


def test_far_below_threshold_nothing_is_lost():
    assert uncoupled_rate(-1e9, 1e-3) == pytest.approx(1e-3 / (2 * np.pi * np.sqrt(1e9)), rel=1e-9)


def test_mean_pulse_by_quadrature():
    """Neurons with the mean z have the density of a Poisson kernel."""
    theta = np.linspace(-np.pi, np.pi, 4000, endpoint=False)
    for z in (0.0, 0.5, -0.3 + 0.6j, -0.9j):
        turn = np.exp(1j * theta)
        density = (1 - abs(z) ** 2) / np.abs(turn - z) ** 2
        assert mean_pulse(z) == pytest.approx(
            np.mean(density * 2 / 3 * (1 - np.cos(theta)) ** 2), abs=1e-9
        )


def test_fixed_points_stand_still(classes):
    field = MeanField.of(classes, **POINT)
    for start in ("active", "quiet"):
        z = field.fixed_point(start)
        assert np.abs(field.derivative(z)).max() < 1e-9
        assert field.eigenvalues(z)[0].real < 0
        np.testing.assert_allclose(field.fixed_point(z * 0.999), z, atol=1e-8)
    _, states = field.integrate(np.zeros(field.n), 400.0)
    assert field.rate(states[-1]) == pytest.approx(active_rate_of(field), rel=1e-4)


def active_rate_of(field):
    return field.rate(field.fixed_point("active"))


def test_jacobian_by_differences(classes):
    field = MeanField.of(classes, **POINT)
    z = 0.7 * np.exp(1j * np.random.default_rng(0).uniform(-3, 3, field.n))
    J, n, h = field.jacobian(z), field.n, 1e-6
    for k, unit in ((3, 1.0), (40, 1j)):
        step = np.zeros(n, complex)
        step[k] = h * unit
        change = (field.derivative(z + step) - field.derivative(z - step)) / (2 * h)
        column = J[:, k if unit == 1.0 else n + k]
        np.testing.assert_allclose(column, np.concatenate([change.real, change.imag]), atol=1e-8)


@pytest.mark.parametrize("parameter", ["eta0", "kappa", "delta"])
def test_equations_by_differences(classes, parameter):
    field = MeanField.of(classes, **POINT)
    y, h = field.unknowns(field.fixed_point()), 1e-6
    _, by_y, by_p = field.equations(y, parameter)
    at = getattr(field, parameter)
    up, down = (
        dataclasses.replace(field, **{parameter: at + s * h}).equations(y)[0] for s in (1, -1)
    )
    np.testing.assert_allclose(by_p, (up - down) / (2 * h), atol=1e-8)
    step = np.zeros(len(y))
    step[5] = h
    change = (field.equations(y + step)[0] - field.equations(y - step)[0]) / (2 * h)
    np.testing.assert_allclose(by_y[:, 5], change, atol=1e-8)


def test_classes_by_brute_force():
    A = np.random.default_rng(0).integers(0, 2, (40, 40))
    found = degree_classes(A, 3)
    k_in, k_out = degrees(A)
    for k in np.unique(k_in):  # neurons of like degrees stay together
        for other in np.unique(k_out):
            assert len(set(found.members[(k_in == k) & (k_out == other)])) <= 1
    for i in range(found.n):
        for j in range(found.n):
            block = A[np.ix_(found.members == i, found.members == j)]
            assert found.edges[i, j] == pytest.approx(block.sum(axis=1).mean())
    assert found.weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(found.edges.sum(axis=1), found.k_in)
    np.testing.assert_allclose(found.means(k_out), found.k_out)


def test_one_class_is_the_homogeneous_network():
    A = np.ones((6, 6), int) - np.eye(6, dtype=int)
    assert active_rate(A) == pytest.approx(active_rate_of(MeanField.homogeneous(**POINT)))


def test_classes_against_every_neuron_by_itself(wiring, classes):
    """Ten groups of each degree against the adjacency matrix in their place."""
    n = wiring.shape[0]
    field = MeanField(wiring.toarray() / (wiring.sum() / n), np.full(n, 1 / n), **POINT)
    z = MeanField.of(classes, **POINT).fixed_point()[classes.members]
    for _ in range(200):
        z = field.state_at(mean_pulse(z))
    assert np.abs(field.derivative(z)).max() < 1e-6
    assert field.rate(z) == pytest.approx(active_rate(wiring), abs=1.5e-3)


def test_rank_two_is_enough(wiring):
    for A in (wiring, rewire(wiring, 0.2, "in", "in"), rewire(wiring, -0.2, "in", "out")):
        assert active_rate(A, rank=2) == pytest.approx(active_rate(A), abs=1e-3)
    neutral, mixed = (
        degree_classes(a).singular_values for a in (wiring, rewire(wiring, 0.2, "in", "in"))
    )
    assert neutral[1] < 0.05 * neutral[0] and mixed[1] > 0.1 * mixed[0] > 2 * mixed[2]


def test_the_whole_rank_is_the_coupling(classes):
    field = MeanField.of(classes, **POINT, rank=classes.n)
    np.testing.assert_allclose(field.effective_coupling, classes.coupling)
    one_less = MeanField.of(classes, **POINT, rank=classes.n - 1)
    np.testing.assert_allclose(one_less.effective_coupling, classes.coupling, atol=1e-2)


@pytest.mark.parametrize("kind", TYPES, ids="-".join)
def test_two_types_matter_and_two_do_not(wiring, kind):
    neutral = active_rate(wiring)
    changes = [active_rate(rewire(wiring, r, *kind)) / neutral - 1 for r in (-0.2, 0.2)]
    if kind[0] == "out":
        assert max(map(abs, changes)) < 0.005
    else:
        assert all(0.008 < abs(change) < 0.04 for change in changes)
        assert (changes[0] > 0 > changes[1]) == (kind == ("in", "in"))


@pytest.mark.parametrize(
    "coupling",
    [
        np.diag([1.0, 0.1]),  # the second class alone: nothing of it is in the first vector
        [[1.0, 0.2, 0.0], [0.2, 1.0, 0.0], [0.0, 0.0, 0.1]],
        [[1.0, -1.1], [-5.0, 5.0]],  # sums of nothing, and of the other sign
    ],
)
def test_a_rank_that_leaves_a_class_without_its_input_is_refused(coupling):
    """It went on, with classes that received nothing."""
    coupling = np.asarray(coupling)
    weights = np.full(len(coupling), 1 / len(coupling))
    with pytest.raises(ValidationError, match="rank is 1, with which class .* higher rank"):
        MeanField(coupling, weights, **POINT, rank=1)
    whole = MeanField(coupling, weights, **POINT, rank=len(coupling))
    np.testing.assert_allclose(whole.effective_coupling, coupling)


def test_classes_that_receive_nothing_keep_it_at_any_rank():
    coupling = np.array([[1.0, 2.0, 0.5], [2.0, 3.9, 1.0], [0.0, 0.0, 0.0]])
    field = MeanField(coupling, [0.3, 0.3, 0.4], **POINT, rank=1)
    np.testing.assert_allclose(field.effective_coupling.sum(axis=1), [3.5, 6.9, 0.0], atol=1e-9)


@pytest.mark.parametrize("z", [2.0, -1.5, 0.8 + 0.8j, 1 + 1e-6])
@pytest.mark.parametrize(
    "method", ["rates", "rate", "input", "derivative", "jacobian", "eigenvalues", "unknowns",
               "fixed_point"],
)  # fmt: skip
def test_states_outside_of_the_unit_circle_are_refused(method, z):
    """Rates of them are negative."""
    field = MeanField.homogeneous(**POINT)
    with pytest.raises(ValidationError, match=r"z\[0\] is .*; expected .* at most 1 in size"):
        getattr(field, method)([z])
    with pytest.raises(ValidationError, match=r"z\[0\] is"):
        field.integrate([z], 1.0)


def test_an_infinite_rate_is_refused():
    field = MeanField.homogeneous(**POINT)
    with pytest.raises(ValidationError, match="infinite rate"):
        field.rates([-1.0])
    _, states = field.integrate([-1.0], 50.0)  # as a state to begin with it may be
    assert np.isfinite(field.rate(states[-1]))


def test_an_integration_that_breaks_off_is_told(monkeypatch):
    """It gave the states there were, fewer than times."""
    field = MeanField.homogeneous(**POINT)
    solve = scipy.integrate.solve_ivp

    def broken(motion, span, *args, t_eval, **options):
        found = solve(motion, (0, span[1] / 2), *args, t_eval=t_eval[: len(t_eval) // 2], **options)
        found.success, found.message = False, "Required step size is too small."
        return found

    monkeypatch.setattr(scipy.integrate, "solve_ivp", broken)
    with pytest.raises(ValidationError, match="followed to 4 of 10 .*step size is too small"):
        field.integrate([0.0], 10.0, n=11)


def test_newton_at_a_fold_is_an_error_of_ours(monkeypatch):
    field = MeanField.homogeneous(**POINT)
    monkeypatch.setattr(
        MeanField, "equations", lambda self, y, parameter="eta0": (y, np.zeros((1, 1)), y)
    )
    with pytest.raises(ValidationError, match="no fixed point was found"):
        field.fixed_point([0.0])


def test_bad_values(classes):
    good = {"coupling": np.ones((2, 2)), "weights": [0.5, 0.5], **POINT}
    for bad, message in (
        ({"coupling": np.ones((2, 3))}, "as many rows as columns"),
        ({"coupling": [[np.nan]], "weights": [1.0]}, "finite"),
        ({"weights": [0.5, 0.6]}, "add up to 1.1"),
        ({"weights": [1.0]}, "weights has shape"),
        ({"delta": 0.0}, "delta is 0"),
        ({"eta0": np.nan}, "eta0"),
        ({"rank": 3}, "rank"),
    ):
        with pytest.raises(ValidationError, match=message):
            MeanField(**{**good, **bad})
    field = MeanField(**good)
    for z in ([0.0], [np.nan, 0], ["a", "b"], None):
        with pytest.raises(ValidationError, match="expected 2 finite complex numbers"):
            field.rate(z)
    with pytest.raises(ValidationError, match="start is 'loud'; expected 'active', 'quiet'"):
        field.fixed_point("loud")
    with pytest.raises(ValidationError, match="no edges"):
        degree_classes(np.zeros((3, 3)))
    with pytest.raises(ValidationError, match="members are not the numbers 0 to 1"):
        DegreeClasses(np.ones((2, 2)), [0, 0], [1.0, 1.0], [1.0, 1.0], 1.0)
    assert "float64 array" in repr(classes) and len(repr(classes)) < 400
    assert adjacency([[0, 1], [1, 0]]).nnz == 2
