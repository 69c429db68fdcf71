"""Parts of an evaluation that are kept in a folder: only what is missing is run again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nengo_lifdeep import Presentation, convert, datasets, evaluate, pretrained
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.datasets.pictures import PictureFiles
from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.evaluation.parts import runs
from nengo_lifdeep.inputs.coding import BernoulliCoding, FunctionCoding
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.records import Evaluation, Judge, ValueJudge

TIMING = Presentation(t_c=0.005, t_p=0.03)


@pytest.fixture(scope="module")
def spiking(example):
    return convert(example[0], synapse=0.003)


@pytest.fixture
def ran(monkeypatch):
    """Images that were really run, in calls."""
    seen, real = [], runs.simulated

    def counting(model, images, **how):
        seen.append(len(images))
        return real(model, images, **how)

    monkeypatch.setattr(runs, "simulated", counting)
    return seen


def _facts(evaluation):
    """All that was counted, without times."""
    return {k: v for k, v in evaluation.summary().items() if k not in ("seconds", "command")}


def _same(one, two):
    assert _facts(one) == _facts(two)
    if isinstance(one, Evaluation):
        np.testing.assert_array_equal(one.predictions, two.predictions)
        np.testing.assert_array_equal(one.windows.accuracy, two.windows.accuracy)
    else:
        np.testing.assert_array_equal(one.values, two.values)
        np.testing.assert_array_equal(one.in_time.squared, two.in_time.squared)


@pytest.mark.parametrize("kind", ["classes", "values", "coded", "grid"])
def test_kept_parts_equal_the_whole_to_the_last_bit(example, spiking, tmp_path, ran, kind):
    images = example[1]
    options = {"presentation": TIMING}
    if kind == "values":
        targets = np.eye(len(spiking.classes), dtype=np.float32)[images.labels]
        images = Split(images.images, targets=targets)
    elif kind != "classes":
        options |= {"coding": BernoulliCoding(400)} if kind == "coded" else {"grid": True}
    whole = evaluate(spiking, images, **options)
    assert not ran
    first = evaluate(spiking, images, parts=tmp_path, **options)
    assert sum(ran) == len(images) and len(ran) > 2
    files = sorted(tmp_path.iterdir())
    assert len(files) == len(ran)
    files[1].unlink()  # as if the run had been killed there
    again = evaluate(spiking, images, parts=tmp_path, **options)
    assert sum(ran) == len(images) + 40
    for found in (first, again):
        if kind != "values":
            _same(found, whole)
        else:
            np.testing.assert_array_equal(found.values, whole.values)
            np.testing.assert_array_equal(found.in_time.squared, whole.in_time.squared)


def test_workers_and_other_cuts_go_on_where_another_run_ended(example, spiking, tmp_path, ran):
    images = example[1]
    whole = evaluate(spiking, images, presentation=TIMING)
    with ThreadPoolExecutor(3) as pool:  # smaller parts than here
        evaluate(spiking, images, presentation=TIMING, parts=tmp_path, executor=pool)
    for file in list(tmp_path.glob("*-20-*"))[:1] + list(tmp_path.glob("*-60-*"))[:1]:
        file.unlink()
    before = sum(ran)
    _same(evaluate(spiking, images, presentation=TIMING, parts=tmp_path), whole)
    assert 0 < sum(ran) - before < len(images)


def test_parts_of_other_runs_are_left_alone(example, spiking, tmp_path, ran):
    images = example[1]
    evaluate(spiking, images, presentation=TIMING, parts=tmp_path)
    n = len(ran)
    evaluate(spiking, images, presentation=TIMING, parts=tmp_path, threads=1, progress=False)
    assert len(ran) == n  # threads change nothing but the time
    longer = Presentation(t_c=0.005, t_p=0.04)
    others = [{"presentation": longer}, {"presentation": TIMING, "seed": 3},
              {"presentation": TIMING, "grid": True}]  # fmt: skip
    for options in others:
        evaluate(spiking, images, parts=tmp_path, **options)
        assert len(ran) > n
        n = len(ran)
    evaluate(spiking.with_tau_s(0.01), images, presentation=TIMING, parts=tmp_path)
    assert len(ran) > n


def test_parts_of_pictures_that_have_changed_are_run_again(make_network, tmp_path, ran):
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)

    def written(files):
        for file in files:
            image.fromarray(rng.integers(0, 255, (6, 6, 3), np.uint8)).save(file)
        return Split(PictureFiles(files, 6), np.arange(len(files)) % 3)

    network = convert(make_network((6, 6, 3), [Flatten(), Dense(20), Dense(3)]))
    files, parts = [tmp_path / f"{i}.bmp" for i in range(30)], tmp_path / "parts"
    images = written(files)
    for file in files:
        os.utime(file, (0, 0))  # clocks of file systems may stand still for milliseconds
    evaluate(network, images, presentation=TIMING, parts=parts)
    evaluate(network, images, presentation=TIMING, parts=parts)
    assert sum(ran) == 30
    sizes = [file.stat().st_size for file in files]
    written(files)
    assert [file.stat().st_size for file in files] == sizes
    _same(
        evaluate(network, images, presentation=TIMING, parts=parts),
        evaluate(network, Split(images.images[:], images.labels, images.source),
                 presentation=TIMING),
    )  # fmt: skip
    assert sum(ran) == 60


def test_a_damaged_part_is_named(example, spiking, tmp_path):
    images = example[1]
    evaluate(spiking, images, presentation=TIMING, parts=tmp_path)
    file = sorted(tmp_path.iterdir())[0]
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelFileError, match=file.name):
        evaluate(spiking, images, presentation=TIMING, parts=tmp_path)
    other = sorted(tmp_path.iterdir())[1]
    file.write_bytes(other.read_bytes())  # of other images
    with pytest.raises(ModelFileError, match="expected those of its name"):
        evaluate(spiking, images, presentation=TIMING, parts=tmp_path)


def test_what_cannot_be_kept_is_said(example, spiking, tmp_path):
    images, text = example[1], tmp_path / "text"
    text.write_text("a")
    with pytest.raises(ValidationError, match="no folder"):
        evaluate(spiking, images, presentation=TIMING, parts=text)
    with pytest.raises(ValidationError, match="parts"):
        evaluate(spiking, images, presentation=TIMING, parts=3)
    with pytest.raises(ModelFileError, match="cannot write into folder"):
        evaluate(spiking, images, presentation=TIMING, parts=text / "inside")


def test_judges_recall_only_what_is_theirs():
    labels = np.array([0, 1, 1, 0])
    judge = Judge(labels, 2, TIMING)
    judge.add(np.random.default_rng(0).normal(size=(4, 30, 2)).astype(np.float32))
    again = Judge(labels, 2, TIMING)
    again.recall(judge.counted())
    assert again.windows().at(0, 30) == judge.windows().at(0, 30)
    np.testing.assert_array_equal(again.margins, judge.margins)
    for wrong in (Judge(labels, 3, TIMING), Judge(labels, 2, TIMING, grid=True),
                  Judge(labels[:2], 2, TIMING)):  # fmt: skip
        with pytest.raises(ValidationError, match="expected those of a judge"):
            wrong.recall(judge.counted())
    values = ValueJudge(np.ones((4, 2), np.float32), TIMING)
    with pytest.raises(ValidationError, match="expected those of a judge"):
        values.recall(judge.counted())


RUN = """
import sys
from nengo_lifdeep import Presentation, convert, datasets, evaluate, pretrained
images = datasets.load("digits").test
found = evaluate(convert(pretrained.load("digits-compact")), images, parts=sys.argv[1],
                 presentation=Presentation(t_c=0.005, t_p=2.0), threads=1)
