"""No kernel reads or writes outside of an array."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")


def test_every_kernel_stays_inside_its_arrays(tmp_path):
    """Compiled anew with checks, in a process of its own: Numba asks for them when imported."""
    environment = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    script = Path(__file__).with_name("checked_kernels.py")
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=1500
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    assert "noticed: spoilt_tables" in done.stdout
    names = [path.name for path in tmp_path.rglob("*.nbi")]
    assert names and all("_checked" in name for name in names if "compilation" not in name)
