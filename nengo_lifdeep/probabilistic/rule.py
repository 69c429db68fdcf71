"""How probabilistic circuits learn: from what is at hand at each synapse, and one reward."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from ..errors import TrainingError
from ..support.checks import check_fields, flag, real, whole, word
from .compiled.arrays import Numbers

__all__ = ["LocalVariationalRule"]


@dataclasses.dataclass(frozen=True)
class LocalVariationalRule:
    """One local rule for visible and hidden circuits (Jang, Skatchkovsky & Simeone 2020).

    With ``e`` of a circuit one-hot of what it emits less its probabilities, every weight has an
    eligibility ``E = kappa E + (1 - kappa) e trace``, and all circuits hear one reward

    ``reward = sum over visible of log p(s) - gamma sum over hidden of log(p(h) / r(h))``.

    Weights of visible circuits grow by ``learning_rate E``, those of hidden ones by
    ``learning_rate <(reward - b) E>``, with a baseline ``b = <E^2 reward> / <E^2>`` per weight.

    Parameters
    ----------
    learning_rate : float
        Step along the gradient of the bound, in nats.
    kappa : float
        What is kept of eligibilities from one change of weights to the next, in [0, 1).
    beta : float
        The same of the averages of the baseline. The published 0.05 makes a baseline follow the
        reward so closely that hidden circuits hardly learn; 0.95 is probably meant.
    gamma : float
        Weight of the regulariser, which holds hidden circuits near the reference.
    silence : float
        The reference's probability of silence; values share the rest.
    smoothed : {"product", "reward"}
        What is averaged over time with ``kappa``: the product of reward less baseline and
        eligibility (VOWEL), or the reward, also within the baseline (FL-SNN).
    baseline : bool
        Whether there is one; it changes the variance of what is learned, not the mean.
    update_every : int
        Steps whose gradients and rewards are added up before weights change.

    Raises
    ------
    TrainingError
        If a number is out of bounds.

    Examples
    --------
    >>> LocalVariationalRule(learning_rate=0.01, smoothed="reward").kappa
    0.2
    """

    learning_rate: float = 0.01
    kappa: float = 0.2
    beta: float = 0.95
    gamma: float = 1.0
    silence: float = 0.8
    smoothed: str = "product"
    baseline: bool = True
    update_every: int = 1

    def __post_init__(self) -> None:
        below_one = real(0, below=1)
        check_fields(
            self, TrainingError, learning_rate=real(0), kappa=below_one, beta=below_one,
            gamma=real(0), silence=real(above=0, below=1), smoothed=word("product", "reward"),
            baseline=flag, update_every=whole(1),
        )  # fmt: skip

    def numbers(self, n_values: int, dtype: Any) -> Numbers:
        """The rule for a kernel.

        Parameters
        ----------
        n_values : int
            Values of a circuit.
        dtype : dtype
            Type of the weights.
        """
        kind = np.dtype(dtype).type
        return Numbers(
            learning_rate=kind(self.learning_rate),
            kappa=kind(self.kappa),
            beta=kind(self.beta),
            new=kind(1 - self.kappa),
            recent=kind(1 - self.beta),
            small=kind(1e-7),
            gamma=float(self.gamma),
            log_silence=math.log(self.silence),
            log_value=math.log((1 - self.silence) / n_values),
            update_every=self.update_every,
            of_product=self.smoothed == "product",
            baseline=self.baseline,
            tail=self.tail(dtype),
        )

    def tail(self, dtype: Any) -> int:
        """Changes of weights after which an eligibility is below the precision of numbers.

        Parameters
        ----------
        dtype : dtype
            Type of the weights.
        """
        if not self.kappa:
            return 1
        least, rate = math.log(float(np.finfo(dtype).eps) / 2), math.log(self.kappa)

        def is_left(n: int) -> bool:
            return math.log(n + 1) + n * rate >= least  # of the smoothed product, n + 1 times more

        low, high = 0, 1
        while is_left(high):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if is_left(middle) else (low, middle)
        return high

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready record; ``LocalVariationalRule(**record)`` turns it back."""
        return dataclasses.asdict(self)
