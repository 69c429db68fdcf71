"""Pictures in files: decoded like anybody would, in small portions, with equal results."""

from __future__ import annotations

import io
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep import Augmentation, Preprocessing, SoftLIF, convert, evaluate, train
from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.datasets.pictures import PictureFiles
from nengo_lifdeep.errors import DataError, ValidationError
from nengo_lifdeep.jobs.keys import key_of
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten
from nengo_lifdeep.training.batches import BatchStream, split_validation

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


def encoded(kind, size=(64, 64)):
    made = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    Image.fromarray(noise).save(made, kind)
    return made.getvalue()


BROKEN = {
    "header cut": ("jpg", encoded("JPEG")[:300]),
    "half": ("jpg", encoded("JPEG")[: len(encoded("JPEG")) // 2]),
    "half a PNG": ("png", encoded("PNG")[: len(encoded("PNG")) // 2]),
    "half a GIF": ("gif", encoded("GIF")[:900]),
    "no picture": ("jpg", b"hello"),
    "empty": ("jpg", b""),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_pictures_are_named(tmp_path, broken):
    suffix, content = BROKEN[broken]
    (tmp_path / f"bad.{suffix}").write_bytes(content)
    with pytest.raises(DataError, match=rf"bad\.{suffix} cannot be read as a picture"):
        PictureFiles([tmp_path / f"bad.{suffix}"], 16)[:]


def test_a_picture_that_would_fill_the_memory_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    (tmp_path / "bomb.png").write_bytes(encoded("PNG"))
    with pytest.raises(DataError, match=r"bomb\.png cannot be read.*decompression bomb"):
        PictureFiles([tmp_path / "bomb.png"], 16)[:]


@pytest.mark.tf
@pytest.mark.parametrize("part", ["train", "validation"])
def test_training_names_a_broken_picture(tmp_path, folder, part):
    from nengo_lifdeep import Architecture

    root = tmp_path / "copy"
    shutil.copytree(folder, root)
    data = load("pictures", root, side=16)
    held = split_validation(data.train, 0.25, 12, 2)[1 if part == "validation" else 0]
    bad = Path(held.images.files[5])
    bad.write_bytes(bad.read_bytes()[:200])
    with pytest.raises(DataError, match=rf"{re.escape(bad.name)} cannot be read as a picture"):
        train(
            Architecture((16, 16, 3), NETWORK, "small"), data, neuron=SoftLIF(amplitude=0.05),
            epochs=1, batch_size=12, seed=2, progress=False, validation_split=0.25,
        )  # fmt: skip


def test_squares_lie_anywhere_in_the_scaled_picture(tmp_path):
    """A ramp tells from its first pixel where a square was taken; every place must occur."""
    ramp = np.broadcast_to(np.arange(0, 200, 5, dtype=np.uint8)[None, :, None], (20, 40, 3))
    Image.fromarray(ramp).save(tmp_path / "wide.png")
    Image.fromarray(ramp.transpose(1, 0, 2)).save(tmp_path / "high.png")
    pictures = PictureFiles([tmp_path / "wide.png", tmp_path / "high.png"], side=20, crop=16)
    assert pictures.shape == (2, 16, 16, 3) and pictures.wanders
    n = 4000
    places = np.random.default_rng(0).random((n, 2))
    wide = pictures.squares(np.zeros(n, int), places)[:, 0, :, 0].astype(int)
    assert (np.diff(wide) == 5).all()
    counts = np.bincount(wide[:, 0] // 5, minlength=25)
    assert len(counts) == 40 - 16 + 1  # also beyond the centre square
    expected = n / 25
    assert ((counts - expected) ** 2 / expected).sum() < 51  # chi-squared, 24 degrees, p = 0.001
    high = pictures.squares(np.ones(n, int), places)[..., 0]
    assert set(high[:, 0, 0] // 5) == set(range(25))
    # the centre is where (40 - 16) // 2 says
    assert pictures[0][0, 0, 0] == 5 * 12 and pictures[1][0, 0, 0] == 5 * 12
    corners = pictures.squares(np.zeros(2, int), np.array([[0, 0], [0.999, 0.999]]))
    np.testing.assert_array_equal(corners[:, 0, 0, 0], [0, 5 * 24])


def test_wrong_folders(tmp_path, folder):
    with pytest.raises(DataError, match="no folders train and val"):
        load("pictures", tmp_path)
    with pytest.raises(DataError, match="side is 0"):
        load("pictures", folder, side=0)
    with pytest.raises(DataError, match="crop is 20, more than side, 16"):
        load("pictures", folder, side=16, crop=20)
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
    # samples: whether they are dark, and from which the network remembers their scale
    assert most.count(32) == 2
    most = [n for n in most if n != 32]
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


def test_squares_are_functions_of_seed_epoch_and_image(folder):
    """The same square whatever the batch's size and whatever came before; mirrored at most."""
    wandering = load("pictures", folder, side=18, crop=12).train
    square = Augmentation(crop=12)

    def seen(size, epoch, seed=3):
        stream = BatchStream(wandering, size, augmentation=square, seed=seed)
        order = stream.order(epoch)
        batches = [stream.batch(epoch, step)[0] for step in range(48 // size)]
        return dict(zip(order, np.concatenate(batches), strict=False))

    one, other = seen(12, epoch=1), seen(8, epoch=1)
    for image, values in one.items():
        np.testing.assert_array_equal(values, other[image])
    changed = [np.any(seen(12, epoch)[k] != one[k]) for epoch in (0, 2) for k in one]
    assert np.mean(changed) > 0.9
    assert np.mean([np.any(seen(12, 1, seed=4)[k] != one[k]) for k in one]) > 0.9
    # without an augmentation, the centres
    plain = BatchStream(wandering, 12, seed=3)
    np.testing.assert_array_equal(plain.batch(0, 0)[0], wandering.unit_images(plain.order(0)[:12]))


@pytest.mark.tf
@pytest.mark.parametrize("augmented", [False, True])
def test_batches_computed_side_by_side_come_in_their_order(folder, augmented):
    data = load("pictures", folder, side=18, crop=12).train
    stream = BatchStream(
        data, 10, Preprocessing.fit(data), Augmentation(flip=True) if augmented else None, seed=1
    )
    expected = [(epoch, step) for epoch in (2, 3) for step in range(4)][3:]
    found = list(stream.dataset(range(2, 4), "input", ["output"], first=3))
    assert len(found) == len(expected)
    for (inputs, targets), (epoch, step) in zip(found, expected, strict=True):
        images, labels = stream.batch(epoch, step)
        np.testing.assert_array_equal(inputs["input"], images.reshape(10, 1, -1))
        np.testing.assert_array_equal(targets["output"].numpy().ravel(), labels)


def test_listing_reads_names_only(tmp_path):
    """A hundred classes of empty files: nothing of them is opened before it is asked for."""
    for part in ("train", "val"):
        for label in range(100):
            (tmp_path / part / f"n{label:03d}").mkdir(parents=True)
            for i in range(3):
                (tmp_path / part / f"n{label:03d}" / f"{i}.JPEG").touch()
    data = load("pictures", tmp_path)
    assert len(data.train) == 300 and data.classes[7] == "n007"
    np.testing.assert_array_equal(data.train.labels, np.repeat(np.arange(100), 3))
    with pytest.raises(DataError, match=r"n007.0\.JPEG cannot be read"):
        data.train.images[21]


def test_changed_pictures_are_told_apart_and_copies_are_not(tmp_path):
    """Of equal length in bytes: what is kept of them is computed again, a training goes on."""
    folder, copy = tmp_path / "data" / "cat", tmp_path / "copy" / "cat"
    folder.mkdir(parents=True)
    for i in range(2):
        Image.new("RGB", (16, 16), (10 * i, 0, 0)).save(folder / f"{i}.bmp")
    files = sorted(folder.iterdir())
    os.utime(files[1], (0, 0))  # clocks of file systems may stand still for milliseconds
    images = PictureFiles(files, 16)
    key, identity, size = key_of(images), images.identity.tolist(), files[1].stat().st_size
    assert key == key_of(PictureFiles(files, 16)) != key_of(images.select([0]))
    assert key != key_of(PictureFiles(files, 16, crop=8))
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)
    copied = PictureFiles(sorted(copy.iterdir()), 16)
    assert copied.identity.tolist() == identity
    Image.new("RGB", (16, 16), (200, 0, 0)).save(files[1])
    assert files[1].stat().st_size == size
    assert key_of(images) != key and images.identity.tolist() == identity
    files[1].unlink()
    with pytest.raises(ValidationError, match="whose files cannot be seen: .*1.bmp"):
        key_of(images)
    assert key_of(PictureFiles) != key  # the class itself
