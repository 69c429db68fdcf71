"""The quantisers' laws: rounding, running maximum, and 1 / T."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.neurons.herding import (
    RectifiedHerding,
    SignedHerding,
    rectified_counts,
    rectified_step,
    signed_counts,
    signed_step,
)

rng = np.random.default_rng(0)
STREAMS = [rng.normal(0, scale, (400, 50)) for scale in (0.1, 0.7, 5.0)]


@pytest.mark.parametrize("values", STREAMS)
def test_signed_counts_are_the_rounded_sum_and_leave_half_a_spike(values):
    potential, count = np.zeros(50), np.zeros(50, int)
    counts = signed_counts(values)
    for value, sums, expected in zip(values, np.cumsum(values, axis=0), counts, strict=True):
        potential, spikes = signed_step(potential, value)
        count += spikes
        assert (np.abs(potential) <= 0.5 + 1e-9).all()
        np.testing.assert_array_equal(count, np.rint(sums))
        np.testing.assert_array_equal(count, expected)


@pytest.mark.parametrize("values", STREAMS)
def test_rectified_counts_are_a_running_maximum(values):
    potential, count, most = np.zeros(50), np.zeros(50, int), np.zeros(50)
    counts = rectified_counts(values)
    for value, sums, expected in zip(values, np.cumsum(values, axis=0), counts, strict=True):
        potential, spikes = rectified_step(potential, value)
        assert (spikes >= 0).all() and (potential <= 0.5 + 1e-9).all()
        count += spikes
        most = np.maximum(most, np.ceil(sums - 0.5))
        np.testing.assert_array_equal(count, most)
        np.testing.assert_array_equal(count, expected)


def test_at_a_tie_the_count_stays_near_the_old_one():
    """From 0 to 1.5 gives 1, where rounding to even would give 2; and back from there."""
    assert signed_counts([1.5, 0.0, -1.0, -2.0]).tolist() == [1, 1, 1, -1]
    assert rectified_counts([0.5, 1.0, 1.0]).tolist() == [0, 1, 2]


def test_constant_input_is_met_to_half_a_spike():
    values = np.random.default_rng(1).uniform(-1, 1, 200)
    for T in (1, 7, 100):
        counts = signed_counts(np.broadcast_to(values, (T, 200)))[-1]
        assert np.abs(counts / T - values).max() <= 1 / (2 * T) + 1e-12
        limit = rectified_counts(np.broadcast_to(values, (T, 200)))[-1] / T
        assert np.abs(limit - np.maximum(values, 0)).max() <= 1 / (2 * T) + 1e-12
    drawn = np.random.default_rng(2).random((100, 200)) < np.abs(values)
    herded = np.abs(signed_counts(np.broadcast_to(values, (100, 200)))[-1] / 100 - values).mean()
    assert herded < 0.003 < 10 * herded < np.abs(drawn.mean(axis=0) - np.abs(values)).mean()


def test_one_over_T_also_where_the_input_fluctuates():
    means = np.random.default_rng(4).uniform(-1, 1, 300)
    wave = np.where(np.arange(2000)[:, np.newaxis] % 2, 0.8, -0.8)
    errors = [
        np.abs(rectified_counts(means + wave[:T])[-1] / T - np.maximum(means, 0)).mean()
        for T in (20, 200, 2000)
    ]
    slope = np.polyfit(np.log([20, 200, 2000]), np.log(errors), 1)[0]
    assert slope == pytest.approx(-1, abs=0.1)


@pytest.mark.parametrize("kind", [SignedHerding, RectifiedHerding])
def test_neuron_types_are_the_quantisers_step_by_step(kind):
    values = np.random.default_rng(3).normal(0, 0.7, (60, 9))
    counts = signed_counts if kind is SignedHerding else rectified_counts
    expected = np.concatenate([np.diff(counts(part), axis=0, prepend=0) for part in
                               (values[:20], values[20:40], values[40:])])  # fmt: skip
    neuron, dt = kind(amplitude=2.0, restart=0.02), 0.001
    state = {"voltage": np.zeros(9), "time_shown": np.zeros(9)}
    for value, spikes in zip(values, expected, strict=True):
        output = np.zeros(9)
        neuron.step(dt, value / dt, output, **state)
        np.testing.assert_allclose(output, spikes * 2.0 / dt)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="values"):
        signed_counts("abc")
    with pytest.raises(ValueError, match="nan"):
        rectified_step(0.0, float("nan"))


@pytest.mark.parametrize("step", [signed_step, rectified_step])
def test_what_no_potential_holds_is_refused(step):
    with pytest.raises(ValidationError, match=r"value has shape \(3,\); expected .*\(2,\)"):
        step(np.zeros(2), np.zeros(3))
    with pytest.raises(ValidationError, match="expected numbers up to 9"):
        step(np.zeros(1), np.array([1e30]))
