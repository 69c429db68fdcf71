"""Figures under NeuroBench's names, judged by what its harness gave for the same spikes."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep import convert, datasets, evaluate
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.energy import count
from nengo_lifdeep.energy.operations import operations_of
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.inputs.inputs import Inputs
from nengo_lifdeep.records import Evaluation, SpikeRecord
from nengo_lifdeep.records.outputs.neurobench import neurobench_figures
from nengo_lifdeep.simulators import run
from nengo_lifdeep.stages.counting import synapse_counts
from nengo_lifdeep.stages.types import AveragePool, Convolution, DenseMatrix

HERE = Path(__file__)
#: ``python benchmarks/neurobench_counts.py PYTHON --freeze tests/records/outputs``
HARNESS = json.loads(HERE.with_name("neurobench.json").read_text())


@pytest.fixture(scope="module")
def benchmark():
    """The script that asked the harness, for its networks."""
    path = HERE.parents[3] / "benchmarks" / "neurobench_counts.py"
    if not path.exists():
        pytest.skip("the benchmarks are not in the installed package")
    spec = importlib.util.spec_from_file_location("neurobench_counts", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize("name", list(HARNESS))
def test_the_harness_counts_the_same(benchmark, name):
    trained, coding = benchmark.networks()[name]
    spiking, timing = convert(trained), benchmark.TIMING
    inputs = Inputs.of(
        spiking, datasets.load("digits").test.first(benchmark.N_IMAGES), timing, coding
    )
    with np.load(HERE.with_name("neurobench.npz")) as kept:
        rasters = {p.name: kept[f"{name}/{p.name}"] for p in spiking.populations}
    n = benchmark.N_IMAGES
    seconds = n * timing.n_steps * timing.dt
    record = SpikeRecord(
        "events",
        spiking.name,
        timing,
        np.zeros((n, 0, 10)),
        {
            p.name: np.bincount(rasters[p.name][:, 2], minlength=p.n_neurons) / seconds
            for p in spiking.populations
        },
        {k: np.bincount(rows[:, 0], minlength=n) for k, rows in rasters.items()},
        is_static=coding is None,
    )
    ours = neurobench_figures(operations_of(record, spiking, inputs), {})
    theirs = HARNESS[name]
    assert theirs["SynapticOperations"]["Effective_ACs"] > 1000
    for key in ("Footprint", "ParameterCount", "ConnectionSparsity"):
        assert ours[key] == theirs[key]
    assert ours["ActivationSparsity"] == pytest.approx(theirs["ActivationSparsity"], rel=1e-12)
    assert ours["SynapticOperations"] == pytest.approx(theirs["SynapticOperations"], rel=1e-12)


def test_first_layer_once_and_at_every_step(example):
    trained, images = example
    grey = Split(images.images * 0.5, images.labels)  # pixels of 0 and 1 alone count as spikes
    found = evaluate(convert(trained), grey.take(12), operations=True)
    figures, steps = found.neurobench(), found.presentation.n_steps
    at_every_step = figures["SynapticOperations"]
    once = figures["SynapticOperations, first layer once"]
    assert at_every_step["Effective_MACs"] == pytest.approx(steps * once["Effective_MACs"])
    assert 0 < once["Effective_MACs"] and once["Effective_ACs"] == at_every_step["Effective_ACs"]
    assert once["Dense"] < at_every_step["Dense"]
    assert figures["ClassificationAccuracy"] == found.accuracy
    assert figures["label"] == "algorithm track, energy modelled"
    assert {"Loihi", "SpiNNaker"} <= figures["joules per image"].keys()
    json.dumps(found.summary())
    assert found.summary()["neurobench"] == figures


def test_events_are_those_of_the_energy_table(example):
    """Where no weight is zero: both count each spike's synapses."""
    trained, images = example
    spiking = convert(trained)
    record = run(spiking, images.take(6), progress=False)
    found = operations_of(record, spiking, Inputs.of(spiking, images.take(6), record.presentation))
    counts = count(record, spiking)
    assert found["zeros"] == 0 and found["events"] == pytest.approx(dict(counts.events))
    assert found["dense"] == counts.network_macs


def test_kept_with_the_evaluation_and_equal_in_parts(example, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    trained, images = example
    options = {"operations": True, "coding": BernoulliCoding(500)}
    whole = evaluate(convert(trained), images, **options)
    again = Evaluation.load(whole.save(tmp_path / "e.lifdeep"))
    assert again.operations == whole.operations and again.neurobench() == whole.neurobench()
    with ThreadPoolExecutor(2) as pool:
        parts = evaluate(convert(trained), images, executor=pool, **options)
    assert parts.operations == whole.operations


def test_of_values(example):
    trained, images = example
    values = Split(images.images, targets=np.eye(len(trained.classes), dtype=np.float32)[
        images.labels])  # fmt: skip
    found = evaluate(convert(trained), values.take(6), operations=True)
    figures = found.neurobench()
    assert figures["R2"] == found.r2 and figures["MSE"] == found.mean_squared_error


def test_what_was_not_counted_is_said(example):
    trained, images = example
    with pytest.raises(ValidationError, match="operations=True"):
        evaluate(convert(trained), images.take(4)).neurobench()
    with pytest.raises(ValidationError, match="has no spikes"):
        evaluate(trained, images.take(4), operations=True)


@pytest.mark.parametrize(
    "wrong", [3, {"events": {}}, {"steps": -1}, {"input": 2}, {"spikes": np.nan}]
)
def test_operations_check_themselves(example, wrong):
    trained, images = example
    found = evaluate(convert(trained), images.take(4), operations=True)
    given = {**found.operations, **wrong} if isinstance(wrong, dict) and len(wrong) == 1 else wrong
    if wrong == {"events": {}}:
        given = wrong
    with pytest.raises(ValidationError, match=r"Evaluation.operations"):
        dataclasses.replace(found, operations=given)


def test_zero_weights_reach_nothing():
    """Against the sum over all paths of a small network, one spike at a time."""
    rng = np.random.default_rng(1)
    kernel = rng.standard_normal((3, 3, 2, 4)).astype(np.float32)
    kernel[rng.random(kernel.shape) < 0.6] = 0
    conv = Convolution((6, 5, 2), (2, 1), "same", 1, kernel)
    dense = DenseMatrix((60,), np.where(rng.random((60, 3)) < 0.5, 0, 1).astype(np.float32))
    pooled = AveragePool((12, 10, 2), (2, 2), "valid", (2, 2))
    for stages in ((conv,), (dense,), (pooled, conv)):
        n = int(np.prod(stages[0].input_shape))
        expected = []
        for i in range(n):
            value = np.zeros((1, *stages[0].input_shape))
            value.reshape(-1)[i] = 1
            for stage in stages:
                positive = {a: np.abs(getattr(stage, a)).astype(np.float32) for a in stage.arrays}
                value = dataclasses.replace(stage, **positive).apply(value)
            expected.append(int((value != 0).sum()))
        np.testing.assert_array_equal(synapse_counts(stages), expected)
