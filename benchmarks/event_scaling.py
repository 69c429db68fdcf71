"""Time of the event-driven simulator against spikes, and against neurons that do not fire.

Run as ``python benchmarks/event_scaling.py --trained FILE.lifdeep``, where the file holds a trained
network for MNIST (mnist-compact, say). Two measurements, both through `run` in one thread, all
points in turns in every round:

(a) One network, its firing rates scaled over two decades by ``convert(scale_firing_rates=...)``.
    This divides tau_rc and tau_ref by the factor; rates that a neuron cannot reach with one spike
    per step are cut off there, so that the fastest points have fewer spikes than the factor says.
    The spikes on the axis are counted. Route "events" follows single spikes only, route "auto"
    changes to dense products where they should be cheaper, route "dense" knows nothing else.

(b) One patch of activity in a growing network: the same spikes (checked) with the same fan-out,
    more and more neurons that stay quiet (12 bytes of state each). The first population, driven
    by a constant image and never simulated step by step, is a seventeenth of the neurons.

Lines have the least squared relative errors; R^2 is of the times themselves.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nengo
import numpy as np
from event_parts.growing import growing_images, growing_model
from event_parts.line import Line, fitted
from event_parts.stopwatch import in_turns
from sides.machine import machine, versions

from nengo_lifdeep import datasets
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import LifdeepError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.report.plots.canvas import COLOURS, GREY, colour_of, save_picture
from nengo_lifdeep.simulators import run
from nengo_lifdeep.simulators.events.plan import Plan

SIDES = (12, 17, 24, 34, 48, 68, 96, 136)
ROUTES = ("events", "dense", "auto")


class Runs:
    """Repeated runs of one model: microseconds per image-step, and the spikes that were counted."""

    def __init__(self, model: SpikingModel, images: Any, timing: Presentation, route: str) -> None:
        self.model, self.images, self.timing, self.route = model, images, timing, route
        self.spikes: dict[str, int] = {}
        self.steps = 0

    def __call__(self) -> float:
        record = run(
            self.model,
            self.images,
            simulator="events",
            presentation=self.timing,
            route=self.route,
            threads=1,
        )
        self.spikes = {name: int(n.sum()) for name, n in record.image_spikes.items()}
        self.steps = record.n_images * record.n_steps
        self.notes = record.notes
        return 1e6 * record.seconds / self.steps

    @property
    def spikes_per_step(self) -> float:
        """Spikes of the whole network per image-step."""
        return sum(self.spikes.values()) / self.steps

    @property
    def additions_per_step(self) -> float:
        """Weights that those spikes add per image-step."""
        plan = Plan.of(self.model, self.timing.dt, np.float32, 0)
        sources = [source for target in plan.targets[1:] for source in target.sources]
        return sum(s.event_work(self.spikes[s.pre], self.steps) for s in sources) / self.steps


Panel = dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]


def against_spikes(trained: TrainedModel, data: Any, options: argparse.Namespace) -> Panel:
    """By route: spikes per image-step, median and spread of the microseconds."""
    scales = np.geomspace(*options.scales, options.points)
    calls = {
        (route, scale): Runs(
            convert(trained, synapse=nengo.Alpha(0.003), scale_firing_rates=float(scale)),
            data,
            options.timing,
            route,
        )
        for scale in scales
        for route in ROUTES
    }
    times = measured(calls, options.rounds)
    model = next(iter(calls.values())).model
    print(f"\n(a) {model.name}, {model.n_neurons} neurons, {len(data)} images")
    print(
        f"{'rates x':>8s} {'rate, Hz':>9s} {'spikes/step':>12s} {'additions':>10s} "
        f"{'events, us':>11s} {'dense, us':>10s} {'auto, us':>9s}  route auto"
    )
    for scale in scales:
        runs = calls["auto", scale]
        rate = runs.spikes_per_step / model.n_neurons / options.timing.dt
        events, dense, auto = (np.median(times[route, scale]) for route in ROUTES)
        print(
            f"{scale:8.2f} {rate:9.2f} {runs.spikes_per_step:12.1f} "
            f"{runs.additions_per_step:10.0f} {events:11.2f} {dense:10.2f} {auto:9.2f}  "
            f"{'; '.join(runs.notes)}"
        )
    return {
        route: panel(
            [calls[route, s].spikes_per_step for s in scales], [times[route, s] for s in scales]
        )
        for route in ROUTES
    }


def against_neurons(options: argparse.Namespace) -> Panel:
    """Neurons, median and spread of the microseconds per image-step."""
    calls = {
        side: Runs(
            growing_model(side), growing_images(options.patches, side), options.timing, "events"
        )
        for side in SIDES
    }
    times = measured(calls, options.rounds)
    if len({tuple(runs.spikes.values()) for runs in calls.values()}) > 1:
        raise SystemExit("the networks do not fire the same spikes")
    neurons = [runs.model.n_neurons for runs in calls.values()]
    print(f"\n(b) {calls[SIDES[0]].spikes_per_step:.1f} spikes per image-step in all networks")
    print(f"{'neurons':>9s} {'state, kB':>10s} {'us/step':>9s}")
    for n, t in zip(neurons, times.values(), strict=True):
        print(f"{n:9d} {12e-3 * n:10.0f} {np.median(t):9.2f}")
    return {"events": panel(neurons, list(times.values()))}


def measured(calls: dict[Any, Callable[[], float]], rounds: int) -> dict[Any, np.ndarray]:
    """All calls in turns."""
    return in_turns(calls, rounds)


def panel(x: list[float], times: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, medians, and the distances of lowest and highest from them."""
    middle = np.median(times, axis=1)
    spread = np.abs(np.array([np.min(times, axis=1), np.max(times, axis=1)]) - middle)
    return np.array(x, float), middle, spread


