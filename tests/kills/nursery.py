"""Starts commands in a moment: everything is imported once, then each command is a fork.

Reads one JSON request per line from standard input and answers on standard output:
``{"words": [...], "log": "file", "slow": seconds}`` starts ``lifdeep`` with these words and answers
its process number as soon as the command begins, ``{"wait": number}`` answers how it ended, as
`os.waitstatus_to_exitcode`.
Slow is how long every file waits before it is on the disk, so that kills find files half written.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
import traceback


def preload(training: bool) -> None:
    """Import what commands need, and start nothing: threads do not survive a fork."""
    modules = [
        "matplotlib.backends.backend_agg",
        "numba",
        "sklearn.datasets",
        "nengo_lifdeep.cli.app",
        "nengo_lifdeep.cli.files",
        "nengo_lifdeep.evaluation.points",
        "nengo_lifdeep.report.pages.folder",
        "nengo_lifdeep.simulators.events.engine",
    ]
    for module in modules:
        importlib.import_module(module)
    if training:
        from nengo_lifdeep.compat import import_nengo_dl, import_tf_keras

        import_tf_keras()
        import_nengo_dl()


def be_small() -> None:
    """The paper's recipe for MNIST becomes a small one for digits: two epochs take a second."""
    from nengo_lifdeep.experiments import Hunsberger_2016
    from nengo_lifdeep.experiments.recipe import Recipe

    small = Recipe("digits", "digits-compact", epochs=2, batch_size=200)
    Hunsberger_2016._RECIPES["mnist"] = small


def command(words: list[str], log: str, slow: float, begun: int) -> None:
    """What the forked process does instead of returning; ``begun`` is closed where it begins."""
    code = 70
    try:
        number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(number, stream)
        synchronise = os.fsync
        if slow:
            os.fsync = lambda file: (time.sleep(slow), synchronise(file))[1]
        sys.argv = ["lifdeep", *words]
        from nengo_lifdeep.cli.app import main

        os.close(begun)
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells ignore it in the background
    preload(training="--training" in sys.argv)
    be_small()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            print(os.waitstatus_to_exitcode(status), file=answers, flush=True)
            continue
        ends, begins = os.pipe()
        child = os.fork()
        if not child:
            command(request["words"], request["log"], request["slow"], begins)
        os.close(begins)
        os.read(ends, 1)
        os.close(ends)
        print(child, file=answers, flush=True)
