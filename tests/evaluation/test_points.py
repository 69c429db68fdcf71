"""Operating points: each one a run of its own, fronts by brute force, the recommended one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import Presentation, convert, evaluate, operating_points
from nengo_lifdeep.energy import DEVICES, count
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.evaluation.points import OperatingPoint, OperatingPoints
from nengo_lifdeep.report.tables.points import operating_table, pareto_plot
from nengo_lifdeep.simulators import run


@pytest.fixture(scope="module")
def found(example):
    trained, images = example
    return operating_points(
        trained, images.take(60), tau_s=[0, 0.003], scale_firing_rates=[1, 3], t_p=[0.03, 0.1],
        t_c=[0.01, 0.05],
    )  # fmt: skip


def test_every_point_is_what_a_run_of_its_own_gives(found, example):
    trained, images = example
    assert len(found.points) == 2 * 2 * (1 + 2)  # t_c = 50 ms is after t_p = 30 ms
    for point in found.points:
        spiking = convert(trained, synapse=point.tau_s or None, scale_firing_rates=point.scale)
        timing = Presentation(t_c=point.t_c, t_p=point.t_p)
        judged = evaluate(spiking, images.take(60), presentation=timing)
        assert point.accuracy == judged.accuracy
        counts = count(run(spiking, images.take(60), presentation=timing), spiking)
        assert point.events == pytest.approx(counts.total_events, rel=1e-6)
        assert point.joules == pytest.approx(sum(DEVICES["loihi"].joules(counts)), rel=1e-6)


def test_what_is_asked_for_twice_is_run_once(example):
    trained, images = example
    options = {"tau_s": [0.003, 0.003], "scale_firing_rates": [1, 1.0], "t_p": [0.02, 0.02]}
    found = operating_points(trained, images.take(5), t_c=[0.01], **options)
    assert len(found.points) == 1


def test_a_chips_points_leave_the_hosts_layer_out(found, example):
    """By hand: events, and updates of the second layer alone."""
    trained, _ = example
    first, second = convert(trained, synapse=0.003).populations
    for point in found.points:
        assert point.updates == second.n_neurons * round(point.t_p / 0.001)
        by_hand = point.events * 27.1e-12 + point.updates * 81e-12
        assert point.joules == pytest.approx(by_hand, rel=1e-9)
    images = example[1].take(10)
    options = {"tau_s": [0.003], "scale_firing_rates": [1], "t_p": [0.05], "t_c": [0.01]}
    (other,) = operating_points(trained, images, device="spinnaker", **options).points
    assert other.updates == (first.n_neurons + second.n_neurons) * 50


def test_a_network_in_spikes_has_the_points_of_its_rates(found, example, tmp_path):
    """Converted at another synapse and other rates: the same points, at factors on its own."""
    trained, images = example
    options = {"tau_s": [0, 0.003], "t_p": [0.03, 0.1], "t_c": [0.01, 0.05]}
    spiking = convert(trained, synapse=0.01, scale_firing_rates=2)
    file = tmp_path / "runs.lifdeep"
    again = operating_points(
        spiking, images.take(60), scale_firing_rates=[0.5, 1.5], file=file, **options
    )
    assert again.rate_accuracy == found.rate_accuracy
    assert again.model == found.model
    for one, other in zip(found.points, again.points, strict=True):
        assert (one.tau_s, one.scale, one.t_p) == (other.tau_s, 2 * other.scale, other.t_p)
        assert other.accuracy == pytest.approx(one.accuracy, abs=1 / 60)
        assert other.events == pytest.approx(one.events, rel=1e-3)
    slower = convert(trained, synapse=0.01, scale_firing_rates=1)
    with pytest.raises(ValidationError, match="another network"):
        operating_points(slower, images.take(60), file=file, **options)


def made(rows, rate_accuracy=0.9, keep=0.99):
    points = tuple(OperatingPoint(0.003, 1, 0.01, t, a, 1e3 * j, 1e3, j) for t, a, j in rows)
    return OperatingPoints("net", "data", "Loihi", 10, rate_accuracy, points, keep)


@pytest.mark.parametrize("cost", ["joules", "t_p", "events"])
def test_front_by_brute_force(cost):
    rng = np.random.default_rng(0)
    tried = made(np.round(rng.random((60, 3)) * 10, 0) / 10 + 0.01)
    front = tried.front(cost)
    for point in tried.points:
        beaten = any(
            other.accuracy >= point.accuracy
            and getattr(other, cost) <= getattr(point, cost)
            and (other.accuracy, getattr(other, cost)) != (point.accuracy, getattr(point, cost))
            for other in tried.points
        )
        same = {(p.accuracy, getattr(p, cost)) for p in front}
        assert ((point.accuracy, getattr(point, cost)) in same) == (not beaten)
    costs = [getattr(point, cost) for point in front]
    assert costs == sorted(costs)


def test_recommended_keeps_the_accuracy_for_the_least_energy():
    tried = made([(0.2, 0.90, 5.0), (0.1, 0.892, 2.0), (0.05, 0.889, 1.0), (0.08, 0.895, 3.0)])
    assert tried.recommended == tried.points[1]  # 0.891 is 99 %
    assert tried.fastest == tried.points[3]
    assert dataclasses.replace(tried, keep=1.0).recommended == tried.points[0]
    assert made([(0.2, 0.5, 1.0)]).recommended is None
    with pytest.raises(ValidationError, match="cost is 'money'"):
        tried.front("money")


def test_refusals(example):
    for device in ("cpu", "truenorth", "loihi2", "abacus"):
        with pytest.raises(ValidationError, match=f"'{device}'.*spinnaker, spinnaker2, loihi"):
            operating_points(*example, device=device)
    with pytest.raises(ValidationError, match="keep is 1.5"):
        operating_points(*example, keep=1.5)


def test_table_and_picture(found):
    table = operating_table(found)
    assert any("least energy" in row["mark"] for row in table.records()) == (
        found.recommended is not None
    )
    assert "points tried on 60 images" in table.notes[0]
    left, right = pareto_plot(found)
    assert left.get_xlabel() == "presentation time $t_p$ [ms]"
    assert "µJ" in right.get_xlabel()
    assert pareto_plot(found, (left, right)) == (left, right)
    assert left.figure._suptitle.get_text().count("60") == 1  # the number of images, once


def test_the_axis_of_errors_has_several_numbers(found):
    points = [
        dataclasses.replace(p, accuracy=1 - 0.03 * (i + 1)) for i, p in enumerate(found.points[:8])
    ]
    left, _ = pareto_plot(dataclasses.replace(found, points=tuple(points)))
    low, high = left.get_ylim()
    assert left.get_yscale() == "log" and sum(low < y < high for y in left.get_yticks()) >= 3
    points[0] = dataclasses.replace(points[0], accuracy=1.0)
    left, _ = pareto_plot(dataclasses.replace(found, points=tuple(points)))
    assert left.get_yscale() == "linear" and left.get_ylim()[0] <= 0


def test_points_of_values_have_the_r2_of_a_run_of_their_own(tmp_path):
    from nengo_lifdeep import Architecture, Dense, Flatten, Split
    from nengo_lifdeep.training.random_features import random_features

    rng = np.random.default_rng(3)
    features = rng.normal(size=(230, 3))
    split = Split(features, targets=features[:, :1] + features[:, 1:2] ** 2)
    layers = Architecture((1, 1, 3), (Flatten(), Dense(60), Dense(1)), "wave")
    trained = random_features(layers, split.first(200), ridge=1e-4)
    test = split.subset(slice(200, 230))
    options = {"tau_s": [0.003], "scale_firing_rates": [1, 4], "t_p": [0.05], "t_c": [0.01, 0.02]}
    found = operating_points(trained, test, file=tmp_path / "runs.lifdeep", **options)
    assert found.of_values and found.rate_accuracy is None
    assert found.rate_r2 == evaluate(trained, test).r2 > 0.8
    for point in found.points:
        spiking = convert(trained, synapse=point.tau_s, scale_firing_rates=point.scale)
        own = evaluate(spiking, test, presentation=Presentation(t_c=point.t_c, t_p=point.t_p))
        assert point.r2 == pytest.approx(own.r2, rel=1e-6)
        assert point.accuracy is None and point.error is None and point.score == point.r2
    assert found.points[0].r2 != found.points[-1].r2
    again = operating_points(trained, test, file=tmp_path / "runs.lifdeep", **options)
    assert again.points == found.points
    least = dataclasses.replace(found, keep=0.5).recommended
    assert least is not None and least.r2 >= 0.5 * found.rate_r2
    worse = dataclasses.replace(found, rate_r2=-1.0, keep=0.9)
    assert worse.least_score == pytest.approx(-1.1)
    with pytest.raises(ValidationError, match="expected one of the two"):
        dataclasses.replace(found.points[0], accuracy=0.5)
