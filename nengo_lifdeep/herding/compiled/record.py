"""What a run of herding neurons is told, and where it writes what it counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Choices", "Record"]


class Choices(NamedTuple):
    """What is done, in numbers that a kernel knows.

    Attributes
    ----------
    n_steps : int
        Steps per image.
    per_step : bool
        Whether a layer fires once per step, or after every spike it receives.
    fractional, smoothed : bool
        Whether weights change at every error spike, and by what inputs were instead of emitted.
    forward_reset, backward_reset : int
        0 to zero, 1 not at all, 2 to what was drawn.
    """

    n_steps: int
    per_step: bool
    fractional: bool
    smoothed: bool
    forward_reset: int
    backward_reset: int


class Record(NamedTuple):
    """Arrays that a run writes into; those without rows are not wanted.

    Attributes
    ----------
    drive : (image, output) array
        Sum of what each output received over all steps.
    outputs : (image, step, output) array
        The same after each step.
    spikes : (image, layer + 1) array of int
        Spikes of the input and of each layer.
    errors : (image, layer + 1) array of int
        Error spikes of each layer; of the last, those of the error counter.
    gated : (image, layer + 1) array of int
        Those that the gate let through, which cost additions.
    updates : (image,) array of int
        Additions to weights.
    totals : (unit,) array of int
        Spikes of every unit over all images, of either sign.
    counts, error_counts : (image, unit) array of int
        Signed counts of every unit.
    room : int
        Most spikes of one layer in one step.
    """

    drive: np.ndarray
    outputs: np.ndarray
    spikes: np.ndarray
    errors: np.ndarray
    gated: np.ndarray
    updates: np.ndarray
    totals: np.ndarray
    counts: np.ndarray
    error_counts: np.ndarray
    room: int

    @classmethod
    def empty(
        cls, n: int, sizes: Sequence[int], dtype: np.dtype, n_steps: int = 0, counts: bool = False
    ) -> Record:
        """Room for some images.

        Parameters
        ----------
        n : int
            Images.
        sizes : sequence of int
            Units of the input and of each layer.
        dtype : numpy.dtype
            Of potentials.
        n_steps : int
            Steps whose outputs are kept.
        counts : bool
            Whether every unit's counts are kept.
        """
        shapes = cls.shapes(n, sizes, n_steps, counts)
        arrays = {
            name: np.zeros(shape, dtype if name in ("drive", "outputs") else np.int64)
            for name, shape in shapes.items()
        }
        return cls(**arrays, room=32 * max(sizes))

    @staticmethod
    def shapes(
        n: int, sizes: Sequence[int], n_steps: int = 0, counts: bool = False
    ) -> dict[str, tuple[int, ...]]:
        """Shape of every array, by its name.

        Parameters
        ----------
        n : int
            Images.
        sizes : sequence of int
            Units of the input and of each layer.
        n_steps : int
            Steps whose outputs are kept.
        counts : bool
            Whether every unit's counts are kept.
        """
        layers, units, kept = (n, len(sizes)), sum(sizes), n if counts else 0
        return {
            "drive": (n, sizes[-1]), "outputs": (n, n_steps, sizes[-1]), "spikes": layers,
            "errors": layers, "gated": layers, "updates": (n,), "totals": (units,),
            "counts": (kept, units), "error_counts": (kept, units),
        }  # fmt: skip
