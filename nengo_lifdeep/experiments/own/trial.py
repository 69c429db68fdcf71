"""One of our networks, trained with one seed, and everything that is measured of it."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

import nengo

from ...conversion.swap import convert
from ...datasets import Dataset, Split, load
from ...deployment.planning import deploy
from ...energy import count
from ...energy.counts import Counts
from ...errors import ModelFileError
from ...evaluation.accuracy import evaluate
from ...evaluation.agreement import SpikeCheck, check_spikes
from ...inputs.presentation import Presentation
from ...jobs.local import Job
from ...models import TrainedModel
from ...records import Evaluation
from ...support.provenance import machine
from ...support.words.counted import counted
from ..kept import evaluation_of, figures_of, keep_figures, spike_check_of
from .conversion import Conversion
from .recipe import Recipe

__all__ = ["CHECKED", "Trial"]

#: random images that are run again in `nengo.Simulator`, and images whose operations are counted
CHECKED, _COUNTED = 20, 500

#: random images on the emulated chip, and for error against time
_ON_CHIP, _TIMED = 2000, 2000

#: training images by which the deployment judges rates
_JUDGED = 100


@dataclasses.dataclass(frozen=True)
class Trial:
    """A training and its files.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    recipe : Recipe
        How it is trained and shown.
    seed : int
        Of everything random.
    folder : Path
        Where its files are.
    n_images : int, optional
        Test images, at random; all by default.
    validation : bool
        Whether the images that were not trained on take the place of the test images. For error
        against time these are divided: one half chooses, the other judges.
    progress : bool
        Whether to show progress bars.
    """

    dataset: str
    recipe: Recipe
    seed: int
    folder: Path
    n_images: int | None = None
    validation: bool = False
    progress: bool = True

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: the fields, without the data set, which is loaded where it is used."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @functools.cached_property
    def data(self) -> Dataset:
        """The data set."""
        return load(self.dataset)

    @property
    def held(self) -> Split:
        """The training images that are not trained on."""
        return self.recipe.held(self.data, self.seed)

    @property
    def test(self) -> Split:
        """The images to judge by."""
        return self._some(self.held if self.validation else self.data.test, self.n_images)

    def timed(self, chooses: bool) -> Split:
        """The images for error against time: none that choose judge as well.

        Parameters
        ----------
        chooses : bool
            Whether those by which the start of the average is chosen, or those that judge.
        """
        n = min(_TIMED, self.n_images or _TIMED)
        if not self.validation:
            return self._some(self.held if chooses else self.test, n)
        judge, choose = self.held.hold_out(0.5)  # the same halves for every conversion
        return self._some(choose if chooses else judge, n)

    @staticmethod
    def _some(images: Split, n: int | None) -> Split:
        return images if n is None or n >= len(images) else images.take(n)

    def file(self, name: str) -> Path:
        """Where a measurement is kept.

        Parameters
        ----------
        name : str
            What was measured, e.g. ``"rates"``.
        """
        n = "all" if self.n_images is None else f"{self.n_images}-random"
        return self.folder / f"{name}{'-held-out' if self.validation else ''}-{n}.lifdeep"

    @property
    def seeds(self) -> int | str:
        """Seed, as a table shows it."""
        return self.seed

    @property
    def who(self) -> str:
        """What it is called in tables and of jobs."""
        return f"seed {self.seed}"

    @property
    def hours(self) -> float:
        """Of training, by the clock."""
        return float(sum(self.trained().history["seconds"]) / 3600)

    @property
    def origin(self) -> str:
        """Where and how it was trained, in words."""
        known = self.trained().provenance
        where = known.get("machine", "a computer that was not noted")
        products = known["options"].get("products", "float32")
        return f"trained on {where} with products in {products}"

    @property
    def network(self) -> Path:
        """File of the trained network."""
        return self.folder / "trained.lifdeep"

    def trained(self) -> TrainedModel:
        """The trained network, from its file."""
        return TrainedModel.load(self.network)

    def job(self, kind: str, work: float, *given: Any) -> Job:
        """One job of those that `run` knows.

        Parameters
        ----------
        kind : str
            "train", "rates", "spikes", "chosen", "timed", "chip", "operations" or "check".
        work : float
            How long it takes, in units of its kind.
        *given : Conversion
            Of "spikes", "chosen" and "timed", how the network becomes a spiking one.
        """
        name = f"{kind}{''.join(f' {each}' for each in given)} of {self.dataset}, {self.who}"
        result = self.network if kind == "train" else self.result(kind, *given)
        needs = None if kind == "train" else self.network
        return Job(name, kind, work, result, type(self).run, (self, kind, *given), needs)

    def result(self, kind: str, *given: Any) -> Path:
        """File of a job's result, whether it is finished or not.

        Parameters
        ----------
        kind : str
            As of `job`, but "train".
        *given : Conversion
            As of `job`.
        """
        stem = "-".join([kind, *(each.stem for each in given)])
        if kind == "chip" and self.recipe.chip_rates != 1:
            stem += f"-x{self.recipe.chip_rates:g}"
        if self.validation and kind in ("chosen", "timed"):
            stem += "-half"
        if kind == "chosen":  # by images that were not trained on, whatever is judged by
            return dataclasses.replace(self, validation=True).file(stem)
        found = self.file(stem)
        return found.with_suffix(".json") if kind == "operations" else found

    def run(self, kind: str, conversion: Conversion | None = None) -> None:
        """Do a job.

        Parameters
        ----------
        kind : str
            As of `job`.
        conversion : Conversion, optional
            As of `job`.
        """
        if kind == "train":
            found = self.recipe.train(self.data, self.folder, self.seed, self.progress)
            origin = {**found.provenance, "machine": machine()}
            dataclasses.replace(found, provenance=origin).save(self.network)
            return
        file = self.result(kind, *(() if conversion is None else (conversion,)))
        if kind == "rates":
            _whole(evaluate(self.trained(), self.test, progress=self.progress)).save(file)
        elif conversion is not None:
            images = self.test if kind == "spikes" else self.timed(kind == "chosen")
            self._spikes(conversion, images).save(file)
        elif kind == "chip":
            self._chip().save(file)
        elif kind == "operations":
            keep_figures(file, dataclasses.asdict(self._count()), self.trained())
        else:
            timing = self.recipe.presentation
            spiking = self.recipe.conversion.convert(self.trained(), self.data.train)
            check_spikes(
                spiking, self.test, CHECKED, presentation=timing, seed=self.seed
            ).save(file)  # fmt: skip

    def _spikes(self, conversion: Conversion, images: Split) -> Evaluation:
        trained = self.trained()
        longest = self.recipe.longest
        return _whole(
            evaluate(
                conversion.convert(trained, self.data.train),
                images,
                presentation=Presentation(t_c=longest / 2, t_p=longest),
                reference=trained,
                grid=True,
                seed=self.seed,
                progress=self.progress,
            )
        )

    def _chip(self) -> Evaluation:
        trained, recipe = self.trained(), self.recipe
        lowpass = nengo.Lowpass(recipe.chip_synapse)
        deployment = deploy(
            convert(trained, synapse=lowpass, scale_firing_rates=recipe.chip_rates),
            recipe.board,
            images=self.data.train.take(_JUDGED),
            presentation=recipe.on_chip,
        )
        found = deployment.evaluate(
            self._some(self.test, _ON_CHIP), check=1, reference=trained, progress=self.progress
        )
        assert isinstance(found, Evaluation)
        plan = deployment.plan
        used = f"{counted(plan.n_cores, 'core')} on {counted(plan.n_chips, 'chip')}"
        if self.recipe.chip_rates != 1:
            used += f", rates x {self.recipe.chip_rates:g}"
        return dataclasses.replace(_whole(found), notes=(*found.notes, used))

    def _count(self) -> Counts:
        from ...simulators import run

        trained = self.trained()
        spiking = self.recipe.conversion.convert(trained, self.data.train)
        timing = self.recipe.presentation
        record = run(
            spiking, self._some(self.test, _COUNTED), presentation=timing, seed=self.seed,
            progress=self.progress,
        )  # fmt: skip
        return count(record, spiking, trained.architecture)

    def evaluation(self, kind: str, *given: Conversion) -> Evaluation:
        """A finished evaluation.

        Parameters
        ----------
        kind : str
            "rates", "spikes", "chosen", "timed" or "chip".
        *given : Conversion
            As of `job`.
        """
        same = [self._first.result("rates")] if kind in ("rates", "spikes") else []
        return evaluation_of(self.network, self.result(kind, *given), *same)

    @property
    def _first(self) -> Trial:
        """The first trial of its table, which is judged by the same images but with validation."""
        if self.validation:
            return self
        return dataclasses.replace(self, seed=0, folder=self.folder.with_name("seed0"))

    def check(self) -> SpikeCheck:
        """The finished comparison with `nengo.Simulator`.

        Raises
        ------
        ModelFileError
            If its file is damaged, or of other weights than the network has now.
        """
        return spike_check_of(self.network, self.result("check"))

    def counts(self) -> Counts:
        """The finished count of operations.

        Raises
        ------
        ModelFileError
            If its file is damaged, or of other weights than the network has now.
        """
        file = self.result("operations")
        figures = figures_of(self.network, file)
        try:
            return Counts(**figures)
        except (ValueError, TypeError) as error:
            raise ModelFileError(
                f"{file} is damaged ({error}); remove it, and it is counted again"
            ) from error


def _whole(found: Any) -> Evaluation:
    """The evaluation, unless Ctrl-C ended it early."""
    assert isinstance(found, Evaluation)
    if found.n_images < found.n_asked:
        raise KeyboardInterrupt
    return found
