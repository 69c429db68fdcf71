"""Evaluations and records as pandas, xarray and NIR hold them."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest

from nengo_lifdeep import convert, evaluate
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import MissingDependencyError, ValidationError
from nengo_lifdeep.simulators import run


@pytest.fixture(scope="module")
def spiking(example):
    return convert(example[0], synapse=0.003)


@pytest.fixture(scope="module")
def of_classes(example, spiking):
    return evaluate(spiking, example[1].take(8))


@pytest.fixture(scope="module")
def of_values(example, spiking):
    images = example[1]
    targets = np.eye(len(spiking.classes), dtype=np.float32)[images.labels]
    return evaluate(spiking, Split(images.images, targets=targets).take(8))


@pytest.fixture(scope="module")
def record(example, spiking):
    return run(spiking, example[1].take(8), rasters=3, progress=False)


def test_frames_have_a_row_for_every_image(of_classes, of_values, record):
    pytest.importorskip("pandas")
    frame = of_classes.to_pandas()
    assert frame.index.tolist() == of_classes.indices.tolist() and frame.index.name == "image"
    assert frame.correct.mean() == of_classes.accuracy
    assert frame.predicted_class.tolist() == [of_classes.classes[i] for i in of_classes.predictions]
    values = of_values.to_pandas()
    difference = values.filter(like="value ").to_numpy() - values.filter(like="target ").to_numpy()
    assert np.mean(difference**2) == pytest.approx(of_values.mean_squared_error)
    spikes = record.to_pandas()
    assert spikes.sum(axis=1).mean() == record.spikes_per_image


def test_arrays_are_labelled(of_classes, of_values, record):
    pytest.importorskip("xarray")
    found = of_classes.to_xarray()
    timing = of_classes.presentation
    at_the_end = found.accuracy.sel(t_c=timing.t_c, t_p=timing.t_p, method="nearest")
    assert float(at_the_end) == of_classes.accuracy
    assert found.attrs["simulator"] == "events" and found.attrs["t_p"] == timing.t_p
    assert of_values.to_xarray()["value"].dims == ("image", "output")
    outputs = record.to_xarray()
    assert outputs.output.shape == record.outputs.shape
    for name, rates in record.layer_rates.items():
        np.testing.assert_array_equal(outputs[f"rate {name}"], np.ravel(rates))


@pytest.mark.parametrize("name, method", [("pandas", "to_pandas"), ("xarray", "to_xarray"),
                                          ("nir.data_ir", "to_nir_data")])  # fmt: skip
def test_missing_libraries_are_named(record, of_classes, of_values, monkeypatch, name, method):
    monkeypatch.setitem(sys.modules, name, None)
    for each in (record, of_classes, of_values):
        if hasattr(each, method):
            with pytest.raises(MissingDependencyError, match=f"pip install .?{name[:3]}"):
                getattr(each, method)()


def test_nir_data_gives_the_rasters_back(record):
    pytest.importorskip("nir.data_ir", reason="nir has a data format since 1.0.8")
    data, timing = record.to_nir_data(), record.presentation
    assert data.nodes.keys() == record.layer_rates.keys()
    for name, rows in record.rasters.items():
        events = data.nodes[name].observables["spikes"]
        assert events.shape[0] == 3 and events.n_neurons == record.layer_rates[name].size
        gridded = events.to_time_gridded(timing.dt).data
        assert gridded.shape[1] == timing.n_steps
        assert sorted(map(tuple, np.argwhere(gridded))) == sorted(map(tuple, rows.tolist()))


def test_nir_data_of_an_exported_network_names_its_nodes_and_neurons(example, spiking, record):
    pytest.importorskip("nir.data_ir", reason="nir has a data format since 1.0.8")
    from nengo_lifdeep.exporters.nir.graph import to_nir

    graph, data = to_nir(spiking, tau_ref="metadata"), record.to_nir_data(spiking)
    assert data.nodes.keys() <= graph.nodes.keys()
    for population in spiking.populations:
        name = population.name
        node, events = graph.nodes[name], data.nodes[name].observables["spikes"]
        assert events.n_neurons == np.prod(node.output_type["output"])
        spikes = events.to_time_gridded(record.presentation.dt).data
        ours = np.zeros((3, record.n_steps, *population.shape), bool)
        image, step, neuron = record.rasters[name].T
        ours.reshape(3, record.n_steps, -1)[image, step, neuron] = True
        shape = (3, record.n_steps, *np.atleast_1d(node.output_type["output"]))
        theirs = spikes.reshape(shape)
        np.testing.assert_array_equal(np.moveaxis(theirs, 2, -1), ours)
    other = dataclasses.replace(
        record, layer_rates={**record.layer_rates, name: np.ones(1000)}, rasters={name: [[0, 0, 1]]}
    )
    with pytest.raises(ValidationError, match="the network that ran"):
        other.to_nir_data(spiking)


def test_nir_data_needs_single_spikes_one_at_a_time(example, spiking, record):
    with pytest.raises(ValidationError, match="rasters=n"):
        run(spiking, example[1].take(2), progress=False).to_nir_data()
    pytest.importorskip("nir.data_ir")
    name, rows = next(iter(record.rasters.items()))
    twice = dataclasses.replace(record, rasters={name: np.concatenate([rows, rows[:1]])})
    with pytest.raises(ValidationError, match="several times in one step"):
        twice.to_nir_data()
