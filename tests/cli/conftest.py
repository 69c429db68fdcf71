"""Saved networks, and a function that calls the command in this process."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from nengo_lifdeep.cli import app
from nengo_lifdeep.conversion.swap import convert


@pytest.fixture(scope="session")
def trained_file(example, tmp_path_factory):
    """File of a trained network for images of bars."""
    return example[0].save(tmp_path_factory.mktemp("models") / "bars.lifdeep")


@pytest.fixture(scope="session")
def spiking_file(example, trained_file):
    """File of the same network in spikes, with alpha synapses."""
    return convert(example[0], synapse=0.003).save(trained_file.with_name("spiking.lifdeep"))


@pytest.fixture
def lifdeep():
    """Call the command: exit code, standard output and standard error in the result."""

    def call(*words):
        return CliRunner().invoke(app, [str(word) for word in words])

    return call
