"""Processes forked from one that has computed already: they work, or say what to do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

#: runs `child` in a forked process, which is ended after half a minute
FORKED = """
import os, signal, sys, threading, time
from nengo_lifdeep import convert, evaluate, run
from nengo_lifdeep.training.random_features import trained_example

trained, images = trained_example()
spiking, few = convert(trained), images.take(12)

def forked(child):
    number = os.fork()
    if number == 0:
        signal.alarm(30)
        try:
            child()
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]), flush=True)
"""

#: after threads have computed, and with multiprocessing
THREADS = """
import multiprocessing

def same():
    assert evaluate(spiking, few, threads=2).accuracy == before

before = evaluate(spiking, few, threads=2).accuracy
forked(same)
context = multiprocessing.get_context("fork")
with context.Pool(2) as pool:
    print({pool.apply_async(evaluate, (spiking, few)).get(60).accuracy for _ in "12"} == {before})
"""

#: while another thread compiles
COMPILING = """
from numba.core.compiler_lock import global_compiler_lock
import nengo_lifdeep.simulators.vectors.compilation as compilation

begun = threading.Event()

def compiling():
    with global_compiler_lock:
        begun.set()
        time.sleep(0.5)

def doubled(x):
    return 2 * x

def compile_too():
    import numba
    assert numba.njit(doubled)(4) == 8

threading.Thread(target=compiling).start()
begun.wait()
forked(compile_too)
compile_too()
"""

TENSORFLOW = """
def in_nengo_dl():
    run(spiking, few, simulator="nengo-dl", progress=False)

import gc
gc.disable()  # what the simulator leaves is collected in the child, or not at all
in_nengo_dl()
forked(in_nengo_dl)
forked(lambda: (gc.collect(), evaluate(spiking, few)))
"""


def said(code):
    words = [sys.executable, "-c", FORKED + code]
    done = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_after_threads_have_computed():
    assert said(THREADS) == ["0", "True"]


def test_while_another_thread_compiles():
    assert said(COMPILING) == ["0"]


@pytest.mark.tf
def test_after_tensorflow_has_run():
    error, refused, others = said(TENSORFLOW)
    assert error.startswith("CompatibilityError: TensorFlow had run in this process before it")
    assert "get_context('spawn')" in error
    assert (refused, others) == ("1", "0")
