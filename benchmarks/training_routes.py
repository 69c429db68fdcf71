"""Three ways to a spiking LeNet at equal numbers of steps: conversion, training on spikes, both.

    python benchmarks/training_routes.py --data mnist --steps 10 25 50 --out routes

trains what is not in the folder yet, chooses factors of rates and starts of averaging on held-out
training images, and prints accuracy, spikes, synaptic operations, energy, latency and training time
on the test images. Networks with weights only (`lee2020-lenet`), pixels as constant currents.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nengo_lifdeep import (
    AlphaRCNoise,
    Augmentation,
    Preprocessing,
    SoftLIF,
    TrainedModel,
    convert,
    finetune,
    run,
)
from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.base import Dataset, Split
from nengo_lifdeep.energy import DEVICES, count
from nengo_lifdeep.experiments.lee.spike_recipes import BriefRecipe
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers.types import Neurons
from nengo_lifdeep.models import SpikingModel
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.records import SpikeRecord
from nengo_lifdeep.records.evaluation import wilson_interval
from nengo_lifdeep.training.batches import split_validation
from nengo_lifdeep.training.settings.spike_based import SpikeBased
from nengo_lifdeep.training.spikes.start import in_spikes

#: factors on firing rates that are tried for converted networks, and spikes per step of others
FACTORS, HIGHS = (1.0, 4.0, 16.0), (1.5, 2.5, 4.0)
#: mean of the training images of CIFAR-10 by channel
COLOUR = (0.4914, 0.4822, 0.4465)


@dataclasses.dataclass
class Result:
    """What a network answered at every step, and what it cost."""

    correct: np.ndarray  # (n, step): with scores averaged from the start of averaging up to a step
    record: SpikeRecord
    spiking: SpikingModel

    @property
    def accuracy(self) -> float:
        return float(self.correct[:, -1].mean())

    @property
    def latency(self) -> int:
        """Steps from which the accuracy stays within half a point of the last one."""
        off = self.correct.mean(0) < self.accuracy - 0.005
        return int(off.nonzero()[0].max() + 2) if off.any() else 1


def without_pooling_units(net: TrainedModel) -> TrainedModel:
    """Averages are given on: the same function, as rates after pooling are not negative."""
    kept, after_pool = [], False
    for layer in net.architecture.layers:
        if not (isinstance(layer, Neurons) and after_pool):
            kept.append(layer)
        after_pool = type(layer).__name__ == "AveragePooling2D"
    layers = dataclasses.replace(net.architecture, layers=tuple(kept))
    return dataclasses.replace(net, architecture=layers)


def recipe_for(data: Dataset, options: argparse.Namespace) -> BriefRecipe:
    """As on MNIST; images in colour are also mirrored, and centred by the mean of each channel."""
    brief = BriefRecipe(options.epochs, options.train_steps)
    shape = data.train.images.shape[1:]
    if shape[-1] == 1:
        return brief
    mean = np.broadcast_to(np.float32(COLOUR), shape)
    return dataclasses.replace(
        brief, augmentation=Augmentation(pad=4, flip=True), preprocessing=Preprocessing(mean, 1.8)
    )


def trained(name: str, folder: Path, data: Dataset, options: argparse.Namespace) -> TrainedModel:
    """A network from its file, or trained now."""
    file = folder / f"{name}.lifdeep"
    if file.exists():
        return TrainedModel.load(file)
    brief = recipe_for(data, options)
    if name == "scratch":
        net = brief.train(data, folder / name, options.seed, progress=True)
    elif name in ("rates", "warm"):
        warm = dataclasses.replace(
            brief, epochs=options.tune, rate_epochs=options.rate_epochs, peak=3e-4
        )
        net = warm.train(data, folder, options.seed, progress=True)
        net.save(folder / "warm.lifdeep")
        return trained(name, folder, data, options)
    else:
        start = without_pooling_units(trained("rates", folder, data, options))
        neuron = SoftLIF(tau_rc=0.02, tau_ref=0.001, noise=AlphaRCNoise(0.003))
        net = finetune(start, data, neuron=neuron, epochs=options.tune, seed=options.seed,
                       augmentation=brief.augmentation if brief.preprocessing else None,
                       batch_size=100, validation_split=1 / 12)  # fmt: skip
    net.save(file)
    return net


def averaged(outputs: np.ndarray, start: int) -> np.ndarray:
    """Sums of scores from a step on, up to every step; before it, from the beginning."""
    scores = np.cumsum(outputs, axis=1, dtype=float)
    if start:
        scores[:, start:] -= scores[:, start - 1 : start]
    return scores


def converted(net: TrainedModel, factor: float, images: Split, n: int, start: int) -> Result:
    """A converted network, its spikes unfiltered, averaged from a step on."""
    spiking = convert(net, synapse=None, scale_firing_rates=factor)
    record = run(spiking, images, presentation=Presentation(t_c=0.0, t_p=n * 1e-3))
    scores = averaged(record.outputs, start)
    return Result(scores.argmax(2) == images.labels[:, None], record, spiking)


def in_steps(net: TrainedModel, measured: Split, images: Split, n: int, high: float) -> Result:
    """A network with neurons that spike, judged by what its read-out holds."""
    neuron = net.neuron if "spikes" in net.provenance else StepLIF.of_leak(0.99)
    ready = in_spikes(net, measured, neuron, SpikeBased(n_steps=n), high)
    spiking = convert(ready)
    timing = Presentation.as_trained(ready.provenance)
    record = run(spiking, images, presentation=timing)
    held = record.outputs[:, timing.n_steps - n :]  # a synapse gives what it had a step before
    return Result(held.argmax(2) == images.labels[:, None], record, spiking)


def chosen(net: TrainedModel, route: str, few: Split, some: Split, steps: list[int]) -> dict:
    """By number of steps what is best on held-out images; one run of the longest tells all."""
    best: dict[int, tuple] = dict.fromkeys(steps, (-1.0,))
    for value in FACTORS if route == "soft" else HIGHS:
        if route == "soft":
            result = converted(net, value, some, max(steps), 0)
        else:
            result = in_steps(net, few, some, max(steps), value)
        for n in steps:
            if route == "soft":
                for start in (0, n // 4, n // 2):
                    scores = averaged(result.record.outputs[:, :n], start)
                    right = (scores[:, -1].argmax(1) == some.labels).mean()
                    best[n] = max(best[n], (float(right), value, start))
            else:
                best[n] = max(best[n], (float(result.correct[:, n - 1].mean()), value))
    return best


def measured(options: argparse.Namespace, data: Dataset) -> Iterator[tuple[str, int, Result]]:
    """Results on test images; what can be chosen is chosen on held-out images."""
    learnt, held = split_validation(data.train, 1 / 12, 100, options.seed)
    assert held is not None
    few, some, test = learnt.take(500), held.first(options.chosen_on), data.test
    test = test if options.n_images is None else test.first(options.n_images)
    for route in options.routes:
        net = trained(route, options.out, data, options)
        best = {}
        if route in ("soft", "rates"):
            best = chosen(net, route, few, some, options.steps)
        for n in options.steps:
            if route == "soft":
                _, factor, start = best[n]
                name = f"SoftLIF, converted (rates x {factor:g}, from step {start})"
                yield name, n, converted(net, factor, test, n, start)
            elif route == "rates":
                name = f"ReLU, scaled to {best[n][1]:g} spikes per step"
                yield name, n, in_steps(net, few, test, n, best[n][1])
            else:
                name = {"scratch": "spikes, from scratch", "warm": "ReLU, then on spikes"}[route]
                yield name, n, in_steps(net, few, test, n, 1.0)


def row(name: str, n: int, result: Result) -> str:
    """A row of the table in Markdown."""
    counts = count(result.record, result.spiking)
    low, high = wilson_interval(int(result.correct[:, -1].sum()), len(result.correct))
    joules = sum(each or 0.0 for each in DEVICES["loihi"].joules(counts))
    cells = (
        name, str(n), f"{100 * result.accuracy:.2f} ({100 * low:.2f}-{100 * high:.2f})",
        f"{sum(counts.spikes.values()):,.0f}", f"{counts.total_events / 1e6:.2f}",
        f"{counts.total_events / counts.network_macs:.2f}", f"{1e6 * joules:.1f}",
        str(result.latency),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main(options: argparse.Namespace) -> None:
    """Train, choose, measure, print."""
    data = load(options.data)
    options.out.mkdir(parents=True, exist_ok=True)
    print("| network | steps | accuracy (95 %) [%] | spikes | synaptic operations [M] | per MAC | "
          "Loihi [uJ] | latency [steps] |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for name, n, result in measured(options, data):
        print(row(name, n, result), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--steps", type=int, nargs="+", default=[10, 25, 50])
    parser.add_argument("--out", type=Path, default=Path("routes"))
    parser.add_argument("--routes", nargs="+", default=["soft", "rates", "scratch", "warm"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n-images", type=int, help="test images; all by default")
    parser.add_argument("--chosen-on", type=int, default=1000, help="held-out images")
    parser.add_argument("--train-steps", type=int, default=10, help="steps of training on spikes")
    parser.add_argument("--epochs", type=int, default=12, help="from scratch")
    parser.add_argument("--rate-epochs", type=int, default=15)
    parser.add_argument("--tune", type=int, default=1, help="epochs after those in rates")
    return parser.parse_args()


if __name__ == "__main__":
    main(_options())
