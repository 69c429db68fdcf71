"""A synapse with a response of finite length, of any form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nengo
import numpy as np
from nengo.params import NdarrayParam

from ...support.checks.arrays import checked_array

__all__ = ["FiniteResponse"]


class FiniteResponse(nengo.synapses.Synapse):
    """Sums of what came lately, each times its weight: ``y[t] = sum of response[l] x[t - l]``.

    In a simulation it takes a step more, as every synapse of Nengo.

    Parameters
    ----------
    response : (step,) array
        Weights, of the latest step first.

    Examples
    --------
    >>> step = FiniteResponse([1.0, 0.5])
    >>> step.filt(np.eye(4)[:, :1], dt=0.001, y0=0).ravel().tolist()
    [1.0, 0.5, 0.0, 0.0]
    """

    response = NdarrayParam("response", shape=("*",))

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.response = checked_array(response, "response", shape=("step",), dtype=np.float64)

    def make_state(
        self, shape_in: Any, shape_out: Any, dt: float, dtype: Any = None, y0: Any = 0
    ) -> dict[str, np.ndarray]:
        """What came in, the last step first.

        Parameters
        ----------
        shape_in, shape_out : tuple of int
            Of the signal.
        dt : float
            Length of a step, in seconds.
        dtype : dtype, optional
            Of the signal.
        y0 : float
            What came in before, in every step.
        """
        kept = np.zeros((len(self.response), *shape_in), dtype or np.float64)
        kept[:] = y0
        return {"kept": kept}

    def make_step(
        self, shape_in: Any, shape_out: Any, dt: float, rng: Any, state: dict[str, np.ndarray]
    ) -> Callable[[float, np.ndarray], np.ndarray]:
        """The function that is called in every step.

        Parameters
        ----------
        shape_in, shape_out : tuple of int
            Of the signal.
        dt : float
            Length of a step, in seconds.
        rng : numpy.random.RandomState
            Not used.
        state : dict
            Of `make_state`.
        """
        kept, response = state["kept"], self.response

        def step(t: float, signal: np.ndarray) -> np.ndarray:
            kept[1:] = kept[:-1].copy()
            kept[0] = signal
            return np.tensordot(response, kept, 1)

        return step
