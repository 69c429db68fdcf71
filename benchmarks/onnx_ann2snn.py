"""SpikingJelly's ANN-to-SNN example through ONNX: accuracy against time steps, both in one run.

SpikingJelly's MNIST network is trained in PyTorch, exported as ONNX, read by `from_onnx` and
converted without training; SpikingJelly converts the same weights itself. Same images.

    python benchmarks/onnx_ann2snn.py --peer-python PEERS/bin/python --images 2000
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from nengo_lifdeep import Presentation, convert, from_onnx, rate_scales, run
from nengo_lifdeep.convert import fold
from nengo_lifdeep.datasets import load
from nengo_lifdeep.simulators.rate import forward

STEPS = (4, 8, 16, 32, 50, 64, 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--peer-python", required=True, help="a Python with spikingjelly and onnx")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--target-rate", type=float, default=800.0, help="99.9th percentile, Hz")
    options = parser.parse_args()
    data = load("mnist")
    test = data.test.take(options.images)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images, shown = (s.unit_images().transpose(0, 3, 1, 2) for s in (data.train, test))
        np.savez(
            folder / "data.npz", x=images, y=data.train.labels.astype(np.int64),
            test_x=shown, test_y=test.labels.astype(np.int64),
        )  # fmt: skip
        script = Path(__file__).parent / "peers" / "ann2snn.py"
        words = [options.peer_python, script, folder, str(options.epochs), str(max(STEPS))]
        subprocess.run(words, check=True)
        peer = json.loads((folder / "peer.json").read_text())
        net = from_onnx(folder / "model.onnx", classes=data.classes)
        theirs = np.load(folder / "scores.npy")
    found = forward(fold(net), test.unit_images()[:500])["output"]
    apart = np.abs(found - theirs[:500]).max() / np.abs(theirs).max()
    print(f"scores after import differ from PyTorch's by {apart:.1g} of the largest")
    print(f"the network in PyTorch: error {100 * (1 - peer['ann']):.2f} %, {len(test)} images")
    scales = rate_scales(net, data.train.take(500), target_rate=options.target_rate)
    spiking = convert(net, synapse=0.001, scale_firing_rates=scales, initial_voltage="uniform")
    started = time.perf_counter()
    record = run(spiking, test, presentation=Presentation(t_c=0.0, t_p=max(STEPS) / 1000))
    seconds = time.perf_counter() - started
    grid = record.accuracy_grid(test.labels)
    print("error [%] at step      " + "".join(f"{n:8d}" for n in STEPS))
    ours = [100 * (1 - max(grid[c, n] for c in (0, n // 4, n // 2))) for n in STEPS]
    from_start = [100 * (1 - grid[0, n]) for n in STEPS]
    jelly = [100 * (1 - peer["accuracy"][n - 1]) for n in STEPS]
    for label, row in (
        ("SpikingJelly", jelly),
        ("here, from the onset", from_start),
        ("here, from later on", ours),
    ):
        print(f"{label:22s} " + "".join(f"{value:8.2f}" for value in row))
    print(f"seconds: SpikingJelly {peer['seconds']:.1f}, here {seconds:.1f}")


if __name__ == "__main__":
    main()
