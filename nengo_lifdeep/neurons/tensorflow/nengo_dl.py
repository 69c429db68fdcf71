"""`SoftLIF` for NengoDL: one compiled kernel per population, noise while training only.

`register` must have been called before a ``nengo_dl.Simulator`` is made. It changes NengoDL's
table of neuron builders and nothing else.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
from collections.abc import Iterator
from typing import Any

from ...compat import import_nengo_dl, import_tensorflow
from ...errors import ValidationError
from ..kinds import kinds
from ..theta.nengo_dl import add_builders
from .activation import activation

__all__ = ["noise_clock", "register"]

_CLOCK: contextvars.ContextVar[Any] = contextvars.ContextVar("noise_clock", default=None)


@contextlib.contextmanager
def noise_clock(variable: Any) -> Iterator[Any]:
    """Let the noise of all simulators made inside follow a training loop's own step counter.

    Noise is a pure function of each population's seed and this number. Whoever owns the variable
    advances it: a loop that restores it on resuming gets the noise an unbroken run would have
    had. Without a clock every simulator counts its training steps by itself, from zero.

    Parameters
    ----------
    variable : tf.Variable
        int64 scalar, the number of the training step.

    Examples
    --------
    >>> import tensorflow as tf
    >>> step = tf.Variable(0, dtype=tf.int64, trainable=False)
    >>> with noise_clock(step):
    ...     pass  # make the nengo_dl.Simulator here
    """
    tf = import_tensorflow()
    if not isinstance(variable, tf.Variable) or variable.dtype != tf.int64 or variable.shape.rank:
        raise ValidationError(
            f"noise_clock was given {variable!r}; expected a scalar tf.Variable of type int64"
        )
    token = _CLOCK.set(variable)
    try:
        yield variable
    finally:
        _CLOCK.reset(token)


def register() -> None:
    """Teach NengoDL to build our neurons that it does not know. Calling it again does nothing.

    Raises
    ------
    MissingDependencyError
        If TensorFlow or NengoDL is not installed.

    Examples
    --------
    >>> register()
    """
    table = import_nengo_dl().neuron_builders.SimNeuronsBuilder.TF_NEURON_IMPL
    for name, kind in kinds().items():
        if kind.twin is not None and kind.spiking is not None and not name.startswith("Loihi"):
            table.setdefault(kind.load(), _softlif_builder())
    add_builders()


@functools.cache
def _softlif_builder() -> type:
    nengo_dl = import_nengo_dl()
    tf = import_tensorflow()
    base = nengo_dl.neuron_builders.TFNeuronBuilder

    class SoftLIFBuilder(base):  # type: ignore[misc, valid-type]
        """Builds the `SoftLIF` populations that NengoDL runs side by side.

        NengoDL traces a step again for training and for inference, with the same builder. What
        must be the same in every trace is therefore made here: the clock; the seeds come from
        NengoDL's generator, which restarts with every trace.
        """

        def __init__(self, ops: Any) -> None:
            super().__init__(ops)
            self.noisy = any(getattr(op.neurons, "noise", None) is not None for op in ops)
            self.clock = _CLOCK.get()
            self.owns_clock = self.noisy and self.clock is None
            if self.owns_clock:
                self.clock = tf.Variable(0, dtype=tf.int64, trainable=False, name="noise_step")

        def build_pre(self, signals: Any, config: Any) -> None:
            super().build_pre(signals, config)
            self.seeds = [tuple(config.rng.randint(2**31 - 1, size=2).tolist()) for _ in self.ops]

        def build_step(self, signals: Any) -> None:
            J = signals.gather(self.J_data)
            if not self.noisy or self.config.inference_only:
                out = self.respond(J)
            else:
                out = nengo_dl.neuron_builders.smart_cond.smart_cond(
                    self.config.training,
                    true_fn=lambda: self.respond(J, self.tick()),
                    false_fn=lambda: self.respond(J),
                )
            signals.scatter(self.output_data, out)

        def tick(self) -> Any:
            """The number of this training step; advances the clock if it is our own."""
            step = tf.identity(self.clock)
            if self.owns_clock:
                with tf.control_dependencies([step]):
                    advanced = self.clock.assign_add(1)
                with tf.control_dependencies([advanced]):
                    step = tf.identity(step)
            return step

        def respond(self, J: Any, step: Any = None) -> Any:
            """Outputs at currents ``J`` of shape (batch, unit), noisy if a step is given."""
            sizes = [op.J.shape[0] for op in self.ops]
            parts = [J] if len(sizes) == 1 else tf.split(J, sizes, axis=1)
            outputs = []
            for op, part, seed in zip(self.ops, parts, self.seeds, strict=True):
                noise = None if step is None else getattr(op.neurons, "noise", None)
                extra = () if noise is None else (seed, step)
                outputs.append(activation(part, op.neurons, noise, *extra))
            return outputs[0] if len(outputs) == 1 else tf.concat(outputs, axis=1)

    return SoftLIFBuilder
