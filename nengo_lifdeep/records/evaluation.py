"""How well one network did under one protocol."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..html_card import html_card
from ..presentation import Presentation
from ..storage import damage_reported, grouped, read_record, write_record
from .spikes import SpikeRecord

__all__ = ["Evaluation", "wilson_interval"]


def wilson_interval(successes: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Interval of a share of ``n`` trials (Wilson 1927), at 95 % by default.

    Examples
    --------
    >>> low, high = wilson_interval(99, 100)
    >>> round(low, 3), round(high, 3)
    (0.946, 0.998)
    """
    p = successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


#: with fewer classes five guesses are no achievement
_CLASSES_FOR_TOP5 = 100


@dataclasses.dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions of a network for labelled images, with accuracy, firing rates and spike counts.

    Parameters
    ----------
    simulator, model, data : str
        Names of the simulator, the network and the images.
    presentation : Presentation or None
        Timing; None where there is no time.
    labels, predictions : (n_images,) arrays of int
        True and given classes.
    classes : tuple of str
        Names of the classes.
    accuracy_grid : array or None
        Accuracy for every ``t_c`` and ``t_p``; see `SpikeRecord.accuracy_grid`.
    layer_rates : dict of str to float
        Mean rate of each population, in Hz.
    layer_spikes : dict of str to float
        Mean spikes per image of each population; empty without spikes.
    mean_rate : float
        Mean firing rate over all neurons of the network, in Hz.
    agreement : float or None
        Share of images with the rate network's answer.
    rate_accuracy : float or None
        The rate network's accuracy on the same images.
    seconds : float
        Wall-clock time of the run, in seconds.
    n_asked : int
        Images the run was asked for.
    notes : tuple of str
        What the reader of the numbers must know.
    top5_accuracy : float or None
        Share of images whose class is among the five best; None below 100 classes.
    command : str
        What was typed to run it; empty in a notebook.
    """

    simulator: str
    model: str
    data: str
    presentation: Presentation | None
    labels: np.ndarray
    predictions: np.ndarray
    classes: tuple[str, ...]
    accuracy_grid: np.ndarray | None
    layer_rates: Mapping[str, float]
    layer_spikes: Mapping[str, float]
    mean_rate: float
    agreement: float | None = None
    rate_accuracy: float | None = None
    seconds: float = 0.0
    n_asked: int = 0
    notes: tuple[str, ...] = ()
    top5_accuracy: float | None = None
    command: str = ""

    @classmethod
    def of(
        cls,
        record: SpikeRecord,
        labels: np.ndarray,
        *,
        classes: tuple[str, ...] = (),
        data: str = "images",
        rate_predictions: np.ndarray | None = None,
        command: str = "",
    ) -> Evaluation:
        """Judge a record against the true labels.

        Parameters
        ----------
        record : SpikeRecord
            What a simulator returned.
        labels : (n_images,) array of int
            True classes of the images, in the record's order.
        classes : tuple of str
            Names of the classes; numbers by default.
        data : str
            Name of the images.
        rate_predictions : (n_images,) array of int, optional
            The rate network's answers to the same images.
        command : str
            What was typed to run it.

        Raises
        ------
        ValidationError
            If there are fewer labels than images in the record.
        """
        n = record.n_images
        if n == 0:
            raise ValidationError("the record holds no finished image; nothing can be judged")
        if len(labels) < n:
            raise ValidationError(f"{len(labels)} labels for the record's {n} images")
        labels = np.asarray(labels[:n])
        answers = record.predictions()
        rate = None if rate_predictions is None else rate_predictions[:n]
        return cls(
            simulator=record.simulator,
            model=record.model,
            data=data,
            presentation=record.presentation,
            labels=labels,
            predictions=answers,
            classes=classes or tuple(map(str, range(record.outputs.shape[2]))),
            accuracy_grid=None if record.presentation is None else record.accuracy_grid(labels),
            layer_rates={k: float(v.mean()) for k, v in record.layer_rates.items()},
            layer_spikes={k: float(v.mean()) for k, v in record.image_spikes.items()},
            mean_rate=record.mean_rate,
            agreement=None if rate is None else float((answers == rate).mean()),
            rate_accuracy=None if rate is None else float((labels == rate).mean()),
            seconds=record.seconds,
            n_asked=record.n_asked,
            notes=record.notes,
            top5_accuracy=_top5(record.scores(), labels),
            command=command,
        )

    @property
    def n_images(self) -> int:
        """Number of images judged."""
        return len(self.labels)

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float((self.predictions == self.labels).mean())

    @property
    def error(self) -> float:
        """Error in percent, as the papers print it."""
        return 100.0 * (1.0 - self.accuracy)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy (binomial, Wilson)."""
        return wilson_interval(float((self.predictions == self.labels).sum()), self.n_images)

    @property
    def confusion(self) -> np.ndarray:
        """Counts, shape ``(true class, given class)``."""
        n = len(self.classes)
        matrix = np.zeros((n, n), dtype=np.int64)
        np.add.at(matrix, (self.labels, self.predictions), 1)
        return matrix

    @property
    def spikes_per_image(self) -> float | None:
        """Mean spikes of the whole network per image; None without spikes."""
        return sum(self.layer_spikes.values()) if self.layer_spikes else None

    def summary(self) -> dict[str, Any]:
        """The figures that fit into one row of a table, JSON-ready."""
        low, high = self.interval
        timing = None if self.presentation is None else self.presentation.to_dict()
        return {
            "model": self.model,
            "data": self.data,
            "simulator": self.simulator,
            "presentation": timing,
            "n_images": self.n_images,
            "n_asked": self.n_asked,
            "error_percent": self.error,
            "error_interval_percent": [100 * (1 - high), 100 * (1 - low)],
            "top5_error_percent": None
            if self.top5_accuracy is None
            else 100 * (1 - self.top5_accuracy),
            "rate_error_percent": None
            if self.rate_accuracy is None
            else 100 * (1 - self.rate_accuracy),
            "agreement_percent": None if self.agreement is None else 100 * self.agreement,
            "mean_rate_hz": self.mean_rate,
            "layer_rates_hz": dict(self.layer_rates),
            "spikes_per_image": self.spikes_per_image,
            "layer_spikes_per_image": dict(self.layer_spikes),
            "seconds": self.seconds,
            "notes": list(self.notes),
            "command": self.command or None,
        }

    def to_json(self) -> str:
        """`summary` as JSON text."""
        return json.dumps(self.summary(), indent=2)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        low, high = self.interval
        rates = ", ".join(f"{k} {v:.1f}" for k, v in self.layer_rates.items())
        beside = None if self.rate_accuracy is None else f"{100 - 100 * self.rate_accuracy:.2f} %"
        spikes = None if self.spikes_per_image is None else f"{self.spikes_per_image:,.0f}"
        return html_card(
            f"{self.model} in {self.simulator}: {100 * self.accuracy:.2f} % right",
            [
                ("images", f"{self.n_images:,} of {self.data}"),
                ("error", f"{self.error:.2f} % (95 %: {100 - 100 * high:.2f} to "
                          f"{100 - 100 * low:.2f})"),
                ("error in rates", beside),
                ("presentation", self.presentation),
                ("rates [Hz]", rates or None),
                ("spikes per image", spikes),
            ],
        )  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically; it loads without TensorFlow. Returns its path."""
        skip = {"labels", "predictions", "accuracy_grid", "presentation"}
        header = {
            f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in skip
        }
        header["presentation"] = None if self.presentation is None else self.presentation.to_dict()
        arrays = {"run/labels": self.labels, "run/predictions": self.predictions}
        if self.accuracy_grid is not None:
            arrays["run/accuracy_grid"] = self.accuracy_grid
        return write_record(path, "Evaluation", header, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Evaluation:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer."""
        header, arrays = read_record(path, "Evaluation")
        with damage_reported(path):
            timing = header.pop("presentation")
            for name in ("classes", "notes"):
                header[name] = tuple(header[name])
            run = grouped(arrays)["run"]
            return cls(
                presentation=None if timing is None else Presentation(**timing),
                labels=run["labels"],
                predictions=run["predictions"],
                accuracy_grid=run.get("accuracy_grid"),
                **header,
            )

    def __str__(self) -> str:
        low, high = self.interval
        text = (
            f"{self.model} on {self.data}, {self.simulator}: error {self.error:.2f} % "
            f"(95 %: {100 * (1 - high):.2f} to {100 * (1 - low):.2f}), {self.n_images} images"
        )
        if self.presentation is not None:
            text += f"; {self.presentation}"
        return text


def _top5(scores: np.ndarray, labels: np.ndarray) -> float | None:
    """Share of labels among the five largest scores, where that says something."""
    if scores.shape[1] < _CLASSES_FOR_TOP5:
        return None
    best = np.argpartition(scores, -5, axis=1)[:, -5:]
    return float((best == labels[:, np.newaxis]).any(axis=1).mean())
