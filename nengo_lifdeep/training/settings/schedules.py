"""Learning rates as a share of the whole training, whatever its number of steps."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from ...compat import import_tf_keras
from ...errors import TrainingError
from ...support.checks import check_fields, real

__all__ = ["OneCycle"]


@dataclasses.dataclass(frozen=True)
class OneCycle:
    """Linear warm-up to a peak, then half a cosine down to almost nothing, step by step.

    Source: L. N. Smith & N. Topin, "Super-convergence", arXiv 1708.07120 (2017), with the cosine
    of I. Loshchilov & F. Hutter, arXiv 1608.03983 (2016). With ``warm_up=0``: the plain cosine.

    Parameters
    ----------
    peak : float
        Largest learning rate.
    warm_up : float
        Share of all steps in which the rate rises, ``0 <= warm_up < 1``.
    start, end : float
        First and last rate, as shares of the peak.

    Raises
    ------
    TrainingError
        If a number is out of bounds.

    Examples
    --------
    >>> schedule = OneCycle(0.1, warm_up=0.25)
    >>> [round(float(schedule.rate(share)), 4) for share in (0, 0.125, 0.25, 0.625, 1)]
    [0.01, 0.055, 0.1, 0.05, 0.0001]
    """

    peak: float
    warm_up: float = 0.2
    start: float = 0.1
    end: float = 0.001

    def __post_init__(self) -> None:
        share = real(0, 1)
        check_fields(
            self, TrainingError, peak=real(above=0), warm_up=real(0, below=1), start=share,
            end=share,
        )  # fmt: skip

    def rate(self, share: float) -> float:
        """The learning rate when this share of all steps is done.

        Parameters
        ----------
        share : float
            Share of all steps, from 0 to 1.
        """
        if share < self.warm_up:
            return self.peak * (self.start + (1 - self.start) * share / self.warm_up)
        falling = (1 + math.cos(math.pi * (share - self.warm_up) / (1 - self.warm_up))) / 2
        return self.peak * (self.end + (1 - self.end) * falling)

    def over(self, steps: int) -> Any:
        """The schedule of `tf_keras` for a training of so many steps.

        Parameters
        ----------
        steps : int
            Number of steps of the whole training.
        """
        rising = round(self.warm_up * steps)
        warm_up = {"warmup_target": self.peak, "warmup_steps": rising} if rising else {}
        return import_tf_keras().optimizers.schedules.CosineDecay(
            self.peak * self.start if rising else self.peak,
            max(steps - rising, 1),
            alpha=self.end,
            **warm_up,
        )
