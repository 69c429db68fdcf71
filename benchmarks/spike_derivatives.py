"""What the leak's correction, and the choice of a derivative, do to accuracy: a grid of trainings.

Run as ``python benchmarks/spike_derivatives.py FOLDER --data digits`` (or mnist). Every training
leaves its answers in a file of FOLDER, so that an interrupted run continues; a row is printed when
all of it is there. A small network of convolutions learns digits of 8 x 8 pixels for six epochs, or
3,000 images of MNIST, their 20 x 20 pixels in the middle, for three. Learning rates are chosen by
other training images, 25 steps and the first seed; the test images only count. Trainings of one
seed have the same first weights, images, order and input spikes, so that they are compared image
by image: McNemar's exact test over the answers of all seeds, and a paired t-test over the seeds'
errors, which trainings of other seeds would be like.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest, ttest_rel

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.datasets import load
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten, Neurons
from nengo_lifdeep.layers.architecture import Architecture
from nengo_lifdeep.neurons import StepLIF
from nengo_lifdeep.training import train
from nengo_lifdeep.training.settings.spike_based import SpikeBased

POOL = StepLIF.of_leak(1.0, threshold=0.75)


def network(size: int) -> Architecture:
    """A few layers for square images.

    Parameters
    ----------
    size : int
        Rows and columns: 8 of digits, 20 of MNIST.
    """
    first = Conv2D(8, 3 if size == 8 else 5, 1 if size == 8 else 2, "same", use_bias=False)
    layers = [
        first, Neurons(), AveragePooling2D(2), Neurons(POOL),
        Conv2D(16, 3, padding="same", use_bias=False), Neurons(), Flatten(),
        Dense(10, use_bias=False),
    ]  # fmt: skip
    return Architecture((size, size, 1), layers, "small")


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is shown.

    Parameters
    ----------
    pixels, training, choice, test, epochs, batch : int
        Rows of an image; images to learn, to choose rates by, and to test; epochs, images per step.
    """

    pixels: int
    training: int
    choice: int
    test: int
    epochs: int
    batch: int


SIZES = {"digits": Size(8, 1100, 300, 359, 6, 25), "mnist": Size(20, 3000, 1000, 2000, 3, 50)}
LEAKS, STEPS, SEEDS, RATES = (0.99, 0.9, 0.7), (10, 25, 50, 100), (0, 1, 2), (0.002, 0.005, 0.01)

#: What is compared at one leak and number of steps.
DERIVATIVES: dict[str, dict[str, Any]] = {
    "lee2020": {},
    "lee2020, no correction": {"leak_correction": False},
    "lee2020, accumulated": {"accumulated": True},
    "triangle": {"derivative": "triangle"},
    "arctan": {"derivative": "arctan"},
    "sigmoid": {"derivative": "sigmoid"},
}
COMPARED_AT = (0.9, 25)


@dataclasses.dataclass(frozen=True)
class Trial:
    """One training, and where its answers are.

    Parameters
    ----------
    folder : Path
        Of all trials.
    leak : float
        Share of the voltage that a step leaves.
    n_steps : int
        Steps per image.
    kind : str
        Key of `DERIVATIVES`.
    rate : float
        Learning rate of Adam.
    seed : int
        Of everything random.
    choosing : bool
        Whether the training images that choose the learning rate are answered, not test images.
    """

    folder: Path
    leak: float
    n_steps: int
    kind: str
    rate: float
    seed: int
    choosing: bool = False

    @property
    def file(self) -> Path:
        """Whether each image was answered correctly, as an array of bool."""
        kind = self.kind.replace(", ", "-").replace(" ", "-")
        images = "choice" if self.choosing else "test"
        name = f"leak{self.leak:g}-T{self.n_steps}-{kind}-rate{self.rate:g}-seed{self.seed}"
        return self.folder / f"{name}-{images}.npy"

    def correct(self, data: Any) -> np.ndarray:
        """Train and answer, unless that was done.

        Parameters
        ----------
        data : Dataset
            Digits or MNIST.
        """
        if not self.file.exists():
            self._run(data)
        found: np.ndarray = np.load(self.file)
        return found

    def _run(self, data: Any) -> None:
        size = SIZES[data.name]
        coding = BernoulliCoding(max_rate=1000, seed=self.seed)
        crop = None if data.train.image_shape[0] == size.pixels else (size.pixels, size.pixels)
        model = train(
            network(size.pixels),
            data.train.first(size.training),
            neuron=StepLIF.of_leak(self.leak),
            method=SpikeBased(n_steps=self.n_steps, coding=coding, **DERIVATIVES[self.kind]),
            epochs=size.epochs,
            batch_size=size.batch,
            learning_rate=self.rate,
            loss="sum_of_squares",
            preprocessing=Preprocessing(crop=crop, scale=0.5),
            seed=self.seed,
            progress=False,
        )
        shown: Split = data.test.take(min(size.test, len(data.test)))
        if self.choosing:
            shown = data.train.subset(np.arange(size.training, size.training + size.choice))
        spiking = convert(model)
        timing = Presentation.as_trained(spiking.provenance)
        result = evaluate(spiking, shown, presentation=timing, coding=coding, progress=False)
        correct = np.asarray(result.predictions) == np.asarray(shown.labels)
        partial = self.file.with_suffix(".part.npy")
        np.save(partial, correct)
        partial.rename(self.file)
        error = f"{100 * (1 - correct.mean()):6.2f} % wrong"
        print(f"{self.file.stem:70s} {error}, loss {model.history['loss'][-1]:.3f}", flush=True)


