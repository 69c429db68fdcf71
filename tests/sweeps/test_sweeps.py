"""Sweeps: every point once, what is finished is kept, failures are named, tables are right."""

from __future__ import annotations

import csv
import dataclasses
import importlib
import json
import linecache
import math
import os
import random
import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep import datasets, evaluate, pretrained
from nengo_lifdeep.errors import ModelFileError, NoWorkersError, ValidationError, WorkerError
from nengo_lifdeep.jobs.keys import key_of
from nengo_lifdeep.sweeps import Sweep, sweep
from nengo_lifdeep.sweeps.data_sets import by_content, loads
from nengo_lifdeep.sweeps.files import reads
from nengo_lifdeep.sweeps.measures import measure_network, measure_training
from nengo_lifdeep.sweeps.plain import plain_value


def noted(a: float, seed: int, folder: str) -> dict[str, float]:
    """A result that depends on the parameters alone, and a note that it was computed."""
    with (Path(folder) / "notes").open("a") as notes:
        notes.write(f"{a} {seed}\n")
    return {"error": a + float(np.random.default_rng(seed).random())}


def picky(a: int) -> float:
    """Fails at 2."""
    if a == 2:
        raise ValueError("2 is\n too much")
    return 1 / a


def evaluated(model, images):
    """A whole evaluation."""
    return evaluate(model, images)


def test_every_point_once_in_order_and_not_again(tmp_path):
    grid = {"a": [0.5, 1.5], "seed": [0, 1, 1], "folder": [str(tmp_path)]}
    found = sweep(noted, grid, out=tmp_path / "out")
    points = [(row["a"], row["seed"]) for row in found.rows]
    assert points == [(0.5, 0), (0.5, 1), (1.5, 0), (1.5, 1)]
    with ThreadPoolExecutor(2) as threads:
        again = sweep(noted, grid, out=tmp_path / "out", executor=threads)
        more = sweep(noted, {**grid, "a": [1.5, 2.5]}, out=tmp_path / "out", executor=threads)
        fresh = sweep(noted, grid, out=tmp_path / "fresh", executor=threads)
    assert again.rows == found.rows == fresh.rows
    assert [row["a"] for row in more.rows] == [1.5, 1.5, 2.5, 2.5]
    assert len((tmp_path / "notes").read_text().splitlines()) == 4 + 2 + 4
    assert more.rows[:2] == found.rows[2:]
    with (tmp_path / "out" / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["error"]) for row in rows] == [row["error"] for row in more.rows]
    assert json.loads((tmp_path / "out" / "table.json").read_text()) == list(more.rows)
    frame = more.to_pandas()
    assert frame["error"].tolist() == [row["error"] for row in more.rows]
    averaged = more.over("seed")
    ours = [row for row in more.rows if row["a"] == 2.5]
    assert averaged.rows[1]["error"] == np.mean([row["error"] for row in ours])
    spread = np.std([row["error"] for row in ours], ddof=1)
    assert averaged.rows[1]["error_std"] == pytest.approx(spread)
    assert averaged.parameters == ("a", "folder") and averaged.rows[1]["n_seed"] == 2


def test_failures_are_named_and_tried_again(tmp_path):
    found = sweep(picky, {"a": [0, 1, 2, 4]}, out=tmp_path)
    assert [row["value"] for row in found.rows] == [1.0, 0.25]
    assert found.failures == (
        ("a=0", "ZeroDivisionError: division by zero"),
        ("a=2", "ValueError: 2 is too much"),
    )
    with pytest.raises(WorkerError, match="2 jobs of the sweep have failed:\n  - a=0: Zero"):
        found.require()
    assert "failed: a=2: ValueError: 2 is too much" in found.table().notes
    assert len(list((tmp_path / "jobs").iterdir())) == 2
    assert sweep(picky, {"a": [1, 4]}, out=tmp_path).require().failures == ()


class Binomial:
    """A value without words of its own."""

    def __init__(self, n):
        self.n = n


class TwoWords(Exception):
    """An exception that its pickle does not give back."""

    def __init__(self, first, second):
        super().__init__(first)


