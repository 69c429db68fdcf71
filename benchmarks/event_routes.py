"""Where a dense product becomes cheaper than adding up the weights of single spikes.

Run as ``python benchmarks/event_routes.py``. For several layers a first population fires at a
chosen rate (constant currents, random phases, no two images alike), and the population after the
layer never fires. Timed, in one thread, is the whole second population: with its currents from
single spikes, from dense products, and without any spike at all. The last is taken away from the
others, so that what remains is the connection: for dense products also the making of the dense
spike trains and the adding of the currents, for single spikes also the pool in front, if any.
As many images are run at a time as the simulator would run: weights are fetched once per chunk.

An addition is what `Source.event_work` expects of the spikes there are, a multiply-add (MAC) what
`Source.dense_work` counts. The ratio of their times is what `DENSE_PER_ADDITION` should be; it
matters where both ways take equally long, so it is also given there. Lost is what the way chosen
with the present constant takes longer than the better one.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
from collections.abc import Callable

import numpy as np
from event_parts.driven import current_for, driven_model, images, planned
from event_parts.stopwatch import TimedEngine, in_turns
from sides.machine import machine, versions
from threadpoolctl import threadpool_limits

from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import EventOptions
from nengo_lifdeep.simulators.events import targets
from nengo_lifdeep.simulators.events.engine import _chunk_size
from nengo_lifdeep.simulators.events.targets import Source
from nengo_lifdeep.stages.types import AveragePool, Convolution, DenseMatrix, LocalWindows, Stage

RATES = (5, 10, 20, 50, 100, 200, 500)
EVENTS, DENSE, SILENT = "events", "dense", "silent"


def _weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 1e-3, shape).astype(np.float32)


def _dense(n_in: int, n_out: int) -> tuple[Stage, ...]:
    return (DenseMatrix((n_in,), _weights(n_in, n_out)),)


LAYERS: dict[str, Callable[[], tuple[Stage, ...]]] = {
    "dense 1600 -> 128": lambda: _dense(1600, 128),
    "dense 3136 -> 2000": lambda: _dense(3136, 2000),
    "conv 3x3, 12x12x32 -> 64": lambda: (
        Convolution((12, 12, 32), (1, 1), "valid", 1, _weights(3, 3, 32, 64)),
    ),
    "pool 3/2, conv 5x5, 12x12x64 -> 64": lambda: (
        AveragePool((24, 24, 64), (2, 2), "same", (3, 3)),
        Convolution((12, 12, 64), (1, 1), "same", 1, _weights(5, 5, 64, 64)),
    ),
    "local 3x3, 6x6x64 -> 64": lambda: (
        LocalWindows((6, 6, 64), (1, 1), "same", (3, 3), _weights(6, 6, 9 * 64, 64)),
    ),
}


@dataclasses.dataclass(frozen=True)
class Point:
    """One layer at one rate.

    Parameters
    ----------
    rate : float
        Spikes per sending neuron and second, as counted.
    additions, products : float
        Additions and multiply-adds per image-step that either way is expected to need.
    events, dense : float
        Seconds per image-step of the connection.
    is_dense : bool
        What the present constant chooses.
    """

    rate: float
    additions: float
    products: float
    events: float
    dense: float
    is_dense: bool

    @property
    def ratio(self) -> float:
        """Time of an addition in times of a multiply-add."""
        return (self.events / self.additions) / (self.dense / self.products)

    def lost(self, constant: float | None = None) -> float:
        """Share of the better way's time that the constant's choice (or the present one) costs."""
        dense = self.is_dense if constant is None else self.additions * constant > self.products
        return (self.dense if dense else self.events) / min(self.dense, self.events) - 1


def measure(
    stages: tuple[Stage, ...], rates: tuple[float, ...], options: argparse.Namespace
) -> list[Point]:
    """All rates of one layer."""
    n = int(np.prod(stages[0].input_shape))
    model = driven_model(stages, np.zeros(n))
    timing = Presentation(t_c=0, t_p=options.steps * 0.001)
    n_images = _chunk_size(
        model, timing, EventOptions(batch_size=options.images), options.images, 1
    )
    shown, steps = images(n_images), n_images * options.steps
    calls: dict[str, Callable[[], float]] = {}
    totals: dict[str, int] = {}
    source: Source | None = None

    def call(name: str, engine: TimedEngine) -> Callable[[], float]:
        def once() -> float:
            totals[name] = int(engine.run(shown).totals["sending"].sum())
            return engine.seconds["listening"] / steps

        return once

    for rate in (0.0, *rates):
        plan = planned(driven_model(stages, np.full(n, current_for(rate))))
        source = plan.targets[1].sources[0]
        for way in (EVENTS, DENSE) if rate else (EVENTS,):
            name = f"{way} {rate}" if rate else SILENT
            calls[name] = call(name, TimedEngine(plan, options.steps, n_images, way))
    seconds = in_turns(calls, options.rounds)
    assert source is not None
    points = []
    for rate in rates:
        spikes = totals[f"{EVENTS} {rate}"]
        additions = source.event_work(spikes, steps)
        ways = [
            float(np.median(seconds[f"{way} {rate}"] - seconds[SILENT])) for way in (EVENTS, DENSE)
        ]
        counted = spikes / n / (1e-3 * steps)
        points.append(
            Point(
                counted, additions / steps, source.dense_work, *ways, source.is_dense(spikes, steps)
            )
        )
    return points


def crossing(points: list[Point]) -> tuple[float, float, str]:
    """Rate and constant at which both ways take equally long, and how that was found."""
    lead = np.log([p.events / p.dense for p in points])
    if lead[0] > 0 or lead[-1] < 0:
        nearest = points[0] if lead[0] > 0 else points[-1]
        factor = nearest.dense / nearest.events
        return nearest.rate * factor, nearest.ratio, "beyond the rates measured"
    i = int(np.argmax(lead > 0))
    share = -lead[i - 1] / (lead[i] - lead[i - 1])
    rate, additions = (
        float(np.exp((1 - share) * np.log(a) + share * np.log(b)))
        for a, b in (
            (points[i - 1].rate, points[i].rate),
            (points[i - 1].additions, points[i].additions),
        )
    )
    return rate, points[i].products / additions, ""


def show(name: str, points: list[Point]) -> None:
    """Print one layer's table."""
    print(f"\n{name}: {points[0].products:,.0f} MACs per step")
    print(
        f"{'rate, Hz':>9s} {'additions':>11s} {'events, us':>11s} {'dense, us':>10s} "
        f"{'ns/addition':>12s} {'ns/MAC':>8s} {'ratio':>6s} {'chosen':>7s} {'lost':>6s}"
    )
    for p in points:
        print(
            f"{p.rate:9.1f} {p.additions:11,.0f} {1e6 * p.events:11.2f} {1e6 * p.dense:10.2f} "
            f"{1e9 * p.events / p.additions:12.4f} {1e9 * p.dense / p.products:8.4f} "
            f"{p.ratio:6.2f} {DENSE if p.is_dense else EVENTS:>7s} {p.lost():6.1%}"
        )
    rate, constant, note = crossing(points)
    print(f"equal at {rate:.0f} Hz, constant there {constant:.2f}" + (f" ({note})" if note else ""))


