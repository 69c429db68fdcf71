"""``--workers`` and ``--cluster``: the same results, and what is refused."""

from __future__ import annotations

import json

import pytest


def test_the_same_row_from_several_processes(lifdeep, spiking_file):
    words = ("evaluate", spiking_file, "--data", "bars", "--n", 60, "--t-c", 5, "--t-p", 20)
    words = (*words, "--simulator", "events", "--json", "-q")
    one, two = lifdeep(*words), lifdeep(*words, "--workers", 2)
    assert one.exit_code == two.exit_code == 0, two.output
    (first,), (second,) = json.loads(one.stdout), json.loads(two.stdout)
    changing = {"seconds", "command", "image_steps_per_s"}
    kept = {key for key in first if key not in changing and "second" not in key}
    assert {key: first[key] for key in kept} == {key: second[key] for key in kept}
    assert first["n_images"] == 60 and len(kept) > 15


@pytest.mark.parametrize("command", ["evaluate", "points", "reproduce"])
def test_what_cannot_work_is_refused(command, lifdeep, trained_file, tmp_path, monkeypatch):
    start = (command, "hunsberger2016") if command == "reproduce" else (command, trained_file)
    out = ("--out", tmp_path / "out") if command == "reproduce" else ("--data", "bars")
    for words, code, message in (
        (("--workers", 0), 2, "greater than or equal to 1"),
        (("--workers", 2, "--cluster", "tcp://head:8786"), 2, "one of the two"),
        (("--cluster", "head:8786"), 2, "address of a Dask"),
    ):
        done = lifdeep(*start, *words, *out)
        assert done.exit_code == code and message in " ".join(done.stderr.split()), done.output
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = lifdeep(*start, "--cluster", "tcp://127.0.0.1:9", *out)
    assert done.exit_code == 3 and "'cluster' extra" in " ".join(done.stderr.split())


def test_a_ladder_is_climbed_here(lifdeep, trained_file):
    done = lifdeep("evaluate", trained_file, "--ladder", "--workers", 2)
    assert done.exit_code == 2 and "leave --workers" in " ".join(done.stderr.split())
