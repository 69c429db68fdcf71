"""SoftLIF networks in cross-point arrays, with noise in neurons and devices, at last in spikes.

No paper has this: what does each noise cost, alone and together? Small images, so that every
combination can be trained several times.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from ...conversion.swap import convert
from ...datasets.base import Dataset
from ...evaluation.accuracy import evaluate
from ...evaluation.array_reads import through_arrays
from ...inputs.presentation import Presentation
from ...neurons import SoftLIF
from ...noise import AlphaRCNoise
from ...report.tables.grid import Column, Grid
from ...support.writing import write_text
from ...training import train
from ...weights import CrossPoint, Device, Pulses, Read
from ..trial import mean_and_spread

__all__ = ["ARRAYS", "DATASET", "EPOCHS", "NEURONS", "Noisy", "noisy", "spikes_table"]

#: Data set and network.
DATASET, NETWORK = "digits", "digits-compact"

_CLEAN, _ENDLESS = Read(0, None), Device(bound=None)
_NOISE, _BOUND = Read(noise_management=True), Read(bound_management=True)

#: What is noisy of the arrays; None for floats.
ARRAYS: dict[str, CrossPoint | None] = {
    "none: floats": None,
    "reads, managed; ideal update": CrossPoint(_ENDLESS, _BOUND, _NOISE, Pulses(None)),
    "devices, managed; clean reads": CrossPoint.managed(forward=_CLEAN, backward=_CLEAN),
    "reads and devices, managed": CrossPoint.managed(),
    "reads and devices, not managed": CrossPoint(),
}

#: Noise of the neurons while they are trained: that of spikes behind an alpha synapse.
NEURONS = {"none": None, "alpha-RC 3 ms": AlphaRCNoise(0.003)}

#: Chosen on held-out images; the same for all.
EPOCHS, _RATE, _BATCH = 16, 0.02, 10
_SHOWN = Presentation(tau_s=0.003, t_c=0.06, t_p=0.15)


@dataclasses.dataclass(frozen=True)
class Noisy:
    """One training.

    Parameters
    ----------
    arrays : str
        One of `ARRAYS`.
    neurons : str
        One of `NEURONS`.
    seed : int
        Of weights, devices and all noise.
    epochs : int
        Epochs.
    """

    arrays: str
    neurons: str
    seed: int
    epochs: int

    def result(self, where: Path) -> Path:
        """File with the errors.

        Parameters
        ----------
        where : Path
            Folder of the data set.
        """
        words = f"{self.arrays} {self.neurons}"
        name = "-".join("".join(c if c.isalnum() else " " for c in words).split())
        return where / "spikes" / f"{name}-seed{self.seed}-{self.epochs}-epochs.json"

    def run(self, data: Dataset, file: Path) -> None:
        """Train, and judge in rates, through the arrays and in spikes.

        Parameters
        ----------
        data : Dataset
            Images to learn from and to judge by.
        file : Path
            Where the errors go.
        """
        kind, test = ARRAYS[self.arrays], data.test
        kind = kind and dataclasses.replace(kind, seed=100 * self.seed)
        neuron = SoftLIF(0.022, 0.002, 0.02, 0.063, noise=NEURONS[self.neurons])
        trained = train(
            NETWORK, data.train, neuron=neuron, epochs=self.epochs, batch_size=_BATCH,
            optimizer="sgd", learning_rate=_RATE, weights=kind, seed=self.seed, progress=False,
        )  # fmt: skip
        scores = through_arrays(trained, test.unit_images(), seed=self.seed)
        spiking = evaluate(convert(trained), test, presentation=_SHOWN, progress=False)
        found = {
            "rates": evaluate(trained, test, progress=False).error,
            "arrays": 100 * float(np.mean(scores.argmax(axis=1) != test.labels)),
            "spikes": spiking.error,
            "n_images": len(test),
        }
        write_text(file, json.dumps(found))


def noisy(seeds: int, epochs: int | None = None) -> list[Noisy]:
    """All trainings of the table.

    Parameters
    ----------
    seeds : int
        Trainings of each row.
    epochs : int, optional
        Instead of `EPOCHS`.
    """
    return [
        Noisy(arrays, neurons, seed, epochs or EPOCHS)
        for seed in range(seeds)
        for arrays in ARRAYS
        for neurons in NEURONS
    ]


def spikes_table(trainings: list[Noisy], where: Path) -> Grid:
    """Means over seeds, and what each noise costs in spikes.

    Parameters
    ----------
    trainings : list of Noisy
        What `noisy` gave.
    where : Path
        Folder of the data set.
    """
    found = {
        training: json.loads(training.result(where).read_text(encoding="utf-8"))
        for training in trainings
    }
    rows: list[dict[str, Any]] = []
    for arrays in ARRAYS:
        for neurons in NEURONS:
            own = [
                each
                for training, each in found.items()
                if (training.arrays, training.neurons) == (arrays, neurons)
            ]
            spikes, spread = mean_and_spread([each["spikes"] for each in own])
            rows.append({
                "arrays": arrays, "neurons": neurons,
                "rates": float(np.mean([each["rates"] for each in own])),
                "through": float(np.mean([each["arrays"] for each in own])),
                "spikes": spikes, "spread": spread,
                "cost": spikes - (rows[0]["spikes"] if rows else spikes),
                "seeds": len(own), "n_images": own[0]["n_images"],
            })  # fmt: skip
    columns = (
        Column("arrays", "noise in the arrays"),
        Column("neurons", "noise in the neurons"),
        Column("rates", "in rates, held weights [%]", ".2f"),
        Column("through", "in rates, read through the arrays [%]", ".2f"),
        Column("spikes", "in spikes [%]", ".2f"),
        Column("spread", "spread over seeds", ".2f"),
        Column("cost", "cost in spikes [points]", "+.2f"),
        Column("seeds", "seeds"),
        Column("n_images", "images", ",.0f"),
    )
    notes = (
        f"{NETWORK}, {trainings[0].epochs} epochs, {_BATCH} images per step, learning rate "
        f"{_RATE:g}; initial weights: response; beyond the paper, so nothing is published",
        "in spikes the weights are what the devices hold, without noise of reads",
    )
    return Grid("Noise in neurons and in arrays, digits, in spikes", columns, tuple(rows), notes)
