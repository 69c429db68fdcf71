"""ImageNet's path on generated pictures: decoding, training step, spikes; time and memory.

    python benchmarks/picture_stream.py --pictures 64 256 --network hunsberger2016-imagenet

Writes JPEG files of coloured noise to a temporary folder (500 x 375 pixels, ImageNet's usual
size), measures each part, and works out what 1.28 million training images would take.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from sides.machine import machine, versions

import nengo_lifdeep as nld
from nengo_lifdeep import datasets
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.training import Augmentation

IMAGENET = 1_281_167


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--network", default="hunsberger2016-imagenet")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--spiking", type=int, default=4, help="pictures shown in spikes")
    parser.add_argument("--epochs", type=int, default=1)
    options = parser.parse_args()
    print(machine(), versions(), sep="\n")
    for n in options.pictures:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), n, options.spiking)
            measure(folder, options)


def write(folder: Path, n: int, test: int) -> None:
    """Pictures of four classes: which corner is bright."""
    rng = np.random.default_rng(0)
    for part, count in (("train", n // 4), ("val", max(1, test // 4))):
        for label in range(4):
            place = folder / part / f"corner{label}"
            place.mkdir(parents=True)
            for i in range(count):
                small = rng.integers(0, 160, (12, 16, 3))
                row, col = divmod(label, 2)
                small[6 * row : 6 * row + 6, 8 * col : 8 * col + 8] += 90
                picture = Image.fromarray(small.astype(np.uint8)).resize((500, 375))
                picture.save(place / f"{i}.jpg", quality=92)


def measure(folder: str, options: argparse.Namespace) -> None:
    data = datasets.load("pictures", folder)
    n = len(data.train)
    print(f"\n{n} training pictures, peak memory so far {peak()} MB")
    started = time.perf_counter(), time.process_time()
    for first in range(0, n, options.batch):
        data.train.images[first : first + options.batch]
    wall, processor = since(started)
    print(f"decoding: {n / wall:.0f} images/s ({1e3 * processor / n:.1f} ms of processor each)")
    decode = processor / n

    net = architecture(options.network)
    side = net.input_shape[0]
    neuron = nld.SoftLIF(0.02, 0.004, 0.02, 0.063, noise=nld.GaussianNoise(10))
    preprocessing = nld.Preprocessing.fit(data.train, crop=side)
    lap: list[float] = []
    started = time.perf_counter(), time.process_time()
    trained = nld.train(
        net, data, neuron=neuron, epochs=options.epochs, batch_size=options.batch,
        optimizer="sgd", learning_rate=0.001, preprocessing=preprocessing,
        augmentation=Augmentation(crop=side, flip=True), progress=False,
        callbacks=[lambda epoch, history: lap.append(time.perf_counter())],
    )  # fmt: skip
    wall, _ = since(started)
    shown = trained.history["seconds"]
    speed = n // options.batch * options.batch / shown[-1]
    print(f"training: {speed:.1f} images/s in the last epoch; {wall:.0f} s with making the graph")
    print(f"peak memory {peak()} MB")
    spiking = nld.convert(trained, synapse=0.003)
    record = nld.run(spiking, data.test, presentation=nld.Presentation(t_p=0.2, t_c=0.14))
    steps = record.n_images * record.n_steps
    print(f"spikes: {steps / record.seconds:.0f} image-steps/s, {record.mean_rate:.1f} Hz")
    rates = nld.evaluate(trained, data.test)
    print(f"evaluated in rates: {rates.n_images} pictures; peak memory {peak()} MB")
    days = IMAGENET / speed / 86400
    print(
        f"1,281,167 training images: {days:.1f} days per epoch at this speed, of which decoding "
        f"{IMAGENET * decode / 2 / 86400:.2f} days on two cores; 50,000 test images x 200 steps: "
        f"{50_000 * 200 / (steps / record.seconds) / 3600:.1f} hours in spikes"
    )


def since(started: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - started[0], time.process_time() - started[1]


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
