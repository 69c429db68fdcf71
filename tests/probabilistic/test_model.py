"""The inert value: what it refuses, its file, and runs of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import Split
from nengo_lifdeep.datasets import Binning, EventFilms, Events
from nengo_lifdeep.errors import DataError, ModelFileError, ValidationError
from nengo_lifdeep.models import ProbabilisticModel, RaisedCosines
from nengo_lifdeep.probabilistic.running import judge, show


def test_filters_are_those_of_the_formula():
    basis = RaisedCosines(8, 10, 1.5)
    b = 1.0
    centres = np.linspace(np.log(b), np.log(9 + b), 8)
    for k in range(8):
        for lag in range(10):
            x = 1.5 * np.pi * (np.log(lag + b) - centres[k]) / (centres[1] - centres[0])
            expected = 0.5 * (1 + np.cos(min(np.pi, max(-np.pi, x))))
            assert basis.values[k, lag] == pytest.approx(expected, abs=1e-12)
    one = RaisedCosines(1, 10, 1.0).values[0]  # the step is the whole axis, the centre its start
    np.testing.assert_allclose(
        one, 0.5 * (1 + np.cos(np.pi * np.log1p(np.arange(10)) / np.log(10))), atol=1e-12
    )


def test_a_topology_that_is_none_is_refused():
    good = ProbabilisticModel.initial((2,), 2, 2, topology="recurrent").topology
    cases = {
        (0, 4): "hidden circuit 0 hears visible circuit 0",
        (3, 5): "circuit 3 hears itself",
    }
    for at, words in cases.items():
        wrong = good.copy()
        wrong[at] = True
        with pytest.raises(ValidationError, match=words):
            ProbabilisticModel.initial((2,), 2, 2, topology=wrong)
    deaf, mute = good.copy(), good.copy()
    deaf[1], mute[:, 2] = False, False
    for wrong, words in (
        (deaf, "circuit 1 hears nothing"), (mute, "nothing hears hidden circuit 0"),
        (good[:3], "shape"), (good.astype(int), "booleans"), ("ring", "feedforward"),
        (None, "booleans"),
    ):  # fmt: skip
        with pytest.raises(ValidationError, match=words):
            ProbabilisticModel.initial((2,), 2, 2, topology=wrong)


def test_what_does_not_fit_is_refused(small):
    model = small(2, 2)
    for changes, words in (
        ({"weights": model.weights[:, 1:]}, "weights has shape"),
        ({"bias": model.bias * np.nan}, "bias"),
        ({"bias": model.bias[:2]}, "hidden"),
        ({"n_hidden": 5}, "visible one"),
        ({"feedback": model.feedback[:, :, :1]}, "feedback has shape"),
        ({"weights": model.weights + 1}, "no such connection"),
        ({"classes": ("a",)}, "1 visible circuits"),
        ({"dt": 0}, "dt"),
        ({"basis": 3}, "basis"),
    ):
        with pytest.raises(ValidationError, match=words):
            dataclasses.replace(model, **changes)
    with pytest.raises(ValidationError, match="fewer circuits"):
        ProbabilisticModel.initial((10000,), 10000, 10000)
    with pytest.raises(ValidationError, match="length 1"):
        RaisedCosines(2, 1)


def test_a_file_is_the_value(small, tmp_path):
    model = small(2, 3, dt=0.025, classes=("a", "b", "c"))
    again = ProbabilisticModel.load(model.save(tmp_path / "m.lifdeep"))
    for field in dataclasses.fields(model):
        own, other = getattr(model, field.name), getattr(again, field.name)
        if isinstance(own, np.ndarray):
            np.testing.assert_array_equal(own, other)
            assert own.dtype == other.dtype
        else:
            assert own == other
    assert len(repr(model)) < 700 and "weights" in model._repr_html_()
    content = (tmp_path / "m.lifdeep").read_bytes()
    (tmp_path / "m.lifdeep").write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelFileError, match="m.lifdeep"):
        ProbabilisticModel.load(tmp_path / "m.lifdeep")
    with pytest.raises(ModelFileError, match="no file"):
        ProbabilisticModel.load(tmp_path / "none.lifdeep")


def test_records_and_evaluations(small, films):
    shown, _ = films(5, 40, 6)
    model = small(2, 1, dt=0.025)
    record = show(model, shown, seed=3, rasters=2)
    assert record.n_images == 5 and record.n_steps == 40
    rows = record.rasters["visible"]
    assert len(rows) == record.image_spikes["visible"][:2].sum() == record.outputs[:2].sum()
    rates = record.outputs.sum(axis=(0, 1)) / (5 * 40 * 0.025)
    np.testing.assert_allclose(record.layer_rates["visible"], rates)
    with pytest.raises(DataError, match="no films"):
        show(model, shown[:0])
    data = np.array([(0, 0, 1), (9, 2, 0)], [("t", int), ("x", int), ("p", int)])
    streams = [Events(data, size=(2, 3))] * 4
    split = Split(EventFilms(streams, Binning(10, polarity="signed", limit=1)), [0, 1, 2, 0])
    signed = ProbabilisticModel.initial((2, 3, 1), 3, n_values=2, classes=("a", "b", "c"))
    found = judge(signed, split)
    assert found.n_images == 4 and found.classes == ("a", "b", "c")
    assert found.simulator == "probabilistic"
