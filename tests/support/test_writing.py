"""Files appear whole or not at all, and names are tried before the work."""

import errno
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

import pytest

from nengo_lifdeep.errors import ModelFileError, ValidationError
from nengo_lifdeep.support import temporaries
from nengo_lifdeep.support.writing import (
    files_written,
    try_file,
    try_folder,
    write_atomically,
    write_bytes,
    write_text,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes, locks and links of POSIX")


def put(path):
    return write_bytes(path, b"new")


@pytest.fixture(params=[try_file, put])
def refused(request):
    """Both the trial before the work and the write itself refuse a name, with these words."""

    def check(path, words, kind=ModelFileError):
        with pytest.raises(kind, match=words):
            request.param(path)

    return check


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_trial_leaves_everything_as_it_is(tmp_path):
    old = tmp_path / "old"
    old.write_text("old")
    before = old.stat()
    assert try_file(old) == old
    assert try_file(tmp_path / "a" / "b" / "c.lifdeep").name == "c.lifdeep"
    assert try_folder(tmp_path / "a" / "b").name == "b"
    assert old.read_text() == "old" and old.stat().st_mtime_ns == before.st_mtime_ns
    assert names(tmp_path) == ["old"]


def test_a_folder_is_no_file(tmp_path, refused):
    (tmp_path / "there").mkdir()
    refused(tmp_path / "there", "it is a folder; expected the name of a file")
    refused(f"{tmp_path}/later/", "name of a folder")
    refused(".", "it is a folder")


def test_a_file_is_no_folder(tmp_path, refused):
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file" / "out", "file")
    with pytest.raises(ModelFileError, match="is no folder; choose another place"):
        try_folder(tmp_path / "file" / "more")
    assert (tmp_path / "file").read_text() == "x"


def test_names_of_255_bytes_and_no_more(tmp_path, refused):
    assert put(tmp_path / ("é" * 127 + "x")).read_bytes() == b"new"
    refused(tmp_path / ("x" * 256), "256 bytes; expected at most 255|name too long")
    with pytest.raises(ModelFileError, match="256 bytes; expected at most 255"):
        try_file(tmp_path / "missing" / ("x" * 256) / "out")


@pytest.mark.parametrize("name", ["", "a\0b", None, 3.5, ["out"]])
def test_what_is_no_name(refused, name):
    refused(name, "name of a file or folder is", ValidationError)


@posix
def test_pipes_sockets_and_devices_are_never_replaced(tmp_path, refused):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
        refused(tmp_path / "pipe", "it is a named pipe; expected the name of a file")
        refused(tmp_path / "socket", "it is a socket")
        (tmp_path / "link").symlink_to("pipe")
        refused(tmp_path / "link", "it is a named pipe .through the link to ")
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
        assert stat.S_ISSOCK((tmp_path / "socket").stat().st_mode)


@posix
def test_a_device_stays_a_device(tmp_path, refused):
    try:
        os.mknod(tmp_path / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices are made by root only")
    refused(tmp_path / "null", "it is a device; expected the name of a file. It has not been")
    assert stat.S_ISCHR((tmp_path / "null").stat().st_mode)


@posix
def test_a_link_stays_and_its_target_is_written(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "real").write_text("old")
    (tmp_path / "link").symlink_to("store/real")
    (tmp_path / "second").symlink_to("link")
    (tmp_path / "dangling").symlink_to("store/later")
    for name in ("second", "dangling"):
        try_file(tmp_path / name)
        assert put(tmp_path / name) == tmp_path / name
        assert (tmp_path / name).is_symlink()
    assert (tmp_path / "store" / "real").read_text() == "new"
    assert names(tmp_path / "store") == ["later", "real"]


@posix
def test_links_in_a_circle(tmp_path, refused):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    refused(tmp_path / "a", "[Tt]oo many levels of symbolic links")


@posix
def test_permissions_stay(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("old")
    secret.chmod(0o600)
    put(secret)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    mask = os.umask(0o027)
    try:
        assert stat.S_IMODE(put(tmp_path / "fresh").stat().st_mode) == 0o640
    finally:
        os.umask(mask)


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write all")
def test_without_permission(tmp_path, refused):
    (tmp_path / "file").write_text("x")
    (tmp_path / "file").chmod(0o400)
    refused(tmp_path / "file", "write-protected")
    tmp_path.chmod(0o500)
    refused(tmp_path / "other", "Permission denied")


def test_a_write_protected_file(tmp_path, refused, monkeypatch):
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # as the system says to others
    refused(tmp_path / "file", "write-protected")


def test_suffixes(tmp_path):
    assert try_file(tmp_path / "a.PNG", suffixes=(".png", ".svg")).name == "a.PNG"
    with pytest.raises(ValidationError, match=r"a\.gif: expected a name that ends in .png or .svg"):
        try_file(tmp_path / "a.gif", suffixes=(".png", ".svg"))
    with pytest.raises(ValidationError, match=r"ends in .png or .svg"):
        try_file(tmp_path / "png", suffixes=(".png", ".svg"))


def fails_after(n, code):
    def write(file):
        file.write(b"half" * n)
        file.flush()
        raise OSError(code, os.strerror(code))

    return write


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG])
def test_a_failing_disk_leaves_the_old_file(tmp_path, monkeypatch, code):
    path = put(tmp_path / "file")
    with pytest.raises(ModelFileError, match=re.escape(os.strerror(code))):
        write_atomically(path, fails_after(1000, code))

    def full(number):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelFileError, match=f"cannot write .*{re.escape(os.strerror(code))}"):
        write_text(path, "other")
    assert path.read_bytes() == b"new" and names(tmp_path) == ["file"]


