"""Small values that the good calls of the table are made of, each built once."""

from __future__ import annotations

import dataclasses
import tempfile
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import nengo
import numpy as np

import nengo_lifdeep as ld
from nengo_lifdeep import records
from nengo_lifdeep.training.random_features import random_features, trained_example


@cache
def folder() -> Path:
    """A folder for files, removed at the end."""
    return Path(_folder().name)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


@cache
def _example() -> tuple[Any, Any]:
    return trained_example()


def trained() -> ld.TrainedModel:
    """A network of 8 x 8 images, four classes."""
    return _example()[0]


@cache
def rectified() -> ld.TrainedModel:
    """The same with rectified linear neurons."""
    return dataclasses.replace(trained(), neuron=nengo.RectifiedLinear(amplitude=0.01))


@cache
def spiking() -> ld.SpikingModel:
    """The same in spikes."""
    return ld.convert(trained(), synapse=0.003)


@cache
def on_chip() -> ld.SpikingModel:
    """The same for a chip."""
    return ld.convert(trained(), synapse=nengo.Lowpass(0.005))


@cache
def threads() -> Executor:
    """An executor that costs nothing to start."""
    return ThreadPoolExecutor(2)


def measured(a: float, seed: int) -> dict[str, float]:
    """What a sweep calls."""
    return {"error": float(a + seed)}


@cache
def swept() -> ld.Sweep:
    """What it gave."""
    rows = [{"a": a, "seed": seed, **measured(a, seed)} for a in (1, 2) for seed in (0, 1)]
    return ld.Sweep("mine", ("a", "seed"), tuple(rows))


@cache
def split() -> ld.Split:
    """Four images, of every class one."""
    labels = _example()[1].labels
    return _example()[1].subset([int(np.argmax(labels == label)) for label in range(4)])


@cache
def many() -> ld.Split:
    """Forty images."""
    return _example()[1].take(40)


@cache
def dataset() -> ld.Dataset:
    """Training and test images."""
    return ld.Dataset("bars", many(), split(), trained().classes)


@cache
def presentation() -> ld.Presentation:
    """A short one."""
    return ld.Presentation(t_c=0.01, t_p=0.03)


@cache
def record() -> ld.SpikeRecord:
    """A run of the four images."""
    return ld.run(spiking(), split(), presentation=presentation(), rasters=2)


@cache
def evaluation() -> ld.Evaluation:
    """What the run came to."""
    return ld.Evaluation.of(record(), split().labels, classes=trained().classes)


@cache
def counted() -> ld.Evaluation:
    """The same with counted operations."""
    return ld.evaluate(spiking(), split(), presentation=presentation(), operations=True)


@cache
def valued() -> ld.Split:
    """Four rows of two features, and two values for each."""
    features = np.array([[-1.5, 0.5], [0.25, 1.0], [2.0, -0.5], [0.0, 0.75]], np.float32)
    return ld.Split(features, targets=features * 2 + 1)


@cache
def value_record() -> ld.SpikeRecord:
    """A run of them."""
    return ld.run(value_network(), valued(), presentation=presentation())


@cache
def value_network() -> ld.SpikingModel:
    """A network that gives these values."""
    layers = (ld.Flatten(), ld.Dense(20), ld.Dense(2))
    network = ld.Architecture((1, 1, 2), layers, "values")
    return ld.convert(random_features(network, valued(), ridge=0.001), synapse=0.003)


@cache
def value_judge() -> records.ValueJudge:
    """What took their outputs."""
    judge = records.ValueJudge(valued().targets, presentation(), starts=[0.01])
    judge.add(value_record().outputs)
    return judge


@cache
def value_evaluation() -> ld.ValueEvaluation:
    """What that came to."""
    return ld.ValueEvaluation.of(
        value_record(),
        valued().targets,
        value_judge(),
        rate_values=valued().targets,
        outputs=("a", "b"),
    )


@cache
def counts() -> Any:
    """Its events."""
    return ld.energy.count(record(), spiking())


@cache
def architecture() -> ld.Architecture:
    """The example's."""
    return trained().architecture


@cache
def deployment() -> ld.Deployment:
    """The example on a chip."""
    return ld.deploy(trained())


def saved(value: Any) -> Path:
    """A file of a value."""
    return value.save(folder() / f"{type(value).__name__}.lifdeep")


def others() -> list[Any]:
    """Values of every type, for what expects one of another."""
    return [trained(), spiking(), split(), dataset(), presentation(), record(), evaluation(),
            architecture(), nengo.LIF(), ld.Preprocessing(), ld.AlphaNoise()]  # fmt: skip


def other_than(*types: type) -> list[Any]:
    """Those of other types."""
    return [value for value in others() if not isinstance(value, types)]


@cache
def binary_evaluation() -> ld.Evaluation:
    """Answers of two classes."""
    labels, margins = np.array([0, 1, 1, 0]), np.array([-1.0, 2.0, -0.5, 0.5])
    return ld.Evaluation(
        "rate", "net", "mine", None, labels, (margins > 0).astype(int), ("no", "yes"), None, {}, {},
        0.0, margins=margins,
    )  # fmt: skip


@cache
def one_output() -> ld.TrainedModel:
    """A network of one output."""
    from nengo_lifdeep.training.random_features import untrained

    return untrained("breast-cancer-dense")


@cache
def events() -> ld.datasets.Events:
    """Eight events on 4 x 4 pixels."""
    rows = [(10 * i, i % 4, i // 2, i % 3 == 0) for i in range(8)]
    kind = [("t", int), ("x", int), ("y", int), ("p", bool)]
    return ld.datasets.Events(np.array(rows, kind), (4, 4))


@cache
def event_file() -> Path:
    """A file with them."""
    np.save(folder() / "events.npy", events().data)
    return folder() / "events.npy"


@cache
def series() -> ld.datasets.Series:
    """Series with an answer at every step."""
    walks = np.random.default_rng(0).normal(size=(4, 3, 2))
    return ld.datasets.Series(walks, labels=walks.argmax(axis=2))
