"""How a network of herding neurons runs and learns."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..errors import TrainingError
from ..support.checks import check_fields, flag, optional, real, whole, word
from ..support.checks.refusal import raised_as
from .compiled.record import Choices

__all__ = ["Herding"]

_RESETS = ("zero", "none", "random")

#: What a spike may be worth, in smallest changes of a weight: a weight of one spike still changes
#: by one of them (in float32 by a few), and sums stay within the numbers.
_WORTHS = {
    "float32": (2.0**-30, 2.0**30),
    "float64": (2.0**-59, 2.0**59),
    "int64": (1.0, 2.0**46),
}

#: How much integers may change a learning rate
_MOST_ROUNDING = 0.1


@dataclasses.dataclass(frozen=True)
class Herding:
    """Training and running with additions only (O'Connor & Welling 2016).

    Images, the spikes between layers and the errors that go back are all trains of unit spikes;
    the weights change by counts of spikes. The trained network is one of rectified linear neurons.

    Parameters
    ----------
    n_steps : int or None
        Time steps per image. None is the limit of infinitely many: the rectified-linear network,
        trained by gradient descent image by image, which the spikes approach as ``1 / n_steps``.
    rule : {"fsgd", "sgd"}
        Fractional stochastic gradient descent: weights change at every error spike; or once, after
        the last step, by the counts.
    smoothed : bool
        Whether weights change by what came into the quantisers of the layer before, rather than by
        the spikes that they emitted.
    sparsity : float
        Penalty on spikes of hidden neurons: each is an error spike of this weight as well; at most
        1000.
    order : {"event", "step"}
        Whether a layer fires after every spike that it receives, the largest potential first, or
        once per step, by the sum of all.
    forward_reset, backward_reset : {"zero", "none", "random"}
        What becomes of potentials before the next image: set to 0, kept, or drawn from
        (-1/2, 1/2). With "zero" errors smaller than half a spike per image are lost.
    dtype : {"float32", "float64", "int64"}
        Numbers of potentials and weights. With integers all are multiples of the smallest change of
        a weight, ``learning_rate / n_steps^2``, and nothing is multiplied; the rate is rounded so
        that a spike is an even number of them.

    Raises
    ------
    TrainingError
        If an option is out of bounds, or needs a multiplication of integers.

    Examples
    --------
    >>> Herding(rule="sgd").scale(learning_rate=0.01)
    10000.0
    """

    n_steps: int | None = 10
    rule: str = "fsgd"
    smoothed: bool = False
    sparsity: float = 0.0
    order: str = "event"
    forward_reset: str = "zero"
    backward_reset: str = "none"
    dtype: str = "float32"

    def __post_init__(self) -> None:
        check_fields(
            self, TrainingError, n_steps=optional(whole(1, 100_000)), rule=word("fsgd", "sgd"),
            smoothed=flag, sparsity=real(0, 1000), order=word("event", "step"),
            forward_reset=word(*_RESETS), backward_reset=word(*_RESETS),
            dtype=word("float32", "float64", "int64"),
        )  # fmt: skip
        if self.n_steps is None:
            limit = Herding(1, dtype=self.dtype)
            used = [
                name
                for name in ("rule", "smoothed", "sparsity", "order", "forward_reset",
                             "backward_reset")
                if getattr(self, name) != getattr(limit, name)
            ]  # fmt: skip
            if self.is_integer or used:
                raise TrainingError(
                    f"Herding(n_steps=None) has no spikes, and knows no "
                    f"{', '.join([*used, *(['dtype of integers'] if self.is_integer else [])])}; "
                    "leave them out, or give a number of steps"
                )
        if self.is_integer and (self.smoothed or self.sparsity):
            raise TrainingError(
                "Herding(dtype='int64') is without multiplications, and smoothed and sparsity "
                "need them; leave them out, or choose dtype='float32'"
            )

    @property
    def is_integer(self) -> bool:
        """Whether numbers are integers."""
        return self.dtype == "int64"

    def scale(self, learning_rate: float) -> float:
        """What a spike is worth, in units of the smallest change of a weight.

        Parameters
        ----------
        learning_rate : float
            Step along the gradient of half the squared error; above 0.

        Raises
        ------
        TrainingError
            If it is not above 0, or a change of a weight would be lost, or not be the rate's, in
            numbers of ``dtype``.
        """
        with raised_as(TrainingError):
            rate = real(above=0)(learning_rate, "learning_rate")
        steps = self.n_steps or 1
        low, high = (steps**2 / worth for worth in reversed(_WORTHS[self.dtype]))
        if not low <= rate <= high:
            raise TrainingError(
                f"learning_rate is {learning_rate!r}; with n_steps={self.n_steps} and "
                f"dtype={self.dtype!r} expected {low:.3g} to {high:.3g}"
                + ("; float64 holds smaller changes" if self.dtype != "float64" else "")
            )
        worth = steps**2 / rate
        if not self.is_integer:
            return worth
        even = float(max(2, 2 * round(worth / 2)))
        if abs(even / worth - 1) > _MOST_ROUNDING:
            raise TrainingError(
                f"learning_rate is {learning_rate!r}; integers of {self.n_steps} steps have "
                f"{self.n_steps}^2 divided by an even number, the nearest is {steps**2 / even:.4g}"
            )
        return even

    def numbers(self, learning_rate: float) -> tuple[Any, ...]:
        """A spike, half of it, the penalty, one over a spike, and zero, for the kernels.

        Parameters
        ----------
        learning_rate : float
            Step along the gradient.
        """
        worth, kind = self.scale(learning_rate), np.dtype(self.dtype).type
        inverse = 0 if self.is_integer else 1 / worth
        return tuple(map(kind, (worth, worth / 2, self.sparsity, inverse, 0)))

    @property
    def choices(self) -> Choices:
        """The options in numbers."""
        resets = (_RESETS.index(self.forward_reset), _RESETS.index(self.backward_reset))
        per_step, fractional = self.order == "step", self.rule == "fsgd"
        return Choices(self.n_steps or 1, per_step, fractional, self.smoothed, *resets)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready record; ``Herding(**record)`` turns it back."""
        return dataclasses.asdict(self)
