"""Units with prefixes, against Matplotlib's engineering notation."""

import numpy as np
import pytest

from nengo_lifdeep.support.words.si_prefix import with_unit


def test_as_matplotlib():
    ticker = pytest.importorskip("matplotlib.ticker")
    theirs = ticker.EngFormatter("J")
    rng = np.random.default_rng(0)
    for value in [*10.0 ** rng.uniform(-12, 14, 500), *10.0 ** np.arange(-12.0, 15.0)]:
        value = float(f"{value:.3g}")
        assert with_unit(value, "J") == theirs(value).replace("\N{MICRO SIGN}", "µ")


def test_edges():
    assert with_unit(999.6e-6, "J") == "1 mJ"
    assert with_unit(-2.5e-6, "J") == "-2.5 µJ"
    assert with_unit(3e-15, "J") == "0.003 pJ" and with_unit(4e15, "J") == "4000 TJ"
    assert with_unit(float("inf"), "J") == "inf J"
