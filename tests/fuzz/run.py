"""Damage files of every format that is read, and look what reading them does.

`python tests/fuzz/run.py 5000` shares the mutations out among the formats, prints one line, and
exits with 1 if a process crashed, hung, ran out of memory, raised anything but a `LifdeepError`,
or took a damaged file for another value in silence where its format has a checksum. Each format is
read in a process of its own that may take so much memory more than it needs for sound files.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from formats import FORMATS, fingerprint
from mutations import damaged

#: bytes that reading a damaged file may take, and seconds of the processor; waiting, ten times that
MEMORY, SECONDS = 2**30, 30


def read_damaged(name: str, start: int, stop: int, seed: int) -> None:
    """In the child: one line of JSON for each mutation, before it and after it."""
    warnings.simplefilter("ignore")
    from nengo_lifdeep.errors import LifdeepError

    chosen = FORMATS[name]()
    with tempfile.TemporaryDirectory() as place:
        sound = Path(place) / "sound"
        sound.mkdir()
        files = [path.relative_to(sound) for path in chosen.make(sound)]
        expected = fingerprint(chosen.read(sound))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _limit_memory()
        for i in range(start, stop):
            print(json.dumps({"begun": i}), flush=True)
            rng = np.random.default_rng([seed, i, *name.encode()])
            folder = Path(place) / "damaged"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(sound, folder, ignore=shutil.ignore_patterns("again*"))
            file = folder / files[int(rng.integers(len(files)))]
            other = (folder / files[int(rng.integers(len(files)))]).read_bytes()
            data, fits = damaged(file.read_bytes(), other, rng)
            file.write_bytes(data)
            _limit_seconds(SECONDS)
            try:
                same = fingerprint(chosen.read(folder)) == expected
                silent = not same and not fits and chosen.has_checksum
                outcome, text = ("silent", f"{file.name}") if silent else ("read", "")
            except LifdeepError as error:
                outcome, text = "refused", str(error)
            except BaseException as error:
                outcome, text = "raw", f"{type(error).__name__}: {error}"
            _limit_seconds(0)
            kept = text if outcome in ("raw", "silent") else ""
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            print(json.dumps({"outcome": outcome, "text": kept[:300], "KiB": grown}), flush=True)


def _limit_seconds(n: int) -> None:
    """Of the processor, since a busy machine is no hang; 0 ends the limit."""
    signal.setitimer(signal.ITIMER_PROF, n)
    signal.alarm(10 * n)


def _limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def run(name: str, n: int, seed: int) -> tuple[Counter, list[str], int]:
    """Outcomes of a format's mutations; the child is started again after one that ended it."""
    counts: Counter = Counter()
    found: list[str] = []
    start, most = 0, 0
    while start < n:
        command = [sys.executable, __file__, "--child", name, str(start), str(n), str(seed)]
        child = subprocess.run(command, capture_output=True, text=True)
        lines = [json.loads(text) for text in child.stdout.splitlines() if text.startswith("{")]
        begun = start - 1
        for line in lines:
            begun = line.get("begun", begun)
            if "outcome" in line:
                counts[line["outcome"]] += 1
                most = max(most, line["KiB"])
                if line["text"]:
                    found.append(f"{name} {begun}: {line['outcome']}: {line['text']}")
        if child.returncode == 0:
            break
        if begun < start:
            raise SystemExit(f"{name}: sound files were not read\n{child.stderr[-2000:]}")
        late = child.returncode in (-signal.SIGALRM, -signal.SIGPROF)
        outcome = "hung" if late else "crashed"
        counts[outcome] += 1
        found.append(f"{name} {begun}: {outcome} ({child.returncode}): {child.stderr[-300:]}")
        start = begun + 1
    return counts, found, most


def main() -> int:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, help="number of mutations, all formats together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(FORMATS), help="names of formats")
    arguments = parser.parse_args()
    total: Counter = Counter()
    found: list[str] = []
    most = 0
    for i, name in enumerate(arguments.only):
        share = (arguments.n + i) // len(arguments.only)
        counts, texts, grown = run(name, share, arguments.seed)
        print(f"{name}: {dict(counts)}, {grown / 2**20:.2f} GiB", file=sys.stderr, flush=True)
        total, found, most = total + counts, found + texts, max(most, grown)
    print(*found, sep="\n", end="\n" if found else "")
    print(
        f"{sum(total.values()):,} mutations of {len(arguments.only)} formats: "
        f"{total['crashed']} crashes, {total['hung']} hangs, {total['raw']} raw errors, "
        f"{total['silent']} changed in silence; {total['refused']:,} refused, "
        f"{total['read']:,} read; at most {most / 2**20:.2f} GiB more memory"
    )
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        read_damaged(sys.argv[2], *map(int, sys.argv[3:]))
    else:
        sys.exit(main())
