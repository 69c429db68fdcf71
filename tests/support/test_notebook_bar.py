"""The bar of a notebook's cell, without a browser."""

from __future__ import annotations

import pytest

from nengo_lifdeep import convert, evaluate
from nengo_lifdeep.support.progress import bar, notebook
from nengo_lifdeep.support.progress.notebook import NotebookBar
from nengo_lifdeep.training import status
from nengo_lifdeep.training.random_features import trained_example

pytest.importorskip("IPython")


class Cell:
    """What a cell shows: the last state of every handle."""

    def __init__(self):
        self.shown, self.states = [], []

    def display(self, what, display_id):
        assert display_id
        place = len(self.shown)
        self.shown.append(what.data)
        self.states.append(what.data)
        cell = self

        class Handle:
            def update(self, what):
                cell.shown[place] = what.data
                cell.states.append(what.data)

        return Handle()


@pytest.fixture
def cell(monkeypatch):
    found = Cell()
    monkeypatch.setattr("IPython.display.display", found.display)
    for module in (bar, status):
        monkeypatch.setattr(module, "in_notebook", lambda: True)
    return found


@pytest.fixture
def seconds(monkeypatch):
    """A clock that is moved by hand."""
    now = [100.0]
    monkeypatch.setattr(notebook.time, "perf_counter", lambda: now[0])
    return now


def test_a_bar_moves_and_stays(cell, seconds):
    with bar.progress_bar("<nengo>", 10, speed=(100, "image-steps")) as advance:
        seconds[0] += 1
        advance(4)
        assert "4/10 images · 400 image-steps/s · 0:01, 0:01 left" in cell.shown[0]
        assert 'value="4" max="10"' in cell.shown[0] and "&lt;nengo&gt;" in cell.shown[0]
    assert len(cell.shown) == 1 and "4/10" in cell.shown[0]


@pytest.mark.parametrize(("took", "left"), [(1.9, False), (2.1, True)])
def test_nothing_is_left_of_short_work_that_nobody_asked_to_follow(cell, seconds, took, left):
    with bar.progress_bar("nengo", 10, enabled=None) as advance:
        assert "0/10 images" in cell.shown[0]  # at once: what is slow may be the first image
        seconds[0] += took
        advance(10)
    assert bool(cell.shown[0]) == left


def test_by_default_only_in_notebooks(cell, monkeypatch, capsys):
    trained, images = trained_example()
    few = images.take(3)
    evaluate(convert(trained), few, simulator="nengo")
    assert any("0/3 images" in state for state in cell.states)
    cell.states.clear()
    evaluate(convert(trained), few, simulator="nengo", progress=False)
    monkeypatch.setattr(bar, "in_notebook", lambda: False)
    evaluate(convert(trained), few, simulator="nengo")
    assert cell.states == [] and capsys.readouterr().err == ""


def test_a_training(cell, seconds):
    """Two of five epochs were done in another session; only the third takes time."""
    with status.Status(epochs=5, steps=10, done=2) as shown:
        shown.say("1,438 training images per epoch")
        for _ in range(10):
            seconds[0] += 0.2
            shown.advance()
        assert (
            "training" in cell.shown[0]
            and "30/50 steps · 5 steps/s · 0:02, 0:04 left" in (cell.shown[0])
        )
        shown.show(2, {"loss": 0.25, "accuracy": 0.9})
        assert "epoch 2/5 loss 0.25 accuracy 0.9" in cell.shown[0]
    assert len(cell.shown) == 1


def test_what_is_not_started_shows_nothing():
    lone = NotebookBar("training", 5, "steps")
    lone.advance()
    lone.describe("epoch 1/5")
    lone.stop()
    assert lone.done == 1
