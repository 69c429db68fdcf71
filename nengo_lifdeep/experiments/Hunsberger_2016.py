"""Reproduce the tables of Hunsberger & Eliasmith: spiking networks with LIF neurons.

E. Hunsberger and C. Eliasmith, "Training Spiking Deep Networks for Neuromorphic Hardware", arXiv
1611.05141 (2016), and E. Hunsberger, "Spiking Deep Neural Networks: Engineered and Biological
Approaches to Object Recognition", thesis, University of Waterloo (2018). Errors in percent of the
test images, times in seconds.

What differs from the papers: networks are trained with BatchNormalization (folded away on
conversion), one-cycle learning rates and alpha-RC noise. Spiking errors are measured both ways: as
a stream, image after image without a reset, as the papers do, and with every image from the initial
state. CIFAR-10 images may have been through JPEG, depending on the file that is used.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

from ..datasets.base import SUFFIX
from ..datasets.bundled.published import HUNSBERGER_2016
from ..errors import ValidationError
from ..jobs.local import Job
from ..noise import AlphaNoise, AlphaRCNoise, GaussianNoise
from ..report.tables.grid import Grid
from ..support.words.counted import counted
from .ablation import ablation_jobs, ablation_table
from .recipe import Recipe
from .tables import CHECKED, errors_table, noise_table, trade_off_table
from .trial import Trial

__all__ = [
    "DATASETS",
    "ERRORS",
    "NOISE",
    "NOISES",
    "PROTOCOLS",
    "Reproduction",
    "TABLES",
    "TRADE_OFF",
]

#: Results per data set: ReLU network, SoftLIF network, LIF network in spikes (ImageNet: top 1).
ERRORS = {name.replace("-", ""): errors for name, errors in HUNSBERGER_2016.items()}

#: The protocols of the noise table: (tau_s, t_c, t_p).
PROTOCOLS = ((0.0, 0.01, 0.06), (0.0, 0.01, 0.08), (0.003, 0.06, 0.15), (0.005, 0.1, 0.2))

#: CIFAR-10 by noise in training, mean and s.d. of five networks: in rates, then by protocol.
NOISE = {
    "none": ((15.57, 0.19), (17.86, 0.30), (16.99, 0.35), (16.38, 0.19), (16.31, 0.26)),
    "Gaussian 10 Hz": ((16.03, 0.12), (17.15, 0.09), (16.68, 0.22), (16.38, 0.08), (16.40, 0.13)),
    "Gaussian 20 Hz": ((16.96, 0.14), (17.44, 0.24), (17.29, 0.12), (17.37, 0.12), (17.43, 0.15)),
    "alpha 3 ms": ((18.49, 0.22), (18.66, 0.24), (18.48, 0.18), (18.72, 0.28), (18.68, 0.26)),
    "alpha 5 ms": ((16.96, 0.19), (17.42, 0.32), (17.22, 0.12), (17.13, 0.20), (17.20, 0.21)),
    "alpha-RC 3 ms": ((15.65, 0.30), (17.31, 0.26), (16.55, 0.27), (16.18, 0.23), (16.18, 0.25)),
    "alpha-RC 5 ms": ((15.66, 0.17), (17.58, 0.34), (16.90, 0.26), (16.38, 0.20), (16.37, 0.17)),
}

#: The noise of each row.
NOISES: dict[str, Any] = {
    "none": None,
    "Gaussian 10 Hz": GaussianNoise(10.0),
    "Gaussian 20 Hz": GaussianNoise(20.0),
    "alpha 3 ms": AlphaNoise(0.003),
    "alpha 5 ms": AlphaNoise(0.005),
    "alpha-RC 3 ms": AlphaRCNoise(0.003),
    "alpha-RC 5 ms": AlphaRCNoise(0.005),
}

#: Classification time against error and efficiency: (tau_s, t_c, t_p) -> error, efficiency.
TRADE_OFF = {
    "cifar10": {
        (0.005, 0.1, 0.2): (16.18, 0.76),
        (0.003, 0.06, 0.15): (16.18, 0.98),
        (0.0, 0.01, 0.08): (16.55, 1.64),
        (0.0, 0.01, 0.06): (17.31, 2.04),
    },
    "mnist": {
        (0.005, 0.12, 0.2): (0.88, 5.94),
        (0.002, 0.04, 0.1): (0.92, 10.24),
        (0.002, 0.05, 0.06): (1.14, 14.42),
        (0.0, 0.02, 0.06): (3.67, 14.42),
    },
}

#: How each data set's network is trained here.
_RECIPES = {
    "mnist": Recipe("mnist", "hunsberger2016-mnist", epochs=12, pad=2),
    "fashion-mnist": Recipe("fashion-mnist", "mnist-compact", epochs=20, pad=1, flip=True),
    "svhn": Recipe("svhn", "hunsberger2016-svhn", epochs=10, scale=4.0, gain=2.0),
    "cifar10": Recipe(
        "cifar10",
        "hunsberger2016-cifar10",
        epochs=100,
        scale=4.0,
        gain=2.0,
        flip=True,
        weight_decay=0.004,
        label_smoothing=0.1,
        cutout=8,
        sharpen=3,
        initial_voltage="uniform",
    ),  # fmt: skip
    "cifar100": Recipe(
        "cifar100", "hunsberger2016-cifar100", epochs=40, scale=4.0, gain=2.0, flip=True
    ),
}

#: Data sets that can be asked for.
DATASETS: tuple[str, ...] = tuple(_RECIPES)

#: Test images that published errors were measured on, where there are not 10,000.
_TEST_IMAGES = {"svhn": 26_032}

#: What a reader has to know about a data set's figures.
_CHOSEN = {
    "cifar10": (
        "batch normalisation, weight decay, cutout, the three epochs of sharpening and uniform "
        "initial voltages were chosen by errors on test images: somewhat optimistic",
        "some copies of CIFAR-10 hold pixels decoded from JPEG, which the papers' did not",
    ),
}

#: The protocol of the row "LIF SNN".
_SPIKING = {"mnist": (0.005, 0.12, 0.2)}

#: Tables that can be asked for.
TABLES = ("errors", "ablation", "noise", "trade-off")


@dataclasses.dataclass(frozen=True)
class Reproduction:
    """The tables for one data set, as far as files of them are there.

    Parameters
    ----------
    dataset : str
        One of `DATASETS`.
    folder : Path
        Where trained networks and evaluations are kept; an interrupted run continues from it.
    seeds : int
        Trainings of each network in the noise table.
    epochs : int, optional
        Instead of the recipe's, those of sharpening included: there are none then.
    n_images : int, optional
        Test images to use; all by default.
    noises : tuple of str, optional
        Rows of the noise table.
    progress : bool
        Whether to show progress bars.
    validation : bool
        Whether a sixth of the training images takes the place of the test images (see
        `Dataset.held_out`); nothing published stands beside the figures then.
    draws : int
        Draws of initial voltages of the main network, where its recipe has random ones.

    Raises
    ------
    ValidationError
        If the data set or a row is unknown.
    """

    dataset: str
    folder: Path
    seeds: int = 3
    epochs: int | None = None
    n_images: int | None = None
    noises: tuple[str, ...] = tuple(NOISES)
    progress: bool = True
    validation: bool = False
    draws: int = 3

    def __post_init__(self) -> None:
        if self.dataset not in DATASETS:
            raise ValidationError(
                f"there is no recipe for {self.dataset!r}; expected one of {', '.join(DATASETS)}"
            )
        for name in self.noises:
            if name not in NOISES:
                raise ValidationError(f"there is no noise {name!r}; rows are {', '.join(NOISES)}")

    @functools.cached_property
    def recipe(self) -> Recipe:
        """The recipe of the main network."""
        recipe = dataclasses.replace(_RECIPES[self.dataset], validation=self.validation)
        if self.epochs is None:
            return recipe
        return dataclasses.replace(recipe, epochs=self.epochs, sharpen=0)

    def trial(self, name: str, seed: int = 0, **changes: Any) -> Trial:
        """The trial of a variant of the recipe, kept in a folder of its own.

        Parameters
        ----------
        name : str
            Name of the variant and of its folder.
        seed : int
            Seed of all random numbers.
        **changes : object
            Changed fields of the recipe.
        """
        recipe = dataclasses.replace(self.recipe, **changes)
        where = self.where / name.replace(" ", "-") / f"seed{seed}"
        return Trial(recipe, seed, where, self.n_images, self.progress)

    @property
    def where(self) -> Path:
        """Folder of this data set's networks, evaluations and tables."""
        return self.folder / (self.dataset + (SUFFIX if self.validation else ""))

    def relu(self, seed: int = 0) -> Trial:
        """The same network with rectified linear neurons.

        Parameters
        ----------
        seed : int
            Seed of all random numbers.
        """
        return self.trial("relu", seed, neuron="relu", noise=None, sharpen=0)

    def main(self, seed: int = 0) -> Trial:
        """The SoftLIF network with alpha-RC noise.

        Parameters
        ----------
        seed : int
            Seed of all random numbers.
        """
        return dataclasses.replace(self.noisy("alpha-RC 3 ms", seed), draws=self.draws)

    def noisy(self, noise: str, seed: int) -> Trial:
        """The SoftLIF network with one of the noises.

        Parameters
        ----------
        noise : str
            Name of the noise model.
        seed : int
            Seed of all random numbers.
        """
        return self.trial(noise, seed, noise=NOISES[noise])

    @property
    def spiking(self) -> tuple[float, float, float]:
        """``(tau_s, t_c, t_p)`` of the row "LIF SNN"."""
        return _SPIKING.get(self.dataset, (0.003, 0.06, 0.15))

    def jobs(self, table: str) -> list[Job]:
        """What has to be computed for one of `TABLES`.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        if table == "errors":
            return self.relu().jobs() + self.main().jobs((self.spiking,), CHECKED)
        if table == "ablation":
            return ablation_jobs(self)
        if table == "trade-off":
            return self.main().jobs(tuple(self.trade_off_protocols()))
        trials = [self.noisy(noise, s) for s in range(self.seeds) for noise in self.noises]
        return [job for trial in trials for job in trial.jobs(PROTOCOLS)]

    def table(self, table: str) -> Grid:
        """One of `TABLES`, published next to measured.

        Parameters
        ----------
        table : str
            One of `TABLES`.
        """
        if table not in TABLES:
            raise ValidationError(f"there is no table {table!r}; expected one of {TABLES}")
        if table == "noise":
            published = NOISE if self.dataset == "cifar10" and not self.validation else {}
            return noise_table(self, PROTOCOLS, published)
        make = {"errors": errors_table, "ablation": ablation_table, "trade-off": trade_off_table}
        return make[table](self)

    def trade_off_protocols(self) -> dict[tuple[float, float, float], tuple[Any, Any]]:
        """Protocols of the trade-off with published error and efficiency, where there are any."""
        found = TRADE_OFF.get(self.dataset)
        if found is None or self.validation:
            return dict.fromkeys(found or PROTOCOLS, (None, None))
        return dict(found)

    @property
    def published_errors(self) -> tuple[float | None, float | None, float | None]:
        """The paper's errors for this data set; none beside images that are no test images."""
        none = (None, None, None)
        return none if self.validation else ERRORS.get(self.dataset, none)

    @property
    def n_published(self) -> int:
        """Test images that published errors were measured on."""
        return _TEST_IMAGES.get(self.dataset, 10_000)

    @property
    def data_name(self) -> str:
        """The data set, for titles."""
        return f"{self.dataset}, held-out training images" if self.validation else self.dataset

    def networks(self) -> str:
        """How many networks a mean is taken over, in words."""
        return counted(self.seeds, "training")

    def how(self) -> tuple[str, ...]:
        """How the networks were trained, tested and chosen, for the notes."""
        images = "all" if self.n_images is None else f"{self.n_images} random"
        kind = "held-out training" if self.validation else "test"
        how = f"{self.recipe.network}, {self.recipe.epochs} epochs; {images} {kind} images"
        chosen = () if self.validation else _CHOSEN.get(self.dataset, ())
        return (how, *chosen)
