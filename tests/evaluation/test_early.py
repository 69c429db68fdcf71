"""Early decisions against a loop over single images and steps."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import Presentation, convert, run
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.evaluation.early import decide_early, margins_of
from nengo_lifdeep.records import SpikeRecord


def random_record(seed=0, images=30, steps=40, classes=4):
    rng = np.random.default_rng(seed)
    drift = rng.normal(size=(images, 1, classes))
    outputs = (drift + 2 * rng.normal(size=(images, steps, classes))).astype(np.float32)
    timing = Presentation(t_c=0.008, t_p=steps * 0.001)
    return SpikeRecord("events", "random", timing, outputs, {}, {"a": np.ones(images)})


def one_by_one(outputs, first, margin, hold):
    """The rule in plain words: answer and number of steps."""
    held, leader = 0, None
    for step in range(first, len(outputs)):
        mean = outputs[first : step + 1].astype(float).mean(axis=0)
        best, second = np.argsort(mean)[[-1, -2]]
        if mean[best] - mean[second] >= margin:
            held = held + 1 if best == leader else 1
        else:
            held = 0
        leader = best
        if held >= hold:
            return best, step + 1, True
    return best, len(outputs), False


@pytest.mark.parametrize("patience", [0.0, 0.001, 0.005])
@pytest.mark.parametrize("t_c", [None, 0.0, 0.02])
def test_rule_is_followed_step_by_step(patience, t_c):
    record = random_record()
    first = 8 if t_c is None else round(1000 * t_c)
    margins = [0.0, 0.3, 1.0, 3.0]
    for found, margin in zip(decide_early(record, margins, patience, t_c), margins, strict=True):
        expected = [
            one_by_one(image, first, margin, max(1, round(1000 * patience)))
            for image in record.outputs
        ]
        answers, steps, decided = map(np.array, zip(*expected, strict=True))
        np.testing.assert_array_equal(found.predictions, answers)
        np.testing.assert_allclose(found.latencies, 0.001 * steps)
        np.testing.assert_array_equal(found.decided, decided)


def test_without_end_it_is_the_full_decision(example):
    trained, images = example
    record = run(convert(trained, synapse=0.003), images.take(40))
    (late,) = decide_early(record, [np.inf])
    np.testing.assert_array_equal(late.predictions, record.predictions())
    assert not late.decided.any() and late.mean_latency == record.presentation.t_p
    leaders, leads = margins_of(record)
    assert leaders.shape == (40, record.n_steps - record.presentation.c_steps)
    assert (leads >= 0).all()


def test_larger_margins_wait_longer(example):
    trained, images = example
    record = run(convert(trained, synapse=0.003), images.take(60))
    found = decide_early(record, [0, 0.5, 1, 2, 4])
    waits = [each.mean_latency for each in found]
    assert waits == sorted(waits) and waits[0] < waits[-1]
    assert found[-1].accuracy(images.labels) >= found[0].accuracy(images.labels)


def test_refusals(example):
    record = random_record()
    for margin in (-1.0, np.nan):
        with pytest.raises(ValidationError, match=r"margins\[0\] is"):
            decide_early(record, [margin])
    with pytest.raises(ValidationError, match="patience is -1"):
        decide_early(record, [0.0], patience=-1)
    with pytest.raises(ValidationError, match="t_c is 0.04"):
        decide_early(record, [0.0], t_c=0.04)
    rate = run(convert(example[0]), example[1].take(2), simulator="rate")
    with pytest.raises(ValidationError, match="'rate' has no time"):
        decide_early(rate, [0.0])
