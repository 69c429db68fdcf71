"""Compare recipes of `mnist-resnet7` on half of MNIST's training images, judged by the other half.

NENGO_LIFDEEP_DATA=/path/to/data python benchmarks/recipe_trials.py slight before --out trials

5,000 held-out images hold some 25 errors, too few to tell recipes apart; 30,000 hold six times as
many, and all recipes see the same ones. Each is trained for 20 epochs on the other 30,000 images;
files that are in the folder are not made again. Prints errors, and McNemar's exact p against the
recipe named last. "before" is that of 2026-11, "slight" the one that was taken.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from nengo_lifdeep import datasets, evaluate
from nengo_lifdeep.datasets import Dataset, Split
from nengo_lifdeep.experiments.own.recipe import Recipe
from nengo_lifdeep.inputs.augmentation import Augmentation
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.layers.dense import Flatten
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.layers.pools import AveragePooling2D
from nengo_lifdeep.neurons import PAPER_PARAMETERS, replaced
from nengo_lifdeep.records import Evaluation
from nengo_lifdeep.training import train
from nengo_lifdeep.training.settings.losses import CrossEntropy
from nengo_lifdeep.training.settings.schedules import OneCycle
from nengo_lifdeep.training.tensorflow.products import quickest

LARGER = Augmentation(pad=2, rotation=12.0, zoom=0.12, shear=0.12, elastic=0.8)
SLIGHT = Augmentation(pad=2, rotation=8.0, zoom=0.08, shear=0.08, elastic=0.4)
BEFORE = Recipe("mnist-resnet7", "mnist", LARGER, 20, peak=0.06, weight_decay=2e-3,
                label_smoothing=0.05)  # fmt: skip


def _other(**changes: Any) -> Recipe:
    return dataclasses.replace(BEFORE, **changes)


#: "unpooled" has no average before the scores
RECIPES = {
    "before": BEFORE,
    "strong": _other(augmentation=Augmentation(
        pad=3, rotation=15.0, zoom=0.15, shear=0.2, elastic=1.2)),
    "slight": _other(augmentation=SLIGHT),
    "slighter": _other(augmentation=dataclasses.replace(SLIGHT, pad=1, elastic=0.3)),
    "rigid": _other(augmentation=dataclasses.replace(LARGER, elastic=0.0)),
    "decay": _other(weight_decay=5e-4),
    "unpooled": BEFORE,
    "slight, hard labels": _other(augmentation=SLIGHT, label_smoothing=0.0),
    "slight, labels 0.1": _other(augmentation=SLIGHT, label_smoothing=0.1),
    "slight, labels 0.2": _other(augmentation=SLIGHT, label_smoothing=0.2),
}  # fmt: skip


def network(name: str) -> Architecture:
    known = architecture(BEFORE.network)
    if name != "unpooled":
        return known
    *layers, pool, flat, scores = known.layers
    assert isinstance(pool, AveragePooling2D) and isinstance(flat, Flatten)
    return Architecture(known.input_shape, [*layers, flat, scores], name)


def judged(name: str, data: Dataset, judges: Split, seed: int, file: Path) -> Evaluation:
    if file.exists():
        return Evaluation.load(file)
    recipe = RECIPES[name]
    trained = train(
        network(name), data,
        neuron=replaced(PAPER_PARAMETERS[recipe.neuron].neuron, noise=None), gain=recipe.gain,
        epochs=recipe.epochs, batch_size=recipe.batch_size, optimizer=recipe.optimizer(),
        learning_rate=OneCycle(recipe.peak), loss=CrossEntropy(recipe.label_smoothing),
        preprocessing=Preprocessing.fit(data.train, scale=recipe.scale),
        augmentation=recipe.augmentation, products=quickest(), seed=seed,
    )  # fmt: skip
    found = evaluate(trained, judges)
    if found.n_images < len(judges):
        raise KeyboardInterrupt
    found.save(file)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipes", nargs="+", choices=RECIPES, metavar="RECIPE",
                        help=", ".join(RECIPES))  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("trials"))
    asked = parser.parse_args()
    mnist = datasets.load("mnist")
    half, judges = mnist.train.hold_out(0.5)
    data = dataclasses.replace(mnist, train=half)
    asked.out.mkdir(parents=True, exist_ok=True)
    found = {
        name: judged(name, data, judges, asked.seed, asked.out / f"{name}-{asked.seed}.lifdeep")
        for name in asked.recipes
    }
    right = {name: each.predictions == each.labels for name, each in found.items()}
    last = right[asked.recipes[-1]]
    for name, own in right.items():
        better, worse = int((own & ~last).sum()), int((last & ~own).sum())
        p = binomtest(better, better + worse).pvalue if better + worse else 1.0
        print(f"{name:20} {(~own).sum()} of {len(own):,} wrong, {better} better, {worse} worse, "
              f"p {p:.2g}")  # fmt: skip


if __name__ == "__main__":
    main()