def best_rate(folder: Path, leak: float, n_steps: int, kind: str, data: Any) -> float:
    """The learning rate with the most correct answers on images that are not tested.

    Parameters
    ----------
    folder : Path
        Of all trials.
    leak, n_steps, kind
        As in `Trial`.
    data : Dataset
        Digits or MNIST.
    """
    right = {
        rate: Trial(folder, leak, n_steps, kind, rate, 0, choosing=True).correct(data).mean()
        for rate in RATES
    }
    return max(right, key=lambda rate: right[rate])


def compared(one: list[np.ndarray], other: list[np.ndarray]) -> tuple[int, int, float]:
    """Images that only the one, and only the other gets right, and McNemar's exact p.

    Parameters
    ----------
    one, other : list of array of bool
        Correct answers, by seed.
    """
    a, b = np.concatenate(one), np.concatenate(other)
    only_one, only_other = int((a & ~b).sum()), int((~a & b).sum())
    n = only_one + only_other
    return only_one, only_other, binomtest(only_one, n).pvalue if n else 1.0


def apart(one: list[np.ndarray], other: list[np.ndarray]) -> str:
    """Difference of the errors, its mean and that of every seed, and the paired t-test's p.

    Parameters
    ----------
    one, other : list of array of bool
        Correct answers, by seed.
    """
    errors = np.array([[100 * (1 - each.mean()) for each in side] for side in (one, other)])
    each = errors[0] - errors[1]
    p = ttest_rel(*errors).pvalue if np.ptp(each) else float(not each.any())
    shown = ", ".join(f"{value:+.2f}" for value in each)
    return f"{each.mean():+.2f} ({shown}) | {p:.2g}"


def described(answers: list[np.ndarray]) -> str:
    """Mean and range of the error.

    Parameters
    ----------
    answers : list of array of bool
        Correct answers, by seed.
    """
    errors = [100 * (1 - each.mean()) for each in answers]
    return f"{np.mean(errors):.2f} ({min(errors):.2f}-{max(errors):.2f})"


def leak_table(folder: Path, data: Any) -> None:
    """Correction on and off.

    Parameters
    ----------
    folder : Path
        Of all trials.
    data : Dataset
        Digits or MNIST.
    """
    print(
        "| steps | leak | rate | with correction | without | difference | p (seeds) "
        "| only with, only without | p (images) |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for n_steps, leak in itertools.product(STEPS, LEAKS):
        rate = best_rate(folder, leak, 25, "lee2020", data)
        on, off = (
            [Trial(folder, leak, n_steps, kind, rate, seed).correct(data) for seed in SEEDS]
            for kind in ("lee2020", "lee2020, no correction")
        )
        with_, without, p = compared(on, off)
        print(
            f"| {n_steps} | {leak:g} | {rate:g} | {described(on)} | {described(off)} "
            f"| {apart(on, off)} | {with_}, {without} | {p:.3g} |"
        )


def derivative_table(folder: Path, data: Any) -> None:
    """All derivatives at one leak.

    Parameters
    ----------
    folder : Path
        Of all trials.
    data : Dataset
        Digits or MNIST.
    """
    print(
        "| derivative | rate | error | more than the paper's by | p (seeds) "
        "| only the paper's, only this | p (images) |"
    )
    print("|---|---|---|---|---|---|---|")
    answers: dict[str, list[np.ndarray]] = {}
    for kind in DERIVATIVES:
        rate = best_rate(folder, *COMPARED_AT, kind, data)
        trials = [Trial(folder, *COMPARED_AT, kind, rate, seed) for seed in SEEDS]
        answers[kind] = [trial.correct(data) for trial in trials]
        paper, this, p = compared(answers["lee2020"], answers[kind])
        print(
            f"| {kind} | {rate:g} | {described(answers[kind])} "
            f"| {apart(answers[kind], answers['lee2020'])} | {paper}, {this} | {p:.3g} |"
        )


def main() -> None:
    """Run what is missing, and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where answers are kept")
    parser.add_argument("--data", choices=list(SIZES), default="digits")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    data = load(options.data)
    leak_table(options.folder, data)
    derivative_table(options.folder, data)


if __name__ == "__main__":
    main()