def test_what_the_disk_said_is_found_below_a_writers_own_error(tmp_path):
    def write(file):
        try:
            fails_after(1, errno.ENOSPC)(file)
        finally:
            raise ValueError("cannot close")

    with pytest.raises(ModelFileError, match="No space left"):
        write_atomically(tmp_path / "file", write)

    def wrong(file):
        raise ValueError("not the disk")

    with pytest.raises(ValueError, match="not the disk"):
        write_atomically(tmp_path / "file", wrong)
    assert names(tmp_path) == []


def test_a_trial_notices_a_full_disk(tmp_path, smallest_files):
    with smallest_files(100), pytest.raises(ModelFileError, match="cannot write"):
        try_file(tmp_path / "missing" / "file")
    assert names(tmp_path) == []


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupted(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", interrupted)
    assert names(tmp_path) == []


@pytest.fixture
def listening():
    """Ctrl-C is received, also where a shell started the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@posix
def test_ctrl_c_waits_for_the_file_and_a_second_one_does_not(tmp_path, listening):
    def press(file, times=1):
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)
        file.write(b"whole")

    before = signal.getsignal(signal.SIGINT)
    with files_written() as files, pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "once", press)
    assert (tmp_path / "once").read_bytes() == b"whole" and files == [tmp_path / "once"]
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "twice", lambda file: press(file, 2))
    assert names(tmp_path) == ["once"]
    assert signal.getsignal(signal.SIGINT) is before


KILLED = """
import os, sys
from nengo_lifdeep.support.writing import write_atomically
def half(file):
    file.write(b"half" * 100); file.flush()
    print("now", flush=True)
    sys.stdin.read()
write_atomically(sys.argv[1], half)
"""


def begin(path):
    words = [sys.executable, "-c", KILLED, str(path)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout.readline() == "now\n"
    return process


@posix
@pytest.mark.parametrize("sweep", [put, try_file])
def test_what_a_killed_write_left_is_removed_and_a_living_one_stays(tmp_path, sweep):
    dead, alive = begin(tmp_path / "dead"), begin(tmp_path / "alive")
    dead.kill()
    dead.wait()
    (tmp_path / ".lifdeep-notes.tmp").write_text("not of ours")
    os.mkfifo(tmp_path / f".lifdeep-{'0' * 16}.tmp")
    assert len(names(tmp_path)) == 4
    sweep(tmp_path / "new")
    assert len([n for n in names(tmp_path) if n.startswith(".lifdeep-")]) == 3
    alive.communicate("")
    assert (tmp_path / "alive").read_bytes() == b"half" * 100
    left = [n for n in names(tmp_path) if n.startswith(".lifdeep-")]
    assert left == [f".lifdeep-{'0' * 16}.tmp", ".lifdeep-notes.tmp"]


def test_many_writers_in_one_folder(tmp_path):
    wrong = []

    def work(number):
        try:
            for i in range(20):
                write_bytes(tmp_path / f"{number}-{i % 3}", bytes([number]) * 5000)
                write_bytes(tmp_path / "shared", bytes([number]) * 5000)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert names(tmp_path) == sorted(["shared", *(f"{n}-{i}" for n in range(4) for i in range(3))])
    assert len(set((tmp_path / "shared").read_bytes())) == 1


def test_where_files_cannot_be_locked_they_are_still_written(tmp_path, monkeypatch):
    monkeypatch.setattr(temporaries, "fcntl", None)
    assert put(tmp_path / "file").read_bytes() == b"new"
    assert names(tmp_path) == ["file"]


def test_text_with_bytes_of_file_names(tmp_path):
    text = os.fsdecode(b"two\xe9.png") + " é"
    assert write_text(tmp_path / "t", text).read_text(encoding="utf-8").endswith(".png é")


def test_a_write_costs_little_in_a_folder_of_many_files(tmp_path):
    for i in range(2000):
        (tmp_path / str(i)).touch()
    started = time.perf_counter()
    for _ in range(10):
        put(tmp_path / "file")
    assert (time.perf_counter() - started) / 10 < 0.2
