"""SpikingJelly's ANN-to-SNN example through ONNX: accuracy against time steps, both in one run.

SpikingJelly's MNIST network is trained in PyTorch, exported as ONNX, read by `from_onnx` and
converted without training; SpikingJelly converts the same weights itself. Same images. Rates,
synapse and the start of averaging for every number of steps are chosen here on training images that
neither side was trained on; the test images are looked at once, for several draws of initial
voltages.

    python benchmarks/onnx_ann2snn.py --peer-python PEERS/bin/python --images 2000
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nengo_lifdeep import Presentation, convert, from_onnx, rate_scales, run
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.datasets import Split, load
from nengo_lifdeep.experiments.comparison import two_proportions
from nengo_lifdeep.models import SpikingModel, TrainedModel

STEPS = (4, 8, 16, 32, 50, 64, 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--peer-python", required=True, help="a Python with spikingjelly and onnx")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--draws", type=int, default=3, help="of initial voltages")
    options = parser.parse_args()
    whole = load("mnist")
    data, test = whole.held_out(), whole.test.take(options.images)
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
    choice = chosen(net, data.train.take(500), data.test.take(min(1000, len(data.test))))
    print(f"chosen on held-out training images: {choice.rate:g} Hz, alpha {1e3 * choice.tau:g} ms")
    started = time.perf_counter()
    draws = [errors(choice.spiking, test, choice.starts, draw) for draw in range(options.draws)]
    seconds = (time.perf_counter() - started) / options.draws
    jelly = [100 * (1 - peer["accuracy"][n - 1]) for n in STEPS]
    ours = np.mean(draws, axis=0)
    print("error [%] at step      " + "".join(f"{n:8d}" for n in STEPS))
    rows = {"SpikingJelly": jelly, "here, mean of draws": ours}
    rows |= {"lowest draw": np.min(draws, axis=0), "highest draw": np.max(draws, axis=0)}
    for label, row in rows.items():
        print(f"{label:22s} " + "".join(f"{value:8.2f}" for value in row))
    p = [two_proportions(a, len(test), b, len(test)) for a, b in zip(ours, jelly, strict=True)]
    print(f"{'p, two proportions':22s} " + "".join(f"{value:8.2g}" for value in p))
    print(f"seconds: SpikingJelly {peer['seconds']:.1f}, here {seconds:.1f}")


@dataclasses.dataclass(frozen=True)
class Choice:
    """A conversion, and the step from which to average for each of `STEPS`."""

    rate: float
    tau: float
    spiking: SpikingModel
    starts: tuple[int, ...]


def chosen(net: TrainedModel, few: Split, held_out: Split) -> Choice:
    """The rates and the synapse of least mean error from 16 steps on, with the best starts."""
    found = []
    for rate in (400.0, 800.0, 1600.0):
        scales = rate_scales(net, few, target_rate=rate)
        for tau in (0.001, 0.002):
            spiking = convert(
                net, synapse=tau, scale_firing_rates=scales, initial_voltage="uniform"
            )
            options = [errors(spiking, held_out, [n * part // 4 for n in STEPS])
                       for part in range(3)]  # fmt: skip
            best = np.argmin(options, axis=0)
            late = np.min(options, axis=0)[np.array(STEPS) >= 16].mean()
            starts = tuple(int(n * part // 4) for n, part in zip(STEPS, best, strict=True))
            found.append((late, Choice(rate, tau, spiking, starts)))
    return min(found, key=lambda pair: pair[0])[1]


def errors(
    spiking: SpikingModel, images: Split, starts: Sequence[int], seed: int = 0
) -> list[float]:
    """Error [%] after each of `STEPS`, averaged from its start on."""
    show = Presentation(t_c=0.0, t_p=max(STEPS) / 1000)
    record = run(spiking, images, presentation=show, seed=seed)
    return [
        100 * float((record.predictions(start / 1000, n / 1000) != images.labels).mean())
        for start, n in zip(starts, STEPS, strict=True)
    ]


if __name__ == "__main__":
    main()
