"""Networks of the package by name, on the command line."""

from __future__ import annotations

from nengo_lifdeep import pretrained


def test_commands_take_the_name(lifdeep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = lifdeep("evaluate", "digits-compact", "--n", 50, "-q")
    assert done.exit_code == 0
    assert "digits-compact on scikit-learn" in done.stdout
    assert lifdeep("card", "digits-compact").stdout == pretrained.card("digits-compact")
    done = lifdeep("convert", "digits-compact", "--out", "s.lifdeep")
    assert done.exit_code == 0
    done = lifdeep("card", "s.lifdeep")
    assert done.exit_code == 4
    assert "expected a trained one" in done.stderr


def test_a_file_of_that_name_comes_first(lifdeep, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits-compact").write_text("mine")
    done = lifdeep("evaluate", "digits-compact")
    assert done.exit_code == 4
    assert "digits-compact is truncated, damaged, or no file" in done.stderr
