"""One training run: what is fitted, its checkpoints, and how it resumes from them."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import TrainingError
from ..support.short_repr import short_repr
from ..support.words.counted import counted
from .batches import BatchStream
from .checkpoints import Checkpoint
from .graph import HeldVariables, TrainingGraph
from .rate_targets import RateBand
from .replicas.graph import KerasGraph
from .resuming import how_to_resume
from .settings.early_stopping import EarlyStopping
from .settings.loss_trial import try_loss
from .settings.losses import accuracy, score_loss, value_loss, value_metrics
from .spikes.graph import SpikeGraph
from .status import Status

__all__ = ["TrainingRun"]

Weights = dict[str, dict[str, np.ndarray]]
History = dict[str, list[float]]


@dataclasses.dataclass(eq=False)
class TrainingRun:
    """What `train` has decided, put together and executed once.

    Parameters
    ----------
    graph : TrainingGraph, KerasGraph or SpikeGraph
        The network.
    training : BatchStream
        Images to learn from.
    validation : BatchStream or None
        Images to evaluate after every epoch.
    options : dict
        Everything that must agree when the run is resumed.
    epochs : int
        Epochs in all, those before an interruption included.
    rates : list of float or None
        Learning rate in every epoch, where it is a function of the epoch.
    bands : dict of RateBand
        Rate targets by layer of neurons.
    rule : EarlyStopping or None
        When to stop.
    directory : path-like or None
        Where the checkpoint is.
    devices : int
        How many share every batch.
    """

    graph: TrainingGraph | KerasGraph | SpikeGraph
    training: BatchStream
    validation: BatchStream | None
    options: dict[str, Any]
    epochs: int
    rates: list[float] | None = None
    bands: Mapping[str, RateBand] = dataclasses.field(default_factory=dict)
    rule: EarlyStopping | None = None
    directory: str | os.PathLike[str] | None = None
    devices: int = 1

    __repr__ = short_repr

    def execute(
        self,
        start: Checkpoint,
        optimizer: Any,
        loss: str | Callable[[Any, Any], Any],
        callbacks: Sequence[Any] = (),
        progress: bool = True,
    ) -> Checkpoint:
        """Train from one state to the last.

        Parameters
        ----------
        start : Checkpoint
            Where to begin: initial weights and no history, or what was saved.
        optimizer : tf_keras optimiser
            Fresh; takes over the state saved in ``start``.
        loss, callbacks, progress
            As in `train`.

        Returns
        -------
        Checkpoint
            The state after the last epoch.

        Raises
        ------
        TrainingError
            If the loss takes probabilities, or cannot be computed.
        KeyboardInterrupt
            On Ctrl-C; its message says how to continue.
        """
        if start.epochs >= self.epochs or (self.rule and self.rule.stops(start.history)):
            return start
        n_outputs = math.prod(self.graph.architecture.output_shape)
        try_loss(loss, self.training.split.answers[:1], n_outputs)
        if self.directory is not None and not start.epochs:
            start.save(
                self.directory
            )  # a place that cannot be written shows now, not an hour later
        from .tensorflow.products import products_in

        history = {name: list(values) for name, values in start.history.items()}
        self._state = start
        status = Status(self.epochs, self.training.steps, start.epochs, progress)
        size, seed = self.training.batch_size, self.options.get("seed", 0)
        dtype = self.options.get("products", "float32")
        with products_in(dtype), self.graph.opened(size, seed) as simulator, status:
            self._announce(status, start)
            self._compile(simulator, optimizer, loss)
            self.graph.set_weights(start.weights)
            _decay_kernels_only(optimizer, self.graph.variables())
            _name_natural(optimizer, self.graph)
            _restore(optimizer, simulator.keras_model.trainable_variables, start.optimizer)
            arguments = self._fit_arguments(simulator, history, callbacks, status, optimizer)
            try:
                simulator.fit(**arguments)
            except KeyboardInterrupt:
                raise KeyboardInterrupt(how_to_resume(self.directory, self._state.epochs)) from None
            except Exception:
                # TensorFlow passes on the text of an error among its own, not the error
                for stream in filter(None, (self.training, self.validation)):
                    if stream.failures:
                        raise stream.failures[0] from None
                raise
        return self._state

    def _compile(self, simulator: Any, optimizer: Any, loss: Any) -> None:
        values = self.training.split.has_values
        losses = {self.graph.output: value_loss(loss) if values else score_loss(loss)}
        metrics = value_metrics() if values else [accuracy()]
        for name, band in self.bands.items():
            amplitude = getattr(self.graph.neurons[name], "amplitude", 1.0)
            losses[self.graph.rate_probes[name]] = band.loss(float(amplitude))
        simulator.compile(optimizer=optimizer, loss=losses, metrics={self.graph.output: metrics})

    def _fit_arguments(
        self,
        simulator: Any,
        history: History,
        callbacks: Sequence[Any],
        status: Status,
        optimizer: Any,
    ) -> dict[str, Any]:
        from .tensorflow.callbacks import Monitor, as_callbacks

        names = self.graph.names(simulator)
        inputs = names[self.graph.input]
        outputs = [names[self.graph.output], *(names[p] for p in self.graph.rate_probes.values())]
        first = len(history.get("loss", []))
        monitor = Monitor(
            self.graph.step,
            self.training.steps,
            history,
            prefix=names[self.graph.output],
            several=bool(self.bands),
            rates=self.rates,
            on_epoch=lambda done: self._epoch_done(done, optimizer),
            status=status,
        )
        arguments = {
            "x": self.training.dataset(range(first, self.epochs), inputs, outputs),
            "initial_epoch": first,
            "epochs": self.epochs,
            "steps_per_epoch": self.training.steps,
            "callbacks": [monitor, *as_callbacks(callbacks, history)],
            "verbose": 0,
        }
        if self.validation is not None:
            arguments["validation_data"] = self.validation.dataset(range(1), inputs, outputs)
        return arguments

    def _epoch_done(self, history: History, optimizer: Any) -> bool:
        weights = self.graph.weights()
        improved = self.rule is not None and self.rule.best_epoch(history) == len(history["loss"])
        self._state = Checkpoint(
            self.options,
            {name: list(values) for name, values in history.items()},
            weights,
            [variable.numpy().copy() for variable in optimizer.variables],
            weights if improved else self._state.best,
        )
        if self.directory is not None:
            self._state.save(self.directory)
        return self.rule is not None and self.rule.stops(history)

    def _announce(self, status: Status, start: Checkpoint) -> None:
        size = self.training.batch_size
        used = self.training.steps * size
        line = f"{used:,} of {counted(len(self.training.split), 'training image')} per epoch"
        if self.validation is not None:
            line += f", {len(self.validation.split):,} held back for validation"
        line += f" (whole batches of {size})"
        if self.devices > 1:
            line += f"; {self.devices} devices with {size // self.devices} of every batch each"
        if start.epochs:
            line += f"; continuing after epoch {start.epochs}"
        status.say(line)


def _decay_kernels_only(optimizer: Any, variables: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep weight decay off biases and normalisation: they hold the neurons' thresholds."""
    if getattr(optimizer, "weight_decay", None):
        others = [v for g in variables.values() for name, v in g.items() if name != "kernel"]
        optimizer.exclude_from_weight_decay(var_list=others)


def _name_natural(optimizer: Any, graph: HeldVariables) -> None:
    """Tell the optimiser for binary weights which variables are their natural parameters."""
    if hasattr(optimizer, "natural_of"):
        kinds, variables = graph.architecture.weight_kinds, graph.variables()
        optimizer.natural_of([variables[n]["kernel"] for n, k in kinds.items() if k.by_chance])


def _restore(optimizer: Any, variables: Any, saved: list[np.ndarray]) -> None:
    """Create the optimiser's variables and give them their saved values."""
    optimizer.build(variables)
    if not saved:
        return
    shapes = [tuple(variable.shape) for variable in optimizer.variables]
    if shapes != [value.shape for value in saved]:
        raise TrainingError(
            "the checkpoint's optimiser state does not fit this optimiser; it was probably written "
            "with another version of tf_keras. Start over with resume=False (on the command line "
            "--restart)"
        )
    for variable, value in zip(optimizer.variables, saved, strict=True):
        variable.assign(value)
