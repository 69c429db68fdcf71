"""A network that was trained on its spikes in all simulators: accuracy, decisions, every spike.

    python benchmarks/trained_on_spikes.py lenet.lifdeep --data mnist --nengo 20 --emulate 100

`events` runs the test images, `nengo.Simulator` some of them, compared spike by spike in float64.
On the chip a connection takes a step, so decisions there are read that many steps later.
"""

from __future__ import annotations

import argparse
import dataclasses
import time

import numpy as np

from nengo_lifdeep import TrainedModel, check_spikes, convert, deploy, evaluate, run
from nengo_lifdeep.datasets import load
from nengo_lifdeep.inputs.presentation import Presentation


def main(options: argparse.Namespace) -> None:
    """Run and compare."""
    net = TrainedModel.load(options.file)
    spiking, test = convert(net), load(options.data).test
    test = test if options.n_images is None else test.take(options.n_images)
    timing = Presentation.as_trained(net.provenance)
    start = time.perf_counter()
    whole = evaluate(spiking, test, presentation=timing)
    low, high = whole.interval
    print(f"events, {len(test):,} images: {100 * whole.accuracy:.2f} % ({100 * low:.2f} to "
          f"{100 * high:.2f}), {whole.spikes_per_image:,.0f} spikes per image, "
          f"{time.perf_counter() - start:.0f} s", flush=True)  # fmt: skip
    found = check_spikes(spiking, test, options.nengo, presentation=timing, dtype="float64")
    print(f"events in float64 against nengo.Simulator, {options.nengo} images: "
          f"{sum(found.moved.values()):,} of {sum(found.spikes.values()):,} spikes moved, "
          f"{found.other_decisions} other decisions", flush=True)  # fmt: skip
    some = test.take(options.emulate, seed=1)
    deployment = deploy(spiking, images=some.first(min(100, len(some))), presentation=timing)
    print(f"chip: {deployment.plan.n_cores} cores; {'; '.join(deployment.changes)}")
    delay = deployment.plan.hops - 1  # into the first population it is none
    shifted = dataclasses.replace(
        timing, t_c=timing.t_c + delay * timing.dt, t_p=timing.t_p + delay * timing.dt
    )
    expected = run(spiking, some, presentation=timing).predictions()
    for name, n in (("loihi-exact", options.emulate), ("loihi", options.board_images)):
        few = some.first(n)
        answers = deployment.run(few, simulator=name, presentation=shifted).predictions()
        same = np.mean(answers == expected[:n])
        right = np.mean(answers == few.labels)
        print(f"{name}, {n} images: {100 * right:.2f} % right, {100 * same:.2f} % of the decisions "
              f"of events, read {delay} steps later", flush=True)  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("file")
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--n-images", type=int, help="test images of events; all by default")
    parser.add_argument("--nengo", type=int, default=20, help="images in nengo.Simulator")
    parser.add_argument("--emulate", type=int, default=100, help="images in nengo-loihi's integers")
    parser.add_argument("--board-images", type=int, default=3, help="in nengo-loihi's own emulator")
    main(parser.parse_args())
