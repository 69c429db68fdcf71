"""One recipe with one seed: its trained network, and what it did at each synapse, in files."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import numpy as np

from ..check import SpikeCheck, check_spikes
from ..datasets import Dataset, Split
from ..evaluate import evaluate
from ..models import SpikingModel, TrainedModel
from ..presentation import Presentation
from ..records import Evaluation
from .jobs import Job
from .recipe import Recipe

__all__ = ["LONGEST", "Trial", "mean_and_spread"]

#: Every image is shown this long, in seconds; shorter presentations are read from the same run.
LONGEST = 0.2


@dataclasses.dataclass(frozen=True)
class Trial:
    """A training and its evaluations.

    Parameters
    ----------
    recipe : Recipe
        How it is trained.
    seed : int
        Of the training.
    folder : Path
        Where everything is kept.
    n_images : int, optional
        Test images to use, the first ones; all by default.
    progress : bool
        Whether to show progress bars.
    """

    recipe: Recipe
    seed: int
    folder: Path
    n_images: int | None = None
    progress: bool = True

    @functools.cached_property
    def data(self) -> Dataset:
        """The data set."""
        return self.recipe.data()

    @property
    def test(self) -> Split:
        """The test images that are used."""
        images = self.data.test
        return images if self.n_images is None else images.take(min(self.n_images, len(images)))

    def trained(self) -> TrainedModel:
        """The trained network, trained now if it has to be."""
        return self.recipe.train(self.folder, self.seed, progress=self.progress)

    def spiking(self, tau_s: float) -> SpikingModel:
        """The network in spikes."""
        return self.recipe.spiking(self.trained(), tau_s)

    def file(self, tau_s: float | None) -> Path:
        """Where the evaluation at a synapse (None: in rates) is kept."""
        images = "all" if self.n_images is None else f"{self.n_images}"
        name = "rate" if tau_s is None else f"spikes-{1e3 * tau_s:g}ms{self._conversion()}"
        return self.folder / f"{name}-{images}.lifdeep"

    def _conversion(self) -> str:
        """What the recipe's conversion has that is not the default, for names of files."""
        recipe = self.recipe
        start = "" if recipe.initial_voltage == "zero" else f"-{recipe.initial_voltage}"
        return start + ("" if recipe.rate_factor == 1 else f"-x{recipe.rate_factor:g}")

    def checked(self, n: int) -> Path:
        """Where the comparison of ``n`` images with `nengo.Simulator` is kept."""
        return self.folder / f"checked{self._conversion()}-{n}.lifdeep"

    def jobs(self, tau_s: tuple[float, ...] = (), check: int = 0) -> list[Job]:
        """What has to be computed: training, rates, spikes, and spikes checked in Nengo.

        Raises
        ------
        ValidationError
            If the folder holds a network of another recipe or seed.
        """
        self.recipe.check_folder(self.folder, self.seed)
        size = self.recipe.architecture().counts().flops
        n_test = self.n_images or 10_000
        name = f"{self.folder.parent.name} seed {self.seed}"
        jobs = [
            Job(
                f"train {name}, {self.recipe.epochs} epochs",
                "train",
                self.recipe.epochs * size,
                self.folder / "trained.lifdeep",
                self.trained,
            ),
            Job(f"rates of {name}", "rates", n_test * size, self.file(None), self._run_rates),
        ]
        for tau in tau_s:
            jobs.append(
                Job(
                    f"spikes of {name}, tau_s {1e3 * tau:g} ms",
                    "spikes",
                    n_test * size,
                    self.file(tau),
                    functools.partial(self._run_spikes, tau),
                )
            )
        if check:
            run = functools.partial(self._check, tau_s[0], check)
            file = self.checked(check)
            jobs.append(Job(f"{check} images of {name} in nengo.Simulator", "check", 1, file, run))
        return jobs

    def rates(self) -> Evaluation:
        """The finished evaluation in rates."""
        return Evaluation.load(self.file(None))

    def spikes(self, tau_s: float) -> Evaluation:
        """The finished evaluation in spikes."""
        return Evaluation.load(self.file(tau_s))

    def spike_check(self, n: int) -> SpikeCheck:
        """The finished comparison of ``n`` images with `nengo.Simulator`."""
        return SpikeCheck.load(self.checked(n))

    def error(self, tau_s: float, t_c: float, t_p: float) -> float:
        """Error in spikes, in percent, averaging over ``[t_c, t_p)``."""
        timing = Presentation(tau_s, t_c, t_p)
        windows = self.spikes(tau_s).windows
        assert windows is not None
        return 100 * (1 - windows.at(timing.c_steps, timing.n_steps))

    def _run_rates(self) -> None:
        evaluate(self.trained(), self.test, progress=self.progress).save(self.file(None))

    def _run_spikes(self, tau_s: float) -> None:
        trained = self.trained()
        timing = Presentation(tau_s, LONGEST / 2, LONGEST)
        model = self.recipe.spiking(trained, tau_s)
        result = evaluate(
            model,
            self.test,
            presentation=timing,
            reference=trained,
            progress=self.progress,
            grid=True,
        )
        if result.n_images < result.n_asked:
            raise KeyboardInterrupt
        result.save(self.file(tau_s))

    def _check(self, tau_s: float, n: int) -> None:
        timing = Presentation(tau_s, LONGEST / 2, LONGEST)
        found = check_spikes(self.spiking(tau_s), self.test, n, presentation=timing, seed=self.seed)
        found.save(self.checked(n))


def mean_and_spread(values: list[float]) -> tuple[float, float | None]:
    """Mean, and standard deviation over seeds where there are several."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return float(np.mean(values)), spread
