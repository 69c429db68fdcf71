"""Whether everything in a folder is whole, and how much of it is finished."""

from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np

from nengo_lifdeep.cli.files import load_any
from nengo_lifdeep.support.files import read_record, record_kind
from nengo_lifdeep.training.checkpoints import Checkpoint

LEFTOVER = re.compile(r"\.lifdeep-[0-9a-f]{16}\.tmp")


def leftovers(folder: Path) -> list[Path]:
    """Temporary files below a folder."""
    return [p for p in folder.rglob("*") if LEFTOVER.fullmatch(p.name)]


def finished(folder: Path) -> dict[Path, Any]:
    """How far every file has come, after reading all of it; a file that is not whole raises.

    Epochs of checkpoints, runs of operating points, 1 for all others.
    """
    files = [p for p in folder.rglob("*") if p.is_file() and not LEFTOVER.fullmatch(p.name)]
    return {path: _read(path) for path in sorted(files)}


def _read(path: Path) -> int:
    if path.suffix == ".lifdeep":
        kind = record_kind(path)
        if kind == "Checkpoint":
            state = Checkpoint.load(path.parent)
            assert state is not None
            return state.epochs
        if kind == "OperatingRuns":
            return len(read_record(path, kind)[0]["runs"])
        load_any(path)
    elif path.suffix == ".png":
        from PIL import Image

        with Image.open(path) as picture:
            picture.load()
    elif path.suffix == ".svg":
        ET.parse(path)
    elif path.suffix == ".json":
        json.loads(path.read_text(encoding="utf-8"))
    elif path.suffix == ".csv":
        assert len(list(csv.reader(path.read_text(encoding="utf-8").splitlines()))) > 1
    elif path.suffix == ".html":
        assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    else:
        assert path.suffix in (".md", ".txt") and path.read_text(encoding="utf-8").endswith("\n")
    return 1


def assert_same_values(one: Path, two: Path) -> None:
    """Two saved values hold the same arrays."""
    kind = record_kind(one)
    arrays = [read_record(path, kind)[1] for path in (one, two)]
    assert list(arrays[0]) == list(arrays[1])
    for name, array in arrays[0].items():
        np.testing.assert_array_equal(array, arrays[1][name], strict=True)
