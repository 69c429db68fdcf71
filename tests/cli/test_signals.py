"""Ctrl-C and SIGTERM at any moment of a command: an exit code, no traceback, and not forgotten."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs fork and signals")

START = """
import os, signal, sys, time, weakref
from nengo_lifdeep.cli.endings.streams import run_command
NUMBER = int(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)
"""

FREED = """
class Thing:
    def __del__(self):
        if WAY == "del":
            os.kill(os.getpid(), NUMBER)

def command():
    thing = Thing()
    reference = weakref.ref(thing, lambda gone: WAY == "ref" and os.kill(os.getpid(), NUMBER))
    del thing
    time.sleep(20)
    print("went on")

WAY = sys.argv[2]
run_command(command)
"""

#: compiled libraries make an error of their own of it, or print a traceback
OTHER = """
def interrupted():
    try:
        os.kill(os.getpid(), NUMBER)
        time.sleep(20)
    except KeyboardInterrupt:
        sys.excepthook(*sys.exc_info())
        raise TypeError("affine_transform(): incompatible function arguments")

import importlib
app = importlib.import_module("nengo_lifdeep.cli.app")
if sys.argv[2] == "app":
    sys.argv = ["lifdeep", "info"]
    app.be_quiet = interrupted
    app.main()
run_command(interrupted)
"""

#: a signal at the second Python function that is called, and so on to the last
EVERYWHERE = """
def command():
    print("a result")

def one(at):
    calls = 0
    def count(frame, event, arg):
        nonlocal calls
        calls += event == "call"
        if event == "call" and calls == at:
            os.kill(os.getpid(), NUMBER)
    sys.setprofile(count)
    try:
        run_command(command)
    except SystemExit as end:
        sys.setprofile(None)
        os._exit(end.code if calls >= at else 99)
    except BaseException as error:
        sys.setprofile(None)
        print(f"call {at}: {error!r}", file=sys.stderr)
        os._exit(70)

at, codes = 1, []
while 99 not in codes:
    at += 1
    child = os.fork()
    if not child:
        one(at)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(codes)
"""


def python(text, number, *words):
    command = [sys.executable, "-c", START + text, str(int(number)), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("way", ["del", "ref"])
def test_while_an_object_is_freed(number, way):
    """Python forgets what is raised there."""
    done = python(FREED, number, way)
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("way", ["app", "alone"])
def test_as_another_error(number, way):
    said = "interrupted; nothing was finished\n" if way == "app" else ""
    done = python(OTHER, number, way)
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", said)


def test_errors_without_a_signal_are_shown():
    done = python("def command():\n    raise TypeError('shape')\nrun_command(command)", 2)
    assert done.returncode == 1 and "TypeError: shape" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_at_every_moment(number):
    done = python(EVERYWHERE, number)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    codes = eval(done.stdout.splitlines()[-1])
    # the first calls stand before the handler of SIGTERM
    assert len(codes) > 10 and set(codes[:-1]) <= {0, 128 + number, -int(number)}, codes
    assert 128 + number in codes and 0 in codes
