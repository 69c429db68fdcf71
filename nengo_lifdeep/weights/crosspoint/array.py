"""One cross-point array: its devices, their weights, and the three products of training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ValidationError
from ...support.checks import checked, instance, real, shown, whole, word
from ...support.checks.arrays import checked_numbers
from .kind import CrossPoint
from .pulses import pulsed
from .reads import read

__all__ = ["CrossPointArray", "engine_of"]

_RNG = instance(np.random.Generator)


@checked(rows=whole(1), columns=whole(1), kind=instance(CrossPoint))
def _sizes(rows: int, columns: int, kind: CrossPoint) -> tuple[int, int]:
    return rows, columns


class CrossPointArray:
    """A matrix that is read forward and backward, and changed by pulses.

    Its devices are drawn once, from the kind's seed. The mean over the devices of a weight is what
    it computes with; at first all are 0.

    Parameters
    ----------
    rows : int
        Number of inputs.
    columns : int
        Number of outputs.
    kind : CrossPoint
        Devices, reads and pulses.
    engine : {"auto", "readable", "compiled"}
        Of the pulses: NumPy, or the same by Numba; "auto" is compiled if Numba is there.

    Attributes
    ----------
    weights : (device, row, column) array of float32
        The weights of all devices.
    tables : Tables
        Steps and bounds of all devices.

    Examples
    --------
    >>> array = CrossPointArray(3, 2, CrossPoint(), engine="readable")
    >>> rng = np.random.default_rng(0)
    >>> for _ in range(500):
    ...     array.pulse([[1.0, 0.0, -0.5]], [[0.1, -0.1]], 0.01, rng)
    >>> np.sign(array.weights[0]).tolist()
    [[1.0, -1.0], [0.0, 0.0], [-1.0, 1.0]]
    """

    def __init__(self, rows: int, columns: int, kind: CrossPoint, engine: str = "auto") -> None:
        self.shape = _sizes(rows, columns, kind)
        self.kind = kind
        self.tables = kind.tables(*self.shape)
        self.weights: NDArray[np.float32] = np.zeros((kind.per_weight, *self.shape), np.float32)
        self._engine = engine_of(engine)

    @checked(rng=_RNG)
    def read(self, inputs: Any, rng: np.random.Generator) -> NDArray[np.float32]:
        """The forward product of every row of inputs.

        Parameters
        ----------
        inputs : (n, row) array
            Inputs.
        rng : numpy.random.Generator
            Of the noise.

        Returns
        -------
        (n, column) array of float32
        """
        return read(self.weights, self._numbers(inputs, "inputs", 0), self.kind.forward, rng)

    @checked(rng=_RNG)
    def read_back(self, errors: Any, rng: np.random.Generator) -> NDArray[np.float32]:
        """The transposed product of every row of errors.

        Parameters
        ----------
        errors : (n, column) array
            Errors.
        rng : numpy.random.Generator
            Of the noise.

        Returns
        -------
        (n, row) array of float32
        """
        back = self.weights.transpose(0, 2, 1)
        return read(back, self._numbers(errors, "errors", 1), self.kind.backward, rng)

    @checked(rng=_RNG, rate=real(above=0))
    def pulse(self, inputs: Any, errors: Any, rate: float, rng: np.random.Generator) -> None:
        """Change the weights by about ``rate`` times the sum of all products of inputs and errors.

        Parameters
        ----------
        inputs : (n, row) array
            Inputs.
        errors : (n, column) array
            Minus the loss's derivative by the outputs.
        rate : float
            Learning rate.
        rng : numpy.random.Generator
            Of pulses and steps.
        """
        rows, columns = self._numbers(inputs, "inputs", 0), self._numbers(errors, "errors", 1)
        if len(rows) != len(columns):
            raise ValidationError(f"there are {len(rows)} inputs and {len(columns)} errors")
        self.weights = pulsed(
            self.weights, self.tables, rows, columns, rate, self.kind.device, self.kind.pulses,
            rng, self._engine,
        )  # fmt: skip

    def _numbers(self, values: Any, what: str, axis: int) -> NDArray[np.float32]:
        found = checked_numbers(values, what, (None, None))
        if found.shape[1] != self.shape[axis]:
            raise ValidationError(
                f"{what} have shape {shown(found.shape)}; expected (n, {self.shape[axis]})"
            )
        return np.asarray(found, np.float32)


def engine_of(name: str = "auto") -> Any:
    """The module of the compiled update; None for the readable one.

    Parameters
    ----------
    name : {"auto", "readable", "compiled"}
        As of `CrossPointArray`.
    """
    word("auto", "readable", "compiled")(name, "engine")
    if name == "readable":
        return None
    try:
        from . import compiled
    except ModuleNotFoundError as error:
        if name == "auto" and error.name == "numba":  # an extra; a broken one is no reason
            return None
        raise
    return compiled
