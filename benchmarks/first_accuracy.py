"""From clone to the first accuracy in spikes, as a new user gets it, for several commits.

python benchmarks/first_accuracy.py --commit 5838bbe --commit HEAD --out first.json

Of each commit: clone, an environment with the extra `events`, and the first command that `lifdeep`
without arguments names; once with pip's cache empty and once with what that left. Both runs of a
commit have a home folder of their own, so that nothing is kept but pip's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

FIRST = ("evaluate", "digits-compact", "--simulator", "rate", "--simulator", "events")

#: variables that a new user has not
DROPPED = ("PYTHON", "NENGO", "KERAS", "XDG")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--commit", action="append", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--out", type=Path, default=Path("first.json"))
    asked = parser.parse_args()
    found = []
    for cache in ("empty", "warm"):
        for commit in asked.commit:
            kept = Path(tempfile.gettempdir(), f"pip-of-{commit}")
            if cache == "empty":
                shutil.rmtree(kept, ignore_errors=True)
            with tempfile.TemporaryDirectory() as folder:
                row = {"commit": commit, "cache": cache, "load": os.getloadavg()[0]}
                found.append(row | measured(Path(folder), commit, asked.python, kept))
            print(found[-1], flush=True)
            asked.out.write_text(json.dumps(found, indent=1))
    for commit in asked.commit:
        shutil.rmtree(Path(tempfile.gettempdir(), f"pip-of-{commit}"), ignore_errors=True)


def measured(folder: Path, commit: str, python: str, cache: Path) -> dict[str, object]:
    """Seconds of every step; of the first that failed, what it said."""
    copy, env, home = (folder / name for name in ("copy", "env", "home"))
    home.mkdir()
    variables = {k: v for k, v in os.environ.items() if not k.startswith(DROPPED)}
    variables |= {"HOME": str(home), "PIP_CACHE_DIR": str(cache)}
    steps = {
        "clone": [["git", "clone", "-q", str(ROOT), str(copy)],
                  ["git", "-C", str(copy), "checkout", "-q", commit]],
        "install": [[python, "-m", "venv", str(env)],
                    [str(env / "bin" / "pip"), "install", "-q", f"{copy}[events]"]],
        "accuracy": [[str(env / "bin" / "lifdeep"), *FIRST]],
    }  # fmt: skip
    row: dict[str, object] = {}
    for name, commands in steps.items():
        began = time.perf_counter()
        for words in commands:
            ran = subprocess.run(words, cwd=home, env=variables, capture_output=True, text=True)
            if ran.returncode:
                return {**row, "failed": name, "said": (ran.stderr or ran.stdout)[-400:]}
        row[name] = round(time.perf_counter() - began, 1)
    return {**row, "said": ran.stdout[-300:]}


if __name__ == "__main__":
    main()
