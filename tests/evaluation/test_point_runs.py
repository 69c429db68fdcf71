"""Runs of operating points in one file that several processes add to."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest

from nengo_lifdeep import operating_points
from nengo_lifdeep.datasets import Split
from nengo_lifdeep.datasets.pictures import PictureFiles
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.evaluation import point_runs
from nengo_lifdeep.evaluation.point_runs import OperatingRuns
from nengo_lifdeep.inputs.as_trained import coding_record
from nengo_lifdeep.inputs.coding import PoissonCoding
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.layers.types import Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.support.files import read_record
from nengo_lifdeep.training.random_features import untrained

POINT = dict.fromkeys(("tau_s", "scale", "t_c", "t_p", "accuracy", "events", "updates"), 0.5)
POINT["joules"] = 1e-6

#: adds runs of its own to one file: number of the writer, how many runs
WRITER = """
import sys
from nengo_lifdeep.evaluation.point_runs import OperatingRuns
from nengo_lifdeep.training.random_features import trained_example

number, many = map(int, sys.argv[2:])
runs = OperatingRuns.of(sys.argv[1], *trained_example(), "Loihi")
point = dict.fromkeys(("tau_s", "scale", "t_c", "t_p", "accuracy", "events", "updates"), 0.5)
print("ready", flush=True)
sys.stdin.readline()
for time in range(1, many + 1):
    runs.add(0.003, number, time, [{**point, "joules": 1e-6}])