found.save(sys.argv[2])
"""


@pytest.mark.slow
def test_killed_five_times(tmp_path):
    rng = random.Random(0)
    words = [sys.executable, "-c", RUN, str(tmp_path / "parts"), str(tmp_path / "end.lifdeep")]
    kills = 0
    while kills < 5:
        running = subprocess.Popen(words, env={**os.environ, "NUMBA_NUM_THREADS": "1"})
        had = len(list((tmp_path / "parts").glob("*"))) if (tmp_path / "parts").exists() else 0
        until = time.monotonic() + 120
        while time.monotonic() < until and running.poll() is None:  # one more part at most
            if len(list((tmp_path / "parts").glob("*.part"))) > had or kills in (0, 3):
                break
            time.sleep(0.05)
        time.sleep(rng.random())
        if running.poll() is not None:
            break
        running.send_signal(signal.SIGKILL)
        running.wait()
        kills += 1
    subprocess.run(words, check=True)
    whole = evaluate(
        convert(pretrained.load("digits-compact")), datasets.load("digits").test,
        presentation=Presentation(t_c=0.005, t_p=2.0),
    )  # fmt: skip
    assert kills >= 3
    _same(Evaluation.load(tmp_path / "end.lifdeep"), whole)


@pytest.mark.parametrize("name", ["kept", "margins"])
def test_judges_recall_no_array_of_another_length(name):
    timing = Presentation(t_c=0.002, t_p=0.005)
    judge = Judge(np.arange(6) % 2, 2, timing)
    judge.add(np.random.default_rng(0).normal(size=(4, 5, 2)).astype(np.float32))
    counted = judge.counted()
    with pytest.raises(ValidationError, match="expected those of a judge"):
        Judge(judge.labels, 2, timing).recall({**counted, name: counted[name][:-1]})
    values = ValueJudge(np.zeros((6, 2)), timing, starts=[0.001])
    values.add(np.zeros((4, 5, 2), np.float32))
    counted = values.counted() | {"from0": values.counted()["from0"][:-1]}
    with pytest.raises(ValidationError, match="expected those of a judge"):
        ValueJudge(values.targets, timing, starts=[0.001]).recall(counted)


def _coding(source):
    """By the function ``shown`` of a module with this source."""
    names = {"__name__": "own_codings"}
    exec(source, names)
    return FunctionCoding(names["shown"])


def test_a_coding_whose_function_was_edited_is_run_again(spiking, example, tmp_path, ran):
    images, found = example[1].take(4), []
    for factor in (1.0, 0.5, 1.0):
        coding = _coding(f"def shown(t, images):\n    return images * {factor}\n")
        how = {"presentation": TIMING, "coding": coding, "parts": tmp_path}
        found.append(evaluate(spiking, images, progress=False, **how))
    assert ran == [4, 4]  # the third is the first again
    assert found[0].spikes_per_image == found[2].spikes_per_image != found[1].spikes_per_image
