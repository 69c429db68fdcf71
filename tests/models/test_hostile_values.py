"""Networks built from hostile or clumsy values: refused when built, or by name when run."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Presentation
from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.models import SpikingModel
from nengo_lifdeep.models.connection import Connection
from nengo_lifdeep.models.population import Population
from nengo_lifdeep.simulators import run
from nengo_lifdeep.stages.types import AveragePool, Convolution, Elementwise, SparseMatrix

SHORT = Presentation(t_c=0.0, t_p=0.03)
ONE = (Elementwise((2,), np.ones(1, np.float32)),)


def _network(*pairs, names=("a", "b"), synapse=None):
    populations = tuple(Population(n, (2,), nengo.LIF(), np.float32(2)) for n in names)
    links = tuple(
        Connection(pre, post, ONE, None if pre == "input" else synapse) for pre, post in pairs
    )
    return SpikingModel("n", (1, 1, 2), populations, links, np.zeros(2, np.float32))


def _shown(model, simulator):
    return run(model, np.full((1, 1, 1, 2), 0.5), simulator=simulator, presentation=SHORT)


@pytest.mark.parametrize(
    "pairs",
    [
        (("input", "a"), ("b", "a"), ("a", "b"), ("b", "output")),
        (("input", "a"), ("a", "a"), ("a", "b"), ("b", "output")),
        (("input", "b"), ("b", "a"), ("a", "output")),
    ],
)
@pytest.mark.parametrize("simulator", ["rate", "events"])
def test_what_leads_backwards_is_refused(pairs, simulator):
    with pytest.raises(ConversionError, match="leads backwards"):
        _shown(_network(*pairs, synapse=nengo.Lowpass(0.005)), simulator)


def test_recurrent_networks_run_in_nengo_and_need_a_synapse():
    pairs = (("input", "a"), ("a", "a"), ("a", "b"), ("b", "output"))
    assert _shown(_network(*pairs, synapse=nengo.Lowpass(0.005)), "nengo").image_spikes["b"] > 0
    with pytest.raises(ConversionError, match="cannot run network 'n'.*cycles"):
        _shown(_network(*pairs), "nengo")


def test_amplitudes_belong_to_the_weights():
    with pytest.raises(ValidationError, match="population 'a': the neuron's amplitude is 3"):
        Population("a", (2,), nengo.LIF(amplitude=3), np.float32(2))


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ["n"]), ("classes", "ab"), ("preprocessing", None), ("provenance", "made by me")],
)
def test_fields_of_another_kind(field, value):
    model = _network(("input", "a"), ("a", "b"), ("b", "output"))
    with pytest.raises(ValidationError):
        dataclasses.replace(model, **{field: value})


@pytest.mark.parametrize("simulator", ["rate", "events", "nengo"])
def test_one_weight_with_many_axes(simulator):
    model = _network(("input", "a"), ("a", "b"), ("b", "output"))
    several = (Elementwise((2,), np.ones((1, 1, 1), np.float32)),)
    changed = tuple(dataclasses.replace(c, stages=several) for c in model.connections)
    first = _shown(model, simulator).outputs
    assert (
        _shown(dataclasses.replace(model, connections=changed), simulator).outputs == first
    ).all()


def test_indices_cannot_be_made_writeable_again():
    stage = SparseMatrix((2,), (3,), [0, 1, 2], [0, 2], [1.0, 1.0])
    for indices in (stage.starts, stage.targets):
        with pytest.raises(ValueError):
            indices.flags.writeable = True
        assert not isinstance(indices.base, np.ndarray)


@pytest.mark.parametrize("size", [60_000, 2**31 - 1])
def test_windows_that_fill_the_memory(size):
    with pytest.raises(ValidationError, match="most of them outside of the image"):
        AveragePool((4, 4, 1), (1, 1), "same", (size, size))


def test_large_windows_that_are_meant_stay():
    assert AveragePool((4, 4, 1), (1, 1), "same", (100, 100)).output_shape == (4, 4, 1)
    kernel = np.ones((3, 3, 2, 2), np.float32)
    assert Convolution((1, 1, 2), (1, 1), "same", 1, kernel).output_shape == (1, 1, 2)
    assert AveragePool((9000, 9000, 1), (2, 2), "same", (3, 3)).output_shape == (4500, 4500, 1)


def test_what_no_memory_holds_is_said(monkeypatch):
    def full(*given):
        raise MemoryError("Unable to allocate 8 GiB")

    monkeypatch.setattr("nengo_lifdeep.simulators.rate.simulate", full)
    with pytest.raises(ConversionError, match="4 neurons does not fit into the memory.*8 GiB"):
        _shown(_network(("input", "a"), ("a", "b"), ("b", "output")), "rate")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("classes", "ab"),
        ("preprocessing", None),
        ("provenance", "made by me"),
        ("history", None),
        ("history", {"accuracy": "high"}),
        ("history", {"accuracy": [[1]]}),
        ("architecture", "net"),
    ],
)
def test_fields_of_a_trained_network(example, field, value):
    with pytest.raises(ValidationError):
        dataclasses.replace(example[0], **{field: value})


@pytest.mark.parametrize(
    ("name", "options"),
    [(3, {}), ("net", {"name": 7}), ("net", {"use_bias": float("nan")})],
)
def test_names_and_flags_of_architectures(name, options):
    with pytest.raises(ValidationError, match="expected (text|True or False)"):
        Architecture((2, 2, 1), [Flatten(), Dense(2, **options)], name=name)


@pytest.mark.parametrize("name", [None, "", "a\0b", 3.5])
def test_names_that_no_file_has(name):
    with pytest.raises(ValidationError, match="the name of a file"):
        SpikingModel.load(name)
