"""What surrounds the kernels: threads, chunks, routes, interruption, what is refused."""

from __future__ import annotations

import builtins
import dataclasses
import sys

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ConversionError, MissingDependencyError, ValidationError
from nengo_lifdeep.evaluation.agreement import check_spikes
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.inputs.inputs import Inputs
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import Connection, SpikingModel
from nengo_lifdeep.simulators import run
from nengo_lifdeep.simulators.events import engine
from nengo_lifdeep.stages.types import DenseMatrix

pytest.importorskip("numba")

TIMING = Presentation(t_c=0.02, t_p=0.06)


def _records(model, x, **options):
    record = run(model, x, simulator="events", presentation=TIMING, rasters=len(x), **options)
    return record.outputs, record.rasters


@pytest.mark.parametrize(
    "options",
    [{"threads": 1}, {"threads": 3}, {"batch_size": 1}, {"batch_size": 5, "threads": 2}],
    ids=str,
)
@pytest.mark.parametrize("coding", [None, BernoulliCoding(300)], ids=["static", "coded"])
def test_threads_and_chunks_change_no_bit(network, images, options, coding):
    model = convert(network, synapse=0.003)
    x = images(model, 11)
    outputs, rasters = _records(model, x, coding=coding)
    again, spikes = _records(model, x, coding=coding, **options)
    np.testing.assert_array_equal(again, outputs)
    for name, rows in rasters.items():
        np.testing.assert_array_equal(spikes[name], rows)


def test_the_way_is_noted_and_depends_on_the_spikes(pooled, images):
    model = convert(pooled(), synapse=0.003)
    quiet = run(model, images(model), simulator="events", presentation=TIMING)
    assert quiet.notes == ("all connections by events",)
    busy = convert(pooled(), synapse=0.003, scale_firing_rates=20.0)
    loud = run(busy, images(model), simulator="events", presentation=TIMING)
    assert "neurons1 -> neurons2" in next(n for n in loud.notes if n.startswith("by dense"))
    assert loud.mean_rate > 10 * quiet.mean_rate
    forced = run(busy, images(model), simulator="events", presentation=TIMING, route="events")
    assert forced.notes == ("all connections by events",)
    np.testing.assert_allclose(forced.mean_rate, loud.mean_rate, rtol=1e-3)


def test_the_way_is_chosen_image_by_image(pooled, images):
    """A dark image among bright ones takes its own way, whatever chunk it is in."""
    model = convert(pooled(), synapse=0.003, scale_firing_rates=8.0)
    x = np.concatenate([images(model, 6), 0 * images(model, 5)])
    record = run(model, x, simulator="events", presentation=TIMING)
    shares = [note for note in record.notes if "% of the images" in note]
    assert shares and "neurons1 -> neurons2" in shares[0]
    for options in ({"batch_size": 1}, {"batch_size": 4, "threads": 1}):
        again = run(model, x, simulator="events", presentation=TIMING, **options)
        np.testing.assert_array_equal(again.outputs, record.outputs)
        assert again.notes == record.notes


def test_decisions_in_float32(example):
    trained, test = example
    model = convert(trained, synapse=0.003)
    exact, rounded = (
        run(model, test, simulator="events", presentation=TIMING, dtype=dtype).predictions()
        for dtype in ("float64", "float32")
    )
    assert (exact == rounded).mean() >= 0.999


def test_interruption_keeps_what_is_finished(example, monkeypatch):
    trained, test = example
    model = convert(trained, synapse=0.003)
    whole = run(model, test.take(40), simulator="events", presentation=TIMING, batch_size=4)
    chunks = engine._chunks

    def interrupted(*arguments):
        for i, chunk in enumerate(chunks(*arguments)):
            if i == 3:
                raise KeyboardInterrupt
            yield chunk

    monkeypatch.setattr(engine, "_chunks", interrupted)
    part = run(model, test.take(40), simulator="events", presentation=TIMING, batch_size=4)
    assert (part.n_images, part.n_asked, part.is_complete) == (12, 40, False)
    np.testing.assert_array_equal(part.outputs, whole.outputs[:12])
    for name, spikes in part.image_spikes.items():
        np.testing.assert_array_equal(spikes, whole.image_spikes[name][:12])


