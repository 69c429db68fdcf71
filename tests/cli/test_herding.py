"""`lifdeep train --method herding`: options that say nothing are refused before any reading."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from nengo_lifdeep.cli.app import app


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--method", "herding", "--leak", "0.5"), "--leak"),
        (("--method", "herding", "--neuron", "mnist"), "--neuron"),
        (("--method", "rates", "--rule", "sgd"), "--rule"),
        (("--method", "spikes", "--order", "step"), "--order"),
        (("--method", "rates", "--steps", "5"), "--steps"),
        (("--method", "additions"), "write rates, spikes"),
        (("--method", "herding", "--rule", "adam"), "sgd"),
        (("--method", "herding", "--hidden", "3"), "--hidden"),
        (("--method", "online", "--network", "mnist-compact"), "--network"),
        (("--method", "online", "--optimizer", "sgd"), "--optimizer"),
        (("--method", "online", "--optimizer", "adam"), "--optimizer"),
        (("--method", "online", "--leak", "0.5"), "--leak"),
        (("--method", "online", "--data", "diabetes"), "images with classes"),
    ],
)
def test_options_of_another_method_are_refused(options, text, tmp_path):
    done = CliRunner().invoke(app, ["train", "--out", str(tmp_path / "a.lifdeep"), *options])
    assert done.exit_code == 2
    assert text in done.output or text in str(done.exception)


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_an_optimizer_is_refused(name, tmp_path):
    """Also the one that others have by default, where it is typed."""
    options = ("--method", "herding", "--network", "oconnor2016-digits", "--optimizer", name)
    done = CliRunner().invoke(app, ["train", "--out", str(tmp_path / "a.lifdeep"), *options])
    assert done.exit_code == 7 and "optimizer" in done.output + str(done.exception)
