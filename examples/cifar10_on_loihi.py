"""CIFAR-10 on Loihi: the paper's network with pooling that the chip can take, trained and emulated.

Hunsberger and Eliasmith's CIFAR-10 network pools windows of 3 x 3 pixels every 2 pixels; after
such pooling a neuron hears more neurons than a core has input axons. With windows of 2 x 2 the
pooling goes into the weights, axons are shared, and the network fits on one chip. Trained with
SoftLIF and noise, it runs on the chip's integers without any hand-set block. With ``--validation``
held-out training images take the place of the test images, to choose a recipe by.

    python examples/cifar10_on_loihi.py --epochs 20 --images 1000 --out cifar10-loihi
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from nengo_lifdeep import deploy
from nengo_lifdeep.errors import DeploymentError
from nengo_lifdeep.experiments.recipe import Recipe
from nengo_lifdeep.report.pages.deployment import write_deployment_report
from nengo_lifdeep.training.random_features import untrained


def main(epochs: int, images: int, out: str, limit: int | None, validation: bool) -> float:
    """Show why the published network does not fit, then train and emulate the one that does."""
    try:
        deploy(untrained("hunsberger2016-cifar10"))
    except DeploymentError as error:
        print(error)
    recipe = Recipe(
        "cifar10", "cifar10-loihi", epochs=epochs, scale=4.0, gain=2.0, flip=True,
        weight_decay=1e-3, label_smoothing=0.1, validation=validation,
    )  # fmt: skip
    data = recipe.data()
    if limit is not None:
        data = dataclasses.replace(data, train=data.train.take(limit))
    trained = recipe.train(Path(out), seed=0, data=data)
    deployment = deploy(trained, images=data.test.take(100))
    test = data.test.take(images)
    result = deployment.evaluate(test, check=1, progress=True)
    print(result)
    print(write_deployment_report(out, deployment, progress=True)["page"])
    return result.accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--epochs", type=int, default=20, help="of training")
    parser.add_argument("--images", type=int, default=1000, help="test images on the chip")
    parser.add_argument("--out", default="cifar10-loihi", help="folder for everything")
    parser.add_argument("--limit", type=int, help="train on so many images only")
    parser.add_argument("--validation", action="store_true", help="on held-out training images")
    options = parser.parse_args()
    main(options.epochs, options.images, options.out, options.limit, options.validation)
