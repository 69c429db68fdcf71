"""Early stopping: a pure function of the saved history, so that a resumed run stops alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import TrainingError
from ...support.checks import check_fields, real, whole, word

__all__ = ["EarlyStopping"]

_QUANTITIES = {
    "val_loss": 1,
    "val_accuracy": -1,
    "val_mean_absolute_error": 1,
    "val_mean_squared_error": 1,
}


@dataclasses.dataclass(frozen=True)
class EarlyStopping:
    """Stop when validation has not improved for a while, and go back to the best epoch.

    Parameters
    ----------
    patience : int
        Epochs without improvement that are waited for.
    quantity : str
        What has to improve: val_loss or val_accuracy; of values also val_mean_absolute_error or
        val_mean_squared_error.
    min_delta : float
        Smallest change that counts as an improvement.

    Raises
    ------
    TrainingError
        If a value is out of bounds.

    Examples
    --------
    >>> rule = EarlyStopping(patience=2)
    >>> history = {"val_loss": [1.0, 0.5, 0.6, 0.7]}
    >>> rule.best_epoch(history), rule.stops(history)
    (2, True)
    """

    patience: int = 5
    quantity: str = "val_loss"
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        check_fields(
            self, TrainingError, patience=whole(1), quantity=word(*_QUANTITIES), min_delta=real(0)
        )

    def best_epoch(self, history: Mapping[str, Sequence[float]]) -> int:
        """Number of epochs after which validation was best; the first of several equals.

        Parameters
        ----------
        history : dict of str to sequence of float
            Values by epoch.
        """
        best, at = float("inf"), 0
        for epoch, value in enumerate(history.get(self.quantity, ()), start=1):
            signed = _QUANTITIES[self.quantity] * value
            if signed < best - (self.min_delta if at else 0):
                best, at = signed, epoch
        return at

    def stops(self, history: Mapping[str, Sequence[float]]) -> bool:
        """Whether ``patience`` epochs have passed since the best.

        Parameters
        ----------
        history : dict of str to sequence of float
            Values by epoch.
        """
        return len(history.get(self.quantity, ())) - self.best_epoch(history) >= self.patience

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready description."""
        return dataclasses.asdict(self)
