"""What happens around NengoDL's steps and epochs, as `tf_keras` callbacks.

Importing this module imports TensorFlow; `nengo_lifdeep.training.trainer` does so when called.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Any

from ...compat import import_tf_keras
from ...errors import TrainingError
from ..status import Status

keras: Any = import_tf_keras()

__all__ = ["Monitor", "UserFunction", "as_callbacks"]

History = dict[str, list[float]]


class Monitor(keras.callbacks.Callback):
    """Number the steps, stop at NaN, keep the history, show progress, and report every epoch.

    Parameters
    ----------
    step : tf.Variable
        Receives the number of the step, counted from the first step of the first epoch.
    steps : int
        Steps per epoch.
    history : dict of list
        Continued in place: loss, accuracy, val_loss, val_accuracy, learning_rate, seconds.
    prefix : str
        Prefix that NengoDL gives to the output's quantities.
    several : bool
        Whether there are losses beside that of the scores, which then has an entry of its own.
    rates : list of float, optional
        Learning rate in every epoch; None leaves it to the optimiser.
    on_epoch : callable
        Called with the history after every epoch; returns whether to stop.
    status : Status
        Where progress is shown.
    """

    def __init__(
        self,
        step: Any,
        steps: int,
        history: History,
        *,
        prefix: str,
        several: bool,
        rates: list[float] | None,
        on_epoch: Callable[[History], bool],
        status: Status,
    ) -> None:
        super().__init__()
        self.step, self.steps = step, steps
        self.history, self.prefix, self.rates = history, prefix, rates
        self.several = several
        self.on_epoch, self.status = on_epoch, status
        self.epoch = 0
        self.started = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the epoch's learning rate.

        Parameters
        ----------
        epoch : int
            Number of the epoch, counted from 0.
        logs : dict, optional
            Losses and metrics, as in Keras.
        """
        self.epoch = epoch
        self.started = time.perf_counter()
        if self.rates is not None:
            self.model.optimizer.learning_rate.assign(self.rates[epoch])

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Number the step.

        Parameters
        ----------
        batch : int
            Number of the batch, counted from 0.
        logs : dict, optional
            Losses and metrics, as in Keras.
        """
        self.step.assign(self.epoch * self.steps + batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stop at the first loss that is no number.

        Parameters
        ----------
        batch : int
            Number of the batch, counted from 0.
        logs : dict, optional
            Losses and metrics, as in Keras.
        """
        loss = logs["loss"]
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss became {loss} in epoch {self.epoch + 1}, batch {batch + 1}; try a "
                "smaller learning_rate, a smaller gain, or clipnorm=1.0 on the optimizer, and "
                "check that the neuron's amplitude times its rates is of order one"
            )
        self.status.advance()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Continue the history and report.

        Parameters
        ----------
        epoch : int
            Number of the epoch, counted from 0.
        logs : dict, optional
            Losses and metrics, as in Keras.
        """
        row = {self._short(name): float(value) for name, value in (logs or {}).items()}
        if not self.several:
            row = {name: value for name, value in row.items() if "score_loss" not in name}
        row["learning_rate"] = float(self.model.optimizer.learning_rate.numpy())
        row["seconds"] = time.perf_counter() - self.started
        for name, value in row.items():
            self.history.setdefault(name, []).append(value)
        self.status.show(epoch + 1, row)
        if self.on_epoch(self.history):
            self.model.stop_training = True

    def _short(self, name: str) -> str:
        """``output_accuracy`` -> ``accuracy``, ``val_output_loss`` -> ``val_score_loss``."""
        validation = "val_" if name.startswith("val_") else ""
        name = name.removeprefix("val_")
        short = "score_loss" if name == f"{self.prefix}_loss" else name
        return validation + short.removeprefix(f"{self.prefix}_")


class UserFunction(keras.callbacks.Callback):
    """A plain function ``(epochs done, history)`` as a callback.

    Parameters
    ----------
    function : callable
        Called after every epoch.
    history : dict of list
        What the function is given.
    """

    def __init__(self, function: Callable[[int, History], Any], history: History) -> None:
        super().__init__()
        self.function, self.history = function, history

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Call the function.

        Parameters
        ----------
        epoch : int
            Number of the epoch, counted from 0.
        logs : dict, optional
            Losses and metrics, as in Keras.
        """
        self.function(epoch + 1, self.history)


def as_callbacks(callbacks: Iterable[Any], history: History) -> list[Any]:
    """Callbacks of `tf_keras` as they are, plain functions wrapped.

    Parameters
    ----------
    callbacks : iterable
        Callbacks of `tf_keras`, or functions of the history.
    history : History
        The history of the run.

    Raises
    ------
    TrainingError
        For anything else, such as callbacks of Keras 3.
    """
    wrapped = []
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.Callback):
            wrapped.append(callback)
        elif callable(callback) and not isinstance(callback, type):
            wrapped.append(UserFunction(callback, history))
        else:
            raise TrainingError(
                f"callback {callback!r} is neither a tf_keras.callbacks.Callback nor a function of "
                "(epochs done, history); callbacks of Keras 3 exist in tf_keras under the same name"
            )
    return wrapped