"""


def test_two_writers_lose_nothing(tmp_path, example):
    path = tmp_path / "points.lifdeep"
    pipe = subprocess.PIPE
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(number), "12"],
            stdin=pipe, stdout=pipe, text=True,
        )
        for number in (1, 2)
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    found = OperatingRuns.of(path, *example, "Loihi").runs
    assert {(run["scale"], run["t_p"]) for run in found} == {
        (number, time) for number in (1, 2) for time in range(1, 13)
    }
    assert len(found) == 24
    assert [p.name for p in tmp_path.iterdir()] == ["points.lifdeep"]


def test_what_another_has_run_is_not_run_again(tmp_path, example):
    path = tmp_path / "points.lifdeep"
    one, two = (OperatingRuns.of(path, *example, "Loihi") for _ in range(2))
    one.add(0.003, 1, 0.1, [POINT])
    two.add(0.003, 2, 0.1, [POINT])
    assert two.get(0.003, 1, 0.1, [0.5]) == [POINT]
    one.add(0.003, 2, 0.1, [{**POINT, "joules": 1.0}])  # both did: the first one stays
    assert [(run["scale"], run["points"]) for run in one.runs] == [(1, [POINT]), (2, [POINT])]


def test_a_file_that_belongs_to_another_network_by_now(tmp_path, example):
    path = tmp_path / "points.lifdeep"
    mine = OperatingRuns.of(path, *example, "Loihi")
    OperatingRuns.of(path, *example, "SpiNNaker").add(0.003, 1, 0.1, [POINT])
    before = path.read_bytes()
    with pytest.raises(ValidationError, match="holds runs of another device"):
        mine.add(0.003, 2, 0.1, [POINT])
    assert path.read_bytes() == before


def remembering(network, **what):
    return dataclasses.replace(network, provenance={**network.provenance, **what})


def test_what_a_run_reads_of_the_provenance_belongs_to_the_network(tmp_path, example):
    trained, images = example
    spikes = {"n_steps": 50, "dt": 0.001, "leak": 0.9, "coding": None, "read_out_leak": None}
    poisson = coding_record(PoissonCoding(max_rate=300.0, seed=1))
    kinds = {
        "none": trained,
        "half": remembering(trained, **Recommended(initial_voltage="half").noted({})),
        "step": remembering(trained, dt=0.002),
        "spikes": remembering(trained, spikes=spikes),
        "coded": remembering(trained, spikes={**spikes, "coding": poisson}),
        "read-out": remembering(trained, spikes={**spikes, "read_out_leak": 0.5}),
    }
    for name, network in kinds.items():
        OperatingRuns.of(tmp_path / name, network, images, "Loihi").add(0.003, 1, 0.1, [POINT])
    for asked, network in kinds.items():
        for name in kinds:
            if name == asked:
                assert len(OperatingRuns.of(tmp_path / name, network, images, "Loihi").runs) == 1
                continue
            with pytest.raises(ValidationError, match="holds runs of another network"):
                OperatingRuns.of(tmp_path / name, network, images, "Loihi")


def test_files_of_before_are_taken_where_nothing_is_read(tmp_path, example, monkeypatch):
    trained, images = example
    with monkeypatch.context() as before:
        before.setattr(point_runs, "_remembered", lambda network: {})
        OperatingRuns.of(tmp_path / "old", trained, images, "Loihi").add(0.003, 1, 0.1, [POINT])
    usual = Recommended(tau_s=0.002, rate_factor=3.0, t_c=0.01, t_p=0.05)  # and at rest
    for network in (trained, remembering(trained, dt=0.001, **usual.noted({}))):
        assert OperatingRuns.of(tmp_path / "old", network, images, "Loihi").runs
    other = remembering(trained, **Recommended(initial_voltage="uniform").noted({}))
    with pytest.raises(ValidationError, match="another network"):
        OperatingRuns.of(tmp_path / "old", other, images, "Loihi")


def pictures(folder, seed):
    """Pictures of random pixels, a second younger than those that are there, as long as these."""
    image, rng = pytest.importorskip("PIL.Image"), np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    files = [folder / f"{i}.bmp" for i in range(4)]
    for file in files:
        before = file.stat().st_mtime_ns if file.exists() else 0
        image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8)).save(file)
        os.utime(file, ns=(before + 10**9, before + 10**9))
    return Split(PictureFiles(files, 6), np.arange(4) % 2)


@pytest.fixture(scope="module")
def of_colours():
    layers = [Conv2D(2, 3), Neurons(), Flatten(), Dense(2)]
    return untrained(Architecture((6, 6, 3), layers, name="colours"))


def test_pictures_that_change_at_equal_length_are_others(tmp_path, of_colours):
    options = {"tau_s": [0.003], "scale_firing_rates": [1], "t_p": [0.05], "t_c": [0.01]}
    file, folder = tmp_path / "points.lifdeep", tmp_path / "pictures"
    images = pictures(folder, seed=0)
    sizes = [each.stat().st_size for each in folder.iterdir()]
    first = operating_points(of_colours, images, file=file, **options).points[0].events
    assert operating_points(of_colours, images, file=file, **options).points[0].events == first
    mine = OperatingRuns.of(file, of_colours, images, "Loihi")
    before = file.read_bytes()
    images = pictures(folder, seed=1)
    assert sizes == [each.stat().st_size for each in folder.iterdir()]
    assert operating_points(of_colours, images, **options).points[0].events != first
    with pytest.raises(ValidationError, match="of images whose files were changed since; give"):
        operating_points(of_colours, images, file=file, **options)
    mine.add(0.003, 2, 0.1, [POINT])  # it was begun before
    with pytest.raises(ValidationError, match="whose files were changed since"):
        OperatingRuns.of(file, of_colours, images, "Loihi")
    assert len(before) < len(file.read_bytes())


def test_files_of_before_do_not_know_when_pictures_changed(tmp_path, of_colours, monkeypatch):
    """They are gone on with, and do not say it afterwards either."""
    images, file = pictures(tmp_path / "pictures", seed=0), tmp_path / "points.lifdeep"
    question = point_runs._question
    with monkeypatch.context() as before:
        before.setattr(
            point_runs, "_question",
            lambda *of: {name: value for name, value in question(*of).items() if name != "files"},
        )  # fmt: skip
        OperatingRuns.of(file, of_colours, images, "Loihi").add(0.003, 1, 0.1, [POINT])
    images = pictures(tmp_path / "pictures", seed=1)
    for scale in (2, 3):
        runs = OperatingRuns.of(file, of_colours, images, "Loihi")
        assert len(runs.runs) == scale - 1
        runs.add(0.003, scale, 0.1, [POINT])
    assert sorted(read_record(file, "OperatingRuns")[0]["question"]) == [
        "device", "images", "network",
    ]  # fmt: skip


def test_points_of_another_start_are_not_taken(tmp_path, example):
    trained, images = example
    options = {"tau_s": [0.003], "scale_firing_rates": [1], "t_p": [0.05], "t_c": [0.01]}
    half = remembering(trained, **Recommended(initial_voltage="half").noted({}))
    file = tmp_path / "points.lifdeep"
    found = operating_points(half, images.take(20), file=file, **options)
    with pytest.raises(ValidationError, match="another network"):
        operating_points(trained, images.take(20), file=file, **options)
    zero = operating_points(trained, images.take(20), **options)
    assert zero.points[0].events != found.points[0].events


def test_a_folder_that_vanishes(tmp_path, example, monkeypatch):
    """It is made again, with everything that was measured."""
    folder = tmp_path / "results"
    add = OperatingRuns.add

    def removing(self, *run):
        if folder.exists():
            (folder / "points.lifdeep").unlink()
            folder.rmdir()
        add(self, *run)

    monkeypatch.setattr(OperatingRuns, "add", removing)
    trained, images = example
    options = {"tau_s": [0], "scale_firing_rates": [1, 2, 3], "t_p": [0.05], "t_c": [0.01]}
    operating_points(trained, images.take(5), file=folder / "points.lifdeep", **options)
    runs = OperatingRuns.of(folder / "points.lifdeep", trained, images.take(5), "Loihi").runs
    assert [run["scale"] for run in runs] == [1, 2, 3]