def mean(values: list[float]) -> float:
    """Geometric mean."""
    return float(np.exp(np.mean(np.log(values))))


def summary(found: dict[str, list[Point]]) -> None:
    """Print the constants and what they cost."""
    points = [p for layer in found.values() for p in layer]
    present = targets.DENSE_PER_ADDITION
    at_crossing = mean([crossing(layer)[1] for layer in found.values()])
    candidates = np.geomspace(0.1, 30, 400)
    costs = [mean([1 + p.lost(c) for p in points]) for c in candidates]
    best = np.flatnonzero(np.isclose(costs, min(costs)))
    low, high = candidates[best[0]], candidates[best[-1]]
    print(f"\ngeometric mean of the ratios, all points: {mean([p.ratio for p in points]):.2f}")
    print(f"geometric mean where both ways are equal:  {at_crossing:.2f}")
    print(f"constants that lose least:                 {low:.2f} to {high:.2f}")
    for label, constant in (("present", present), ("at crossing", at_crossing)):
        lost = [p.lost(constant) for p in points]
        print(
            f"lost with {label} constant {constant:.2f}: {mean([1 + x for x in lost]) - 1:.1%} on "
            f"average, {max(lost):.1%} at most"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--rates", type=float, nargs="+", default=RATES, help="in Hz, below 900")
    add("--layers", type=int, nargs="+", choices=range(len(LAYERS)), help="by number, from 0")
    add("--images", type=int, default=16, help="images per call, fewer where the simulator's are")
    add("--steps", type=int, default=100, help="steps per image")
    add("--rounds", type=int, default=7, help="timed rounds (one more to warm up)")
    options = parser.parse_args()
    names = list(LAYERS)
    chosen = names if options.layers is None else [names[i] for i in options.layers]
    print(machine())
    print(", ".join(f"{k} {v}" for k, v in versions().items()))
    print(
        f"one thread, float32, up to {options.images} images x {options.steps} steps, "
        f"{options.rounds} rounds in turns, medians; load {os.getloadavg()[0]:.1f}"
    )
    found = {}
    with threadpool_limits(1, "blas"):
        for name in chosen:
            found[name] = measure(LAYERS[name](), tuple(sorted(options.rates)), options)
            show(name, found[name])
    summary(found)


if __name__ == "__main__":
    main()
