"""Runs of operating points are jobs, which another process can do."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from nengo_lifdeep import operating_points
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.evaluation.point_jobs import point_job, spiking_device, starts_of


def test_a_job_gives_the_same_points_in_another_process(example, tmp_path):
    trained, images = example[0], example[1].take(20)
    job = point_job((trained, images), 0.003, 2.0, 0.05, [0.01, 0.02], "loihi")
    (tmp_path / "job").write_bytes(pickle.dumps(job))
    script = (
        "import pickle, sys; job = pickle.load(open(sys.argv[1], 'rb')); "
        "print(job.key); [print(repr(p)) for p in job.run()]"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "job"], capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines() == [job.key, *map(repr, job.run())]
    same = operating_points(
        trained, images, tau_s=[0.003], scale_firing_rates=[2.0], t_p=[0.05], t_c=[0.01, 0.02]
    )
    assert list(same.points) == job.run()


def test_keys_differ_by_what_decides_the_points(example):
    trained, images = example
    first = ((trained, images.take(20)), 0.003, 2.0, 0.05, [0.01], "loihi")
    key = point_job(*first).key
    assert point_job(*first).key == key
    other_images = (trained, images.take(21))
    for place, other in ((0, other_images), (1, 0.005), (2, 1.0), (3, 0.06), (4, [0.02])):
        changed = [*first]
        changed[place] = other
        assert point_job(*changed).key != key


def test_starts_lie_before_the_end():
    assert starts_of(None, 0.1, 0.001) == pytest.approx([0.02, 0.04, 0.06])
    assert starts_of([0.0, 0.05, 0.1], 0.1, 0.001) == [0.0, 0.05]


def test_a_device_must_spike():
    with pytest.raises(ValidationError, match="device is 'gpu'; operating points need one"):
        spiking_device("gpu")
