"""Compiled code where its cache cannot be written."""

from __future__ import annotations

import errno

import pytest

caching = pytest.importorskip("numba.core.caching")


def doubled(x):
    return 2 * x


def test_a_full_disk_is_no_reason_not_to_compute(monkeypatch):
    from nengo_lifdeep.simulators.vectors.compilation import compiled

    tried = []

    def full(self, *_):
        tried.append(self)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "save", full)
    assert compiled(doubled)(21.0) == 42.0 and tried
