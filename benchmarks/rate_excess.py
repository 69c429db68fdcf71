"""Why deeper layers fire faster in spikes than their rates say, cause by cause.

Three causes are conceivable: membranes that all start at zero fire in volleys; Nengo's LIF keeps
its membrane at zero or above while its current is negative; and the current itself, a mean with the
ripple of single spikes on it, goes through a rate curve that is convex at threshold, so that its
peaks raise the mean rate more than its troughs lower it. Each is switched off by itself: random
initial voltages, no floor (``min_voltage=-inf``), and synapses so slow that they leave no ripple.
Counted is from one second on, when the start is long over.

    python benchmarks/rate_excess.py --network digits-compact --images 50
"""

from __future__ import annotations

import argparse
import dataclasses
import math

import nengo

from nengo_lifdeep import Presentation, convert, datasets, pretrained, run
from nengo_lifdeep.models import SpikingModel
from nengo_lifdeep.report.tables.grid import Column, Grid

DATA = {"digits-compact": "digits", "mnist-compact": "mnist"}
SYNAPSES = (None, 0.003, 0.02, 0.1)
SKIPPED, COUNTED = 1.0, 2.0  # seconds


def without_floor(model: SpikingModel) -> SpikingModel:
    """The same network; its membranes follow negative currents."""
    populations = []
    for population in model.populations:
        lif = population.neuron
        free = nengo.LIF(lif.tau_rc, lif.tau_ref, min_voltage=-math.inf, amplitude=lif.amplitude)
        free.initial_values = dict(getattr(lif, "initial_values", {}))
        populations.append(dataclasses.replace(population, neuron=free))
    return dataclasses.replace(model, populations=tuple(populations))


def excess(model: SpikingModel, images: datasets.Split) -> dict[str, float]:
    """Spikes counted against spikes that the rates say, less 1, by population."""
    timing = Presentation(t_c=SKIPPED, t_p=SKIPPED + COUNTED)
    record = run(model, images, presentation=timing, rasters=len(images))
    rates = run(model, images, simulator="rate").layer_rates
    found = {}
    for name, spikes in record.rasters.items():
        counted = (spikes[:, 1] >= timing.c_steps).sum()
        found[name] = counted / (len(images) * COUNTED * rates[name].sum()) - 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="digits-compact", choices=DATA)
    parser.add_argument("--images", type=int, default=50, help="random test images")
    parser.add_argument("--seed", type=int, default=0, help="which images and initial voltages")
    options = parser.parse_args()

    trained = pretrained.load(options.network)
    images = datasets.load(DATA[options.network]).test.take(options.images, seed=options.seed)
    rows = []
    for tau in SYNAPSES:
        ways = {
            "as converted": convert(trained, synapse=tau),
            "random initial voltages": convert(trained, synapse=tau, initial_voltage="uniform"),
        }
        ways["and no floor"] = without_floor(ways["random initial voltages"])
        for way, model in ways.items():
            found = excess(model, images)
            synapse = "none" if tau is None else f"alpha {1e3 * tau:g} ms"
            row = {"synapse": synapse, "way": way}
            rows.append(row | {name: 100 * share for name, share in found.items()})
    layers = [name for name in rows[0] if name not in ("synapse", "way")]
    columns = (Column("synapse", "synapse"), Column("way", "membranes"))
    title = f"Spikes against rates [%], {options.network}, {len(images)} images"
    signed = tuple(Column(name, name, "+.1f") for name in layers)
    Grid(title, (*columns, *signed), tuple(rows)).show()


if __name__ == "__main__":
    main()
