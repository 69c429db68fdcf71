"""Every call is made in an empty folder, which it leaves empty."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def empty_folder(tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))
    yield
    assert not list(Path().iterdir())
