"""One process at a time where files are read, changed and written again."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time

import pytest

from nengo_lifdeep.errors import ModelFileError
from nengo_lifdeep.support import temporaries
from nengo_lifdeep.support.temporaries import alone_at

#: holds the lock until its standard input ends
HOLDER = """
import sys
from nengo_lifdeep.support.temporaries import alone_at
with alone_at(sys.argv[1]):
    print("in", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def holder(path):
    pipe = subprocess.PIPE
    words = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout.readline() == "in\n"
        yield process
        process.stdin.close()


def test_another_process_is_waited_for(tmp_path):
    path = tmp_path / "new" / "runs.lifdeep"
    with holder(path) as process:
        with (
            pytest.raises(ModelFileError, match="another process is at work on it"),
            alone_at(path, wait=0.1),
        ):
            pass
        threading.Timer(0.3, process.stdin.close).start()
        started = time.monotonic()
        with alone_at(path):
            assert time.monotonic() - started > 0.25
            with alone_at(tmp_path / "new" / "others.lifdeep", wait=0):
                pass  # of another file
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_killed_process_is_not_waited_for(tmp_path):
    path = tmp_path / "runs.lifdeep"
    with holder(path) as process:
        process.kill()
        process.wait()
        assert len(list(tmp_path.iterdir())) == 1
        with alone_at(path, wait=0):
            pass
    assert not any(tmp_path.iterdir())


def test_a_link_is_the_file_it_points_to(tmp_path):
    path, link = tmp_path / "runs.lifdeep", tmp_path / "link.lifdeep"
    link.symlink_to(path)
    with alone_at(path), pytest.raises(ModelFileError), alone_at(link, wait=0):
        pass


def test_a_folder_that_nothing_came_of_is_removed(tmp_path):
    with alone_at(tmp_path / "state" / "checkpoint.lifdeep"):
        pass
    assert not any(tmp_path.iterdir())


def test_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ModelFileError, match="cannot write"), alone_at(tmp_path / "file" / "runs"):
        pass


def test_without_locks(tmp_path, monkeypatch):
    """As on Windows, where a file that a process has open cannot be removed."""
    monkeypatch.setattr(temporaries, "fcntl", None)
    path = tmp_path / "runs.lifdeep"
    unlink = temporaries.Path.unlink

    def refuse(self, **_):
        raise PermissionError(13, "in use", str(self))

    with alone_at(path, wait=0):
        monkeypatch.setattr(temporaries.Path, "unlink", refuse)
        with pytest.raises(ModelFileError, match="another process"), alone_at(path, wait=0):
            pass
        monkeypatch.setattr(temporaries.Path, "unlink", unlink)
    assert not any(tmp_path.iterdir())
    (name,) = [f".lifdeep-{'0' * 16}.tmp"]
    (tmp_path / name).touch()  # of another
    with alone_at(path, wait=0):
        pass
    assert [p.name for p in tmp_path.iterdir()] == [name]
