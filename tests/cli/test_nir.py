"""NIR files on the command line: named for what they are, and made into files of this package."""

import numpy as np
import pytest
from typer.testing import CliRunner

from nengo_lifdeep.cli.app import app
from nengo_lifdeep.models import SpikingModel

nir = pytest.importorskip("nir")


def invoke(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def told(result):
    """What it wrote to the terminal, in one line."""
    return " ".join(f"{result.output} {result.stderr}".split())


@pytest.fixture
def graph(tmp_path):
    """As snnTorch writes it: R for its step of 0.1 ms."""
    one = np.ones(3, np.float32)
    neurons = nir.LIF(tau=0.001 * one, r=10 * one, v_leak=0 * one, v_threshold=one)
    nir.write(tmp_path / "net.nir", nir.NIRGraph.from_list(nir.Linear(np.ones((3, 4))), neurons))
    return tmp_path / "net.nir"


def test_convert_takes_the_graph_as_it_is(graph, tmp_path):
    out = tmp_path / "spiking.lifdeep"
    refused = invoke("convert", graph, "--out", out)
    assert refused.exit_code == 5 and "source='snntorch'" in told(refused)
    assert invoke("convert", graph, "--source", "snntorch", "--out", out).exit_code == 0
    model = SpikingModel.load(out)
    assert model.populations[0].neuron.reset == "subtract next"
    assert model.n_classes == 3


@pytest.mark.parametrize(
    ("option", "value"),
    [("--method", "lif"), ("--synapse", "none"), ("--scale-rates", 2), ("--pixels", 255),
     ("--initial-voltage", "uniform")],
)  # fmt: skip
def test_options_of_training_are_refused(graph, tmp_path, option, value):
    words = ["--data", "digits"] if option == "--method" else []
    found = invoke("convert", graph, option, value, *words, "--out", tmp_path / "new.lifdeep")
    assert found.exit_code == 2 and "spikes already" in found.output
    assert not (tmp_path / "new.lifdeep").exists()


@pytest.mark.parametrize("command", ["evaluate", "info", "card", "diagnose"])
def test_other_commands_say_what_it_is(graph, command):
    found = invoke(command, graph)
    assert found.exit_code == 4
    assert "is a NIR graph" in told(found) and "lifdeep convert" in told(found)


def test_folders_of_tensorflow_are_named(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "saved_model.pb").write_bytes(b"")
    found = invoke("evaluate", tmp_path / "model")
    assert "SavedModel" in told(found) and ".keras" in told(found)
