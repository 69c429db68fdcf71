"""Every kind of bad input ends in a clear error of ours; run as a script, it prints the list.

python tests/test_bad_input.py
"""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import LifdeepError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.importers.keras.model import architecture_from_keras
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Conv2D, Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.neurons import SoftLIF
from nengo_lifdeep.simulators import run
from nengo_lifdeep.support import files as storage
from nengo_lifdeep.training.random_features import trained_example

TRAINED, TEST = trained_example()


def saved() -> Path:
    return TRAINED.save(Path(tempfile.mkdtemp()) / "model.lifdeep")


def truncated() -> None:
    path = saved()
    path.write_bytes(path.read_bytes()[:2000])
    TrainedModel.load(path)


def from_a_newer_version() -> None:
    with mock.patch.object(storage, "FORMAT_VERSION", storage.FORMAT_VERSION + 1):
        path = saved()
    TrainedModel.load(path)


def full_disk() -> None:
    failure = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with mock.patch.object(storage.os, "fsync", side_effect=failure):
        saved()


def layer_normalization() -> None:
    import keras

    layers = [keras.layers.Conv2D(4, 3), keras.layers.LayerNormalization(), keras.layers.Flatten(),
              keras.layers.Dense(2)]  # fmt: skip
    architecture_from_keras(keras.Sequential([keras.layers.Input((8, 8, 1)), *layers]))


def images(**changes) -> Split:
    given = {"images": TEST.images.copy(), "labels": TEST.labels, "source": "my images"}
    return Split(**{**given, **changes})


def with_nan() -> np.ndarray:
    broken = TEST.images.copy()
    broken[3, 1, 2, 0] = np.nan
    return broken


CASES: dict[str, Callable[[], object]] = {
    "empty data": lambda: images(images=np.zeros((0, 8, 8, 1)), labels=np.zeros(0, int)),
    "NaN pixels": lambda: images(images=with_nan()),
    "labels out of range": lambda: evaluate(TRAINED, images(labels=TEST.labels + 1)),
    "one label too few": lambda: images(labels=TEST.labels[1:]),
    "wrong image shape": lambda: run(convert(TRAINED), np.zeros((2, 28, 28, 1))),
    "unsupported layer": layer_normalization,
    "layers that do not fit": lambda: Architecture((8, 8, 1), (Conv2D(4, 9), Flatten(), Dense(2))),
    "negative time constant": lambda: SoftLIF(tau_rc=-0.02),
    "negative synapse": lambda: Presentation(tau_s=-0.005),
    "t_c >= t_p": lambda: Presentation(t_c=0.1, t_p=0.1),
    "truncated model file": truncated,
    "model from a newer version": from_a_newer_version,
    "full disk": full_disk,
    "unknown simulator": lambda: evaluate(convert(TRAINED), TEST, simulator="brian"),
}


@pytest.mark.tf  # one case reads a Keras model
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_ends_in_an_error_that_helps(case):
    with pytest.raises(LifdeepError) as caught:
        case()
    message = str(caught.value)
    assert len(message.split()) >= 8
    assert isinstance(caught.value, ValueError | TypeError | OSError)


if __name__ == "__main__":
    for name, case in CASES.items():
        try:
            case()
        except LifdeepError as error:
            where = str(error).replace(tempfile.gettempdir(), "...")
            print(f"* **{name}**: `{type(error).__name__}`: {where}")
