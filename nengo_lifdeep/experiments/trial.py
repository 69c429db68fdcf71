"""One recipe with one seed: its trained network and its evaluations, as files.

In spikes every test image starts from the initial state (several times, where initial voltages are
drawn at random), and the images follow one another without a reset, as in the papers: a stream.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets import Dataset, Split
from ..evaluation.accuracy import evaluate
from ..evaluation.agreement import SpikeCheck, check_spikes
from ..inputs.presentation import Presentation
from ..jobs.local import Job
from ..models import SpikingModel, TrainedModel
from ..records import Evaluation
from .kept import evaluation_of, spike_check_of
from .recipe import Recipe

__all__ = ["LONGEST", "Protocol", "Trial", "mean_and_spread"]

#: Every image is shown this long, in seconds; shorter presentations are read from the same run.
#: In a stream an image finds what the one before has left, so each ``t_p`` is a run of its own.
LONGEST = 0.2

#: ``(tau_s, t_c, t_p)`` in seconds.
Protocol = tuple[float, float, float]


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
        Test images to use, drawn at random (seed 0); all by default.
    progress : bool
        Whether to show progress bars.
    draws : int
        Runs with other initial voltages, where the recipe draws them at random.
    """

    recipe: Recipe
    seed: int
    folder: Path
    n_images: int | None = None
    progress: bool = True
    draws: int = 1

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: the fields, without the data set, which is loaded where it is used."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @functools.cached_property
    def data(self) -> Dataset:
        """The data set."""
        return self.recipe.data()

    @property
    def test(self) -> Split:
        """The test images that are used; of a recipe with validation the held-out ones."""
        images = self.data.test
        return images if self.n_images is None else images.take(min(self.n_images, len(images)))

    def trained(self) -> TrainedModel:
        """The trained network, trained now if it has to be."""
        return self.recipe.train(self.folder, self.seed, progress=self.progress)

    def spiking(self, tau_s: float) -> SpikingModel:
        """The network in spikes.

        Parameters
        ----------
        tau_s : float
            Time constant of the synapses, in seconds; 0 for none.
        """
        return self.recipe.spiking(self.trained(), tau_s)

    @property
    def n_draws(self) -> int:
        """Draws of initial voltages there are to run."""
        return self.draws if self.recipe.initial_voltage == "uniform" else 1

    def file(self, tau_s: float | None, draw: int = 0) -> Path:
        """Where the evaluation at a synapse (None: in rates) is kept.

        Parameters
        ----------
        tau_s : float or None
            Time constant of the synapses, in seconds; None in rates.
        draw : int
            Number of the draw of initial voltages, counted from 0.
        """
        if tau_s is None:
            return self._path("rate")
        again = f"-draw{draw}" if draw else ""
        return self._path(f"spikes-{1e3 * tau_s:g}ms{self._conversion()}{again}")

    def stream_file(self, tau_s: float, t_p: float) -> Path:
        """Where the evaluation of images that follow one another is kept.

        Parameters
        ----------
        tau_s : float
            Time constant of the synapses, in seconds; 0 for none.
        t_p : float
            End of the presentation, in seconds.
        """
        return self._path(f"stream-{1e3 * tau_s:g}ms-{1e3 * t_p:g}ms{self._conversion()}")

    @property
    def _network(self) -> Path:
        return self.folder / "trained.lifdeep"

    def _path(self, name: str) -> Path:
        images = "all" if self.n_images is None else f"{self.n_images}-random"
        return self.folder / f"{name}-{images}.lifdeep"

    def _conversion(self) -> str:
        """What the recipe's conversion has that is not the default, for names of files."""
        recipe = self.recipe
        start = "" if recipe.initial_voltage == "zero" else f"-{recipe.initial_voltage}"
        return start + ("" if recipe.rate_factor == 1 else f"-x{recipe.rate_factor:g}")

    def checked(self, n: int) -> Path:
        """Where the comparison of ``n`` images with `nengo.Simulator` is kept.

        Parameters
        ----------
        n : int
            Number of images.
        """
        return self.folder / f"checked{self._conversion()}-{n}.lifdeep"

    def jobs(self, protocols: Sequence[Protocol] = (), check: int = 0) -> list[Job]:
        """What has to be computed: training, rates, spikes, streams, and images run in Nengo.

        Parameters
        ----------
        protocols : sequence of (tau_s, t_c, t_p)
            How images are shown in spikes, in seconds.
        check : int
            Images to run again in `nengo.Simulator`, with the first synapse.

        Raises
        ------
        ValidationError
            If the folder holds a network of another recipe or seed.
        """
        self.recipe.check_folder(self.folder, self.seed)
        size = self.recipe.architecture().counts().flops
        work = (self.n_images or 10_000) * size
        epochs, name = self.recipe.epochs, f"{self.folder.parent.name} seed {self.seed}"
        trained = self._network
        jobs = [
            Job(
                f"train {name}, {epochs} epochs", "train", epochs * size, trained,
                Trial.trained, (self,),
            ),
            Job(
                f"rates of {name}", "rates", work, self.file(None), Trial._run_rates, (self,),
                trained,
            ),
        ]  # fmt: skip
        for tau in dict.fromkeys(tau for tau, _, _ in protocols):
            for draw in range(self.n_draws):
                title = f"spikes of {name}, tau_s {1e3 * tau:g} ms, draw {draw}"
                file, arguments = self.file(tau, draw), (self, tau, draw)
                jobs.append(Job(title, "spikes", work, file, Trial._run_spikes, arguments, trained))
        for tau, t_p in dict.fromkeys((tau, t_p) for tau, _, t_p in protocols):
            title = f"stream of {name}, tau_s {1e3 * tau:g} ms, t_p {1e3 * t_p:g} ms"
            file, length = self.stream_file(tau, t_p), work * t_p / LONGEST
            given = (self, tau, t_p)
            jobs.append(Job(title, "stream", length, file, Trial._run_stream, given, trained))
        if check:
            title = f"{check} images of {name} in nengo.Simulator"
            file, tau = self.checked(check), protocols[0][0]
            asked = (self, tau, check)
            jobs.append(Job(title, "check", 1, file, Trial._check, asked, trained))
        return jobs

    def rates(self) -> Evaluation:
        """The finished evaluation in rates."""
        return evaluation_of(self._network, self.file(None), self._first)

    def spikes(self, tau_s: float, draw: int = 0) -> Evaluation:
        """The finished evaluation in spikes, every image from the initial state.

        Parameters
        ----------
        tau_s : float
            Time constant of the synapses, in seconds; 0 for none.
        draw : int
            Number of the draw of initial voltages, counted from 0.
        """
        return evaluation_of(self._network, self.file(tau_s, draw), self._first)

    def stream(self, tau_s: float, t_p: float) -> Evaluation:
        """The finished evaluation in spikes without resets.

        Parameters
        ----------
        tau_s : float
            Time constant of the synapses, in seconds; 0 for none.
        t_p : float
            End of the presentation, in seconds.
        """
        return evaluation_of(self._network, self.stream_file(tau_s, t_p), self._first)

    @property
    def _first(self) -> Path:
        """The evaluation in rates of the first trial of its row, which saw the same images."""
        first = dataclasses.replace(self, seed=0, folder=self.folder.with_name("seed0"))
        return first.file(None)

    def errors(self, tau_s: float, t_c: float, t_p: float) -> list[float]:
        """Errors in spikes of all draws, in percent, averaging over ``[t_c, t_p)``.

        Parameters
        ----------
        tau_s : float
            Time constant of the synapses, in seconds; 0 for none.
        t_c : float
            Start of the average, in seconds.
        t_p : float
            End of the presentation, in seconds.
        """
        return [_error(self.spikes(tau_s, draw), t_c, t_p) for draw in range(self.n_draws)]

    def spike_check(self, n: int) -> SpikeCheck:
        """The finished comparison of ``n`` images with `nengo.Simulator`.

        Parameters
        ----------
        n : int
            Number of images.
        """
        return spike_check_of(self._network, self.checked(n))

    def error(self, tau_s: float, t_c: float, t_p: float) -> float:
        """Mean of `errors` over the draws.

        Parameters
        ----------
        tau_s : float
            Time constant of the synapses, in seconds; 0 for none.
        t_c : float
            Start of the average, in seconds.
        t_p : float
            End of the presentation, in seconds.
        """
        return float(np.mean(self.errors(tau_s, t_c, t_p)))

    def stream_error(self, tau_s: float, t_c: float, t_p: float) -> float:
        """Error in spikes without resets, in percent, averaging over ``[t_c, t_p)``.

        Parameters
        ----------
        tau_s : float
            Time constant of the synapses, in seconds; 0 for none.
        t_c : float
            Start of the average, in seconds.
        t_p : float
            End of the presentation, in seconds.
        """
        return _error(self.stream(tau_s, t_p), t_c, t_p)

    def _run_rates(self) -> None:
        evaluate(self.trained(), self.test, progress=self.progress).save(self.file(None))

    def _run_spikes(self, tau_s: float, draw: int) -> None:
        timing = Presentation(tau_s, LONGEST / 2, LONGEST)
        self._run(tau_s, timing, self.file(tau_s, draw), draw)

    def _run_stream(self, tau_s: float, t_p: float) -> None:
        timing = Presentation(tau_s, t_p / 2, t_p, reset=False)
        self._run(tau_s, timing, self.stream_file(tau_s, t_p), 0)

    def _run(self, tau_s: float, timing: Presentation, file: Path, seed: int) -> None:
        trained = self.trained()
        result = evaluate(
            self.recipe.spiking(trained, tau_s),
            self.test,
            presentation=timing,
            reference=trained,
            progress=self.progress,
            grid=True,
            seed=seed,
        )
        if result.n_images < result.n_asked:
            raise KeyboardInterrupt
        result.save(file)

    def _check(self, tau_s: float, n: int) -> None:
        timing = Presentation(tau_s, LONGEST / 2, LONGEST)
        found = check_spikes(self.spiking(tau_s), self.test, n, presentation=timing, seed=self.seed)
        found.save(self.checked(n))


def _error(judged: Evaluation, t_c: float, t_p: float) -> float:
    windows, timing = judged.windows, Presentation(None, t_c, t_p)
    assert windows is not None
    return 100 * (1 - windows.at(timing.c_steps, timing.n_steps))


def mean_and_spread(values: list[float]) -> tuple[float, float | None]:
    """Mean, and standard deviation over seeds where there are several.

    Parameters
    ----------
    values : list of float
        One value per seed.
    """
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return float(np.mean(values)), spread
