"""One small network for all tests of theta neurons."""

from __future__ import annotations

import pytest

from nengo_lifdeep.theta import configuration_model, degree_sequence


@pytest.fixture(scope="session")
def wiring():
    """2,000 neurons with 100 to 400 edges each, P(k) ~ k^-3, in- and out-degrees independent."""
    k_in = degree_sequence(2000, 100, 400)
    k_out = degree_sequence(2000, 100, 400, total=int(k_in.sum()), seed=1)
    return configuration_model(k_in, k_out)
