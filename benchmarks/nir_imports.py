"""NIR files as each tool writes them: imported, run, and spikes compared with the tool's own.

    python benchmarks/nir_imports.py --peer-python PEERS/bin/python --repository NIR --docs

Networks are made, exported and run in a Python with snnTorch, Norse, Sinabs, SpikingJelly and
Rockpool (``benchmarks/peers/requirements.txt``), by ``benchmarks/peers/nir_exports.py``; with
``--repository``, a clone of https://github.com/neuromorphs/NIR, also the files of NIR's paper. Both
sides see the same random spikes for 200 steps. ``--docs`` writes the table into ``docs/nir.md``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from nengo_lifdeep import LifdeepError, Presentation, from_nir, run

DOCS = Path(__file__).parents[1] / "docs" / "nir.md"
BEGIN, END = "<!-- nir_imports -->\n", "<!-- /nir_imports -->\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--peer-python", required=True, help="a Python with the tools")
    parser.add_argument("--repository", type=Path, help="a clone of neuromorphs/NIR")
    parser.add_argument("--docs", action="store_true", help="write the table into docs/nir.md")
    parser.add_argument("--keep", type=Path, help="folder for the files, and none is made twice")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        folder.mkdir(exist_ok=True)
        if not (folder / "cases.json").exists():
            script = Path(__file__).parent / "peers" / "nir_exports.py"
            words = [options.peer_python, script, folder, *filter(None, [options.repository])]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        cases = json.loads((folder / "cases.json").read_text())
        rows = [row(folder, case) for case in cases.values()]
    head = ("written by", "network", "`from_nir(file, ...)`", "without options", "spikes there",
            "spikes here", "neurons with another count")  # fmt: skip
    lines = [" | ".join(each) for each in (head, ["---"] * len(head), *rows)]
    table = "".join(f"| {line} |\n" for line in lines)
    print(table)
    if options.docs:
        before, _, rest = DOCS.read_text().partition(BEGIN)
        DOCS.write_text(before + BEGIN + table + END + rest.partition(END)[2])


def row(folder: Path, case: dict[str, Any]) -> tuple[str, ...]:
    """One line of the table."""
    if "failed" in case:
        return case["tool"], case["what"], f"its exporter fails: {case['failed']}", *([""] * 4)
    path, options = Path(case["path"]), case["options"]
    plain = verdict(path)
    said = ", ".join(f"{key}={value!r}" for key, value in options.items())
    try:
        model = from_nir(path, **options)
    except LifdeepError as error:
        return case["tool"], case["what"], said, f"refused: {short(error, path)}", "", "", ""
    arrays = np.load(folder / f"{case['stem']}.npz")
    layers = [arrays[name] for name in sorted(set(arrays) - {"frames"})]
    if not layers:
        return case["tool"], case["what"], said, plain, "not run", "", ""
    frames = arrays["frames"]
    if frames.ndim == 4:  # step, channel, row, column
        frames = frames.transpose(0, 2, 3, 1)
    dt = model.provenance["dt"]
    timing = Presentation(t_c=0, t_p=len(frames) * dt, dt=dt)
    inputs = frames.reshape(1, len(frames), *model.input_shape)
    found = run(model, inputs, presentation=timing, simulator="nengo", rasters=0)
    here, there, off = [], [], 0
    for population, spikes in zip(model.populations, layers, strict=True):
        own = np.rint(found.layer_rates[population.name] * len(frames) * dt)
        if spikes.ndim == 3:
            spikes = spikes.transpose(1, 2, 0)
        here.append(int(own.sum()))
        there.append(int(spikes.sum()))
        off += int((own.ravel() != spikes.ravel()).sum())
    counts = ("; ".join(f"{n:,}" for n in each) for each in (there, here))
    return case["tool"], case["what"], said, plain, *counts, f"{off} of {model.n_neurons:,}"


def verdict(path: Path) -> str:
    """What happens to a file about which nothing is said."""
    try:
        from_nir(path)
    except LifdeepError as error:
        return f"refused: {short(error, path)}"
    return "imported"


def short(error: Exception, path: Path) -> str:
    """The refusal, up to the advice."""
    text = str(error).replace(str(path), path.name).replace("|", "/").split("; expected")[0]
    return text if len(text) < 160 else f"{text[:157]}..."


if __name__ == "__main__":
    main()
