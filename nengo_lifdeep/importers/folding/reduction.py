"""Merge linear steps of a path from its first to its last."""

from __future__ import annotations

import math

import numpy as np

from ...errors import UnsupportedLayerError
from ...layers.types import Flatten, Shape
from ..chain.placed import Placed
from .kernels import MOST_WEIGHTS, Kernel, Matrix
from .pairs import into_matrix, merged_pair
from .steps import Flat, Maps, Scaled, Step, average_pooling, maps_of, shape_after

__all__ = ["Reduction"]

#: units of an identity that is made a dense layer
_MOST_IDENTITY = 4096


class Reduction:
    """Steps of a path, merged where that is exact.

    Parameters
    ----------
    entries : list of Placed
        Linear layers in order.
    shape : tuple of int
        Of what the first takes.
    source : str
        How an error calls what the first takes.
    """

    def __init__(self, entries: list[Placed], shape: Shape, source: str) -> None:
        self.steps: list[Step] = []
        self.shape = shape  # after the last step
        self.last_entry = entries[-1] if entries else Placed(Flatten(), {}, source, source)
        for entry in entries:
            for what in maps_of(entry, self.shape):
                self._push(Step(what, entry, self.shape))
                self.shape = shape_after(what, self.shape)

    def finish(self, is_last: bool, identity: bool = True) -> None:
        """Everything before a dense layer into it; weights of one where there are none.

        Parameters
        ----------
        is_last : bool
            Whether the path ends in the output, which is flat.
        identity : bool
            Whether a path without weights gets some.
        """
        if is_last and not any(isinstance(s.what, Flat | Matrix) for s in self.steps):
            if len(self.shape) == 3:
                self._push(Step(Flat(), self.last_entry, self.shape))
                self.shape = (math.prod(self.shape),)
        weighted = [i for i, s in enumerate(self.steps) if isinstance(s.what, Kernel | Matrix)]
        ends_flat = len(self.shape) == 1
        if ends_flat and not isinstance(self.steps[-1].what if self.steps else None, Matrix):
            loose = [s for s in self.steps if isinstance(s.what, Maps | Scaled)]
            blocked = any(
                self.steps.index(s) > min(weighted, default=len(self.steps))
                or isinstance(s.what, Scaled)
                or average_pooling(s.what) is None  # type: ignore[arg-type]
                for s in loose
            )
            if (blocked or len(weighted) > 1 or not weighted) and self.shape[0] <= _MOST_IDENTITY:
                if identity or weighted:
                    eye = Matrix(np.eye(self.shape[0]), np.zeros(self.shape[0]))
                    self._push(Step(eye, self.last_entry, self.shape))
        if any(isinstance(s.what, Matrix) for s in self.steps):
            self._pull_all()
        elif identity and not any(isinstance(s.what, Kernel) for s in self.steps):
            self._weigh()

    def _weigh(self) -> None:
        """Weights of one (or of a scale) from every channel to itself."""
        if len(self.shape) == 1:
            raise UnsupportedLayerError(
                f"{self.last_entry.where}: {self.shape[0]} values without weights before the "
                "neurons after them; put Dense there"
            )
        channels = self.shape[2]
        kernel = Kernel(np.ones((1, 1, 1, channels)), np.zeros(channels), groups=channels)
        self._push(Step(kernel, self.last_entry, self.shape))

    def _push(self, step: Step) -> None:
        """Add a step, merged with those before it."""
        while self.steps:
            made = merged_pair(self.steps[-1], step)
            if made is None:
                break
            self.steps.pop()
            *swapped, step = made
            for moved in swapped:  # what moved to the front may merge there
                self._push(moved)
        self.steps.append(step)

    def _pull_all(self) -> None:
        """Take into the dense layer what is before it and cannot stand there."""
        while True:
            last = self.steps[-1]
            assert isinstance(last.what, Matrix)
            before = self.steps[:-1]
            kernels = [s for s in before if isinstance(s.what, Kernel | Scaled)]
            maps = [s for s in before if isinstance(s.what, Maps)]
            if not kernels and all(average_pooling(s.what) is not None for s in maps):  # type: ignore[arg-type]
                return
            at = max(i for i, s in enumerate(before) if not isinstance(s.what, Flat))
            matrix = into_matrix(before[at], last.what)
            if matrix is None:
                raise UnsupportedLayerError(
                    f"{before[at].entry.where}: merged with {last.entry.where} it would have more "
                    f"than {MOST_WEIGHTS:,} weights; put an activation between them"
                )
            flat = [s for s in before if isinstance(s.what, Flat)]
            rest = before[:at]
            if len(before[at].shape) == 3:
                rest = [*rest, Step(Flat(), (flat or [last])[0].entry, before[at].shape)]
            self.steps = [*rest, Step(matrix, last.entry, (matrix.kernel.shape[0],))]
