"""A known set that went through JPEG says so in every evaluation, and no other set does."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.datasets import Split
from nengo_lifdeep.datasets.base import of_a_known_set
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.evaluation.input_health import compression_findings
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.training.random_features import untrained

from ..datasets.photographs import photographs, through_jpeg

pytest.importorskip("PIL.Image")

CLASSES = tuple("abcdefghij")


def known(name: str, quality: int | None = 75):
    images = photographs(20)
    if quality is not None:
        images = through_jpeg(images, quality)
    split = Split(images, np.arange(20) % 10, "/data/images.bin")
    return of_a_known_set(name, {"train": split, "test": split}, CLASSES)


def network():
    return untrained(Architecture((32, 32, 3), [Flatten(), Dense(20), Dense(10)]))


def test_a_copy_of_cifar10_that_went_through_jpeg_says_so():
    data = known("cifar-10")
    found = evaluate(network(), data)
    (finding,) = [f for f in found.findings if "published" in f.rule]
    assert finding.severity == "note"
    assert finding.found == "these were decoded from JPEG of quality 75"
    assert str(finding) in found.notes
    assert "quality 75" in str(found)


@pytest.mark.parametrize("part", ["take", "hold_out", "first"])
def test_parts_of_it_say_so_too(part):
    train = known("cifar-10").train
    images = {
        "take": lambda: train.take(15),
        "hold_out": lambda: train.hold_out(0.5)[1],
        "first": lambda: train.first(12),
    }[part]()
    assert len(compression_findings(images)) == 1


def test_the_published_images_and_sets_without_figures_say_nothing():
    assert compression_findings(known("cifar-10", None).test) == []
    assert compression_findings(known("our-photographs").test) == []
    own = Split(through_jpeg(photographs(20), 75), np.arange(20) % 10, "/data/pictures")
    assert compression_findings(own) == []
