"""A value in some steps of a window. Importing it imports TensorFlow."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...compat import import_tensorflow

tf: Any = import_tensorflow()

__all__ = ["Steps"]


class Steps(NamedTuple):
    """A value in some steps, the first axis of ``values`` being step and image in one.

    Parameters
    ----------
    values : (n * batch, *shape) tensor
        Step after step.
    n : int
        Number of steps; 1 for what is the same in all of them.
    at_spikes : bool
        Whether it is spikes whose derivative is 0 where there is none.
    """

    values: Any
    n: int
    at_spikes: bool = False

    def by_step(self) -> Any:
        """The values with an axis of steps, ``(n, batch, *shape)``."""
        return tf.reshape(self.values, (self.n, -1, *self.values.shape[1:]))

    def repeated(self, n: int) -> Any:
        """The values in ``n`` steps.

        Parameters
        ----------
        n : int
            Number of steps: its own, or any of a value that has 1.
        """
        ones = [1] * (len(self.values.shape) - 1)
        return self.values if self.n == n else tf.tile(self.values, [n, *ones])
