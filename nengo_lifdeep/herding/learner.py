"""`SpikingMLP`: a network of herding neurons that learns from a stream, image by image."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError, TrainingError, ValidationError
from ..support.checks import seed as a_seed
from ..support.checks import shown, whole, word
from ..support.checks.arrays import checked_array
from ..support.files import damage_reported, write_record
from ..support.words.counted import counted
from . import readable
from .compiled.record import Record
from .given import (
    MOST_SPIKES,
    checked_record,
    checked_sizes,
    image_rows,
    target_rows,
    weight_matrices,
)
from .method import Herding
from .relu import descend, scores
from .stored import KIND, read_network

__all__ = ["SpikingMLP"]

_DRAWS = 7  # one seed, separate streams of random numbers
_AT_ONCE = 500  # images between two looks at the keyboard


class SpikingMLP:
    """A spiking multi-layer perceptron (O'Connor & Welling 2016): dense layers without bias.

    What it holds is of one size, however much it has seen.

    Parameters
    ----------
    sizes : sequence of int
        Units of the input and of each layer; the last are the classes, or the values.
    method : Herding, optional
        Steps, rule, order, resets and numbers.
    learning_rate : float
        Step along the gradient of half the squared error.
    weights : sequence of (in, out) array, optional
        Of each layer; by default the authors', normal with a deviation of 0.01.
    seed : int
        For those, and for random resets.
    engine : {"compiled", "readable"}
        Numba, or the same in NumPy.

    Raises
    ------
    TrainingError, ValidationError, DataError
        If an argument is not as described.

    Examples
    --------
    >>> images, labels = np.eye(4), np.arange(4) % 2
    >>> mlp = SpikingMLP((4, 2), weights=[np.zeros((4, 2))], engine="readable")
    >>> for _ in range(25):
    ...     _ = mlp.partial_fit(images, labels)
    >>> mlp.predict(images).tolist(), mlp.n_seen
    ([0, 1, 0, 1], 100)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        method: Herding | None = None,
        learning_rate: float = 0.01,
        weights: Sequence[np.ndarray] | None = None,
        seed: int = 0,
        engine: str = "compiled",
    ) -> None:
        self.sizes = checked_sizes(sizes)
        self.method = Herding() if method is None else method
        if not isinstance(self.method, Herding):
            raise TrainingError(f"method is {shown(method)}; expected Herding(...)")
        self.seed = a_seed(seed, "seed")
        self.engine = word("compiled", "readable")(engine, "engine")
        self.n_seen = 0
        self.learning_rate = learning_rate
        self._numbers = self.method.numbers(learning_rate)
        most = self._largest(self.method.n_steps or 1)
        matrices = weight_matrices(weights, self.sizes, self.seed, most)
        self._weights = self._scaled(np.concatenate([matrix.ravel() for matrix in matrices]))
        self._units = np.zeros(sum(self.sizes), self.method.dtype)
        self._back = np.zeros_like(self._units)

    def _largest(self, n_steps: int) -> float:
        """Largest weight, in spikes, whose sums over so many steps fit the numbers."""
        if not self.method.is_integer:
            return MOST_SPIKES
        most = 2.0**62 / (self.spike * n_steps * max(self.sizes))
        if most < 1:
            raise TrainingError(
                f"integers of 64 bits do not hold the sums of {n_steps} steps at learning_rate "
                f"{self.learning_rate:g}; choose fewer steps, a larger rate, or dtype='float64'"
            )
        return min(MOST_SPIKES, most)

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        """Values in units of the smallest change of a weight, in the order of C."""
        if self.method.n_steps is not None:
            values = values * self.spike
            values = np.rint(values) if self.method.is_integer else values
        return np.ascontiguousarray(values, self.method.dtype)

    @property
    def weights(self) -> list[np.ndarray]:
        """Copies of the weights of each layer, ``(in, out)`` arrays of float64."""
        worth = 1.0 if self.method.n_steps is None else float(self._numbers[0])
        return [
            w.astype(np.float64) / worth for w in readable.matrices_of(self._weights, self.sizes)
        ]

    @property
    def spike(self) -> float:
        """What a spike is worth, in the units of a record's ``drive`` and ``outputs``."""
        return float(self._numbers[0])

    @property
    def residues(self) -> dict[str, np.ndarray]:
        """Potentials in spikes, ``units`` and ``back``: what the next image may start from."""
        worth = float(self._numbers[0])
        return {name: getattr(self, f"_{name}").astype(np.float64) / worth
                for name in ("units", "back")}  # fmt: skip

    def set_residues(self, units: np.ndarray, back: np.ndarray) -> None:
        """Give potentials that `residues` returned.

        Parameters
        ----------
        units, back : (unit,) array
            In spikes, of the input and of each layer.
        """
        for name, given in (("units", units), ("back", back)):
            array = checked_array(given, name, low=-MOST_SPIKES, high=MOST_SPIKES)
            if array.shape != self._units.shape:
                raise ValidationError(
                    f"{name} has shape {array.shape}; expected {self._units.shape}"
                )
            setattr(self, f"_{name}", self._scaled(array).copy())

    def partial_fit(self, images: Any, targets: Any, record: Record | None = None) -> SpikingMLP:
        """Learn from images one after the other, once each.

        Parameters
        ----------
        images : (image, ...) array
            Of as many numbers as there are inputs; uint8, or floats (usually in [0, 1]).
        targets : (image,) array of int, or (image, output) array
            Labels, or values.
        record : Record, optional
            Where to write what is counted.

        Returns
        -------
        SpikingMLP
            Itself.

        Raises
        ------
        DataError
            If images and labels do not fit the network.
        ValidationError
            If the record does not fit them.
        TrainingError
            If a layer fires more than 32 times its units in a step, by large images or weights
            that have grown. Some of that image has been learned: go on from a saved network.
        """
        rows, aims = image_rows(images, self.sizes[0]), target_rows(targets, self.sizes[-1])
        if len(rows) != len(aims):
            raise DataError(
                f"{counted(len(rows), 'image')} and {counted(len(aims), 'label')}; expected one "
                "each"
            )
        if record is not None:
            steps = self.method.n_steps or 0
            record = checked_record(record, len(rows), self.sizes, self.method.dtype, steps)
        for start in range(0, len(rows), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            self._learn(rows[part], aims[part], _part_of(record, part))
        return self

    def _learn(self, images: np.ndarray, aims: np.ndarray, record: Record | None) -> None:
        if self.method.n_steps is None:
            matrices = readable.matrices_of(self._weights, self.sizes)
            shown, kind = images.astype(self.method.dtype), self.method.dtype
            with np.errstate(over="ignore", invalid="ignore"):  # said below
                drive = descend(shown, aims.astype(kind), matrices, self.learning_rate)
            done = np.isfinite(drive).all(axis=1).sum()
            if record is not None:
                record.drive[:] = drive
        else:
            record = record or self.empty_record(len(images))
            done = self._herd(images, self._scaled(aims), self._weights, self._units, self._back,
                              record)  # fmt: skip
        self.n_seen += int(done)
        if done < len(images):
            raise self._beyond(images[done], self.n_seen)

    def _beyond(self, image: np.ndarray, number: int) -> TrainingError:
        """What is said of an image that a layer answers by more spikes than there is room for."""
        sums = "sums grow" if self.method.n_steps is None else "the network fires"
        return TrainingError(
            f"image {number}: {sums} without end. Its pixels are up to {np.abs(image).max():.3g} "
            f"and weights up to {max(np.abs(w).max() for w in self.weights):.3g} in size, "
            f"learning_rate is {self.learning_rate:g}: give pixels from 0 to 1, or choose a "
            "smaller learning_rate"
        )

    def _herd(
        self, images: np.ndarray, aims: np.ndarray, weights: np.ndarray, units: np.ndarray,
        back: np.ndarray, record: Record, choices: Any = None,
    ) -> int:  # fmt: skip
        choices = choices or self.method.choices
        if self.engine == "compiled":
            from .compiled.kernels import herd
        else:
            from .readable import herd
        draws = self._draws(len(images), choices)
        return int(herd(self._scaled(images), aims, draws, np.array(self.sizes), weights, units,
                        back, self._numbers, choices, record))  # fmt: skip

    def _draws(self, n: int, choices: Any) -> np.ndarray:
        if 2 not in (choices.forward_reset, choices.backward_reset):
            return np.zeros((0, 0), self.method.dtype)
        size = 2 * len(self._units)
        drawn = [np.random.default_rng((self.seed, _DRAWS, self.n_seen + i)).random(size) - 0.5
                 for i in range(n)]  # fmt: skip
        return self._scaled(np.array(drawn).reshape(n, size))

    def empty_record(self, n: int, n_steps: int = 0, counts: bool = False) -> Record:
        """Room for what a run counts.

        Parameters
        ----------
        n : int
            Images.
        n_steps : int
            Steps whose outputs are kept.
        counts : bool
            Whether every unit's counts are kept.
        """
        n, n_steps = whole(0)(n, "n"), whole(0, 100_000)(n_steps, "n_steps")
        return Record.empty(n, self.sizes, np.dtype(self.method.dtype), n_steps, counts)

    def show(self, images: Any, n_steps: int | None = None, record: Record | None = None) -> Record:
        """Run images without learning, each from potentials of zero.

        Parameters
        ----------
        images : (image, ...) array
            As for `partial_fit`.
        n_steps : int, optional
            Steps; those of the training by default.
        record : Record, optional
            Where to write; by default the outputs after every step are kept.

        Returns
        -------
        Record
            In spikes: ``drive`` and ``outputs`` are divided by what a spike is worth.
        """
        rows = image_rows(images, self.sizes[0])
        if self.method.n_steps is None and n_steps is None:
            raise ValidationError("a network without steps (n_steps=None) shows images in n_steps")
        steps = whole(1, 100_000)(self.method.n_steps if n_steps is None else n_steps, "n_steps")
        if self.method.n_steps is None:
            method = Herding(dtype=self.method.dtype)
            other = SpikingMLP(self.sizes, method=method, weights=self.weights, engine=self.engine)
            return other.show(images, steps, record)
        self._largest(steps)
        record = record or self.empty_record(len(rows), steps)
        record = checked_record(record, len(rows), self.sizes, self.method.dtype, steps)
        choices = self.method.choices._replace(n_steps=steps, forward_reset=0)
        units = np.zeros_like(self._units)
        done = self._herd(rows, rows[:0], self._weights, units, self._back, record, choices)
        if done < len(rows):
            raise self._beyond(rows[done], done)
        return record._replace(drive=record.drive / self.spike, outputs=record.outputs / self.spike)

    def scores(self, images: Any, n_steps: int | None = None) -> np.ndarray:
        """Mean drive of the outputs over all steps, ``(image, output)``.

        Parameters
        ----------
        images : (image, ...) array
            As for `partial_fit`.
        n_steps : int, optional
            Steps; those of the training by default.
        """
        rows = image_rows(images, self.sizes[0])
        if self.method.n_steps is None and n_steps is None:
            matrices = readable.matrices_of(self._weights, self.sizes)
            return scores(rows.astype(self.method.dtype), matrices)
        steps = whole(1, 100_000)(self.method.n_steps if n_steps is None else n_steps, "n_steps")
        return np.asarray(self.show(rows, steps, self.empty_record(len(rows))).drive / steps)

    def predict(self, images: Any, n_steps: int | None = None) -> np.ndarray:
        """Classes of the largest mean drive, ``(image,)``.

        Parameters
        ----------
        images : (image, ...) array
            As for `partial_fit`.
        n_steps : int, optional
            Steps; those of the training by default.
        """
        return self.scores(images, n_steps).argmax(axis=1)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all there is to one file, which is replaced atomically.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        ModelFileError
            If it cannot be written; a file that was there is intact.
        TrainingError
            If weights have grown beyond all numbers.
        """
        if not np.isfinite(self._weights.sum()):
            raise TrainingError(
                f"cannot save to {path}: weights have grown beyond all numbers; go on from "
                "the file saved before, with a smaller learning_rate"
            )
        header = {
            "sizes": list(self.sizes), "method": self.method.to_dict(), "n_seen": self.n_seen,
            "learning_rate": float(self.learning_rate), "seed": self.seed,
        }  # fmt: skip
        arrays = {"weights": self._weights, "units": self._units, "back": self._back}
        return write_record(path, KIND, header, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str], engine: str = "compiled") -> SpikingMLP:
        """The network of a file, which goes on as if it had never stopped.

        Parameters
        ----------
        path : path-like
            What `save` wrote.
        engine : {"compiled", "readable"}
            Numba, or the same in NumPy.

        Raises
        ------
        ModelFileError
            If there is no such file, or it is damaged.
        """
        engine = word("compiled", "readable")(engine, "engine")
        settings, arrays, n_seen = read_network(path)
        with damage_reported(path):
            found = cls(**settings, engine=engine)
        for name, array in arrays.items():
            setattr(found, f"_{name}", array.copy())
        found.n_seen = n_seen
        return found


def _part_of(record: Record | None, part: slice) -> Record | None:
    """Rows of a record, of some images."""
    if record is None:
        return None
    kept = ("totals", "room")
    rows = {name: getattr(record, name)[part] for name in record._fields if name not in kept}
    return record._replace(**rows)
