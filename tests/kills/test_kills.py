"""Commands killed at random moments: nothing half, nothing finished lost, nothing left over.

``make kills`` kills every command twenty times with each of three signals; the test suite a few
times. Every attempt works in the folder that the one before left.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .folder_check import assert_same_values, finished, leftovers

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

#: how often each command is killed with each signal
KILLS = int(os.environ.get("LIFDEEP_KILLS", "2"))
SEED = int(os.environ.get("LIFDEEP_KILLS_SEED", "0"))

SIGNALS = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "int": signal.SIGINT}

#: command -> words, in which F is the folder and IN what was made before
COMMANDS = {
    "train": "train --network digits-compact --batch-size 200 --epochs 3 --out F/net.lifdeep",
    "train on spikes": "train --network digits-compact --method spikes --steps 10 --leak 0.9 "
    "--coding bernoulli:500Hz --batch-size 200 --epochs 3 --out F/net.lifdeep",
    "evaluate": "evaluate digits-compact -s rate -s events -s nengo --n 6 --t-p 60 "
    "--out F/judged.lifdeep",
    "convert": "convert IN/net.lifdeep --data digits --n 100 --out F/spiking.lifdeep",
    "report": "report IN --markdown --out F/report.html",
    "reproduce": "reproduce hunsberger2016 --quick --figure response --table errors --out F",
    "points": "points digits-compact --n 60 --tau-s 1 --tau-s 3 --scale-rates 1 --scale-rates 2 "
    "--t-p 40 --t-p 80 --picture F/points.svg --out F/points.lifdeep",
}


class Nursery:
    """A process that starts commands by forking."""

    def __init__(self, folder: Path, *options: str) -> None:
        words = [sys.executable, str(Path(__file__).with_name("nursery.py")), *options]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)
        self.log = folder / "log.txt"
        assert self.process.stdout.readline().strip() == "ready"

    def _ask(self, **request) -> int:
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def run(self, words, number=None, after=0.0, slow=0.0):
        """Exit code and output of a command, sent a signal after some seconds."""
        child = self._ask(words=words, log=str(self.log), slow=slow)
        if number is not None:
            time.sleep(after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)
        code = self._ask(wait=child)
        return code, self.log.read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    """With TensorFlow."""
    nursery = Nursery(tmp_path_factory.mktemp("log"), "--training")
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def given(nursery, tmp_path_factory):
    """A folder with a trained network and what was measured with it."""
    folder = tmp_path_factory.mktemp("given")
    words = filled("train", folder, folder)
    code, log = nursery.run(words)
    assert code == 0, log
    code, log = nursery.run(filled("evaluate", folder, folder))
    assert code == 0, log
    return folder


def filled(command, folder, given):
    places = {"F": str(folder), "IN": str(given)}
    words = COMMANDS[command].split()
    return [re.sub(r"^(F|IN)\b", lambda place: places[place[1]], word) for word in words]


def announced(log):
    """Files that a command has said to be written."""
    found = re.findall(
        r"^(?:trained network|spiking network|evaluation|page|as Markdown|picture|runs): (.+)$",
        log, re.MULTILINE,
    )  # fmt: skip
    return [Path(name) for name in found]


@pytest.mark.slow
@pytest.mark.tf
@pytest.mark.parametrize("by", SIGNALS)
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_random(nursery, given, tmp_path, command, by):
    story = kill_again_and_again(nursery, given, tmp_path, command, [by] * KILLS)
    print(f"{command}, SIG{by.upper()}: {story}", flush=True)


def test_killed_a_few_times(tmp_path):
    nursery = Nursery(tmp_path)
    try:
        kill_again_and_again(nursery, tmp_path, tmp_path, "evaluate", list(SIGNALS))
    finally:
        nursery.close()


@dataclasses.dataclass
class Story:
    """What happened to one command."""

    seconds: float = 0.0  #: of the unbroken command
    attempts: int = 0
    inside: int = 0  #: killed before their end
    left: int = 0  #: of them with a temporary file left behind
    ends: int = 0  #: came to their end before the signal, or were let to

    def __str__(self) -> str:
        return (
            f"{self.inside} of {self.attempts} killed inside ({self.seconds:.1f} s unbroken), "
            f"{self.left} left a temporary file, {self.ends} went on to the end"
        )


def kill_again_and_again(nursery, given, tmp_path, command, signals):
    """Kill a command in one folder, look at everything each time, until every signal has hit.

    A command that comes to its end before its signal must have made what the unbroken one made;
    then the folder is emptied. The moments are drawn from the time that the unbroken one takes,
    and come earlier after every end, since a command that continues has less to do.
    """
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    for each in (whole, folder):
        each.mkdir()
    started = time.perf_counter()
    code, log = nursery.run(filled(command, whole, given))
    assert code == 0, log
    story = Story(time.perf_counter() - started)

    rng = random.Random(f"{SEED} {command} {signals}")
    longest, before, due = story.seconds, finished(folder), list(signals)
    while due and story.attempts < 5 + 3 * len(signals):
        story.attempts += 1
        slow = 0.4 * (story.attempts % 2)  # every other time files are half written for long
        words, after = filled(command, folder, given), rng.uniform(0.01, longest)
        code, log = nursery.run(words, SIGNALS[due[0]], after, slow)
        before = looked_at(folder, before, due[0], code, log)
        if code:
            due.pop(0)
            story.inside += 1
            story.left += bool(leftovers(folder))
            continue
        story.ends += 1
        assert_same_folder(whole, folder)
        shutil.rmtree(folder)
        folder.mkdir()
        before, longest = {}, 0.8 * longest
    assert not due, f"{story}; SIG{due[0].upper()} came too late"
    code, log = nursery.run(filled(command, folder, given))
    assert code == 0, log
    assert_same_folder(whole, folder)
    story.ends += 1
    return story


def looked_at(folder, before, by, code, log):
    """How far every file is, after checking that nothing is half and nothing lost."""
    now = finished(folder)  # reads every file
    for path, done in before.items():
        superseded = path.parent.name.endswith(".checkpoint") and _finished(path, now)
        assert superseded or now[path] >= done, (path, log)
    assert all(path in now for path in announced(log)), log
    if by == "kill":
        assert code in (0, -signal.SIGKILL), log
    else:
        # the last before the command listens, or when all is printed
        assert code in (0, 128 + SIGNALS[by], -SIGNALS[by]), log
        assert "Traceback" not in log and "Exception" not in log, log
        assert not leftovers(folder), log
    return now


def assert_same_folder(whole, folder):
    """A command that came to its end made the same as the unbroken one, and left nothing else."""
    assert leftovers(folder) == []
    results = finished(whole)
    names = [sorted(p.relative_to(top) for p in finished(top)) for top in (whole, folder)]
    assert names[0] == names[1]
    for path in results:
        if path.suffix == ".lifdeep":
            assert_same_values(path, folder / path.relative_to(whole))


def _finished(checkpoint, now):
    """Whether the network that the checkpoint was for is there."""
    return checkpoint.parent.with_suffix("") in now
