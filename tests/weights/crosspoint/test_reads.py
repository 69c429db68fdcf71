"""Reads against what a product gives, and against another simulator's numbers.

IBM's `aihwkit` 1.1.0 (torch 2.10.0, Python 3.11, one run) gave, for the same settings: a noise of
0.0596 where 0.06 is asked for; with noise management a relative error of 0.3353, and of 0.3355 for
inputs that are 1,000 times smaller; outputs of 162 with bound management, 12.00 without.
"""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.weights import Read
from nengo_lifdeep.weights.crosspoint.reads import read

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(1, 20, 30)).astype(np.float32) * 0.2
ROWS = RNG.normal(size=(400, 20)).astype(np.float32) * 0.4
EXACT = ROWS @ WEIGHTS[0]


def of(how, rows=ROWS, weights=WEIGHTS, seed=1):
    return read(weights, rows, how, np.random.default_rng(seed))


def test_an_ideal_read_is_the_product():
    np.testing.assert_allclose(of(Read(0, None)), EXACT, rtol=1e-6, atol=1e-6)
    assert of(Read(0, None)).dtype == np.float32


def test_the_noise_is_as_large_as_asked():
    errors = of(Read(0.06, None)) - EXACT
    n = errors.size
    assert errors.std() == pytest.approx(0.06, abs=4 * 0.06 / np.sqrt(2 * n))
    assert 0.0596 == pytest.approx(errors.std(), rel=0.02)  # aihwkit
    assert abs(errors.mean()) < 4 * 0.06 / np.sqrt(n)
    assert abs(np.corrcoef(errors[:, 0], errors[:, 1])[0, 1]) < 4 / np.sqrt(len(errors))


@pytest.mark.parametrize("managed", [True, False])
def test_noise_management_keeps_the_relative_error(managed):
    how = Read(0.06, 12, noise_management=managed)
    relative = [
        np.linalg.norm(of(how, np.float32(f) * ROWS) - f * EXACT) / np.linalg.norm(f * EXACT)
        for f in (1.0, 1e-3)
    ]
    # aihwkit: 0.3353 and 0.3355 with it; without it a thousand times more
    expected = 1.0 if managed else 1000.0
    assert relative[1] / relative[0] == pytest.approx(expected, rel=0.02)


def test_noise_management_does_nothing_where_a_bias_is_the_largest_input():
    with_bias = np.concatenate([np.clip(ROWS, -1, 1), np.ones((len(ROWS), 1), np.float32)], 1)
    weights = np.concatenate([WEIGHTS, WEIGHTS[:, :1]], 1)
    plain, managed = (of(Read(0.06, noise_management=m), with_bias, weights) for m in (False, True))
    np.testing.assert_array_equal(managed, plain)


def test_bound_management_reads_what_is_beyond_the_bound():
    weights = np.full((1, 1, 2), (40.0, 162.0), np.float32)
    one = np.ones((1, 1), np.float32)
    np.testing.assert_array_equal(of(Read(0), one, weights), [[12, 12]])
    found = of(Read(0, bound_management=True), one, weights)
    np.testing.assert_allclose(found, [[40, 162]], rtol=4e-5)  # as aihwkit
    noisy = np.array([
        of(Read(0.06, bound_management=True), one, weights, seed)[0] for seed in range(400)
    ])  # fmt: skip
    # 162 needs four halvings, and the noise of that read is multiplied too
    assert (noisy - [40, 162]).std() == pytest.approx(16 * 0.06, rel=4 / np.sqrt(2 * 800))
    small = of(Read(0.06, bound_management=True), one, np.full((1, 1, 500), 3, np.float32))
    assert small.std() == pytest.approx(0.06, rel=4 / np.sqrt(2 * 500))
    # without end: the factor stops at 512
    huge = of(Read(0, bound_management=True), one, np.full((1, 1, 1), 1e6, np.float32))
    assert huge[0, 0] == 12 * 512


def test_converters_have_the_levels_of_their_bits():
    rows = np.linspace(-1.5, 1.5, 1001, dtype=np.float32)[:, np.newaxis]
    identity = np.ones((1, 1, 1), np.float32)
    found = of(Read(0, None, bits_in=7), rows, identity)[:, 0]
    assert len(np.unique(found)) == 127 and found.min() == -1 and found.max() == 1
    assert np.abs(found - np.clip(rows[:, 0], -1, 1)).max() <= 0.5 / 63 + 1e-6
    found = of(Read(0, 12, bits_out=9), 10 * rows, identity)[:, 0]
    assert len(np.unique(found)) == 511 and found.max() == 12
    assert np.abs(found - np.clip(10 * rows[:, 0], -12, 12)).max() <= 6 / 255 + 1e-5


def test_rows_of_zeros_are_not_read():
    rows = ROWS[:5].copy()
    rows[[1, 3]] = 0
    for how in (Read(), Read(noise_management=True, bound_management=True)):
        found = of(how, rows)
        assert (found[[1, 3]] == 0).all() and (found[[0, 2, 4]] != 0).all()
        assert (of(how, 0 * rows) == 0).all()
    assert of(Read(), rows[:0]).shape == (0, 30)
    rows[1, 2] = np.nan  # of a training that went wrong
    assert np.isnan(of(Read(), rows)[1]).all()


def test_several_devices_are_read_and_averaged():
    weights = np.stack([WEIGHTS[0] + f for f in (-0.1, 0, 0.1)])
    np.testing.assert_allclose(of(Read(0, None), weights=weights), EXACT, atol=1e-5)
    errors = of(Read(0.06, None), weights=weights) - EXACT
    assert errors.std() == pytest.approx(0.06 / np.sqrt(3), rel=4 / np.sqrt(2 * errors.size))


@pytest.mark.parametrize(
    "fields",
    [{"noise": -1}, {"bound": 0}, {"bits_in": 1}, {"bits_out": 4.5}, {"noise_management": 1},
     {"bound": None, "bits_out": 9}, {"bound": None, "bound_management": True}],
)  # fmt: skip
def test_what_no_read_is_is_refused(fields):
    with pytest.raises(ValidationError, match="Read: "):
        Read(**fields)
