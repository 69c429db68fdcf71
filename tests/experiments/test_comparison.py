"""Whether two errors can be told apart: against SciPy's own test, and the verdicts of tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, chi2_contingency

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.experiments.comparison import compared, interval, two_proportions


@pytest.mark.parametrize(
    ("wrong", "n", "wrong_other", "n_other"),
    [(1593, 10_000, 1646, 10_000), (57, 10_000, 92, 10_000), (30, 2_000, 61, 10_000)],
)
def test_equals_scipys_chi_square_without_correction(wrong, n, wrong_other, n_other):
    table = [[wrong, n - wrong], [wrong_other, n_other - wrong_other]]
    found = two_proportions(100 * wrong / n, n, 100 * wrong_other / n_other, n_other)
    assert found == pytest.approx(chi2_contingency(table, correction=False).pvalue, rel=1e-9)
    assert found == pytest.approx(
        two_proportions(100 * wrong_other / n_other, n_other, 100 * wrong / n, n)
    )


def test_false_alarms_are_as_rare_as_the_level_says():
    """Two networks of one and the same error: 5 % of pairs are called different, not more."""
    wrong = np.random.default_rng(0).binomial(1000, 0.16, (2000, 2)) / 10
    alarms = sum(two_proportions(a, 1000, b, 1000) < 0.05 for a, b in wrong)
    assert binomtest(alarms, 2000, 0.05).pvalue > 0.001


def test_verdicts_and_edges():
    assert compared(15.93, 10_000, 16.46, 10_000)["verdict"] == "not distinguishable"
    assert compared(0.57, 10_000, 0.92, 10_000)["verdict"] == "lower"
    assert compared(1.2, 10_000, 0.92, 10_000, suffix="_x") == {
        "interval_x": interval(1.2, 10_000),
        "p_x": two_proportions(1.2, 10_000, 0.92, 10_000),
        "verdict_x": "not distinguishable",
    }
    assert compared(5.0, 10_000, 4.0, 10_000)["verdict"] == "higher"
    assert compared(5.0, 100, None, 0)["p"] is None
    assert two_proportions(0, 10, 0, 10) == 1.0
    with pytest.raises(ValidationError, match=r"other is 101 % of 10 images"):
        two_proportions(1, 10, 101, 10)
    with pytest.raises(ValidationError, match="error is 1 % of 0 images"):
        two_proportions(1, 0, 1, 10)
