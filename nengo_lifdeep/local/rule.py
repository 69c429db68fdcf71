"""How a layer with a read-out of its own learns: real weights, signs, or signs by chance."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..support.checks import check_fields, real, word

__all__ = ["LocalRule"]


@dataclasses.dataclass(frozen=True)
class LocalRule:
    """What the numbers behind the weights become in every time step, and how they change.

    Parameters
    ----------
    weights : {"float", "sign", "bayes"}
        Weights are these numbers themselves; their signs, whose gradient the numbers take unchanged
        (straight-through); or relaxed signs, drawn anew in every step with the numbers as natural
        parameters, which follow the natural gradient (Jang, Skatchkovsky and Simeone 2021).
    learning_rate : float
        Step along the gradient of the loss, which is the mean over the batch.
    temperature : float
        Of relaxed signs; of "bayes" only, as are the next ones.
    strength : float
        Weight of the divergence from the prior; ``learning_rate * strength`` is the share by which
        parameters shrink in a step. Above 1e-3 they stay so small that weights are noise.
    prior : float
        Probability of +1 before anything was seen.
    most : float
        Where the factor that makes a gradient natural is cut off; its tail is heavy.

    Raises
    ------
    ValidationError
        If a number is out of bounds.

    Examples
    --------
    >>> LocalRule("bayes", learning_rate=30.0, strength=3e-7).temperature
    1.0
    """

    weights: str = "bayes"
    learning_rate: float = 30.0
    temperature: float = 1.0
    strength: float = 3e-7
    prior: float = 0.5
    most: float = 20.0

    def __post_init__(self) -> None:
        check_fields(
            self,
            where="LocalRule.",
            weights=word("float", "sign", "bayes"),
            learning_rate=real(above=0),
            temperature=real(above=0),
            strength=real(0),
            prior=real(above=0, below=1),
            most=real(above=0),
        )

    @property
    def is_binary(self) -> bool:
        """Whether weights have two values once training is over."""
        return self.weights != "float"

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; ``LocalRule(**description)`` turns it back."""
        return dataclasses.asdict(self)
