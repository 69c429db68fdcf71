"""The Bayesian rule for binary weights as an optimiser of `tf_keras`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...compat import import_tensorflow, import_tf_keras
from ...weights.draws import natural_parameter
from .held import slope_of_mean

tf: Any = import_tensorflow()
keras: Any = import_tf_keras()

__all__ = ["BayesBinary"]


class BayesBinary(keras.optimizers.Adam):
    """Natural gradients for the log-odds of binary weights, Adam for everything else.

    Natural parameters ``w``, named by `natural_of`, change as `weights.draws.bayes_step` says::

        w <- (1 - eta strength) w - eta (gradient / (1 - tanh(w)^2) - strength w0)

    Parameters
    ----------
    learning_rate : float or schedule
        Of floats.
    natural_rate : float
        Ratio of ``eta`` to ``learning_rate``.
    strength : float
        Weight of the divergence from the prior.
    prior : float
        Probability of +1 before anything was seen.
    **options
        Of ``tf_keras.optimizers.Adam``.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        natural_rate: float = 10_000.0,
        strength: float = 3e-7,
        prior: float = 0.5,
        name: str = "BayesBinary",
        **options: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **options)
        self.natural_rate, self.strength, self.prior = natural_rate, strength, prior
        self._natural: set[Any] = set()

    def natural_of(self, variables: Iterable[Any]) -> None:
        """Name the variables that are natural parameters.

        Parameters
        ----------
        variables : iterable of tf.Variable
            Kernels of layers with relaxed signs.
        """
        self._natural = {self._var_key(variable) for variable in variables}

    def update_step(self, gradient: Any, variable: Any) -> None:
        """Change one variable.

        Parameters
        ----------
        gradient : tensor
            Of the loss by it.
        variable : tf.Variable
            The variable.
        """
        if self._var_key(variable) not in self._natural:
            super().update_step(gradient, variable)
            return
        eta = tf.cast(self.learning_rate, variable.dtype) * self.natural_rate
        pull = self.strength * (variable - natural_parameter(self.prior))
        variable.assign_sub(eta * (gradient / slope_of_mean(variable) + pull))

    def get_config(self) -> dict[str, Any]:
        """Its settings."""
        own = {n: getattr(self, n) for n in ("natural_rate", "strength", "prior")}
        config: dict[str, Any] = {**super().get_config(), **own}
        return config
