"""Jobs are done once, also where another process works through the same ones."""

from __future__ import annotations

from pathlib import Path

from nengo_lifdeep.jobs.local import Job, run_jobs


def both(one: Path, two: Path) -> None:
    """What this process does, and what another one finishes in the meantime."""
    one.write_text("this")
    two.write_text("another")


def test_what_another_process_has_done_in_the_meantime_is_not_done_again(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    jobs = [
        Job("first", "k", 1, one, both, (one, two)),
        Job("second", "k", 1, two, both, (two, one)),
    ]
    said = []
    run_jobs(jobs, said.append)
    assert (one.read_text(), two.read_text()) == ("this", "another")
    assert said == ["part 1 of 2: first"]
