"""Degree sequences, wiring, assortativity and rewiring."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.theta import (
    TYPES,
    adjacency,
    assortativity,
    chung_lu,
    configuration_model,
    correlate_degrees,
    degree_sequence,
    degrees,
    rewire,
    within_neuron_correlation,
)


def brute_force(A, send, receive):
    """Pearson's correlation over a list of edges."""
    A = np.asarray(A)
    k = {"in": A.sum(axis=1), "out": A.sum(axis=0)}
    pairs = [
        (k[send][j], k[receive][i])
        for i in range(len(A)) for j in range(len(A)) for _ in range(A[i, j])
    ]  # fmt: skip
    return np.corrcoef(np.transpose(pairs))[0, 1]


def simple(A):
    return A.max() == 1 and not A.diagonal().any()


@pytest.mark.parametrize("send, receive", TYPES)
def test_assortativity_by_brute_force(send, receive):
    A = np.random.default_rng(0).integers(0, 3, (9, 9))  # multiple and self-connections count too
    for form in (A, sparse.csr_array(A), sparse.coo_matrix(A), A.tolist(), A.astype(float)):
        assert assortativity(form, send, receive) == pytest.approx(brute_force(A, send, receive))


def test_the_four_types_are_four_things():
    """From one in-hub to an out-hub; transposing swaps sender with receiver, and in with out."""
    A = np.random.default_rng(1).integers(0, 2, (30, 30))
    found = [assortativity(A, *kind) for kind in TYPES]
    assert len({round(r, 6) for r in found}) == 4
    swapped = {"in": "out", "out": "in"}
    for send, receive in TYPES:
        assert assortativity(A.T, send, receive) == pytest.approx(
            assortativity(A, swapped[receive], swapped[send])
        )


@pytest.mark.parametrize("kind", TYPES, ids="-".join)
@pytest.mark.parametrize("r", [-0.2, 0.2])
def test_rewiring(wiring, kind, r):
    before = {other: assortativity(wiring, *other) for other in TYPES}
    A = rewire(wiring, r, *kind, seed=5)
    for old, new in zip(degrees(wiring), degrees(A), strict=True):
        np.testing.assert_array_equal(old, new)
    assert simple(A) and A.nnz == wiring.nnz
    assert abs(assortativity(A, *kind) - r) < 0.002
    others = [abs(assortativity(A, *k) - before[k]) for k in TYPES if k != kind]
    assert max(others) < 0.03
    np.testing.assert_array_equal(rewire(wiring, r, *kind, seed=5).indices, A.indices)
    assert (rewire(wiring, r, *kind, seed=6) != A).nnz > 0


def test_rewiring_says_how_far_it_came():
    k = degree_sequence(50, 2, 20)
    A = configuration_model(k, k)
    with pytest.raises(ValidationError, match=r"r is 1 for \(in, in\); exchanges .* reach 0\.\d+"):
        rewire(A, 1.0, "in", "in")
    with pytest.raises(ValidationError, match="3 edges between two neurons; expected a simple"):
        rewire([[0, 3], [1, 0]], 0.1, "in", "in")
    with pytest.raises(ValidationError, match="1 connections of neurons to themselves"):
        rewire([[1, 1], [1, 0]], 0.1, "in", "in")
    with pytest.raises(ValidationError, match="all senders have the same in-degree"):
        rewire([[0, 1], [1, 0]], 0.1, "in", "in")


def test_power_law():
    k = degree_sequence(200_000, 100, 400)
    for low in (100, 150, 250):
        inside = np.count_nonzero((k >= low) & (k < low + 20)) / len(k)
        exact = (np.arange(low, low + 20.0) ** -3).sum() / (np.arange(100, 401.0) ** -3).sum()
        assert abs(inside - exact) < 5 * np.sqrt(exact / len(k))
    assert k.min() == 100 and k.max() == 400
    assert set(degree_sequence(100, 3, 4, exponent=0.0)) == {3, 4}
    np.testing.assert_array_equal(degree_sequence(9, 1, 5), degree_sequence(9, 1, 5, seed=0))


@pytest.mark.parametrize("total", [300, 345, 600])
def test_totals(total):
    k = degree_sequence(100, 3, 6, total=total)
    assert k.sum() == total and k.min() >= 3 and k.max() <= 6


@pytest.mark.parametrize("dense", [False, True])
def test_configuration_model_is_exact(dense):
    low, high = (20, 60) if dense else (1, 10)  # of 80 neurons
    k_in = degree_sequence(80, low, high)
    k_out = degree_sequence(80, low, high, total=int(k_in.sum()), seed=1)
    A = configuration_model(k_in, k_out, seed=2)
    assert simple(A)
    np.testing.assert_array_equal(degrees(A)[0], k_in)
    np.testing.assert_array_equal(degrees(A)[1], k_out)
    assert (configuration_model(k_in, k_out, seed=3) != A).nnz > 0


