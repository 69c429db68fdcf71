"""Small data sets in the true file formats, and an environment without real ones."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def empty_machine(monkeypatch, tmp_path):
    """No data variable, and a Keras cache that is empty; returns the cache's data folder."""
    monkeypatch.delenv("NENGO_LIFDEEP_DATA", raising=False)
    cache = tmp_path / "keras-home" / "datasets"
    cache.mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(cache.parent))
    return cache


def idx_bytes(array: np.ndarray) -> bytes:
    """The IDX format, written from its definition: 0, 0, type 8 (bytes), axes, lengths, data."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_idx(path: Path, array: np.ndarray) -> None:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wb") as file:
        file.write(idx_bytes(array))


class TinyMnist:
    """Eleven training and five test images as IDX files."""

    def __init__(self, suffix: str = ".gz"):
        rng = np.random.default_rng(3)
        self.suffix = suffix
        self.arrays = {
            "train-images-idx3-ubyte": rng.integers(0, 256, (11, 28, 28), dtype=np.uint8),
            "train-labels-idx1-ubyte": rng.integers(0, 10, 11, dtype=np.uint8),
            "t10k-images-idx3-ubyte": rng.integers(0, 256, (5, 28, 28), dtype=np.uint8),
            "t10k-labels-idx1-ubyte": rng.integers(0, 10, 5, dtype=np.uint8),
        }

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, array in self.arrays.items():
            write_idx(folder / (name + self.suffix), array)
        return folder

    def check(self, dataset) -> None:
        for split, stem in ((dataset.train, "train"), (dataset.test, "t10k")):
            np.testing.assert_array_equal(
                split.images[..., 0], self.arrays[f"{stem}-images-idx3-ubyte"]
            )
            np.testing.assert_array_equal(split.labels, self.arrays[f"{stem}-labels-idx1-ubyte"])
            assert split.images.dtype == np.uint8


@pytest.fixture
def tiny_mnist():
    return TinyMnist()
