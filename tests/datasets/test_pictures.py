"""Pictures in files: decoded like anybody would, in small portions, with equal results."""

from __future__ import annotations

import io

import numpy as np
import pytest

from nengo_lifdeep import Augmentation, Preprocessing, SoftLIF, convert, evaluate, train
from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.datasets.pictures import PictureFiles
from nengo_lifdeep.errors import DataError
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten

Image = pytest.importorskip("PIL.Image")

CLASSES = ("blue", "green", "red")


def draw(rng, label, size):
    """A picture whose class is its brightest colour."""
    pixels = rng.integers(0, 120, (*size, 3))
    pixels[..., 2 - label] += 100
    return Image.fromarray(pixels.astype(np.uint8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("coloured")
    rng = np.random.default_rng(0)
    for part, n in (("train", 16), ("val", 5)):
        for label, name in enumerate(CLASSES):
            (root / part / name).mkdir(parents=True)
            for i in range(n):
                size = (int(rng.integers(20, 60)), int(rng.integers(20, 60)))
                path = root / part / name / f"{i}.{'png' if i % 3 else 'jpg'}"
                draw(rng, label, size).save(path, quality=95)
    return root


@pytest.fixture(scope="module")
def data(folder):
    return load("pictures", folder, side=18)


def test_layout(data):
    assert data.classes == CLASSES and data.name.startswith("coloured")
    assert data.train.images.shape == (48, 18, 18, 3) and data.test.image_shape == (18, 18, 3)
    np.testing.assert_array_equal(data.test.labels, np.repeat([0, 1, 2], 5))
    assert (
        data.train.is_lazy and data.train.take(7).is_lazy and len(data.train.take(7, seed=1)) == 7
    )


def test_shorter_side_is_scaled_and_the_centre_taken(tmp_path):
    # three vertical bars, twice as wide as high: the centre shows the middle of them
    bars = np.zeros((40, 80, 3), np.uint8)
    bars[:, :20, 0] = bars[:, 20:60, 1] = bars[:, 60:, 2] = 255
    Image.fromarray(bars).save(tmp_path / "bars.png")
    seen = PictureFiles([tmp_path / "bars.png"], side=20)[0]
    np.testing.assert_array_equal(seen[:, 2:-2], np.broadcast_to([0, 255, 0], (20, 16, 3)))
    Image.fromarray(bars).rotate(90, expand=True).save(tmp_path / "high.png")
    np.testing.assert_array_equal(PictureFiles([tmp_path / "high.png"], 20)[0][2:-2, :, 1], 255)


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA", "P"])
def test_every_mode_becomes_colour(tmp_path, mode):
    picture = Image.new("RGB", (30, 30), (204, 51, 102)).convert(mode)
    suffix = {"CMYK": "jpg", "L": "jpg"}.get(mode, "png")
    picture.save(tmp_path / f"one.{suffix}", **({"quality": 95} if suffix == "jpg" else {}))
    expected = np.array(picture.convert("RGB"))[0, 0].astype(int)
    found = PictureFiles([tmp_path / f"one.{suffix}"], 8)[0].astype(int)
    assert np.abs(found - expected).max() <= 6  # JPEG


def test_indexing_is_numpys(data):
    images, whole = data.test.images, data.test.images[:]
    assert whole.dtype == np.uint8 and whole.shape == images.shape
    np.testing.assert_array_equal(images[3:9], whole[3:9])
    np.testing.assert_array_equal(images[np.array([7, 2, 7])], whole[[7, 2, 7]])
    np.testing.assert_array_equal(images[-1], whole[-1])
    mask = np.arange(15) % 2 == 0
    np.testing.assert_array_equal(images.select(mask)[:], whole[mask])
    np.testing.assert_array_equal(data.test.unit_images([1]), whole[[1]].astype(np.float32) / 255)


def test_mean_image_is_the_mean(data):
    expected = data.train.images[:].mean(axis=0) / 255
    np.testing.assert_allclose(Preprocessing.fit(data.train).mean, expected, atol=1e-6)


@pytest.mark.parametrize("broken", ["truncated", "no picture", "empty"])
def test_broken_pictures_are_named(tmp_path, broken):
    made = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(
        made, "JPEG"
    )
    content = {"truncated": made.getvalue()[:700], "no picture": b"hello", "empty": b""}[broken]
    (tmp_path / "bad.jpg").write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.jpg cannot be read as a picture"):
        PictureFiles([tmp_path / "bad.jpg"], 16)[:]


def test_wrong_folders(tmp_path, folder):
    with pytest.raises(DataError, match="no folders train and val"):
        load("pictures", tmp_path)
    with pytest.raises(DataError, match="side is 0"):
        load("pictures", folder, side=0)
    for part, name in (("train", "cat"), ("val", "dog")):
        (tmp_path / part / name).mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(tmp_path / part / name / "1.png")
    with pytest.raises(DataError, match="different classes: cat, dog"):
        load("pictures", tmp_path)


NETWORK = (Conv2D(6, 3, strides=2), AveragePooling2D(2), Flatten(), Dense(3))


@pytest.mark.tf
@pytest.mark.parametrize("augmented", [False, True])
def test_training_from_files_equals_training_from_memory(data, augmented, monkeypatch):
    from nengo_lifdeep import Architecture

    net = Architecture((16, 16, 3), NETWORK, "small")
    most = []
    decode = PictureFiles.__getitem__
    monkeypatch.setattr(
        PictureFiles, "__getitem__", lambda self, i: most.append(len(x := decode(self, i))) or x
    )
    options = {
        "neuron": SoftLIF(amplitude=0.05), "epochs": 3, "batch_size": 12, "seed": 2,
        "progress": False, "learning_rate": 0.01, "preprocessing": Preprocessing(crop=16),
        "augmentation": Augmentation(crop=16, flip=True) if augmented else None,
        "validation_split": 0.25,
    }  # fmt: skip
    lazy = train(net, data.train, **options)
    assert max(most) <= 12 and sum(most) >= 3 * 36
    memory = train(net, Split(decode(data.train.images, slice(None)), data.train.labels), **options)
    for layer, arrays in memory.weights.items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(lazy.weights[layer][name], array)
    assert lazy.history["val_loss"] == memory.history["val_loss"]
    most.clear()
    judged = evaluate(convert(lazy, synapse=0.003), data.test, batch_size=4)
    assert max(most) <= 100
    whole = evaluate(
        convert(lazy, synapse=0.003), Split(decode(data.test.images, slice(None)), data.test.labels)
    )
    np.testing.assert_array_equal(judged.predictions, whole.predictions)
    np.testing.assert_array_equal(judged.accuracy_grid, whole.accuracy_grid)
    assert evaluate(lazy, data.test).error == evaluate(lazy, data.test.take(15)).error
