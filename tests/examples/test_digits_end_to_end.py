"""The main job, for real: the figures that the README promises, and every file of the report."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from nengo_lifdeep.records import Evaluation

SCRIPT = Path(__file__).parents[2] / "examples" / "digits_end_to_end.py"


@pytest.mark.tf
@pytest.mark.loihi
def test_promised_errors(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    results = runpy.run_path(str(SCRIPT))["main"](str(tmp_path), seed=1)
    rate, *spiking = results
    assert rate.simulator == "rate"
    assert rate.error <= 3.0
    assert [e.simulator for e in spiking] == ["events", "nengo", "nengo-dl", "loihi"]
    for evaluation in spiking:
        assert evaluation.n_images == 359
        assert abs(evaluation.error - rate.error) <= 1.5
        saved = Evaluation.load(tmp_path / f"evaluation-{evaluation.simulator}.lifdeep")
        assert saved.error == evaluation.error
    assert capsys.readouterr().out.count("95 % interval") == 1
    assert {"summary.md", "raster-nengo.png", "confusion-loihi.png"} <= {
        path.name for path in tmp_path.iterdir()
    }