def ends(a: int) -> int:
    """Ends in ways of its own."""
    if a == 1:
        raise TwoWords("one", "two")
    if a == 2:
        sys.exit(3)
    if a == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return a


@pytest.mark.parametrize("n_workers", [None, 2])
def test_a_job_that_ends_its_process_or_raises_the_unreadable_is_named(n_workers, tmp_path):
    last = [4] if n_workers else []
    found = sweep(ends, {"a": [2, *last, 0, 1, 3]}, out=tmp_path, executor=n_workers)
    assert [row["value"] for row in found.rows] == [0, 3]
    reasons = dict(found.failures)
    assert list(reasons) == ["a=2", *(f"a={each}" for each in last), "a=1"]  # as in the grid
    assert "sys.exit(3)" in reasons["a=2"] and reasons["a=1"] == "TwoWords: one"
    if last:
        assert reasons["a=4"].startswith("the process that did it has died 3 times")


def test_sweeps_at_the_same_time_share_the_points(tmp_path):
    """A second one begins while the first is at its first point, and finishes all others."""
    notes = tmp_path / "notes"

    def both(a, inner):
        return {"a": list(range(a)), "folder": [str(tmp_path)], "inner": [inner]}

    sweep(nested, both(4, "no"), out=tmp_path / "alone")
    assert notes.read_text().split() == ["0", "1", "2", "3"]
    notes.unlink()
    found = sweep(nested, both(4, "yes"), out=tmp_path / "out").require()
    assert [row["value"] for row in found.rows] == [0, 2, 4, 6]
    assert sorted(notes.read_text().split()) == ["0", "0", "1", "2", "3"]


def nested(a: int, folder: str, inner: str) -> int:
    """At its first point another sweep over the same points, into the same folder."""
    with (Path(folder) / "notes").open("a") as notes:
        notes.write(f"{a}\n")
    if inner == "yes" and a == 0 and not (Path(folder) / "begun").exists():
        (Path(folder) / "begun").touch()
        grid = {"a": list(range(4)), "folder": [folder], "inner": [inner]}
        sweep(nested, grid, out=Path(folder) / "out")
    return 2 * a


