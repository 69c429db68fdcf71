"""Errors, energies and times that others published for a set of images, each with its source."""

from __future__ import annotations

import dataclasses
import re

__all__ = ["FIGURES", "HUNSBERGER_2016", "LEE_2020", "Published", "published_for"]

_IN_PRINT = "the paper itself"
_ABSTRACT = "the paper's abstract"

#: quotes the paper's best figure of each data set
_FANG = "Fang et al. 2021, table 2"
_RENNER = "Renner et al. 2024 (Nature Communications, s41467-024-53827-9), table 1"
_QUOTED = "Hunsberger's papers and thesis, where it is quoted"


@dataclasses.dataclass(frozen=True)
class Published:
    """A published result of a spiking network on the test images of a set.

    Attributes
    ----------
    data : str
        Name of the set, as in `load`.
    work : str
        Whose.
    network : str
        What computed.
    error : float
        In percent.
    read_in : str
        Where the figure was read: in the paper itself, its abstract, or a table of others.
    device : str
        The chip that it was measured on; empty for simulations.
    joules : float or None
        Per image, measured.
    seconds : float or None
        Per image.
    """

    data: str
    work: str
    network: str
    error: float
    read_in: str
    device: str = ""
    joules: float | None = None
    seconds: float | None = None


#: Hunsberger & Eliasmith 2016 by data set: ReLU network, SoftLIF network, LIF network in spikes.
HUNSBERGER_2016 = {
    "mnist": (0.79, 0.84, 0.88),
    "svhn": (5.65, 5.79, 6.08),
    "cifar-10": (16.48, 16.28, 16.46),
    "cifar-100": (50.05, 44.35, 44.87),
}

#: Lee et al. 2020, the best of each data set, in spikes, as `Published.read_in` of these rows says.
LEE_2020 = {"mnist": 0.41, "cifar-10": 9.05}

_THEIRS = "Hunsberger & Eliasmith 2016 (arXiv 1611.05141)"
_LEE = "Lee et al. 2020, trained on spikes"
_TRUENORTH = "TrueNorth"

#: Every figure; what was only remembered or could not be traced is left out.
FIGURES: tuple[Published, ...] = (
    *(Published(name, _THEIRS, "LIF neurons, converted", spikes, _IN_PRINT)
      for name, (_, _, spikes) in HUNSBERGER_2016.items()),
    Published("mnist", _LEE, "convolutional", LEE_2020["mnist"], _FANG),
    Published("mnist", "Zambrano et al. 2017", "100,000 neurons", 0.44, _QUOTED),
    Published("mnist", "Renner 2024", "400-400-10", 3.7, _RENNER, "Loihi", 0.0025e-3, 0.17e-3),
    Published("mnist", "Lin 2018", "1920-10", 3.6, _RENNER, "Loihi", 0.0128e-3),
    Published("mnist", "Shrestha 2021", "CNN-CNN-100-10", 5.3, _RENNER, "Loihi", 2.47e-3, 10e-3),
    Published("mnist", "Stromatias 2015", "784-500-500-10", 5.0, _RENNER, "SpiNNaker", 3.3e-3,
              11e-3),
    Published("mnist", "Esser 2015", "CNN of 512 neurons", 7.3, _RENNER, "TrueNorth", 0.00027e-3,
              1e-3),
    Published("mnist", "Esser 2015", "CNN of 3840 neurons", 0.6, _RENNER, "TrueNorth", 0.108e-3,
              1e-3),
    Published("mnist", "Göltz 2019", "256-246-10", 3.1, _RENNER, "BrainScaleS-2", 0.0084e-3,
              0.048e-3),
    Published("mnist", "Frenkel 2020", "CNN-10", 2.5, _RENNER, "SPOON", 0.000313e-3, 0.12e-3),
    Published("cifar-10", _LEE, "convolutional", LEE_2020["cifar-10"], _FANG),
    Published("cifar-10", "NxTF (arXiv 2101.04261)", "MobileNet, converted", 8.52, _ABSTRACT,
              "Loihi"),
    Published("cifar-10", "Zambrano et al. 2017", "270,000 neurons", 10.14, _QUOTED),
    Published("cifar-10", _TRUENORTH, "1,000,000 neurons, one chip", 16.59, _QUOTED, "TrueNorth"),
    Published("cifar-10", _TRUENORTH, "8,000,000 neurons, 8 chips", 10.68, _QUOTED, "TrueNorth"),
    Published("cifar-10", "arXiv 2506.01968", "ResNet-18, two steps", 5.25, _ABSTRACT),
    Published("cifar-10", "STAA-SNN (arXiv 2503.02689)", "trained on spikes", 2.86, _ABSTRACT),
    Published("cifar-10", "PMSM (arXiv 2508.14520)", "ViT-S, neurons of many levels, one step",
              1.5, _ABSTRACT),
    Published("cifar-100", "STAA-SNN (arXiv 2503.02689)", "trained on spikes", 17.95, _ABSTRACT),
    Published("cifar-100", "PMSM (arXiv 2508.14520)", "ViT-S, neurons of many levels, one step",
              10.7, _ABSTRACT),
)  # fmt: skip

#: how `of_a_known_set` names test images, all of them or a sample
_TESTED = re.compile(r"([\w-]+)'s test images\b")


def published_for(data: str) -> tuple[Published, ...]:
    """What is published for the set that an evaluation's images are from.

    Held-out images and sets without figures have none.

    Parameters
    ----------
    data : str
        `Evaluation.data`, or the name of a set.

    Examples
    --------
    >>> rows = published_for("cifar-10's test images (100 of 10,000 at random)")
    >>> rows[0].work, rows[0].error
    ('Hunsberger & Eliasmith 2016 (arXiv 1611.05141)', 16.46)
    >>> published_for("held-out images of mnist's training images")
    ()
    """
    found = _TESTED.match(data)
    name = data if found is None else found[1]
    return tuple(figure for figure in FIGURES if figure.data == name)