def draw(spikes: Panel, neurons: Panel, lines: dict[str, Line], title: str, path: Path) -> None:
    """The two panels, logarithmic."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    figure = Figure(figsize=(10.5, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    line = lines["spikes"]
    x = np.geomspace(*spikes["events"][0][[0, -1]], 200)
    left.plot(x, line(x), color=GREY, lw=1.2, label=_formula(line, "spike"))
    for route, label, colour, marker in (
        ("events", "single spikes only", colour_of("events"), "o"),
        ("dense", "dense products only", COLOURS[1], "^"),
        ("auto", "whichever should be cheaper", COLOURS[0], "s"),
    ):
        places, middle, spread = spikes[route]
        left.errorbar(
            places, middle, spread, fmt=marker, color=colour, label=label, ms=5, lw=1,
            mfc="none" if route == "auto" else None,
        )  # fmt: skip
    left.set_xlabel("spikes per step of one image")
    left.set_title(title, fontsize="medium")
    line = lines["neurons"]
    places, middle, spread = neurons["events"]
    x = np.geomspace(places[0], places[-1], 200)
    right.plot(x, line(x), color=GREY, lw=1.2, label=_formula(line, "neuron"))
    right.errorbar(
        places,
        middle,
        spread,
        fmt="o",
        color=colour_of("events"),
        label="the same spikes",
        ms=5,
        lw=1,
    )
    right.set_xlabel("neurons in the network")
    right.set_title("growing network around the same spikes", fontsize="medium")
    for ax in (left, right):
        ax.set_xscale("log")
        ax.set_yscale("log")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(
                lambda value, place: f"{value:,.0f}" if value >= 1 else f"{value:g}"
            )
            axis.set_minor_formatter("")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.set_ylabel("time per step of one image [µs], median and range")
        ax.spines[["top", "right"]].set_visible(False)
    left.legend(frameon=False, loc="center left", bbox_to_anchor=(0, 0.54))
    right.legend(frameon=False, loc="upper left")
    save_picture(left, path)


def _formula(line: Line, what: str) -> str:
    return f"{line.start:.2g} µs + {1e3 * line.slope:.2g} ns per {what}  ($R^2$ = {line.r2:.3f})"


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--trained", required=True, help="file of a trained network (TrainedModel.save)")
    add("--data", default="mnist", help="data set of its images")
    add("--images", type=int, default=200, help="images for (a)")
    add("--patches", type=int, default=32, help="images for (b)")
    add("--steps", type=int, default=100, help="steps per image")
    add("--scales", type=float, nargs=2, default=(0.25, 64), help="factors on the firing rates")
    add("--points", type=int, default=9, help="how many factors")
    add("--rounds", type=int, default=7, help="timed rounds (one more to warm up)")
    add("--picture", type=Path, help="file for the picture (.png, .svg, .pdf)")
    options = parser.parse_args()
    options.timing = Presentation(t_c=0, t_p=options.steps * 0.001)
    try:
        trained = TrainedModel.load(options.trained)
        data = datasets.load(options.data).test.take(options.images)
    except (LifdeepError, OSError) as error:
        parser.error(str(error))
    print(machine())
    print(", ".join(f"{k} {v}" for k, v in versions().items()))
    print(
        f"one thread, {options.steps} steps per image, {options.rounds} rounds in turns, medians; "
        f"load {os.getloadavg()[0]:.1f}"
    )
    spikes = against_spikes(trained, data, options)
    lines = {"spikes": fitted(*spikes["events"][:2])}
    print(f"line: {describe(lines['spikes'], 'spike')}")
    neurons = against_neurons(options)
    lines["neurons"] = fitted(*neurons["events"][:2])
    print(f"line: {describe(lines['neurons'], 'neuron')}")
    if options.picture:
        title = f"{trained.architecture.name}, rates scaled"
        draw(spikes, neurons, lines, title, options.picture)
        print(f"drawn: {options.picture}")


def describe(line: Line, what: str) -> str:
    """A fitted line in words."""
    return f"{line.start:.3f} us + {1e3 * line.slope:.4f} ns per {what}, R^2 {line.r2:.4f}"


if __name__ == "__main__":
    main()
