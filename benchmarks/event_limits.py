"""Where the time of the event-driven simulator goes, and how far that is from the core's limits.

Run as ``python benchmarks/event_limits.py --trained FILE.lifdeep``. One chunk of images runs in one
thread, every spike by events. The stages of a population are told apart by running it again with
something left out; all variants run in turns in every round, and rows are medians of differences:

- *input currents*: the images weighted for the first population, and its neurons that will fire.
- *first spikes*: the first population, without its input currents.
- *update*: the pass over all neurons alone (voltage and synapse), as often as there are steps.
- *scan*: no spike arrives and none is fired; less the update and an empty call. What remains is
  looking through the bits of who fired, step by step, and resetting the state for every image.
- *scatter*: all real spikes arrive, none is fired; less the same without arriving spikes.
- *fired*: the real run, less the one in which none is fired: handling of fired and refractory
  neurons.
- *read-out*: the output's currents, scattered, filtered and stored.
- *Python, rest*: the whole less all of the above: calls, tables, sums over spikes.

Limits are measured in the same process, as the best of several trials, by kernels that do
nothing else. An update reads and writes voltage and two numbers of the synapse, 24 bytes a neuron
(filling included; constants, and bits of who fired, not counted): compared with scaling an array
of the same size in place. A scatter is compared with the same instruction on rows that stay in the
first cache; its additions are counted spike by spike, filling included. Input currents are
compared with a matrix product, in the multiply-adds of the dense way. The differences of a busy
machine may be negative.
"""

from __future__ import annotations

import argparse
import os

import nengo
import numpy as np
from event_parts.limits import additions, bandwidth, products, triad
from event_parts.stages import Stages
from event_parts.stopwatch import in_turns
from sides.machine import machine, versions
from threadpoolctl import threadpool_limits

from nengo_lifdeep import datasets
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import LifdeepError
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.simulators.events.plan import Plan

#: sizes at which bandwidth is shown: inside the usual caches, and outside
SIZES = {"16 kB": 16 << 10, "256 kB": 256 << 10, "4 MB": 4 << 20, "256 MB": 256 << 20}

#: bytes that the update of one neuron reads and writes
UPDATE_BYTES = 24

Row = tuple[str, float, str]


def rows(stages: Stages, times: dict[str, np.ndarray]) -> list[Row]:
    """Name, seconds per image-step and comparison with a limit of every stage."""

    def seconds(*terms: str) -> float:
        signs = np.array([-1 if term.startswith("-") else 1 for term in terms])
        values = [times[term.removeprefix("-")] for term in terms]
        return float(np.median(signs @ np.array(values))) / stages.steps

    first = stages.plan.targets[0]
    drawn = seconds("input currents")
    work = sum(source.dense_work for source in first.sources) / stages.n_steps
    fired = stages.spikes(first.name) / stages.steps
    spiking = seconds("first", "-input currents")
    found: list[Row] = [
        ("input currents", drawn, share(work / drawn, products(), "GMAC/s")),
        (f"first spikes, {first.name}", spiking, per(spiking, fired, "spike")),
    ]
    for target in stages.stepped:
        name, size = target.name, target.layout.size
        update = seconds(f"{name}: update")
        scan = seconds(f"{name}: quiet", f"-{name}: update", f"-{name}: call")
        scatter = seconds(f"{name}: heard", f"-{name}: quiet")
        handling = seconds(f"{name}: real", f"-{name}: heard")
        added = stages.additions(target) / stages.steps
        limit = bandwidth(UPDATE_BYTES // 2 * size)
        spikes = stages.spikes(name) / stages.steps
        found += [
            (f"update, {name}", update, share(UPDATE_BYTES * size / update, limit, "GB/s")),
            (f"scan, {name}", scan, per(scan, size / 64, "64 neurons")),
            (f"scatter, {name}", scatter, share(added / scatter, additions(), "G additions/s")),
            (f"fired, {name}", handling, per(handling, spikes, "spike")),
        ]
    output = stages.plan.targets[-1]
    reading = seconds("read-out")
    arriving = sum(stages.spikes(source.pre) for source in output.sources) / stages.steps
    found.append(("read-out", reading, per(reading, arriving, "spike arriving")))
    whole = seconds("all")
    rest = whole - sum(row[1] for row in found)
    return [*found, ("Python, rest", rest, ""), ("all", whole, "")]


def share(value: float, limit: float, unit: str) -> str:
    """A speed beside its limit."""
    return f"{1e-9 * value:6.1f} of {1e-9 * limit:6.1f} {unit} ({value / limit:.0%})"


def per(seconds: float, count: float, what: str) -> str:
    """A time per thing counted."""
    return f"{1e9 * seconds / count:6.1f} ns per {what}" if count else "nothing to count"


def show_limits() -> None:
    """Print what the core can do."""
    print("\nlimits of one core, measured:")
    for name, size in SIZES.items():
        scaled, three = 1e-9 * bandwidth(size), 1e-9 * triad(size)
        print(f"{name:>8s}: scaling in place {scaled:6.1f} GB/s, triad {three:6.1f} GB/s")
    print(f"add_row in the first cache {1e-9 * additions():.1f} G additions/s")
    print(f"float32 matrix product {1e-9 * products():.1f} GMAC/s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--trained", required=True, help="file of a trained network (TrainedModel.save)")
    add("--data", default="mnist", help="data set of its images")
    add("--images", type=int, default=16, help="images of the chunk")
    add("--steps", type=int, default=100, help="steps per image")
    add("--rounds", type=int, default=31, help="timed rounds (one more to warm up)")
    options = parser.parse_args()
    try:
        trained = TrainedModel.load(options.trained)
        data = datasets.load(options.data).test.take(options.images)
    except (LifdeepError, OSError) as error:
        parser.error(str(error))
    model = convert(trained, synapse=nengo.Alpha(0.003))
    plan = Plan.of(model, 0.001, np.float32, 0)
    neuron = plan.targets[0].neuron
    if neuron is None or not neuron.interpolates:
        parser.error("the first population's spikes have no closed form: not a network of LIF")
    inputs = model.preprocessing(data.unit_images())
    print(machine())
    print(", ".join(f"{k} {v}" for k, v in versions().items()))
    print(
        f"{model.name}, {model.n_neurons} neurons, {options.images} images x {options.steps} "
        f"steps, one thread, {options.rounds} rounds in turns; load {os.getloadavg()[0]:.1f}"
    )
    with threadpool_limits(1, "blas"):
        show_limits()
        stages = Stages(plan, inputs, options.steps)
        times = in_turns(stages.calls(), options.rounds)
        table = rows(stages, times)
    whole = table[-1][1]
    spikes = sum(stages.spikes(t.name) for t in plan.populations) / stages.steps
    print(f"\n{spikes:.1f} spikes per image-step; microseconds per image-step:")
    for name, seconds, comparison in table:
        print(f"{name:28s} {1e6 * seconds:7.3f} {seconds / whole:6.1%}  {comparison}")


if __name__ == "__main__":
    main()
