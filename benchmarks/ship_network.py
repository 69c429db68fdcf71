"""Make file and card of one of our networks, as they are in nengo_lifdeep/pretrained.

NENGO_LIFDEEP_DATA=/path/to/data python benchmarks/ship_network.py own-mnist --folder reproduced

After `lifdeep reproduce own-mnist` (with the same --dataset, --network and --epochs), from its
folder, in which nothing is changed. The file has 16 bits per weight; it is judged on the test
images, in rates and, converted as it recommends, in spikes. What `reproduce` has measured besides
goes into the card: the emulated chip, operations, energy, spikes beside nengo.Simulator,
hours of training.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nengo_lifdeep.experiments import experiment
from nengo_lifdeep.experiments.own.publishing import publish

HOME = Path(__file__).resolve().parent.parent / "nengo_lifdeep" / "pretrained"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("experiment", choices=["own-mnist", "own-cifar10"])
    parser.add_argument("--dataset", help="by default the experiment's first")
    parser.add_argument("--network", help="by default the one that reproduce takes")
    parser.add_argument("--epochs", type=int, help="of the training; by default the recipe's")
    parser.add_argument("--folder", type=Path, default=Path("reproduced"), help="reproduce's --out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--images", type=int, help="test images, at random; all by default")
    parser.add_argument("--machine", default="", help="it was trained on; else what was noted")
    parser.add_argument("--out", type=Path, default=HOME)
    asked = parser.parse_args()
    module = experiment(asked.experiment)
    plan = module.Reproduction(
        asked.dataset or module.DATASETS[0], asked.folder / asked.experiment,
        seeds=asked.seed + 1, epochs=asked.epochs,
        networks=(asked.network,) if asked.network else (),
    )  # fmt: skip
    path, card = publish(plan, asked.out, asked.seed, n_images=asked.images, machine=asked.machine)
    print(card.read_text())
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
