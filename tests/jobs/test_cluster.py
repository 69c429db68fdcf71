"""Workers of Dask: the same bits, a killed worker survived, and errors that say what is missing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep import Presentation, convert, evaluate
from nengo_lifdeep.errors import NoWorkersError, ValidationError, WorkerError
from nengo_lifdeep.jobs import executors, workers
from nengo_lifdeep.jobs.executors import client_of, n_at_a_time
from nengo_lifdeep.jobs.job import Job
from nengo_lifdeep.jobs.outcomes import _submitted, outcomes, result_of
from nengo_lifdeep.jobs.sharing import shared
from nengo_lifdeep.sweeps import sweep

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def address():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def dies_once(flag: Path, array: np.ndarray) -> tuple[float, bool]:
    """Kill the worker that runs it, the first time."""
    if not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return float(array.sum()), "NENGO_LIFDEEP_THREADS" in os.environ


def dies() -> None:
    """Kill the worker that runs it, every time."""
    os.kill(os.getpid(), signal.SIGKILL)


def dies_four_times(folder: Path) -> int:
    """Kill the worker that runs it, as often as Dask gives a job to another."""
    before = len(list(folder.iterdir()))
    if before < 4:
        (folder / str(before)).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return before


class GivesUpOnce(Executor):
    """Dask gives the first job up."""

    def __init__(self):
        self.asked = []

    def submit(self, function, /, *arguments, **options):
        self.asked.append(arguments)
        future = Future()
        if len(self.asked) == 1:
            error = distributed.scheduler.KilledWorker("job", None, 3)
            future.set_exception(error)
        else:
            future.set_result(function(*arguments))
        return future


def test_what_dask_gives_up_is_asked_for_once_more():
    pool = GivesUpOnce()
    jobs = [Job(f"job {i}", "k", 1, None, abs, (-i,)) for i in range(3)]
    found = {i: result_of(job, future) for i, job, future in outcomes(jobs, pool)}
    assert found == {0: 0, 1: 1, 2: 2} and len(pool.asked) == 4


def test_the_same_bits_and_a_killed_worker_is_survived(address, example, tmp_path):
    trained, images = example
    options = {"presentation": Presentation(t_c=0.01, t_p=0.03), "batch_size": 20}
    one = evaluate(convert(trained), images.take(100), **options)
    with workers(address) as pool:
        assert n_at_a_time(pool) == 2
        two = evaluate(convert(trained), images.take(100), executor=pool, **options)
        with shared(pool, np.arange(5)) as sent:
            jobs = [
                Job(f"job {i}", "k", 1, None, dies_once, (tmp_path / "flag", sent))
                for i in range(8)
            ]
            found = {i: result_of(job, future) for i, job, future in outcomes(jobs, pool)}
    assert found == dict.fromkeys(range(8), (10.0, True))
    for name in ("labels", "predictions"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    np.testing.assert_array_equal(one.accuracy_grid, two.accuracy_grid)
    assert (one.layer_rates, one.layer_spikes) == (two.layer_rates, two.layer_spikes)
    assert one.notes == two.notes


@pytest.mark.slow  # four workers die and are started again
def test_a_job_whose_workers_were_killed_four_times_is_done(address, tmp_path):
    with workers(address) as pool:
        jobs = [Job("the unlucky", "k", 1, None, dies_four_times, (tmp_path,))]
        ((_, job, future),) = outcomes(jobs, pool)
        assert result_of(job, future) == 4


@pytest.mark.slow  # eight workers die and are started again
def test_a_job_that_kills_every_worker_is_named(address):
    with distributed.Client(address) as client:
        pool = client.get_executor()
        assert client_of(pool) is client
        ((_, job, future),) = outcomes([Job("the worst", "k", 1, None, dies)], pool)
        with pytest.raises(WorkerError, match="^the worst: .*KilledWorker"):
            result_of(job, future)
        with pytest.raises(ValidationError, match="client.get_executor"), workers(client):
            pass


@pytest.mark.parametrize("gone", [OSError, distributed.comm.core.CommClosedError])
def test_a_result_that_is_lost_on_its_way_ends_its_job(address, monkeypatch, gone):
    """The job is done, and the scheduler goes before it has sent the result."""

    async def lost(**given):
        raise gone("the scheduler does not answer")

    with workers(address) as pool:
        monkeypatch.setattr(client_of(pool).scheduler, "gather", lost, raising=False)
        job = Job("the lost one", "k", 1, None, abs, (-3,))
        future = _submitted(job, pool)
        assert isinstance(future.exception(timeout=60), CancelledError)
        with pytest.raises(NoWorkersError, match="the lost one: it was cancelled: the scheduler"):
            result_of(job, future)
        monkeypatch.undo()
        ((_, job, future),) = outcomes([job], pool)
        assert result_of(job, future) == 3
        failing = Job("the failing one", "k", 1, None, int, ("three",))
        ((_, job, future),) = outcomes([failing], pool)
        with pytest.raises(ValueError, match="three"):
            result_of(job, future)


@pytest.mark.slow  # a scheduler and a worker are started twice
def test_a_sweep_goes_on_after_its_scheduler_was_killed(tmp_path):
    """Jobs that would be done before it is killed wait for that; another time they need not."""
    grid = {"killed": [str(tmp_path / "killed")], "i": list(range(12))}
    for whole in (False, True):
        with _cluster(tmp_path) as (address, scheduler):
            if not whole:
                threading.Thread(target=_kill_after, args=(scheduler, tmp_path, 3)).start()
                with pytest.raises(NoWorkersError, match="i=.*: it was cancelled"):
                    sweep(waited, grid, out=tmp_path / "out", executor=address)
                assert 3 <= _n_results(tmp_path) <= 6
                (tmp_path / "killed").touch()
            else:
                found = sweep(waited, grid, out=tmp_path / "out", executor=address)
    assert [row["value"] for row in found.rows] == [i * i for i in range(12)]


def waited(killed: str, i: int) -> int:
    """A square; of the second half only after the scheduler was killed."""
    while i >= 6 and not Path(killed).exists():
        time.sleep(0.02)
    return i * i


@contextlib.contextmanager
def _cluster(folder):
    """The address and the process of a scheduler with one worker."""
    script = (
        "import sys, time, distributed\n"
        "if __name__ == '__main__':\n"
        "    cluster = distributed.LocalCluster(n_workers=0, dashboard_address=None)\n"
        "    print(cluster.scheduler_address, flush=True)\n"
        "    time.sleep(600)\n"
    )
    (folder / "scheduler.py").write_text(script)
    scheduler = subprocess.Popen(
        [sys.executable, folder / "scheduler.py"], stdout=subprocess.PIPE, text=True
    )
    address = scheduler.stdout.readline().strip()
    words = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60")
    worker = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        # Under load a worker takes longer to start than `workers` waits for one
        with distributed.Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=120)
        yield address, scheduler
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()
        scheduler.stdout.close()


def _kill_after(scheduler, folder, n):
    while _n_results(folder) < n:
        time.sleep(0.01)
    scheduler.kill()


def _n_results(folder):
    jobs = folder / "out" / "jobs"
    return len(list(jobs.glob("*.json"))) if jobs.exists() else 0


def test_nobody_answers(monkeypatch):
    monkeypatch.setattr(executors, "_PATIENCE", 1)
    with pytest.raises(WorkerError, match="no Dask scheduler answers at tcp://127.0.0.1:9"):
        with workers("tcp://127.0.0.1:9"):
            pass
