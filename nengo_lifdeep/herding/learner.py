"""`SpikingMLP`: a network of herding neurons that learns from a stream, image by image."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError, ModelFileError, TrainingError, ValidationError
from ..support.checks import seed as a_seed
from ..support.checks import whole, word
from ..support.checks.arrays import checked_array
from ..support.files import read_record, write_record
from . import readable
from .compiled.record import Record
from .method import Herding
from .relu import descend, scores

__all__ = ["SpikingMLP"]

_DRAWS = 7  # one seed, separate streams of random numbers
_AT_ONCE = 500  # images between two looks at the keyboard
_SCALE_OF_WEIGHTS = 0.01  # the authors'


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
        self.sizes = tuple(whole(1)(n, "sizes: number of units") for n in sizes)
        if len(self.sizes) < 2:
            raise ValidationError(
                f"sizes are {self.sizes}; expected those of the input and of one layer or more"
            )
        self.method = Herding() if method is None else method
        if not isinstance(self.method, Herding):
            raise TrainingError(f"method is {self.method!r}; expected Herding(...)")
        self.seed = a_seed(seed, "seed")
        self.engine = word("compiled", "readable")(engine, "engine")
        self.n_seen = 0
        self.learning_rate = learning_rate
        self._numbers = self.method.numbers(learning_rate)
        self._weights = self._scaled(np.concatenate([
            matrix.ravel() for matrix in self._checked(weights)
        ]))  # fmt: skip
        self._units = np.zeros(sum(self.sizes), self.method.dtype)
        self._back = np.zeros_like(self._units)

    def _checked(self, weights: Sequence[np.ndarray] | None) -> list[np.ndarray]:
        shapes = list(zip(self.sizes[:-1], self.sizes[1:], strict=True))
        if weights is None:
            rng = np.random.default_rng(self.seed)
            return [rng.standard_normal(shape) * _SCALE_OF_WEIGHTS for shape in shapes]
        given = [checked_array(w, f"weights[{i}]") for i, w in enumerate(weights)]
        if [w.shape for w in given] != shapes:
            raise ValidationError(
                f"weights have shapes {[w.shape for w in given]}; expected {shapes} (in, out)"
            )
        return [w.astype(np.float64) for w in given]

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        """Values in units of the smallest change of a weight."""
        if self.method.n_steps is None:
            return values.astype(self.method.dtype)
        values = values * float(self._numbers[0])
        return (np.rint(values) if self.method.is_integer else values).astype(self.method.dtype)

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
            array = checked_array(given, name)
            if array.shape != self._units.shape:
                raise ValidationError(
                    f"{name} has shape {array.shape}; expected {self._units.shape}"
                )
            setattr(self, f"_{name}", self._scaled(array))

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
        TrainingError
            If weights have grown so that a layer fires 32 times its units in a step.
        """
        shown, aims = self.flat(images), self.aims(targets)
        if len(shown) != len(aims):
            raise DataError(f"{len(shown)} images and {len(aims)} labels; expected one each")
        for start in range(0, len(shown), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            self._learn(shown[part], aims[part], _part_of(record, part))
        return self

    def _learn(self, images: np.ndarray, aims: np.ndarray, record: Record | None) -> None:
        if self.method.n_steps is None:
            matrices = readable.matrices_of(self._weights, self.sizes)
            shown, kind = images.astype(self.method.dtype), self.method.dtype
            drive = descend(shown, aims.astype(kind), matrices, self.learning_rate)
            if not np.isfinite(drive).all():
                raise self._grown(self.n_seen)
            if record is not None:
                record.drive[:] = drive
        else:
            record = record or self.empty_record(len(images))
            done = self._herd(images, self._scaled(aims), self._weights, self._units, self._back,
                              record)  # fmt: skip
            if done < len(images):
                raise self._grown(self.n_seen + done)
        self.n_seen += len(images)

    def _grown(self, image: int) -> TrainingError:
        return TrainingError(
            f"image {image} of the stream: the network fires without end, as its weights have "
            f"grown; learning_rate is {self.learning_rate:g}, choose a smaller one"
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
        shown = self.flat(images)
        if self.method.n_steps is None and n_steps is None:
            raise ValidationError("a network without steps (n_steps=None) shows images in n_steps")
        steps = self.method.n_steps if n_steps is None else whole(1, 100_000)(n_steps, "n_steps")
        assert steps is not None
        if self.method.n_steps is None:
            other = SpikingMLP(self.sizes, weights=self.weights, engine=self.engine)
            return other.show(images, steps, record)
        record = record or self.empty_record(len(shown), steps)
        choices = self.method.choices._replace(n_steps=steps, forward_reset=0)
        units = np.zeros_like(self._units)
        done = self._herd(shown, shown[:0], self._weights, units, self._back, record, choices)
        if done < len(shown):
            raise self._grown(done)
        worth = float(self._numbers[0])
        return record._replace(drive=record.drive / worth, outputs=record.outputs / worth)

    def scores(self, images: Any, n_steps: int | None = None) -> np.ndarray:
        """Mean drive of the outputs over all steps, ``(image, output)``.

        Parameters
        ----------
        images : (image, ...) array
            As for `partial_fit`.
        n_steps : int, optional
            Steps; those of the training by default.
        """
        if self.method.n_steps is None and n_steps is None:
            kind = self.method.dtype
            shown = self.flat(images).astype(kind)
            return scores(shown, readable.matrices_of(self._weights, self.sizes))
        n = len(self.flat(images))
        steps = self.method.n_steps if n_steps is None else whole(1, 100_000)(n_steps, "n_steps")
        assert steps is not None
        return np.asarray(self.show(images, steps, self.empty_record(n)).drive / steps)

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

    def flat(self, images: Any) -> np.ndarray:
        """Images as rows of the network's input.

        Parameters
        ----------
        images : (image, ...) array
            As for `partial_fit`.
        """
        array = checked_array(images, "images", error=DataError)
        if array.ndim < 2 or int(np.prod(array.shape[1:])) != self.sizes[0]:
            raise DataError(
                f"images have shape {array.shape}; expected (image, ...) with {self.sizes[0]} "
                "numbers each"
            )
        flat = array.reshape(len(array), -1)
        return flat / np.float32(255) if flat.dtype == np.uint8 else flat

    def aims(self, targets: Any) -> np.ndarray:
        """Labels as rows of 0 and 1, or values, ``(image, output)``.

        Parameters
        ----------
        targets : (image,) array of int, or (image, output) array
            As for `partial_fit`.
        """
        array, n_out = checked_array(targets, "targets", error=DataError), self.sizes[-1]
        if array.ndim == 1 and np.issubdtype(array.dtype, np.integer):
            if len(array) and not 0 <= array.min() <= array.max() < n_out:
                raise DataError(
                    f"labels are {array.min()} to {array.max()}; expected 0 to {n_out - 1}"
                )
            return np.eye(n_out)[array]
        if array.ndim != 2 or array.shape[1] != n_out:
            raise DataError(
                f"targets have shape {array.shape} ({array.dtype}); expected labels (image,) of "
                f"int, or values (image, {n_out})"
            )
        return array

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
        """
        header = {
            "sizes": list(self.sizes), "method": self.method.to_dict(), "n_seen": self.n_seen,
            "learning_rate": float(self.learning_rate), "seed": self.seed,
        }  # fmt: skip
        arrays = {"weights": self._weights, "units": self._units, "back": self._back}
        return write_record(path, "SpikingMLP", header, arrays)

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
        header, arrays = read_record(path, "SpikingMLP")
        try:
            found = cls(
                header["sizes"], method=Herding(**header["method"]), seed=header["seed"],
                learning_rate=header["learning_rate"], engine=engine,
            )  # fmt: skip
            for name in ("weights", "units", "back"):
                own, array = getattr(found, f"_{name}"), arrays[name]
                if (own.shape, own.dtype) != (array.shape, array.dtype):
                    raise ValueError(f"{name} is {array.dtype} of shape {array.shape}")
                own[:] = array
            found.n_seen = whole(0)(header["n_seen"], "n_seen")
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(
                f"{path} is damaged ({error}); restore a copy, or begin again"
            ) from error
        return found


def _part_of(record: Record | None, part: slice) -> Record | None:
    """Rows of a record, of some images."""
    if record is None:
        return None
    kept = ("totals", "room")
    rows = {name: getattr(record, name)[part] for name in record._fields if name not in kept}
    return record._replace(**rows)
