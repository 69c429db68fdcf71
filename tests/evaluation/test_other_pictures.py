"""Evaluations know the pictures they are of, and stand for no others."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import nengo_lifdeep as ld
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.inputs import Inputs
from nengo_lifdeep.records import Evaluation, SpikeRecord, ValueEvaluation, ValueJudge
from nengo_lifdeep.records.joined.runs import joined_records
from nengo_lifdeep.report.tables.evaluations import evaluation_table
from nengo_lifdeep.support.files import read_record, write_record
from nengo_lifdeep.training.random_features import random_features

SHORT = ld.Presentation(t_c=0.01, t_p=0.03)
REFUSED = "with the fingerprint {}; that of the 6 images given is {}: other pictures"


@pytest.fixture(scope="module")
def bars(example):
    """The network in spikes, images, and others with the same labels."""
    trained, images = example
    some = images.take(6)
    turned = ld.Split(some.images[:, ::-1], some.labels, some.source)
    return trained, ld.convert(trained), some, turned


@pytest.fixture(scope="module")
def waves():
    """The same of a network that gives values."""
    rng = np.random.default_rng(3)
    rows, values = rng.normal(size=(80, 3)), rng.normal(size=(80, 2))
    network = ld.Architecture((1, 1, 3), (ld.Flatten(), ld.Dense(30), ld.Dense(2)), "waves-net")
    trained = random_features(network, ld.Split(rows, targets=values))
    some = ld.Split(rows[:6], targets=values[:6])
    return trained, ld.convert(trained), some, ld.Split(rows[6:12], targets=values[:6])


@pytest.fixture(params=["bars", "waves"])
def known(request):
    return request.getfixturevalue(request.param)


def before(found, path):
    """The evaluation from a file as it was written before there were fingerprints of pictures."""
    kind = type(found).__name__
    header, arrays = read_record(found.save(path), kind)
    assert header.pop("shown_images") == found.shown_images
    return type(found).load(write_record(path, kind, header, arrays))


def test_a_reference_of_other_pictures_is_refused(known, tmp_path):
    trained, spiking, some, others = known
    rates = ld.evaluate(trained, some)
    loaded = type(rates).load(rates.save(tmp_path / "rates.lifdeep"))
    for reference in (rates, loaded):
        ld.evaluate(spiking, some, presentation=SHORT, reference=reference)
        for data in (others, others.subset(slice(None))):
            refused = REFUSED.format(some.fingerprint, others.fingerprint)
            with pytest.raises(ValidationError, match=refused):
                ld.evaluate(spiking, data, presentation=SHORT, reference=reference)
    meant = dataclasses.replace(rates, shown_images="")
    ld.evaluate(spiking, others, presentation=SHORT, reference=meant)


def test_answers_of_spikes_do_not_stand_for_those_of_rates(known):
    """Before, ``rate_accuracy`` or ``rate_r2`` were those of the spikes that were given."""
    trained, spiking, some, _ = known
    spikes = ld.evaluate(spiking, some, presentation=SHORT)
    with pytest.raises(ValidationError, match=r"an evaluation in time \(events, .*t_p = 30 ms"):
        ld.evaluate(spiking, some, presentation=SHORT, simulator="nengo", reference=spikes)
    rates = ld.evaluate(spiking, some, simulator="rate")  # of the network in spikes, too
    ld.evaluate(spiking, some, presentation=SHORT, reference=rates)


def test_the_same_pictures_in_another_order_are_others(bars):
    """Equal labels, the images of one class exchanged."""
    trained, spiking, some, _ = bars
    images = some.images.copy()
    images[0, 0, 0] = 1 - images[0, 0, 0]
    some = ld.Split(images, [0, 0, 1, 1, 2, 3])
    exchanged = ld.Split(images[[1, 0, 2, 3, 4, 5]], some.labels)
    with pytest.raises(ValidationError, match="or the same in another order"):
        ld.evaluate(spiking, exchanged, reference=ld.evaluate(trained, some), presentation=SHORT)


def test_files_of_before_are_told_apart_by_labels_and_targets(known, tmp_path):
    trained, spiking, some, others = known
    old = before(ld.evaluate(trained, some), tmp_path / "old.lifdeep")
    assert old.shown_images == ""
    for data in (some, others):
        ld.evaluate(spiking, data, presentation=SHORT, reference=old)
    with pytest.raises(ValidationError, match="are not those of the 5 images given"):
        ld.evaluate(spiking, some.first(5), presentation=SHORT, reference=old)


def test_every_way_of_evaluating_says_the_same_pictures(bars, tmp_path):
    trained, spiking, some, _ = bars
    record = ld.run(spiking, some, presentation=SHORT)
    found = [
        ld.evaluate(trained, some),
        ld.evaluate(trained, (some.images, some.labels)),
        ld.evaluate(trained, ld.Dataset("bars", some, some, trained.classes)),
        ld.evaluate(spiking, some, presentation=SHORT),
        ld.evaluate(spiking, some, presentation=SHORT, parts=tmp_path / "parts"),
        ld.evaluate(spiking, some, presentation=SHORT, parts=tmp_path / "parts"),  # found again
        Evaluation.of(record, some.labels, images=some),
        Evaluation.of(record, some.labels),
    ]
    assert {each.shown_images for each in found} == {some.fingerprint}
    with pytest.raises(ValidationError, match="images are 5 images; expected the record's 6"):
        Evaluation.of(record, some.labels, images=some.first(5))


def test_a_record_is_judged_as_of_its_own_pictures_alone(bars, tmp_path):
    """Before, the answers to some pictures were judged by the labels of any others."""
    _, spiking, some, others = bars
    record = ld.run(spiking, some, presentation=SHORT)
    refused = f"6 images with the fingerprint {some.fingerprint}; that of .* {others.fingerprint}"
    for each in (record, SpikeRecord.load(record.save(tmp_path / "record.lifdeep"))):
        assert each.shown_images == some.fingerprint
        for data in (others, some.subset(slice(None, None, -1))):
            with pytest.raises(ValidationError, match=refused if data is others else "other pict"):
                Evaluation.of(each, data.labels, images=data)
    meant = dataclasses.replace(record, shown_images="")
    assert Evaluation.of(meant, some.labels, images=others).shown_images == others.fingerprint
    few = dataclasses.replace(ld.run(spiking, some.first(4), presentation=SHORT), n_asked=6)
    with pytest.raises(ValidationError, match="that of the first 4 given"):
        Evaluation.of(few, others.labels, images=others)


def test_values_are_judged_as_of_their_own_pictures_alone(waves):
    _, spiking, some, others = waves
    judge = ValueJudge(some.flat_targets, SHORT)
    record = ld.run(spiking, some, presentation=SHORT, judge=judge)
    assert ValueEvaluation.of(record, some.targets, judge).shown_images == some.fingerprint
    with pytest.raises(ValidationError, match="other pictures"):
        ValueEvaluation.of(record, some.targets, judge, images=others)


def test_pictures_in_every_form_are_known_by_their_records(bars, waves):
    _, spiking, some, _ = bars
    small = np.round(255 * some.images).astype(np.uint8)
    forms = [some.images, some.images.astype(np.float64), some, small, ld.Split(small, some.labels)]
    *same, raw, split = [ld.run(spiking, each, presentation=SHORT).shown_images for each in forms]
    assert set(same) == {some.fingerprint} and raw == split
    _, of_rows, rows, _ = waves
    for each in (rows, rows.images, rows.images[:, 0, 0]):
        assert ld.run(of_rows, each, presentation=SHORT).shown_images == rows.fingerprint
    frames = np.repeat(some.images[:, np.newaxis], SHORT.n_steps, axis=1)
    unknown = [ld.run(spiking, frames, presentation=SHORT)]
    unknown.append(ld.run(spiking, Inputs.of(spiking, some, SHORT)))
    unknown.append(joined_records(2 * [ld.run(spiking, some, presentation=SHORT)]))
    assert {each.shown_images for each in unknown} == {""}


def test_an_interrupted_run_is_of_the_pictures_that_it_judged(bars):
    _, spiking, some, _ = bars
    cut = dataclasses.replace(ld.run(spiking, some.first(4), presentation=SHORT), n_asked=6)
    found = Evaluation.of(cut, some.labels, images=some)
    assert found.shown_images == some.first(4).fingerprint != some.fingerprint


def test_series_are_known_by_their_steps():
    rng = np.random.default_rng(1)
    frames, answers = rng.uniform(size=(3, 4, 2)), rng.normal(size=(3, 4, 1))
    series = ld.datasets.Series(frames, targets=answers)
    network = ld.Architecture((1, 1, 2), (ld.Flatten(), ld.Dense(20), ld.Dense(1)), "steps")
    trained = random_features(network, series.split)
    rates = ld.evaluate(trained, series)
    found = ld.evaluate(ld.convert(trained), series, presentation=SHORT, reference=rates)
    assert isinstance(found, ValueEvaluation)
    assert found.shown_images == rates.shown_images == series.split.fingerprint
    other = ld.datasets.Series(1 - frames, targets=answers)
    with pytest.raises(ValidationError, match="12 images given is .*: other pictures"):
        ld.evaluate(ld.convert(trained), other, presentation=SHORT, reference=rates)


def test_tables_say_which_rows_are_of_other_pictures(known, tmp_path):
    trained, _, some, others = known
    found = [ld.evaluate(trained, data) for data in (some, others)]
    text = evaluation_table(found).markdown()
    assert "| pictures |" in text
    assert all(f"| {each.shown_images} |" in text for each in found)
    fewer = ld.evaluate(trained, some.first(4))  # which the number of images says
    old = before(found[1], tmp_path / "old.lifdeep")
    named = dataclasses.replace(found[1], data="another set")
    for alike in ([found[0], fewer], [found[0], old], [found[0], named], found[:1]):
        assert "| pictures |" not in evaluation_table(alike).markdown()
