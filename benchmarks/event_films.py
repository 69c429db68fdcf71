"""A SoftLIF network on event films of moving MNIST: trained, converted, and run in spikes.

Run as ``python benchmarks/event_films.py --out FOLDER``, with the folder of MNIST in
``NENGO_LIFDEEP_DATA``. Every digit moves along three saccades, the events are binned into frames,
and a small convolutional network learns every frame; a recording is answered by all of its frames
together. Printed is a table: the rates, and spikes in every simulator that shows films; then the
answers of those that do not, and the same recordings as one image of all frames on Loihi's
emulator.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

import nengo_lifdeep as ld
from nengo_lifdeep.datasets.events import Binning, EventFilms, saccades, signed_events

#: three movements of 105 ms in 7 steps each
MOVES, STEP = 7, 15_000

DURATION = 3 * MOVES * STEP


def films(split: ld.Split, n_frames: int, polarity: str) -> ld.Split:
    """Recordings of moving images, in frames of equal duration, in memory."""
    path = saccades(MOVES, 3.0)
    binning = Binning(n_frames, polarity=polarity, limit=3, window=(0, DURATION))
    parts = []
    for start in range(0, len(split), 1000):
        part = split.subset(slice(start, start + 1000))
        streams = signed_events(part.images, path, 0.2, step=STEP)
        parts.append(EventFilms(streams, binning)[:])
    return ld.Split(np.concatenate(parts), split.labels, f"events of {split.source}")


def network(shape: tuple[int, ...], name: str) -> ld.Architecture:
    """A small convolutional network."""
    layers = (
        ld.Conv2D(12, (5, 5), strides=2),
        ld.Conv2D(24, (3, 3), strides=2),
        ld.Flatten(),
        ld.Dense(100),
        ld.Dense(10),
    )
    return ld.Architecture(shape, layers, name)


def trained(data: ld.Split, name: str, epochs: int, out: Path) -> ld.TrainedModel:
    """The network, from its file or trained now."""
    file = out / f"{name}.lifdeep"
    if file.exists():
        return ld.TrainedModel.load(file)
    neuron = ld.SoftLIF(tau_rc=0.02, tau_ref=0.002, amplitude=0.063, noise=ld.GaussianNoise(10.0))
    model = ld.train(
        network(data.image_shape, name), data, neuron=neuron, epochs=epochs, batch_size=100,
        learning_rate=1e-3, checkpoint=out / f"{name}.checkpoint", progress=False,
    )  # fmt: skip
    model.save(file)
    return model


def row(found: ld.Evaluation, started: float) -> dict[str, Any]:
    """What is printed of an evaluation."""
    low, high = found.interval
    return {
        "simulator": found.simulator, "recordings": found.n_images,
        "accuracy": round(100 * found.accuracy, 2),
        "interval": [round(100 * low, 2), round(100 * high, 2)],
        "agreement": found.agreement, "seconds": round(time.perf_counter() - started, 1),
    }  # fmt: skip


def main() -> None:
    """Train or load, evaluate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train", type=int, default=10_000)
    parser.add_argument("--test", type=int, default=2_000)
    parser.add_argument("--frames", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--t-p", type=float, nargs="+", default=[0.1, 0.2, 0.3])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--few", type=int, default=100, help="Recordings in slow simulators.")
    parser.add_argument("--stacked", action="store_true", help="All frames as one image.")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    data = ld.datasets.load("mnist")
    train = films(data.train.take(options.train), options.frames, "kept")
    test = films(data.test.take(options.test), options.frames, "kept")
    if options.stacked:
        train, test = train.stacked(), test.stacked()
    print(f"{len(train)} recordings of {train.images.shape[1:]} to learn", flush=True)
    model = trained(train, "stacked" if options.stacked else "films", options.epochs, options.out)
    started = time.perf_counter()
    rates = ld.evaluate(model, test)
    print(json.dumps(row(rates, started)), flush=True)
    spiking = ld.convert(model, synapse=0.005, scale_firing_rates=options.scale)
    for t_p in options.t_p:
        timing = ld.Presentation(t_c=0.02, t_p=t_p)
        started = time.perf_counter()
        found = ld.evaluate(spiking, test, presentation=timing, reference=rates)
        print(json.dumps({"t_p": t_p, **row(found, started)}), flush=True)
    few = test.subset(slice(options.few))
    timing = ld.Presentation(t_c=0.02, t_p=options.t_p[0])
    for name in ("events", "nengo", "nengo-dl", "loihi-exact", "loihi"):
        started = time.perf_counter()
        try:
            if name.startswith("loihi"):
                plan = ld.deploy(model, images=few)
                found = plan.evaluate(few, simulator=name, presentation=timing)
            else:
                found = ld.evaluate(spiking, few, simulator=name, presentation=timing)
        except ld.LifdeepError as error:
            print(json.dumps({"simulator": name, "refused": str(error)}), flush=True)
        else:
            print(json.dumps({"t_p": options.t_p[0], **row(found, started)}), flush=True)


if __name__ == "__main__":
    main()
