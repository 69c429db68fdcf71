"""What happens around NengoDL's steps and epochs, as one `tf_keras` callback.

Importing this module imports TensorFlow; `nengo_lifdeep.training.loop` does so when called.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

from ..compat import import_tf_keras
from ..errors import TrainingError

keras = import_tf_keras()

__all__ = ["Monitor", "UserFunction"]

History = dict[str, list[float]]


class Monitor(keras.callbacks.Callback):
    """Number the steps, stop at NaN, keep the history, show progress, and report every epoch.

    Parameters
    ----------
    step : tf.Variable
        Receives the number of the step, counted from the first step of the first epoch.
    steps, epochs : int
        Steps per epoch, and epochs in all.
    history : dict of list
        Continued in place: loss, accuracy, val_loss, val_accuracy, learning_rate, seconds.
    prefix : str
        What NengoDL puts in front of the output's quantities.
    rates : list of float, optional
        Learning rate in every epoch; None leaves it to the optimiser.
    on_epoch : callable
        Called with the number of finished epochs; returns whether to stop.
    progress : bool
        Whether to draw a bar on standard error.
    """

    def __init__(
        self,
        step: Any,
        steps: int,
        epochs: int,
        history: History,
        *,
        prefix: str,
        rates: list[float] | None,
        on_epoch: Callable[[int], bool],
        progress: bool,
    ) -> None:
        super().__init__()
        self.step, self.steps, self.epochs = step, steps, epochs
        self.history, self.prefix, self.rates = history, prefix, rates
        self.on_epoch, self.progress = on_epoch, progress
        self.bar: Any = None
        self.epoch = 0
        self.started = 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        """Open the bar."""
        done = len(self.history.get("loss", []))
        self.bar = tqdm(
            total=self.epochs * self.steps,
            initial=done * self.steps,
            desc="training",
            unit="batch",
            file=sys.stderr,
            disable=not self.progress,
        )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the epoch's learning rate."""
        self.epoch = epoch
        self.started = time.perf_counter()
        if self.rates is not None:
            self.model.optimizer.learning_rate.assign(self.rates[epoch])

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Number the step."""
        self.step.assign(self.epoch * self.steps + batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stop at the first loss that is no number."""
        loss = logs["loss"]
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss became {loss} in epoch {self.epoch + 1}, batch {batch + 1}; try a "
                "smaller learning_rate, a smaller gain, or clipnorm=1.0 on the optimizer, and "
                "check that the neuron's amplitude times its rates is of order one"
            )
        self.bar.update()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Continue the history and report."""
        row = {self._short(name): float(value) for name, value in (logs or {}).items()}
        rate = self.model.optimizer.learning_rate
        row["learning_rate"] = float(
            rate(self.model.optimizer.iterations) if callable(rate) else rate
        )
        row["seconds"] = time.perf_counter() - self.started
        for name, value in row.items():
            self.history.setdefault(name, []).append(value)
        shown = ("loss", "accuracy", "val_loss", "val_accuracy")
        self.bar.set_postfix({name: f"{row[name]:.4g}" for name in shown if name in row})
        if self.on_epoch(epoch + 1):
            self.model.stop_training = True

    def close(self) -> None:
        """Close the bar."""
        if self.bar is not None:
            self.bar.close()

    def _short(self, name: str) -> str:
        validation = "val_" if name.startswith("val_") else ""
        return validation + name.removeprefix("val_").removeprefix(f"{self.prefix}_")


class UserFunction(keras.callbacks.Callback):
    """A plain function ``(epochs done, history)`` as a callback.

    Parameters
    ----------
    function : callable
        Called behind every epoch.
    history : dict of list
        What the function is given.
    """

    def __init__(self, function: Callable[[int, History], Any], history: History) -> None:
        super().__init__()
        self.function, self.history = function, history

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Call the function."""
        self.function(epoch + 1, self.history)
