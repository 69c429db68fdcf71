"""A comparison of spikes is a value: checked, saved, loaded, described."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import Evaluation, SpikeRecord
from nengo_lifdeep.cli.app import app
from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.evaluation.agreement import SpikeCheck

FOUND = SpikeCheck("events", (3, 8), {"a": 1000, "b": 500}, {"a": 0, "b": 1}, 0)


def test_a_saved_comparison_is_the_same(tmp_path):
    again = SpikeCheck.load(FOUND.save(tmp_path / "check.lifdeep"))
    assert again == FOUND and again.passed and str(again) == str(FOUND)


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="SpikeCheck"):
        Evaluation.load(FOUND.save(tmp_path / "check.lifdeep"))


@pytest.mark.parametrize(
    "change", [{"moved": {"a": 0}}, {"spikes": {}, "moved": {}}, {"images": ()}]
)
def test_fields_that_do_not_fit_are_refused(change):
    with pytest.raises(ValidationError):
        dataclasses.replace(FOUND, **change)


def test_info_describes_it(tmp_path):
    from typer.testing import CliRunner

    path = FOUND.save(tmp_path / "check.lifdeep")
    shown = CliRunner().invoke(app, ["info", str(path)], env={"COLUMNS": "300"}).output
    assert "1 of 1,500 spikes moved" in shown


@pytest.mark.parametrize("count", [-1, 1.5, True, "3"])
def test_counters_are_whole_numbers(count):
    outputs = np.zeros((1, 1, 2), np.float32)
    with pytest.raises(ValidationError, match=r"SpikeRecord.counters\['wraps'\]\['a'\]"):
        SpikeRecord(
            "rate", "net", None, outputs, {"a": np.zeros(3)}, counters={"wraps": {"a": count}}
        )
