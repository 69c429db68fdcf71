"""Speed of the exact emulation of Loihi against nengo-loihi's own emulator, in one process run.

    python benchmarks/loihi_emulation.py --model mnist-compact --rounds 3

Both sides show the same images for the same time, from rest, and must give the same scores at
every step. Building is not timed; it is the same for both, and printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
from pathlib import Path

import nengo
import numpy as np
from sides.machine import machine, versions

import nengo_lifdeep as nld
from nengo_lifdeep.cli.files import load_trained


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="mnist-compact", help="name or file")
    parser.add_argument("--data", default="mnist", help="images of this data set")
    parser.add_argument("--scale-rates", type=float, default=2.0)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--images", type=int, default=400, help="per round, our side")
    parser.add_argument("--their-images", type=int, default=5, help="per round, nengo-loihi")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()

    trained = load_trained(Path(options.model))
    images = nld.datasets.load(options.data).test.take(options.images)
    model = nld.convert(
        trained, synapse=nengo.Lowpass(0.005), scale_firing_rates=options.scale_rates
    )
    timing = nld.Presentation(t_c=0.0005 * options.steps, t_p=0.001 * options.steps)
    speeds: dict[str, list[float]] = {"loihi": [], "loihi-exact": []}
    few = images.take(options.their_images)
    print(machine(), versions(), f"load {os.getloadavg()[0]:.1f} at the start", sep="\n")
    for number in range(options.rounds):
        theirs = nld.run(model, few, simulator="loihi", presentation=timing)
        settings = {"presentation": timing, "threads": options.threads}
        ours = nld.run(model, images, simulator="loihi-exact", **settings)
        np.testing.assert_array_equal(ours.outputs[: len(few)], theirs.outputs)
        for record in (theirs, ours):
            speed = record.n_images * record.n_steps / record.seconds
            speeds[record.simulator].append(speed)
            print(
                f"round {number + 1}: {record.simulator} {speed:,.0f} image-steps/s, "
                f"built in {record.build_seconds:.1f} s, {record.mean_rate:.1f} Hz"
            )
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    ratios = sorted(
        ours / theirs for ours, theirs in zip(speeds["loihi-exact"], speeds["loihi"], strict=True)
    )
    print(
        f"{model.name}, {model.n_neurons:,} neurons, {options.steps} steps: medians "
        f"{medians['loihi']:,.0f} and {medians['loihi-exact']:,.0f} image-steps/s, ratio per round "
        f"{ratios[0]:.0f} to {ratios[-1]:.0f}, median {statistics.median(ratios):.0f}"
    )


if __name__ == "__main__":
    main()
