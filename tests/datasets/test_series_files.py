"""Series, films and features in .npz files."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.datasets import load
from nengo_lifdeep.errors import DataError

RNG = np.random.default_rng(0)
WALKS = RNG.normal(size=(20, 5, 3)).astype(np.float32)
LABELS = np.arange(20) % 2


def test_a_folder_of_two_files(tmp_path):
    np.savez(tmp_path / "train.npz", frames=WALKS, labels=LABELS)
    np.savez_compressed(tmp_path / "test.npz", frames=WALKS[:4], labels=LABELS[:4])
    data = load("series", tmp_path)
    assert data.image_shape == (1, 5, 3) and data.classes == ("0", "1")
    np.testing.assert_array_equal(data.test.images[:, 0], WALKS[:4])


def test_one_file_is_divided_by_whole_series(tmp_path):
    path = tmp_path / "walks.npz"
    np.savez(path, frames=WALKS, targets=WALKS.cumsum(axis=1))
    data = load("series", path, test_share=0.25)
    assert (len(data.train), len(data.test)) == (75, 25) and data.image_shape == (1, 1, 3)
    steps = data.test.images.reshape(5, 5, 3)
    assert all((WALKS == series).all(axis=(1, 2)).any() for series in steps)
    np.testing.assert_allclose(data.test.targets.reshape(5, 5, 3), steps.cumsum(axis=1), rtol=1e-6)


def test_films_and_features(tmp_path):
    films = RNG.integers(0, 256, (10, 4, 6, 6, 1), dtype=np.uint8)
    np.savez(tmp_path / "films.npz", frames=films, labels=LABELS[:10])
    data = load("series", tmp_path / "films.npz")
    assert data.train.is_film and data.train.n_frames == 4 and data.image_shape == (6, 6, 1)
    np.savez(tmp_path / "rows.npz", frames=WALKS[:, 0], labels=LABELS)
    assert load("series", tmp_path / "rows.npz").image_shape == (1, 1, 3)


def test_what_is_wrong_is_named(tmp_path):
    with pytest.raises(DataError, match=r"train.npz and .*test.npz not found"):
        load("series", tmp_path)
    with pytest.raises(DataError, match="cannot read .*missing.npz"):
        load("series", tmp_path / "missing.npz")
    np.savez(tmp_path / "a.npz", labels=LABELS)
    with pytest.raises(DataError, match="a.npz has no array 'frames'"):
        load("series", tmp_path / "a.npz")
    content = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "b.npz").write_bytes(content[:-30])
    with pytest.raises(DataError, match="b.npz is damaged"):
        load("series", tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", frames=WALKS, labels=LABELS[:3])
    with pytest.raises(DataError, match="c.npz: answers have shape"):
        load("series", tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", frames=WALKS[:2], labels=LABELS[:2])
    with pytest.raises(DataError, match="leaves one part empty"):
        load("series", tmp_path / "d.npz")
