"""What a stage is: one map between populations, as arrays and their NumPy arithmetic."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar

import numpy as np
import scipy.sparse

from ..errors import ConversionError
from ..layers.layer import Shape
from ..support.checks import MOST_NEURONS, checked_shape
from ..support.checks.arrays import checked_numbers

__all__ = ["Stage", "apply_stages"]


#: rows of a matrix that are found at once
_AT_ONCE = 256


@dataclasses.dataclass(frozen=True, eq=False)
class Stage:
    """One linear map without bias. Subclasses are frozen and hold only shapes and arrays.

    Parameters
    ----------
    input_shape : tuple of int
        Shape of the input, without the batch.

    Raises
    ------
    ValidationError
        If shapes and arrays do not fit together, a weight is not finite, or an index is out of
        range: what is built can be run.
    """

    input_shape: Shape

    #: names of the fields that are arrays
    arrays: ClassVar[tuple[str, ...]] = ()

    #: whether it is a linear map; what is not runs in rates only
    linear: ClassVar[bool] = True

    #: how many axes the input may have
    axes: ClassVar[tuple[int, ...]] = (1, 3)

    def __post_init__(self) -> None:
        self._set(
            "input_shape",
            checked_shape(self.input_shape, self._what("input"), self.axes, MOST_NEURONS),
        )
        self._check()
        checked_shape(self.output_shape, self._what("output"), most=MOST_NEURONS)

    def _check(self) -> None:
        """Check, and put into their final form, the other fields."""
        raise NotImplementedError

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _what(self, name: str) -> str:
        return f"{type(self).__name__} {name}"

    def _numbers(self, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
        values = checked_numbers(getattr(self, name), self._what(name), shape)
        self._set(name, values)
        return values

    @property
    def output_shape(self) -> Shape:
        """Shape of one image after the stage."""
        raise NotImplementedError

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Map a batch ``(n, *input_shape)`` to ``(n, *output_shape)``.

        Parameters
        ----------
        x : (n, *input_shape) array of float
            A batch of inputs.
        """
        raise NotImplementedError

    def to_matrix(self) -> scipy.sparse.csr_array:
        """The stage as a sparse matrix ``(inputs, outputs)``, padded edges left out.

        Row ``i`` is the true fan-out of flat input ``i``: padding at the border has no synapses.
        Unless a type of stage knows better, `apply` is asked for every input on its own.

        Raises
        ------
        ConversionError
            If the stage is not linear.
        """
        if not self.linear:
            raise ConversionError(
                f"{type(self).__name__} is not linear, so no matrix computes it; it runs in rates "
                "only"
            )
        n_inputs, n_outputs = math.prod(self.input_shape), math.prod(self.output_shape)
        rows = []
        for start in range(0, n_inputs, _AT_ONCE):
            one_hot = np.eye(min(_AT_ONCE, n_inputs - start), n_inputs, start)
            given = self.apply(one_hot.reshape(-1, *self.input_shape))
            rows.append(scipy.sparse.csr_array(given.reshape(-1, n_outputs)))
        return scipy.sparse.csr_array(scipy.sparse.vstack(rows))

    def fan_out(self) -> np.ndarray:
        """Weights of every input that are not zero, shape ``(inputs,)``.

        Raises
        ------
        ConversionError
            If the stage is not linear.
        """
        matrix = self.to_matrix().astype(bool)
        matrix.eliminate_zeros()
        return np.diff(matrix.indptr).astype(np.int64)

    def reached(self, inputs: np.ndarray) -> scipy.sparse.csr_array:
        """Which outputs some of the inputs reach by weights that are not zero.

        Unless a type of stage knows better, `apply` is asked for each of them on its own.

        Parameters
        ----------
        inputs : (k,) array of int
            Flat inputs.

        Returns
        -------
        (k, outputs) sparse array of bool
            Without entries that are False.
        """
        one_hot = np.zeros((len(inputs), math.prod(self.input_shape)))
        one_hot[np.arange(len(inputs)), inputs] = 1
        given = self.apply(one_hot.reshape(-1, *self.input_shape))
        return scipy.sparse.csr_array(given.reshape(len(inputs), -1) != 0)

    def paths(self) -> tuple[list[scipy.sparse.csr_array | None], np.ndarray] | None:
        """Which output reaches which input as a sum over places, where all pixels are alike.

        Output pixel ``q`` hears input pixel ``p`` through place ``k`` of a window, and there every
        channel passes into filters that are the same everywhere.

        Returns
        -------
        matrices : list of (pixels in, pixels out) array of bool, or None
            One for every place; None where all pixels stay where they are.
        passes : (place, channel) or (place, channel, filter) array of bool
            Which channels pass, where channels stay what they are; and into which filters of its
            group each passes. None in place of both where the stage cannot be written so.
        """
        return None

    @property
    def work(self) -> int:
        """Multiply-adds of `apply` for one input, padding counted where it is multiplied."""
        return math.prod(self.input_shape) * math.prod(self.output_shape)

    @property
    def largest_sum(self) -> float:
        """Largest sum of absolute weights into one output: what inputs up to one can become."""
        sums = abs(self.to_matrix().astype(np.float64)).sum(axis=0)
        return float(sums.max(initial=0.0))

    def scaled(self, factor: float | np.ndarray) -> Stage:
        """The same map times ``factor``; only stages with weights can be scaled.

        Parameters
        ----------
        factor : float or (channel,) array
            The factor, without a unit: one number, or one for each channel of the output.
        """
        raise NotImplementedError

    def with_inputs(self, factor: float) -> Stage:
        """The map ``x -> apply(factor * x) / factor``: the same one, if the stage is linear.

        Parameters
        ----------
        factor : float
            The factor, without a unit.
        """
        return self

    def options(self) -> dict[str, Any]:
        """The fields that are not arrays, JSON-ready."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {k: v for k, v in values.items() if k not in self.arrays}


def apply_stages(stages: tuple[Stage, ...], x: np.ndarray) -> np.ndarray:
    """Run a batch ``(n, *input_shape)`` through several stages.

    Parameters
    ----------
    stages : tuple of Stage
        The stages, in order.
    x : (n, *input_shape) array of float
        A batch of inputs of the first stage; what one stage gives may be flat for the next.
    """
    for stage in stages:
        x = stage.apply(x.reshape(len(x), *stage.input_shape))
    return x