def test_edges_of_the_configuration_model_are_random(wiring):
    assert max(abs(assortativity(wiring, *kind)) for kind in TYPES) < 0.02


def test_chung_lu_has_its_degrees_in_the_mean():
    k = np.repeat([10, 20, 40], 60)
    drawn = [degrees(chung_lu(k, k, seed=s)) for s in range(20)]
    mean_in, mean_out = np.mean(drawn, axis=0)
    expected = k * (1 - k / k.sum())  # no neuron is connected to itself
    for found in (mean_in, mean_out):
        groups = found.reshape(3, 60).mean(axis=1)
        spread = np.sqrt(expected.reshape(3, 60).mean(axis=1) / (60 * 20))
        assert np.all(np.abs(groups - expected.reshape(3, 60).mean(axis=1)) < 4 * spread)
    A = chung_lu(k, k)
    assert simple(A)


@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.3, 0.7])
def test_degrees_within_neurons(correlation):
    k_in = degree_sequence(2000, 100, 400)
    k_out = degree_sequence(2000, 100, 400, total=int(k_in.sum()), seed=1)
    paired = correlate_degrees(k_in, k_out, correlation)
    np.testing.assert_array_equal(np.sort(paired), np.sort(k_out))
    assert abs(np.corrcoef(k_in, paired)[0, 1] - correlation) < 1e-3
    A = configuration_model(k_in, paired)
    assert abs(within_neuron_correlation(A) - correlation) < 1e-3


def test_unreachable_correlations_say_what_is_reached():
    k = degree_sequence(2000, 100, 400)
    with pytest.raises(ValidationError, match=r"correlation is -0\.99; orders .* reach -0\.\d+ to"):
        correlate_degrees(k, k, -0.99)


NOT_GRAPHS = [
    np.ones((2, 3)), [1, 2], "A", None, [[0, -1], [0, 0]], [[0, 0.5], [0, 0]],
    [[0, np.nan], [0, 0]], np.zeros((0, 0)), [["a", "b"], ["c", "d"]], [[1j, 0], [0, 0]], 3,
    sparse.csr_array(np.ones((2, 3))), sparse.csr_array([[0, 0.5], [0, 0]]),
]  # fmt: skip


@pytest.mark.parametrize("graph", NOT_GRAPHS, ids=range(len(NOT_GRAPHS)))
def test_what_is_no_graph(graph):
    with pytest.raises(ValidationError, match="graph"):
        adjacency(graph)


def test_wrong_degrees():
    with pytest.raises(ValidationError, match="k_in adds up to 3 and k_out to 4"):
        configuration_model([1, 2], [2, 2])
    with pytest.raises(ValidationError, match="k_in holds 2 for 2 neurons; expected at most 1"):
        configuration_model([2, 0], [1, 1])
    with pytest.raises(ValidationError, match="probability above 1"):
        chung_lu([9, 0, 0], [9, 0, 0])
    with pytest.raises(ValidationError, match="found no place"):
        configuration_model([2, 0, 0], [2, 0, 0])
    for k in ([], [1.5], [-1], [[1]], "ab", [np.nan]):
        with pytest.raises(ValidationError, match="k_in"):
            configuration_model(k, k)
    for given in ({"low": 5, "high": 4}, {"low": 0, "high": 4}, {"low": 1, "high": 2, "total": 99}):
        with pytest.raises(ValidationError, match="low|total"):
            degree_sequence(10, **given)


def test_no_networkx_is_loaded():
    import subprocess
    import sys

    code = (
        "import sys, nengo_lifdeep.theta as t; t.adjacency([[0, 1], [0, 0]]); "
        "print(sorted({'networkx', 'numba', 'tensorflow', 'matplotlib'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_networkx_graphs():
    networkx = pytest.importorskip("networkx")
    weighted = networkx.DiGraph()
    weighted.add_weighted_edges_from([(0, 1, 1), (1, 0, 0.25)])
    with pytest.raises(ValidationError, match="from 1 to 0 of weight 0.25; edges are counted"):
        adjacency(weighted)
    graph = networkx.MultiDiGraph([(0, 1), (0, 1), (2, 1), (1, 2)])
    np.testing.assert_array_equal(adjacency(graph).toarray(), [[0, 0, 0], [2, 0, 1], [0, 1, 0]])
    assert adjacency(networkx.path_graph(3)).nnz == 4
    larger = networkx.gnp_random_graph(60, 0.2, seed=1, directed=True)
    for send, receive in TYPES:
        known = networkx.degree_pearson_correlation_coefficient(larger, x=send, y=receive)
        assert assortativity(larger, send, receive) == pytest.approx(known)
