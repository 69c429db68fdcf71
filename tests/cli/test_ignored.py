"""Options that a command would ignore are refused by name, before any work."""

from __future__ import annotations

import pytest

from nengo_lifdeep import datasets
from nengo_lifdeep.errors import DataError

RATES = "rates know no time and have no spikes"


@pytest.mark.parametrize(
    ("command", "option", "reason"),
    [
        ("convert {net} --out {out} --target-rate 50", "--target-rate", "needs --method normalise"),
        ("convert {net} --out {out} --method lif --data digits --target-rate 50", "--target-rate",
         "needs --method normalise"),
        ("convert {net} --out {out} --epochs 7", "--epochs", "needs --method finetune"),
        ("convert {net} --out {out} --n 5", "--n", "of no use without --data"),
        ("convert {net} --out {out} --t-c 20", "--t-c", "of no use without --data"),
        ("convert {net} --out {out} --t-p 90", "--t-p", "of no use without --data"),
        ("convert {net} --out {out} --size 8", "--size", "of no use without --data"),
        ("convert {net} --out {out} --data-dir .", "--data-dir", "of no use without --data"),
        ("evaluate {net} --data digits --synapse none", "--synapse", "would be ignored"),
        ("run {net} --data digits --simulator rate --synapse none", "--synapse", RATES),
        ("run {net} --data digits --simulator rate --tau-s 5", "--tau-s", RATES),
        ("run {net} --data digits --simulator rate --t-c 20", "--t-c", RATES),
        ("run {net} --data digits --simulator rate --t-p 90", "--t-p", RATES),
        ("run {net} --data digits --simulator rate --no-reset", "--no-reset", RATES),
        ("run {net} --data digits --simulator rate --rasters 2", "--rasters", RATES),
        ("deploy {net} --data digits --plan --out {out}", "--out", "nothing is run with --plan"),
        ("deploy {net} --data digits --plan --coding none", "--coding", "nothing is run with"),
        ("deploy {net} --data digits --emulate 2 --n 5", "--n", "--emulate says how many"),
        ("reproduce own-mnist --quick --seeds 5", "--seeds", "--quick has one seed"),
    ],
)  # fmt: skip
def test_ignored_options_are_refused(
    lifdeep, trained_file, tmp_path, monkeypatch, command, option, reason
):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out.lifdeep"
    result = lifdeep(*command.format(net=trained_file, out=out).split())
    told = " ".join(result.stderr.replace("│", " ").split())
    assert result.exit_code == 2 and option in told and reason in told
    assert not list(tmp_path.iterdir())


def test_they_are_taken_where_they_are_used(lifdeep, trained_file, tmp_path):
    result = lifdeep("run", trained_file, "--data", "digits", "--simulator", "rate", "--n", 2)
    assert result.exit_code == 4  # other images: the options themselves are in order
    out = tmp_path / "out.lifdeep"
    assert lifdeep("convert", trained_file, "--out", out, "--epochs", 3).exit_code == 0
    assert out.exists()


def test_a_folder_for_a_set_that_is_read_from_none(lifdeep):
    with pytest.raises(DataError, match="'digits' is read from no folder, but got directory"):
        datasets.load("digits", "somewhere")
    result = lifdeep("evaluate", "digits-compact", "--data-dir", ".", "--n", 2)
    told = " ".join(result.stderr.split())
    assert result.exit_code == 4 and "leave it out (--data-dir)" in told
