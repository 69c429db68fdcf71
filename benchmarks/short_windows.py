"""One of our networks, trained on the spikes of a short window: error after every step.

    python benchmarks/short_windows.py mnist-resnet7 --data mnist --steps 10 --out short

SoftLIF neurons fire at rates that a window of a few steps cannot show, and no scaling mends that:
so rectified linear neurons take their place for some epochs in rates, then neurons with whole
steps, trained on their spikes (arctan surrogate, pixels as constant currents). Printed are errors
on the training images that the recipe leaves out, with ``--test`` on the test images; what is in
the folder is not trained again.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import nengo
import numpy as np

from nengo_lifdeep import TrainedModel, convert, evaluate, finetune, pretrained, run
from nengo_lifdeep.datasets import Dataset, Split, load
from nengo_lifdeep.experiments.own.recipe import Recipe
from nengo_lifdeep.experiments.own.recipes import RECIPES
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.records.evaluation import wilson_interval
from nengo_lifdeep.training import CrossEntropy, OneCycle, SpikeBased, train
from nengo_lifdeep.training.batches import split_validation
from nengo_lifdeep.training.spikes.start import in_spikes

#: largest learning rates in rates (SGD) and on spikes (Adam)
RATE_PEAK, SPIKE_PEAK = 0.01, 1e-3

#: spikes per step that high activations become, at the start
HIGH = 2.0


def rectified(
    net: TrainedModel, data: Dataset, recipe: Recipe, o: argparse.Namespace
) -> TrainedModel:
    """With rectified linear neurons: their threshold of 1 goes into the normalisation's shift."""
    file = o.out / "rectified.lifdeep"
    if file.exists():
        return TrainedModel.load(file)
    start = {name: dict(arrays) for name, arrays in net.weights.items()}
    for arrays in start.values():
        if "beta" in arrays:
            arrays["beta"] = arrays["beta"] - 1
    trained = train(
        net.architecture, data, neuron=nengo.RectifiedLinear(), epochs=o.rate_epochs,
        batch_size=recipe.batch_size, optimizer=recipe.optimizer(),
        learning_rate=OneCycle(RATE_PEAK), loss=CrossEntropy(recipe.label_smoothing),
        preprocessing=net.preprocessing, augmentation=recipe.augmentation,
        validation_split=recipe.held_out, checkpoint=o.out / "rectifying", seed=o.seed,
        initial_weights=start, progress=True,
    )  # fmt: skip
    trained.save(file)
    return trained


def on_spikes(
    net: TrainedModel, data: Dataset, recipe: Recipe, o: argparse.Namespace
) -> TrainedModel:
    """Trained on the spikes of ``steps`` steps."""
    file = o.out / f"spikes-{o.steps}.lifdeep"
    if file.exists():
        return TrainedModel.load(file)
    learnt, _ = split_validation(data.train, recipe.held_out, recipe.batch_size, o.seed)
    some = learnt if o.images is None else learnt.take(o.images)
    trained = finetune(
        net, dataclasses.replace(data, train=some),
        method=SpikeBased(n_steps=o.steps, derivative="arctan"), epochs=o.epochs, peak=SPIKE_PEAK,
        high=HIGH, batch_size=50, augmentation=recipe.augmentation, seed=o.seed,
        checkpoint=o.out / f"training-{o.steps}", progress=True,
    )  # fmt: skip
    trained.save(file)
    return trained


def by_step(net: TrainedModel, images: Split) -> tuple[np.ndarray, float]:
    """Wrong images after every step, by what the read-out holds, and spikes of an image."""
    timing = Presentation.as_trained(net.provenance)
    record = run(convert(net), images, presentation=timing, progress=True)
    n_steps = net.provenance["spikes"]["n_steps"]
    held = record.outputs[:, timing.n_steps - n_steps :]  # a synapse gives what it had a step ago
    wrong = held.argmax(2) != images.labels[:, None]
    return wrong.sum(0), sum(spikes.mean() for spikes in record.image_spikes.values())


def report(name: str, net: TrainedModel, images: Split, rates: float) -> None:
    """Errors after the last steps, and from where on 99 % of the accuracy in rates is there."""
    wrong, spikes = by_step(net, images)
    n = len(images)
    low, high = wilson_interval(int(wrong[-1]), n)
    print(f"{name}: {100 * wrong[-1] / n:.2f} % ({100 * low:.2f} to {100 * high:.2f}) of {n:,} "
          f"images after {len(wrong)} steps, {spikes:,.0f} spikes an image")  # fmt: skip
    below = np.flatnonzero(1 - wrong / n < 0.99 * (1 - rates))
    kept = int(below[-1]) + 2 if below.size else 1
    errors = " ".join(f"{step}: {100 * each / n:.2f}" for step, each in enumerate(wrong, 1))
    print(f"  error [%] by step {errors}")
    since = f"from step {kept} on" if kept <= len(wrong) else "not reached"
    print(f"  99 % of the accuracy in rates ({100 * (1 - rates):.2f} %) {since}", flush=True)


def main(o: argparse.Namespace) -> None:
    """Train what is missing, and judge."""
    data, recipe = load(o.data), RECIPES[o.data]
    o.out.mkdir(parents=True, exist_ok=True)
    path = Path(o.network)
    net = TrainedModel.load(path) if path.exists() else pretrained.load(o.network)
    images = data.test if o.test else recipe.held(data, o.seed)
    images = images if o.n_images is None else images.take(o.n_images)
    linear = rectified(net, data, recipe, o)
    rates = evaluate(net, images, simulator="rate").error / 100
    print(f"SoftLIF in rates {100 * rates:.2f} %, rectified linear neurons "
          f"{evaluate(linear, images, simulator='rate').error:.2f} %", flush=True)  # fmt: skip
    method = SpikeBased(n_steps=o.steps, derivative="arctan")
    few = data.train.take(500)
    for start, name in ((net, "SoftLIF, scaled"), (linear, "rectified, scaled")):
        scaled = in_spikes(start, few, StepLIF.of_leak(0.99), method, HIGH)
        report(name, scaled, images, rates)
    report("trained on spikes", on_spikes(linear, data, recipe, o), images, rates)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("network", help="name of a trained network, or its file")
    parser.add_argument("--data", default="mnist", choices=sorted(RECIPES))
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("short"))
    parser.add_argument("--rate-epochs", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2, help="on spikes")
    parser.add_argument("--images", type=int, help="trained on spikes, at random; all by default")
    parser.add_argument("--seed", type=int, default=0, help="of its training, and of these")
    parser.add_argument("--n-images", type=int, help="that judge, at random; all by default")
    parser.add_argument("--test", action="store_true", help="judge by test images")
    return parser.parse_args()


if __name__ == "__main__":
    main(_options())
