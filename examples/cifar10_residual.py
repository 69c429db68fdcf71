"""Our own CIFAR-10 network: residual, trained in cycles, in spikes on all test images.

A second cycle of learning rates starts from the weights of the first; both use the training of
`Recipe`. The last epochs have SoftLIF neurons of almost the hard curve that spikes follow. Every
stage continues where an interrupted one stopped. With ``--validation`` held-out training
images take the place of the test images, to choose a recipe by.

    python examples/cifar10_residual.py --epochs 36 45 --sharpen 3 --out cifar10-residual
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from nengo_lifdeep import Presentation, TrainedModel, evaluate
from nengo_lifdeep.datasets import Dataset
from nengo_lifdeep.experiments.recipe import Recipe

FIRST = Recipe(
    "cifar10", "cifar10-residual", epochs=36, peak=0.1, weight_decay=3e-3, label_smoothing=0.1,
    gain=2.0, scale=4.0, pad=2, flip=True, cutout=10, initial_voltage="uniform",
)  # fmt: skip


def stages(epochs: list[int], sharpen: int) -> list[Recipe]:
    """The recipe of each cycle; smaller rates in all but the first, sharpening after the last."""
    cycles = [dataclasses.replace(FIRST, epochs=epochs[0])]
    cycles += [dataclasses.replace(FIRST, epochs=n, peak=0.06, cutout=8) for n in epochs[1:]]
    return [*cycles[:-1], dataclasses.replace(cycles[-1], sharpen=sharpen)]


def train(recipes: list[Recipe], out: Path, data: Dataset) -> TrainedModel:
    """The network after the last cycle, each from the weights before it."""
    trained = None
    for number, recipe in enumerate(recipes, 1):
        trained = recipe.train(out / f"cycle{number}", seed=number - 1, data=data, start=trained)
        print(f"cycle {number}: {evaluate(trained, data)}", flush=True)
    assert trained is not None
    return trained


def main(options: argparse.Namespace) -> float:
    """Train, and read at 200 ms what was filtered by alpha synapses of 3 ms from 100 ms on.

    Membranes start at random: the error is given for several draws, and once as a stream of images
    without resets.
    """
    recipes = [
        dataclasses.replace(recipe, validation=options.validation)
        for recipe in stages(options.epochs, options.sharpen)
    ]
    data, limit, images, out = recipes[0].data(), options.limit, options.images, options.out
    if limit is not None:
        data = dataclasses.replace(data, train=data.train.take(limit), test=data.test.take(limit))
    trained = train(recipes, Path(out), data)
    spiking = recipes[-1].spiking(trained, 0.003)
    test = data.test if images is None else data.test.take(images)
    show = Presentation(tau_s=0.003, t_c=0.1, t_p=0.2)
    for draw in range(options.draws):
        result = evaluate(spiking, test, presentation=show, seed=draw, progress=True)
        result.save(Path(out) / f"spikes{draw or ''}.lifdeep")
        print(result, flush=True)
    stream = evaluate(spiking, test, presentation=dataclasses.replace(show, reset=False))
    stream.save(Path(out) / "stream.lifdeep")
    print(stream)
    return stream.error


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--epochs", type=int, nargs="+", default=[36, 45], help="of each cycle")
    parser.add_argument("--sharpen", type=int, default=3, help="epochs of the hard curve")
    parser.add_argument("--images", type=int, help="test images in spikes; all by default")
    parser.add_argument("--out", default="cifar10-residual", help="folder for everything")
    parser.add_argument("--limit", type=int, help="use so many images only")
    parser.add_argument("--draws", type=int, default=3, help="of initial voltages")
    parser.add_argument("--validation", action="store_true", help="on held-out training images")
    main(parser.parse_args())
