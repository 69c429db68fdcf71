"""The change of weights by counts of spikes, as a Nengo learning rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from nengo.builder import Builder, Operator, Signal
from nengo.builder.operator import Reset
from nengo.learning_rules import LearningRuleType
from nengo.params import BoolParam, IntParam, NumberParam

__all__ = ["CountedSpikes"]


class CountedSpikes(LearningRuleType):
    """Weights fall by the spikes that came in since the image's onset, for every error spike.

    The rule's input is error spikes of the units, of height ``1 / dt``. A connection that carries
    errors back has the same weights, ``transposed``: errors are what it sends, and its rule's
    input are the spikes that go forward.

    Parameters
    ----------
    learning_rate : float
        Step along the gradient.
    n_steps : int
        Steps per image.
    fractional : bool
        Whether weights change at every error spike, or once, after the last step.
    transposed : bool
        Whether the connection carries errors back.
    """

    modifies = "decoders"  # what Nengo calls weights to nodes; the same signal
    probeable = ("delta",)
    n_steps = IntParam("n_steps", low=1)
    fractional = BoolParam("fractional")
    transposed = BoolParam("transposed")
    learning_rate = NumberParam("learning_rate", low=0, low_open=True)

    def __init__(
        self, learning_rate: float = 0.01, n_steps: int = 10, fractional: bool = True,
        transposed: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, size_in="post")
        self.n_steps, self.fractional, self.transposed = n_steps, fractional, transposed


class _SimCounted(Operator):
    """Writes the change of weights of a step; it takes effect in the next one."""

    def __init__(
        self, rule: CountedSpikes, sent: Signal, given: Signal, delta: Signal, tag: Any = None
    ) -> None:
        super().__init__(tag=tag)
        self.rule = rule
        self.sets: list[Signal] = []
        self.incs: list[Signal] = []
        self.reads, self.updates = [sent, given], [delta]

    def make_step(self, signals: Any, dt: float, rng: Any) -> Callable[[], None]:
        """The function that is called in every step.

        Parameters
        ----------
        signals : mapping
            Arrays of the signals.
        dt : float
            Length of a step, in seconds.
        rng : numpy.random.RandomState
            Not used.
        """
        sent, given = (signals[signal] for signal in self.reads)
        delta, rule = signals[self.updates[0]], self.rule
        counts = np.zeros(len(given) if rule.transposed else len(sent))
        errors = np.zeros(len(sent) if rule.transposed else len(given))
        rate, done = rule.learning_rate / rule.n_steps**2, [0]

        def step() -> None:
            if done[0] == 0:
                counts[:], errors[:] = 0, 0
            done[0] = (done[0] + 1) % rule.n_steps
            into, off = (given, sent) if rule.transposed else (sent, given)
            counts[:] += dt * into
            errors[:] = dt * off + (0 if rule.fractional else errors)
            change = -rate * np.outer(errors, np.maximum(counts, 0))
            if not rule.fractional and done[0]:
                change = np.zeros_like(change)
            delta[...] = change.T if rule.transposed else change

        return step


@Builder.register(CountedSpikes)
def build_counted_spikes(model: Any, rule_type: CountedSpikes, rule: Any) -> None:
    """Add the operator to a Nengo model.

    Parameters
    ----------
    model : nengo.builder.Model
        What is built.
    rule_type : CountedSpikes
        Its numbers.
    rule : nengo.connection.LearningRule
        The rule on its connection.
    """
    connection = rule.connection
    given = Signal(shape=rule.size_in, name="CountedSpikes:given")
    model.add_op(Reset(given))
    model.sig[rule]["in"] = given
    sent = model.sig[connection]["in"]
    model.add_op(_SimCounted(rule_type, sent, given, model.sig[rule]["delta"]))
