"""Someone with a Nengo model and a trained network: the page's code, in a fresh process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "larger_model.md"
ROOT = PAGE.parents[1]


@pytest.mark.tf
@pytest.mark.loihi
def test_one_model_reads_in_three_simulators(tmp_path):
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    script = tmp_path / "mine.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said = [line for line in done.stderr.splitlines() if "Warning" in line]
    assert all("initial values for 'voltage'" in line for line in said), said  # the user's ensemble
    found = re.findall(r"^(\S+) \[(.*?)\] \[(.*?)\] (\d+)$", done.stdout, re.MULTILINE)
    assert [name for name, *_ in found] == ["nengo", "nengo-dl", "loihi"]
    for name, read, written, _ in found:
        assert read == written, name
    spikes = {name: int(count) for name, *_, count in found}
    assert spikes["nengo-dl"] == pytest.approx(spikes["nengo"], rel=0.02)
    assert spikes["loihi"] == pytest.approx(spikes["nengo"], rel=0.1)
