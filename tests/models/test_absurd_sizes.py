"""Files that declare networks no memory holds are refused when they are read."""

import dataclasses
import json
import zipfile

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, MaxPooling2D
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models.spiking import Connection, Population, SpikingModel
from nengo_lifdeep.models.trained import TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.stages.types import AveragePool, Elementwise

HUGE = 2**15


def trained():
    net = Architecture((8, 8, 1), [Conv2D(1, 1), AveragePooling2D(8), Flatten(), Dense(2)])
    weights = {
        "conv1": {"kernel": np.ones((1, 1, 1, 1)), "bias": np.ones(1)},
        "dense1": {"kernel": np.ones((1, 2)), "bias": np.ones(2)},
    }
    return TrainedModel(net, weights, SoftLIF())


def spiking():
    one = np.ones(1, np.float32)
    return SpikingModel(
        "net", (8, 8, 1), (Population("a", (8, 8, 1), nengo.LIF(), one),),
        (
            Connection("input", "a", (Elementwise((8, 8, 1), one),)),
            Connection("a", "output", (AveragePool((8, 8, 1), (8, 8), "valid", (8, 8)),)),
        ),
        np.zeros(1),
    )  # fmt: skip


def changed(path, change):
    """The file with another header; its arrays and their checksums stay."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(entries["header.json"])
    change(header["content"])
    entries["header.json"] = json.dumps(header).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def layer(**fields):
    def change(content):
        content["architecture"]["layers"][0].update(fields)

    return change


def pool(**fields):
    def change(content):
        content["architecture"]["layers"][2].update(fields)

    return change


def larger(size, pooled=None):
    def change(content):
        content["architecture"]["input_shape"] = [size, size, 1]
        content["architecture"]["layers"][2]["pool_size"] = [size, size]
        content["architecture"]["layers"][2]["strides"] = [size, size]

    return change


TRAINED = {
    "2^30 neurons": (larger(HUGE), "at most 268,435,456"),
    "2^80 neurons": (larger(2**40), "at most 268,435,456"),
    "2^60 of padding": (pool(pool_size=[2**30, 2**30], padding="same"), "outside of the image"),
    "strides of 2^60": (pool(strides=[2**60, 2**60], padding="same"), "2,147,483,647 each"),
    "2^40 filters": (layer(filters=2**40), "268,435,456|shape"),
    "2^40 groups": (layer(groups=2**40), "divide"),
}


@pytest.mark.parametrize("name", TRAINED)
def test_trained_files(tmp_path, name):
    change, message = TRAINED[name]
    path = changed(trained().save(tmp_path / "net.lifdeep"), change)
    with pytest.raises(ModelFileError, match=message):
        TrainedModel.load(path)


def spiking_sizes(size, stage=None):
    def change(content):
        shape = [size, size, 1]
        content["input_shape"] = content["populations"][0]["shape"] = shape
        content["connections"][0]["stages"][0]["input_shape"] = shape
        pooled = content["connections"][1]["stages"][0]
        pooled.update(input_shape=shape, pool_size=[size, size], strides=[size, size])

    return change


@pytest.mark.parametrize("size", [HUGE, 2**40])
def test_spiking_files(tmp_path, size):
    path = changed(spiking().save(tmp_path / "net.lifdeep"), spiking_sizes(size))
    with pytest.raises(ModelFileError, match=r"at most 268,435,456"):
        SpikingModel.load(path)


def test_many_large_populations():
    """None of them is beyond the bound, all together are."""
    one, shape = np.ones(1, np.float32), (2**14, 2**13, 1)
    names = ["input", "a", "b", "c", "output"]
    connections = [
        Connection(pre, post, (Elementwise(shape, one),))
        for pre, post in zip(names[:-2], names[1:-1], strict=True)
    ]
    last = AveragePool(shape, shape[:2], "valid", shape[:2])
    with pytest.raises(ValidationError, match="402,653,184 neurons; expected at most 268,435,456"):
        SpikingModel(
            "net", shape, tuple(Population(n, shape, nengo.LIF(), one) for n in names[1:-1]),
            (*connections, Connection("c", "output", (last,))), np.zeros(1),
        )  # fmt: skip


def test_architectures():
    deep = [layer for _ in range(3) for layer in (Conv2D(1, 1),)]
    end = [MaxPooling2D((2**14, 2**13)), Flatten(), Dense(2)]
    Architecture((2**14, 2**13, 1), [Conv2D(1, 1), *end])
    with pytest.raises(ValidationError, match="402,653,184 neurons"):
        Architecture((2**14, 2**13, 1), [*deep, *end])
    with pytest.raises(ValidationError, match="conv1.*at most 268,435,456"):
        Architecture((2**14, 2**13, 1), [Conv2D(4, 1), *end])
    with pytest.raises(ValidationError, match="input_shape is .* at most 268,435,456"):
        Architecture((2**29,), [Dense(2)])


def test_the_largest_published_networks_fit():
    """VGG-16 has 13.6 million neurons at 224 x 224."""
    blocks = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
    layers = []
    for filters, n in blocks:
        layers += [*(Conv2D(filters, 3, padding="same") for _ in range(n)), MaxPooling2D(2)]
    net = Architecture((224, 224, 3), [*layers, Flatten(), Dense(4096), Dense(4096), Dense(1000)])
    assert 13e6 < net.counts().neurons < 14e6
    with pytest.raises(ValidationError):
        dataclasses.replace(net, input_shape=(2240, 2240, 3))
