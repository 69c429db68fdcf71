"""What importing costs, before and after a change: the package alone, the command, and every room.

    python benchmarks/import_time.py CHECKOUT [CHECKOUT ...] --runs 15

The package and ``lifdeep --help`` are timed in fresh processes. The public names are imported one
by one in processes that have NumPy, Nengo and what else the package imports loaded already: what
remains is the package's own files. Checkouts take turns, so that a busy machine is busy for all of
them, and are compiled beforehand, as installed packages are. Times are processor time of the
importing process, in milliseconds.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

ALONE = "import time; t = time.process_time(); import nengo_lifdeep; print(time.process_time() - t)"
HELP = (
    "import sys, time; sys.argv = ['lifdeep', '--help']; t = time.process_time(); import atexit; "
    "atexit.register(lambda: print('TIME', time.process_time() - t)); "
    "from nengo_lifdeep.cli.app import main; main()"
)


def fresh(checkout: Path, script: str) -> float:
    """Seconds that a script says it took, in a process of its own."""
    compiled = {"PYTHONPYCACHEPREFIX": str(sys.pycache_prefix), "PYTHONDONTWRITEBYTECODE": ""}
    environment = {**os.environ, **compiled, "PYTHONPATH": str(checkout), "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment, cwd="/", capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def forked(work: Callable[[], Any]) -> Any:
    """What a function returns in a copy of this process, which ends with it."""
    reading, writing = os.pipe()
    if not os.fork():
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found = pipe.read()
    os.wait()
    return json.loads(found)


def names(checkout: Path) -> tuple[dict[str, str], list[str]]:
    """Public names by the room they come from, and the other packages' modules they load."""
    sys.path.insert(0, str(checkout))
    package = importlib.import_module("nengo_lifdeep")
    rooms = {name: getattr(package, name) for name in package.__all__ if name[0] != "_"}
    homes = {
        name: getattr(value, "__module__", getattr(value, "__name__", "")).split(".")[1]
        for name, value in rooms.items()
    }
    return homes, [name for name in sys.modules if not name.startswith("nengo_lifdeep")]


def imported(checkout: Path, name: str) -> float:
    """Seconds of processor time for the first use of a public name."""
    sys.path.insert(0, str(checkout))
    started = time.process_time()
    getattr(importlib.import_module("nengo_lifdeep"), name)
    return time.process_time() - started


def main() -> None:
    """Print a table of medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as compiled:
        sys.pycache_prefix, sys.dont_write_bytecode = compiled, False
        measure([path.resolve() for path in given.checkouts], given.runs)


def measure(places: list[Path], runs: int) -> None:
    """Print a row of medians for every thing to import."""
    sys.path[:] = [entry for entry in sys.path if not (Path(entry) / "nengo_lifdeep").exists()]
    found = [forked(lambda place=place: names(place)) for place in places]
    for _, modules in found:
        for module in modules:
            with suppress(Exception):
                importlib.import_module(module)
    rooms: dict[str, str] = {}  # one name for every room of the last checkout
    for name, room in found[-1][0].items():
        if all(name in homes for homes, _ in found):
            rooms.setdefault(room, name)
    rows: dict[str, Callable[[Path], float]] = {
        "the package": lambda place: fresh(place, ALONE),
        "lifdeep --help": lambda place: fresh(place, HELP),
    }
    for room, name in rooms.items():
        rows[f"{room}: {name}"] = lambda place, name=name: forked(lambda: imported(place, name))
    for title, row in rows.items():
        times: dict[Path, list[float]] = {place: [] for place in places}
        for place in places:
            row(place)  # compiles what is not compiled yet
        for _ in range(runs):
            for place in places:
                times[place].append(1e3 * row(place))
        medians = [f"{statistics.median(times[place]):8.1f}" for place in places]
        print(f"{title:36}", *medians, flush=True)


if __name__ == "__main__":
    main()
