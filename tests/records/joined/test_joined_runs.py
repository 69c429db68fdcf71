"""Records of parts are one record, and parts of different runs are refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import Presentation, SpikeRecord, convert, run
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.records import Judge, ValueJudge, joined_records

TIMING = Presentation(t_c=0.005, t_p=0.02)


@pytest.mark.parametrize("cuts", [[30], [1, 2], [7, 20, 50]])
def test_joined_parts_are_the_run(example, cuts):
    trained, images = example
    spiking, images = convert(trained), images.take(60)
    options = {"presentation": TIMING, "rasters": 60, "route": "auto"}
    whole = run(spiking, images, **options)
    parts = np.split(np.arange(60), cuts)
    found = joined_records([run(spiking, images.subset(part), **options) for part in parts])
    for field in dataclasses.fields(SpikeRecord):
        one, two = getattr(whole, field.name), getattr(found, field.name)
        if field.name in ("seconds", "build_seconds"):
            continue
        if field.name == "shown_images":  # of parts it is not known what they are together
            assert (one, two) == (images.fingerprint, "")
            continue
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, two)
        elif field.name in ("layer_rates", "image_spikes", "rasters"):
            assert one.keys() == two.keys()
            for name in one:
                np.testing.assert_array_equal(one[name], two[name])
        else:
            assert one == two, field.name
    assert whole.dense and whole.notes == ("all connections by events",)


def test_rates_do_not_depend_on_the_parts(example):
    trained, images = example
    spiking, images = convert(trained), images.take(60)
    whole = run(spiking, images, simulator="rate", batch_size=10)
    for size in (10, 30):
        starts = range(0, 60, size)
        parts = [
            run(spiking, images.subset(slice(s, s + size)), simulator="rate", batch_size=10)
            for s in starts
        ]
        found = joined_records(parts)
        for name, rates in whole.layer_rates.items():
            np.testing.assert_array_equal(rates, found.layer_rates[name])


def part(n=2, **changes):
    fields = {
        "simulator": "events", "model": "net", "presentation": TIMING,
        "outputs": np.zeros((n, 20, 3)), "layer_rates": {"a": [50.0]},
        "image_spikes": {"a": [1] * n}, "trained_weights": "a",
    }  # fmt: skip
    return SpikeRecord(**(fields | changes))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"simulator": "nengo"}, "simulator is 'nengo'"),
        ({"model": "other"}, "model is 'other'"),
        ({"trained_weights": "b"}, "weights b, the first one of a: another training of 'net'"),
        ({"presentation": Presentation(t_c=0, t_p=0.02)}, "presentation is"),
        ({"layer_rates": {"b": [1.0]}, "image_spikes": {"b": [1, 1]}}, "populations"),
    ],
)
def test_parts_of_different_runs_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        joined_records([part(), part(**changes)])


def test_only_the_last_part_may_be_interrupted():
    assert joined_records([part(), part(n_asked=5)]).n_asked == 7
    with pytest.raises(ValidationError, match="interrupted"):
        joined_records([part(n_asked=5), part()])
    with pytest.raises(ValidationError, match="parts holds 0"):
        joined_records([])


def test_judges_refuse_parts_that_do_not_follow():
    labels = np.arange(50) % 3
    scores = np.random.default_rng(0).random((50, 20, 3)).astype(np.float32)
    judge = Judge(labels, 3, TIMING, starts=[0.01])
    second = judge.part(20, 50)
    second.add(scores[20:])
    with pytest.raises(ValidationError, match="merged at image 0"):
        judge.merge(second)
    first = judge.part(0, 20)
    first.add(scores[:20])
    judge.merge(first)
    judge.merge(second)
    whole = Judge(labels, 3, TIMING, starts=[0.01])
    whole.add(scores)
    assert judge.accuracy_from(0.01) == whole.accuracy_from(0.01)
    np.testing.assert_array_equal(judge.windows().grid(), whole.windows().grid())
    with pytest.raises(ValidationError, match="not of the same windows"):
        Judge(labels, 3, TIMING).merge(first)
    values = ValueJudge(np.zeros((50, 3), np.float32), TIMING)
    values.merge(_filled(values.part(0, 7), scores[:7]))
    with pytest.raises(ValidationError, match="multiple of 20"):
        values.merge(_filled(values.part(7, 50), scores[7:]))


def _filled(judge, scores):
    judge.add(scores)
    return judge
