"""Fingerprints of pictures: of what they show and in which order, and of nothing else."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.datasets import fingerprints

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 5, 4, 3), np.uint8)
LABELS = np.arange(12) % 3


def test_it_is_of_the_pictures_and_not_of_what_is_said_about_them():
    split = ld.Split(IMAGES, LABELS, "here")
    alike = [
        ld.Split(IMAGES.copy(), LABELS[::-1], "there", np.arange(12) + 7),
        ld.Split(IMAGES, targets=LABELS / 2),
        ld.Split(IMAGES / 255, LABELS),
        ld.Split(IMAGES.astype(np.float32) / np.float32(255), LABELS),
        dataclasses.replace(split, source="elsewhere"),
        split.subset(np.arange(12)),
    ]
    assert {each.fingerprint for each in alike} == {split.fingerprint}
    assert len(split.fingerprint) == 16


def test_one_pixel_the_order_the_number_and_the_shape_tell_pictures_apart():
    pixel = IMAGES.copy()
    pixel[11, 4, 3, 2] ^= 1
    others = [IMAGES, pixel, IMAGES[::-1], IMAGES[:11], IMAGES.swapaxes(1, 2)]
    others += [IMAGES.reshape(12, 4, 5, 3), IMAGES.reshape(6, 2, 5, 4, 3)]
    found = {fingerprints.images_fingerprint(each) for each in others}
    assert len(found) == len(others)


def test_large_sets_are_read_in_blocks(monkeypatch):
    """Of a few images each, whatever their type, and never all as floats."""
    monkeypatch.setattr(fingerprints, "_PIXELS", 5 * 60)  # five images
    sizes = []
    original = fingerprints.unit_values
    monkeypatch.setattr(
        fingerprints, "unit_values", lambda block: sizes.append(len(block)) or original(block)
    )
    assert fingerprints.images_fingerprint(IMAGES) == fingerprints.images_fingerprint(
        IMAGES.astype(np.float32) / np.float32(255)
    )
    assert sizes == [5, 5, 2]
    changed = IMAGES.copy()
    changed[7] ^= 1
    assert fingerprints.images_fingerprint(changed) != fingerprints.images_fingerprint(IMAGES)


def test_zero_has_no_sign():
    rows = np.zeros((3, 4), np.float32)
    found = [ld.Split(sign * rows, targets=[0.0, 1.0, 2.0]).fingerprint for sign in (1, -1)]
    assert found[0] == found[1]


def test_images_in_files_are_told_apart_unread(tmp_path, monkeypatch):
    """By names and sizes, as trainings that go on; they cannot be compared with pixels."""
    PIL = pytest.importorskip("PIL.Image")
    from nengo_lifdeep.datasets.pictures import PictureFiles

    for i in range(3):
        PIL.fromarray(np.full((9 + i, 9, 3), 40 * i, np.uint8)).save(tmp_path / f"{i}.png")
    files = [str(tmp_path / f"{i}.png") for i in range(3)]
    lazy = ld.Split(PictureFiles(files, 8, 8), [0, 1, 2])
    pixels = ld.Split(np.array(lazy.images[:]), [0, 1, 2])
    monkeypatch.setattr(PictureFiles, "__getitem__", None)  # would fail if it were read
    again = ld.Split(PictureFiles(files, 8, 8), [2, 1, 0])
    assert lazy.fingerprint == again.fingerprint
    assert lazy.fingerprint.startswith("files-")
    assert lazy.fingerprint != ld.Split(PictureFiles(files[::-1], 8, 8), [0, 1, 2]).fingerprint
    assert not fingerprints.are_other_images(lazy.fingerprint, pixels.fingerprint)
