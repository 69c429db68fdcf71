"""Exported networks in snnTorch, Norse and Sinabs, through their own NIR readers: spikes compared.

    python benchmarks/nir_peers.py --peer-python PEERS/bin/python --images 10

``to_nir(..., target=...)`` writes ``digits-compact`` for each reader; the reader's spikes are
compared with `from_nir`'s of the same file, neuron by neuron, and with those of the network before
the export, which is what the target loses.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import warnings
from pathlib import Path

import nengo
import numpy as np

from nengo_lifdeep import Presentation, convert, from_nir, pretrained, run, to_nir
from nengo_lifdeep.datasets import load

SECONDS, AFTER = 0.15, 0.05
TARGETS = {"snntorch": 1e-4, "norse": 1e-3, "sinabs": 1e-3}
SYNAPSES = {"none": None, "lowpass 4 ms": nengo.Lowpass(0.004)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--peer-python", required=True, help="a Python with the three")
    parser.add_argument("--images", type=int, default=10)
    options = parser.parse_args()
    net, images = pretrained.load("digits-compact"), load("digits").test.take(options.images)
    cases = [(t, s) for t in TARGETS for s in SYNAPSES if not (t == "sinabs" and s != "none")]
    with tempfile.TemporaryDirectory() as name:
        folder, asked = Path(name), []
        for i, (target, synapse) in enumerate(cases):
            file = folder / f"case{i}.nir"
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                to_nir(convert(net, synapse=SYNAPSES[synapse]), file, target=target)
            print(f"{target}, synapse {synapse}: {told[-1].message}")
            asked.append({"file": str(file), "reader": target, "dt": TARGETS[target]})
        shown = net.preprocessing(images.unit_images()).transpose(0, 3, 1, 2)
        np.savez(folder / "images.npz", x=shown)
        (folder / "asked.json").write_text(json.dumps(asked))
        script = Path(__file__).parent / "peers" / "nir_counts.py"
        words = [options.peer_python, script, folder, str(SECONDS), str(AFTER)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        for i, (target, synapse) in enumerate(cases):
            found = np.load(folder / f"counts{i}.npz")
            read = from_nir(folder / f"case{i}.nir")
            timing = Presentation(t_c=AFTER, t_p=SECONDS, dt=TARGETS[target])
            before = convert(net, synapse=SYNAPSES[synapse])
            theirs = [found[f"layer{k}"] for k in range(len(read.populations))]
            here, original = (run(m, images, presentation=timing, simulator="nengo")
                              for m in (read, before))  # fmt: skip
            steps = timing.n_steps * timing.dt * len(images)
            own = [np.rint(here.layer_rates[p.name] * steps) for p in read.populations]
            off = sum(int((a.ravel() != in_rows(b).ravel()).sum())
                      for a, b in zip(own, theirs, strict=True))  # fmt: skip
            same = float((original.predictions() == found["answers"]).mean())
            totals = "; ".join(f"{int(c.sum()):,}" for c in theirs)
            after = "; ".join(f"{int(c.sum()):,}" for c in own)
            lost = "; ".join(f"{int(c.sum()):,}" for c in original.image_spikes.values())
            print(f"| {target} | {synapse} | {totals} | {after} | {off} of {read.n_neurons} | "
                  f"{lost} | {same:.2f} |")  # fmt: skip


def in_rows(counts: np.ndarray) -> np.ndarray:
    """(channel, row, column) as (row, column, channel)."""
    return counts.transpose(1, 2, 0) if counts.ndim == 3 else counts


if __name__ == "__main__":
    main()
