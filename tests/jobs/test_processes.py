"""Local processes do jobs, survive one another's death, and end with this process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep.errors import (
    MissingDependencyError,
    NoWorkersError,
    ValidationError,
    WorkerError,
)
from nengo_lifdeep.jobs import workers
from nengo_lifdeep.jobs.executors import executor_or_none, n_at_a_time
from nengo_lifdeep.jobs.job import Job
from nengo_lifdeep.jobs.local import run_jobs
from nengo_lifdeep.jobs.outcomes import outcomes, result_of
from nengo_lifdeep.jobs.sharing import OnDisk, shared
from nengo_lifdeep.support.cores import n_cores


def dies_once(flag: Path) -> str:
    """Kill the process that runs it, the first time."""
    if flag.exists():
        return "alive"
    flag.touch()
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def dies() -> None:
    """Kill the process that runs it, every time."""
    os.kill(os.getpid(), signal.SIGKILL)


def fails(what: str) -> None:
    """Refuse."""
    raise ValidationError(f"{what} is wrong")


def doubled(array: np.ndarray) -> tuple[np.ndarray, int, str, int]:
    """What was sent, where it was done, and with how many threads."""
    return 2 * array, os.getpid(), os.environ.get("OMP_NUM_THREADS", ""), n_cores()


def appended(file: Path, line: str) -> None:
    """Take note of the order."""
    with file.open("a") as notes:
        notes.write(f"{line}\n")
    (file.parent / line).touch()


def job(name, function, *arguments):
    return Job(name, "k", 1, None, function, arguments)


@pytest.fixture(scope="module")
def pool():
    with workers(2) as started:
        yield started


def found(jobs, pool):
    """What every job gave, or its error, by name."""
    results = {}
    for _, each, future in outcomes(jobs, pool):
        try:
            results[each.name] = result_of(each, future)
        except Exception as error:
            results[each.name] = error
    return results


def test_a_job_is_done_again_where_its_process_died_and_named_where_it_dies_again(pool, tmp_path):
    jobs = [
        job("once", dies_once, tmp_path / "flag"),
        job("always", dies),
        job("wrong", fails, "x"),
        job("fine", abs, -3),
    ]
    results = found(jobs, pool)
    assert results["once"] == "alive" and results["fine"] == 3
    assert type(results["wrong"]) is ValidationError and str(results["wrong"]) == "x is wrong"
    assert type(results["always"]) is WorkerError
    assert str(results["always"]).startswith("always: the process that did it has died 3 times")


def test_what_all_jobs_need_is_read_once_and_threads_are_bounded(pool):
    with shared(pool, np.arange(3)) as sent:
        assert isinstance(sent, OnDisk) and len(repr(sent)) < 200
        results = found([job(f"{i}", doubled, sent) for i in range(4)], pool)
        assert sent.path.exists()
    assert not sent.path.exists()
    share = max(1, n_cores() // 2)
    for array, process, threads, cores in results.values():
        assert array.tolist() == [0, 2, 4] and process != os.getpid()
        assert (threads, cores) == (str(share), share)


def test_other_executors_get_values_and_a_broken_one_is_named():
    with ThreadPoolExecutor(2) as threads, shared(threads, np.arange(3)) as sent:
        assert found([job("a", doubled, sent)], threads)["a"][1] == os.getpid()
        assert n_at_a_time(threads) == 2
    assert "takes no more jobs" in str(found([job("a", abs, 1)], threads)["a"])
    assert found([job("a", abs, -1)], None) == {"a": 1}
    with ProcessPoolExecutor(1) as one:
        error = found([job("always", dies)], one)["always"]
    assert type(error) is NoWorkersError and "Give a number of processes" in str(error)


@pytest.mark.parametrize(
    "given, message",
    [
        (0, "from 1 to"),
        (-2, "from 1 to"),
        (2.5, "expected None"),
        (True, "expected None"),
        (ProcessPoolExecutor, "expected None"),
        ("head:8786", "address of a Dask scheduler"),
        ("tcp://", "address of a Dask scheduler"),
        ([2], "expected None"),
    ],
)
def test_what_is_no_executor_is_refused(given, message):
    with pytest.raises(ValidationError, match=message):
        executor_or_none(given, "executor")
    with pytest.raises(ValidationError, match=message), workers(given):
        pass


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with (
        pytest.raises(MissingDependencyError, match="'cluster' extra"),
        workers("tcp://127.0.0.1:1"),
    ):
        pass


def test_jobs_of_an_experiment_wait_for_what_they_need(pool, tmp_path):
    def of(name, needs=None):
        result = tmp_path / name
        given = (tmp_path / "order", name)
        if isinstance(needs, tuple):
            needed = tuple(tmp_path / each for each in needs)
        else:
            needed = needs and tmp_path / needs
        return Job(name, "k", 1, result, appended, given, needed)

    said = []
    jobs = [of("both", ("check", "other")), of("train"), of("spikes", "train"), of("other"),
            of("check", "spikes")]  # fmt: skip
    run_jobs(jobs, said.append, pool)
    order = (tmp_path / "order").read_text().split()
    assert sorted(order) == ["both", "check", "other", "spikes", "train"]
    assert order.index("train") < order.index("spikes") < order.index("check")
    assert order[-1] == "both", "it waits for the last of those that it needs"
    assert said[-1] == "part 5 of 5 is done: both"
    run_jobs(jobs, said.append, pool)
    assert said[-1] == "5 of 5 parts are there already"


SCRIPT = """
import os, signal, time
from nengo_lifdeep.jobs import workers

def waits(file):
    with open(file, "w") as out:
        out.write(str(os.getpid()))
    time.sleep(600)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell says so
    with workers(1) as pool:
        pool.submit(waits, {file!r}).result()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_the_one_that_started_them(number, tmp_path):
    script, file = tmp_path / "script.py", tmp_path / "pid"
    script.write_text(SCRIPT.format(file=str(file)))
    parent = subprocess.Popen([sys.executable, script], stderr=subprocess.PIPE)
    _until(lambda: file.exists() and file.read_text())
    child = int(file.read_text())
    parent.send_signal(number)
    parent.wait(30)
    _until(lambda: not _lives(child))
    parent.stderr.close()


def test_a_script_that_cannot_be_imported_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from nengo_lifdeep.jobs import workers\n"
        "with workers(1) as pool:\n"
        "    pool.submit(abs, -1).result()\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and "WorkerError" in last and "if __name__" in last


def _until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def _lives(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    try:  # ended, but not yet collected by the process that inherited it
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
