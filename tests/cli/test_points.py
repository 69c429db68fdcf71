"""``lifdeep points``."""

from __future__ import annotations


def test_points(lifdeep, tmp_path):
    words = ("points", "digits-compact", "--n", 40, "--tau-s", 3, "--t-p", 60, "--t-p", 100, "-q")
    done = lifdeep(*words, "--scale-rates", 1, "--picture", tmp_path / "points.png")
    assert done.exit_code == 0
    assert "6 points tried on 40 images" in done.stdout
    assert (tmp_path / "points.png").stat().st_size > 10_000
    done = lifdeep("points", "digits-compact", "--device", "cpu", "-q")
    assert done.exit_code == 2 and "one that spikes" in done.stderr