def test_a_function_that_has_changed_is_told(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "changing.py"
    file.write_text("def f(a):\n    return a\n")
    changing = importlib.import_module("changing")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sweep(changing.f, {"a": [1, 2]}, out=tmp_path / "out")
        sweep(changing.f, {"a": [1, 2, 3]}, out=tmp_path / "out")
    file.write_text("def f(a):\n    return a + 1000\n")
    linecache.clearcache()
    importlib.invalidate_caches()
    importlib.reload(changing)
    with pytest.warns(UserWarning, match="changing.f has changed since 3 of the results") as told:
        found = sweep(changing.f, {"a": [1, 2, 3, 4]}, out=tmp_path / "out")
    assert [row["value"] for row in found.rows] == [1, 2, 3, 1004]
    assert told[0].filename == __file__
    sys.modules.pop("changing")


def applied(function, x) -> int:
    """A function that is a parameter, at a number."""
    return function(x)


def test_a_parameter_that_is_an_edited_function_is_another_point(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "edited.py"
    values = []
    for line in ("return x", "return x  # the same", "return x + 1000"):
        file.write_text(f"def f(x):\n    {line}\n")
        importlib.invalidate_caches()
        sys.modules.pop("edited", None)
        module = importlib.import_module("edited")
        found = sweep(applied, {"function": [module.f], "x": [1]}, out=tmp_path / "out")
        values.append((found.rows[0]["value"], len(list((tmp_path / "out/jobs").iterdir()))))
    sys.modules.pop("edited")
    assert values == [(1, 1), (1, 1), (1001, 2)]


def size_of(file) -> int:
    """Of what it names, and a note that it was computed."""
    with Path(f"{file}.notes").open("a") as notes:
        notes.write("x")
    return Path(file).stat().st_size


@reads("file")
def size_of_text(file) -> int:
    """As `size_of`, of text too."""
    return size_of(file)


@pytest.mark.parametrize("function, kind", [(size_of, Path), (size_of_text, str)])
def test_a_file_that_has_changed_is_read_again(function, kind, tmp_path):
    file, found = tmp_path / "file", []
    for content in (b"one", b"other", b"eerht", b"one"):
        file.write_bytes(content)
        (row,) = sweep(function, {"file": [kind(file)]}, out=tmp_path / "out").require().rows
        assert row["file"] == str(file)
        found.append(row["value"])
    assert found == [3, 5, 5, 3]
    assert Path(f"{file}.notes").read_text() == "xxx"  # the first one was kept


def test_a_network_that_has_changed_is_measured_again(tmp_path):
    trained = pretrained.load("digits-compact")
    file = trained.save(tmp_path / "net.lifdeep")
    points = [{"model": str(file), "n": 20, "simulator": "rate"}]
    (before,) = sweep(measure_network, points, out=tmp_path / "out").require().rows
    worse = {name: dict(group) for name, group in trained.weights.items()}
    worse["dense2"]["kernel"] = -worse["dense2"]["kernel"]
    dataclasses.replace(trained, weights=worse).save(file)
    (after,) = sweep(measure_network, points, out=tmp_path / "out").require().rows
    assert before["error_percent"] < 20 < 80 < after["error_percent"]
    trained.save(file)
    assert sweep(measure_network, points, out=tmp_path / "out").rows == (before,)


@loads(data=("test",))
def error_of(seed: int, data: str = "digits") -> float:
    """Depends on the test images and their labels."""
    test = datasets.load(data).test
    return float(test.unit_images().mean()) + float(test.labels[0]) + seed


def with_changed(whole, part, change):
    """A data set with another array in a part."""
    return dataclasses.replace(whole, **{part: change(getattr(whole, part))})


def darker(split):
    return dataclasses.replace(split, images=0.5 * split.unit_images())


def mislabelled(split):
    return dataclasses.replace(split, labels=(split.labels + 1) % 10)


def test_a_data_set_that_has_changed_is_measured_again(tmp_path, monkeypatch):
    """Before, its name alone was in the key."""
    whole = datasets.load("digits")
    changed = [
        whole, with_changed(whole, "test", darker), with_changed(whole, "test", mislabelled),
        with_changed(whole, "train", darker), whole,
    ]  # fmt: skip
    n_files, errors = [], []
    points = [{"model": "digits-compact", "n": 20, "simulator": "rate", "data": "digits"}]
    for there in changed:
        monkeypatch.setattr(datasets, "load", lambda name, there=there: there)
        (row,) = sweep(measure_network, points, out=tmp_path).require().rows
        assert row["data"] == "digits"
        errors.append(row["error_percent"])
        n_files.append(len(list((tmp_path / "jobs").iterdir())))
    assert n_files == [1, 2, 3, 3, 3], "of its training images nothing is measured"
    assert errors[0] == errors[3] == errors[4] < 20 < 80 < errors[2]
    keys = [by_content(measure_training, [{"data": "digits"}])]
    for there in changed[:4]:
        monkeypatch.setattr(datasets, "load", lambda name, there=there: there)
        keys.append(by_content(measure_training, [{"data": "digits"}]))
    assert len({key_of(each) for each in keys}) == 4 and keys[0] == keys[1]


def test_a_usual_data_set_counts_and_one_that_is_not_here_has_its_name(tmp_path, monkeypatch):
    whole = datasets.load("digits")
    found = []
    for there in (whole, with_changed(whole, "test", mislabelled)):
        monkeypatch.setattr(datasets, "load", lambda name, there=there: there)
        (row,) = sweep(error_of, {"seed": [1]}, out=tmp_path).require().rows
        found.append(row["value"])
    assert found[1] == found[0] + 1
    monkeypatch.undo()
    point = {"seed": 1, "data": "no such set"}
    assert by_content(error_of, [point]) == [point]
    failures = sweep(error_of, [point], out=tmp_path).failures
    assert "there is no data set 'no such set'" in failures[0][1]


def test_evaluations_and_networks(tmp_path, example):
    trained, images = example
    found = sweep(evaluated, {"model": [trained], "images": [images.take(20)]}, out=tmp_path)
    (row,) = found.rows
    error = evaluate(trained, images.take(20)).error
    assert row["n_images"] == 20 and row["error_percent"] == error
    assert "seconds" not in row and len(row["model"]) < 300


def spread(array, seed: int) -> float:
    """Depends on all of them; of what sums to 0 there is none."""
    if not np.sum(array):
        raise ValueError(f"sum {np.sum(array)} of {np.max(array)}")
    return float(np.sum(array)) + seed


def test_different_arrays_and_networks_are_different_rows(tmp_path, example):
    arrays = [np.full(12, 1.0), np.full(12, 5.0)]
    found = sweep(spread, {"array": [*arrays, arrays[0].copy()], "seed": [0, 1]}, out=tmp_path)
    means = found.over("seed").rows
    assert [(row["value"], row["n_seed"]) for row in means] == [(12.5, 2), (60.5, 2)]
    words = [row["array"] for row in means]
    assert all(word.startswith("an array of float64 of shape (12,) ") for word in words)
    assert words == [f"an array of float64 of shape (12,) {key_of(each)[:8]}" for each in arrays]
    networks = [example[0], dataclasses.replace(example[0], history={"loss": [1.0]})]
    found = sweep(name_of, {"network": networks}, out=tmp_path)
    first, second = (row["network"] for row in found.rows)
    assert first == f"a TrainedModel {key_of(example[0])[:8]}" != second


def name_of(network) -> dict[str, str]:
    """Of a network."""
    return {"name": network.architecture.name}


def test_results_of_before_get_the_words_of_now(tmp_path):
    arrays = [np.full(12, 1.0), np.full(12, 5.0)]
    grid = {"array": arrays, "seed": [0, 1]}
    found = sweep(spread, grid, out=tmp_path)
    for file in (tmp_path / "jobs").iterdir():
        content = json.loads(file.read_text())
        content["parameters"]["array"] = "an array of float64 of shape (12,)"
        file.write_text(json.dumps(content))
    assert sweep(spread, grid, out=tmp_path).rows == found.rows


def test_every_failure_is_kept(tmp_path):
    arrays = [np.arange(-n, n + 1.0) for n in (3, 3, 4)]
    arrays[1] = arrays[1][::-1]
    found = sweep(spread, {"array": arrays, "seed": [0]}, out=tmp_path)
    assert [why for _, why in found.failures] == [
        f"ValueError: sum 0.0 of {n}.0" for n in (3, 3, 4)
    ]  # the first two are of one shape
    assert len({point for point, _ in found.failures}) == 3


@pytest.mark.parametrize(
    "one, other",
    [
        (((1, 2), (3,)), ((1,), (2, 3))),
        (list(range(12)), [*range(11), 99]),
        (np.array([0.1]), np.array([0.1 + 1e-12])),
        (pow, divmod), (Sweep, sweep), (noted, picky), (ThreadPoolExecutor, Path), (1j, 2j),
        (Binomial(3), Binomial(4)),
    ],
)  # fmt: skip
def test_different_values_are_different_words(one, other):
    words = plain_value(one)
    assert isinstance(words, str) and " 0x" not in words
    assert words == plain_value(one) != plain_value(other)


def gives(what):
    """What it was asked for."""
    return {
        "array": np.zeros(3), "text": "abc", "list": [1, 2], "object": {"a": object()},
        "number as name": {1: 2}, "parameter": {"what": 3}, "NaN": math.nan,
    }[what]  # fmt: skip


def test_results_that_no_table_holds_are_refused(tmp_path):
    kinds = ["array", "text", "list", "object", "number as name", "parameter", "NaN"]
    found = sweep(gives, {"what": kinds}, out=tmp_path)
    assert [point for point, _ in found.failures] == [f"what={kind}" for kind in kinds[:-1]]
    assert "which are parameters" in found.failures[-1][1]
    assert math.isnan(found.rows[0]["value"]) and '"nan"' in found.table().json()


@pytest.mark.parametrize(
    "grid, message",
    [
        ({"a": 3}, "expected several values"),
        ({"a": "abc"}, "expected several values"),
        ({"a": []}, "no point"),
        ({}, "no point"),
        ([], "no point"),
        ([{}], "no point"),
        ([3], "grid holds"),
        ("abc", "grid is"),
        (None, "grid is"),
        ({"not a name": [1]}, "expected names"),
    ],
)
def test_what_is_no_grid_is_refused(grid, message, tmp_path):
    with pytest.raises(ValidationError, match=message):
        sweep(picky, grid, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_other_inputs_are_refused(tmp_path):
    with pytest.raises(ValidationError, match="no key can be made|could not find"):
        sweep(lambda a: a, {"a": [1]}, out=tmp_path)
    with pytest.raises(ValidationError, match="function"):
        sweep("picky", {"a": [1]}, out=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ModelFileError):
        sweep(picky, {"a": [1]}, out=tmp_path / "file")
    sweep(picky, {"a": [1]}, out=tmp_path / "out")
    (file,) = (tmp_path / "out" / "jobs").iterdir()
    file.write_text("{")
    with pytest.raises(ModelFileError, match="damaged .* Remove it"):
        sweep(picky, {"a": [1]}, out=tmp_path / "out")
    with pytest.raises(ValidationError, match="no parameter 'seed'"):
        Sweep("f", ("a",), ({"a": 1},)).over()
    with pytest.raises(ValidationError, match="no column 'b'"):
        Sweep("f", ("a",), ({"a": 1},)).plot("a", "b")
    with pytest.raises(ValidationError, match="no numbers"):
        Sweep("f", ("a",), ({"a": "x", "b": 1},)).plot("a", "b")


def test_an_executor_that_is_gone_ends_the_sweep(tmp_path):
    with ThreadPoolExecutor(2) as threads:
        pass
    with pytest.raises(NoWorkersError, match="a=[14]: the executor takes no more jobs"):
        sweep(picky, {"a": [1, 4]}, out=tmp_path, executor=threads)


def test_pictures(tmp_path):
    rows = [{"t": t, "scale": s, "seed": k, "error": t * s + k} for t in (1, 2, 4) for s in (1, 3)
            for k in (0, 1)]  # fmt: skip
    ax = Sweep("f", ("t", "scale", "seed"), rows).plot("t", "error", by="scale")
    assert [line.get_text() for line in ax.get_legend().get_texts()] == ["scale = 1", "scale = 3"]
    assert ax.containers[1].lines[0].get_ydata().tolist() == [3.5, 6.5, 12.5]


SCRIPT = """
import sys, time
import numpy as np

def slow(a, seed):
    time.sleep(0.01)
    return {"error": a * float(np.random.default_rng(seed).random())}

if __name__ == "__main__":
    from nengo_lifdeep.sweeps import sweep
    grid = {"a": [float(a) for a in range(20)], "seed": list(range(int(sys.argv[2])))}
    sweep(slow, grid, out=sys.argv[1])
"""


def broken_and_unbroken(folder, seeds, kills):
    """Tables of a sweep that was killed at random, and of one that was not."""
    script = folder / "script.py"
    script.write_text(SCRIPT)

    def started(out):
        return subprocess.Popen([sys.executable, script, folder / out, str(seeds)])

    assert started("whole").wait() == 0
    draws, counts = random.Random(0), []
    for _ in range(kills):
        process = started("killed")
        before = counts[-1] if counts else 0
        wanted = before + draws.randint(1, 20 * seeds // (kills + 2))
        while _n(folder) < wanted and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        counts.append(_n(folder))
    assert started("killed").wait() == 0
    assert sorted(counts) == counts and counts[-1] < 20 * seeds and len(set(counts)) == kills
    return [(folder / out / "table.csv").read_bytes() for out in ("whole", "killed")]


def _n(folder):
    jobs = folder / "killed" / "jobs"
    return sum(name.endswith(".json") for name in os.listdir(jobs)) if jobs.exists() else 0


def test_a_killed_sweep_gives_the_same_table(tmp_path):
    whole, killed = broken_and_unbroken(tmp_path, seeds=2, kills=2)
    assert whole == killed and whole.count(b"\n") == 41


@pytest.mark.slow
def test_ten_kills_of_two_hundred_jobs(tmp_path):
    whole, killed = broken_and_unbroken(tmp_path, seeds=10, kills=10)
    assert whole == killed and whole.count(b"\n") == 201
