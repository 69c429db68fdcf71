"""Runs in parts by several workers give the same, to the last bit, as one process."""

from __future__ import annotations

import dataclasses
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nengo
import numpy as np
import pytest

from nengo_lifdeep import Presentation, calibrate_noise, convert, evaluate, operating_points, run
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.errors import DataError, ValidationError, WorkerError
from nengo_lifdeep.evaluation.parts.runs import part_bounds
from nengo_lifdeep.inputs.coding import FunctionCoding
from nengo_lifdeep.jobs import workers

SHORT = Presentation(t_c=0.01, t_p=0.03)


@pytest.fixture(scope="module")
def pool():
    with workers(2) as started:
        yield started


@pytest.fixture
def threads():
    """Workers without the cost of processes."""
    with ThreadPoolExecutor(2) as started:
        yield started


def same(one, two):
    """All fields but the time that it took."""
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if dataclasses.is_dataclass(a) and not isinstance(a, Presentation):
            same(a, b)
        elif isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, field.name)
        elif field.name != "seconds":
            assert a == b, field.name


class DiesOnce(FunctionCoding):
    """Kills the process in which it is first asked."""

    def __call__(self, images, timing, indices):
        if not Path(self.flag).exists():
            Path(self.flag).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(images, timing, indices)


@pytest.mark.parametrize("simulator", ["rate", "events", "nengo"])
def test_several_workers_as_one_process(simulator, example, pool, threads):
    trained, images = example
    pool, n = (threads, 40) if simulator == "nengo" else (pool, 100)
    images = images.take(min(len(images), n))
    model = trained if simulator == "rate" else convert(trained, initial_voltage="uniform")
    options = {"simulator": simulator, "batch_size": 20, "seed": 3}
    options |= {} if simulator == "rate" else {"presentation": SHORT}
    one = evaluate(model, images, **options)
    two = evaluate(model, images, executor=pool, **options)
    assert one.n_images == len(images) and one.accuracy > 0.3
    same(one, two)
    if simulator != "rate":
        np.testing.assert_array_equal(one.accuracy_grid, two.accuracy_grid)


def test_ways_and_grids_are_counted_together(example, threads):
    trained, images = example
    for route in ("auto", "dense"):
        options = {"route": route, "presentation": SHORT, "grid": True, "engine": "numpy"}
        one = evaluate(convert(trained), images.take(70), **options)
        two = evaluate(convert(trained), images.take(70), executor=threads, **options)
        same(one, two)
        assert any("all connections" in note or "by " in note for note in two.notes)


def test_values_and_their_errors_in_time(example, threads):
    trained, images = example
    shown = images.take(90)
    targets = np.random.default_rng(0).normal(size=(90, trained.architecture.output_shape[0]))
    data = Split(shown.images, targets=targets.astype(np.float32))
    one = evaluate(convert(trained), data, presentation=SHORT)
    two = evaluate(convert(trained), data, presentation=SHORT, executor=threads)
    same(one, two)
    sums = []
    for chunk in (1, 7, 90):  # whatever the simulator gives at a time
        sums.append(evaluate(convert(trained), data, presentation=SHORT, batch_size=chunk).in_time)
    same(sums[0], sums[1])
    same(sums[0], sums[2])


def test_a_stream_is_not_divided(example, threads):
    trained, images = example
    timing = Presentation(t_c=0.01, t_p=0.03, reset=False)
    one = evaluate(convert(trained), images.take(60), presentation=timing)
    same(one, evaluate(convert(trained), images.take(60), presentation=timing, executor=threads))


def test_a_killed_process_is_survived(example, pool, tmp_path):
    trained, images = example
    coding = DiesOnce(_still)
    object.__setattr__(coding, "flag", str(tmp_path / "flag"))
    found = evaluate(
        convert(trained), images.take(60), presentation=SHORT, coding=coding, executor=pool
    )
    assert (tmp_path / "flag").exists()
    whole = evaluate(convert(trained), images.take(60), presentation=SHORT, coding=coding)
    same(found, whole)


def _still(t, image):
    return image


def test_operating_points_and_noise(example, pool, tmp_path):
    trained, images = example
    choice = {"tau_s": [0, 0.003], "scale_firing_rates": [1, 2], "t_p": [0.03]}
    file = tmp_path / "points.lifdeep"
    one = operating_points(trained, images.take(40), **choice)
    assert operating_points(trained, images.take(40), executor=pool, file=file, **choice) == one
    assert operating_points(trained, images.take(40), executor=pool, file=file, **choice) == one
    spiking = convert(trained, synapse=nengo.Alpha(0.003))
    one = calibrate_noise(spiking, images.take(30), t_c=0.05, t_p=0.1, fewest=5)
    two = calibrate_noise(spiking, images.take(30), t_c=0.05, t_p=0.1, fewest=5, executor=pool)
    assert one.n_images == two.n_images == 30
    for name, spread in one.layers.items():
        same(spread, two.layers[name])


def test_errors_of_a_part_are_those_of_the_whole(example, threads):
    trained, images = example
    with pytest.raises(ValidationError, match="executor is 0"):
        evaluate(trained, images, executor=0)
    with pytest.raises(ValidationError, match="no option 'target'"):
        evaluate(convert(trained), images, executor=threads, target="sim")
    with pytest.raises(DataError):
        evaluate(trained, (np.zeros((3, 5, 5, 2), np.float32), [0, 1, 0]), executor=threads)
    threads.shutdown()
    with pytest.raises(WorkerError, match="images 0 to .*: the executor takes no more jobs"):
        evaluate(convert(trained), images.take(40), executor=threads)


def test_rasters_keep_their_images(example, threads):
    trained, images = example
    spiking = convert(trained)
    whole = run(spiking, images.take(50), presentation=SHORT, rasters=50)
    assert max(rows[:, 0].max() for rows in whole.rasters.values()) > 20
    one = evaluate(spiking, images.take(50), presentation=SHORT, rasters=30)
    same(one, evaluate(spiking, images.take(50), presentation=SHORT, rasters=30, executor=threads))


@pytest.mark.parametrize("n", [1, 19, 20, 21, 160, 4_001, 50_000])
@pytest.mark.parametrize("workers", [1, 3, 64])
@pytest.mark.parametrize("alike", [1, 20, 100])
def test_parts_are_whole_batches(n, workers, alike):
    bounds = part_bounds(n, workers, alike)
    assert bounds[0][0] == 0 and bounds[-1][1] == n
    for (start, stop), (following, _) in zip(bounds, bounds[1:], strict=False):
        assert stop == following and start % alike == 0
    assert all(stop - start >= min(alike, n) for start, stop in bounds)
    assert max(stop - start for start, stop in bounds) <= 2_000 + 2 * alike