def test_without_numba_the_error_names_the_extra(example, monkeypatch):
    trained, test = example
    model = convert(trained, synapse=0.003)
    monkeypatch.setattr(
        engine, "require", lambda name: (_ for _ in ()).throw(MissingDependencyError("numba"))
    )
    import_ = builtins.__import__

    def no_numba(name, *arguments, **options):
        if name.split(".")[0] in ("numba", "llvmlite"):
            raise ImportError(name)
        return import_(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", no_numba)
    for module in [m for m in sys.modules if m.startswith("nengo_lifdeep.simulators.events.")]:
        if module.rsplit(".", 1)[1] in ("kernels", "vectors", "compiled"):
            monkeypatch.delitem(sys.modules, module)
    with pytest.raises(MissingDependencyError):
        run(model, test.take(2), simulator="events", presentation=TIMING)
    record = run(model, test.take(2), simulator="events", presentation=TIMING, engine="numpy")
    assert record.n_images == 2


def _second_path(model: SpikingModel, synapse) -> SpikingModel:
    """A connection around one population, as in a residual network."""
    first, second = model.populations[0], model.populations[2]
    rng = np.random.default_rng(0)
    matrix = rng.normal(0, 0.02, (first.n_neurons, second.n_neurons)).astype(np.float32)
    around = Connection(first.name, second.name, (DenseMatrix(first.shape, matrix),), synapse)
    return dataclasses.replace(model, connections=(*model.connections, around))


@pytest.mark.parametrize("options", [{}, {"route": "dense"}, {"engine": "numpy"}], ids=str)
def test_two_paths_into_one_population(pooled, images, compare, options):
    model = convert(pooled(), synapse=nengo.Lowpass(0.004))
    both = _second_path(model, nengo.Lowpass(0.004))
    x = images(model)
    assert compare(both, x, dtype="float64", **options).moved == 0
    one = run(model, x, simulator="events").image_spikes["neurons3"]
    assert (run(both, x, simulator="events").image_spikes["neurons3"] != one).any()


def test_networks_that_are_refused(pooled, images):
    model = convert(pooled(), synapse=nengo.Lowpass(0.004))
    x = images(model)
    with pytest.raises(ConversionError, match="'neurons3' gets currents through 2 different"):
        run(_second_path(model, nengo.Alpha(0.004)), x, simulator="events")
    last, first = model.populations[-1], model.populations[0]
    matrix = np.zeros((last.n_neurons, first.n_neurons), np.float32)
    back = Connection(last.name, first.name, (DenseMatrix(last.shape, matrix),), None)
    recurrent = dataclasses.replace(model, connections=(*model.connections, back))
    with pytest.raises(ConversionError, match="leads backwards"):
        run(recurrent, x, simulator="events")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "float16"}, "dtype is 'float16'; expected 'float32' or 'float64'"),
        ({"route": "fast"}, "route is 'fast'; expected 'auto' or 'events' or 'dense'"),
        ({"engine": "c"}, "engine is 'c'; expected 'numba' or 'numpy'"),
        ({"threads": -1}, "threads is -1; expected a whole number, at least 0"),
    ],
    ids=str,
)
def test_options_that_are_refused(example, options, message):
    with pytest.raises(ValidationError, match=message):
        run(convert(example[0]), example[1].take(1), simulator="events", **options)


def test_check_finds_nothing_and_finds_something(example, monkeypatch):
    trained, test = example
    model = convert(trained, synapse=0.003)
    found = check_spikes(model, test, 3, presentation=TIMING, dtype="float64", seed=4)
    assert found.passed
    assert len(set(found.images)) == 3
    assert sum(found.spikes.values()) > 500
    assert "0 other decisions" in str(found)

    def other(model, *arguments, **options):
        changed = dataclasses.replace(model, initial_voltage="uniform")
        return run(changed if options["simulator"] == "events" else model, *arguments, **options)

    monkeypatch.setattr("nengo_lifdeep.evaluation.agreement.run", other)
    found = check_spikes(model, test, 3, presentation=TIMING)
    assert not found.passed
    assert found.share_moved > 0.1


def test_check_refuses_what_cannot_be_compared(example):
    model = convert(example[0])
    with pytest.raises(ValidationError, match="n is 0"):
        check_spikes(model, example[1], 0)
    with pytest.raises(ValidationError, match="'rate' has no spikes"):
        check_spikes(model, example[1], 1, simulator="rate")


def test_inputs_bring_their_own_timing(example):
    model = convert(example[0])
    inputs = Inputs.of(model, example[1].take(2), TIMING)
    record = run(model, inputs, simulator="events")
    assert record.presentation == TIMING
    with pytest.raises(ValidationError, match="leave those out"):
        run(model, inputs, simulator="events", coding=BernoulliCoding(100))
    with pytest.raises(ValidationError, match="leave those out"):
        run(model, inputs, simulator="events", presentation=Presentation())
