"""What a result was computed on, in words, also where /proc/cpuinfo is not there."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from nengo_lifdeep.support.provenance import machine

CPU = """processor : 0
model name : Fast (TM) 3
flags : fpu avx2 fma sse

processor : 1
model name : Fast (TM) 3
flags : fpu avx2 fma sse
"""


def test_processor_cores_and_instructions(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(Path, "read_text", lambda path: CPU)
    assert machine() == "Fast (TM) 3, 2 cores, avx2 fma"
    monkeypatch.setattr(Path, "read_text", lambda path: "processor : 0\n")
    assert machine() == f"{platform.machine()}, 2 cores"


def test_without_cpuinfo(monkeypatch):
    def missing(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(Path, "read_text", missing)
    assert machine().endswith(", 2 cores") and len(machine()) > 9
