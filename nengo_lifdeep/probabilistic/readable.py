"""The network's steps in NumPy, to be read: all synapses in every step, whatever is active."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..models.probabilistic import ProbabilisticModel
from ..neurons.probabilistic.distribution import emitted, log_probabilities
from .compiled.arrays import Numbers, Shown, Written

__all__ = ["ReadableNetwork"]


class ReadableNetwork:
    """A model's numbers and what a rule remembers, in arrays ``(post, pre, kernel, C, C)``.

    Parameters
    ----------
    model : ProbabilisticModel
        Where to begin.
    dtype : dtype
        Of weights and eligibilities.
    learning : bool
        Whether it will learn.
    """

    def __init__(self, model: ProbabilisticModel, dtype: Any, learning: bool = True) -> None:
        self.learning = learning
        self.dtype = np.dtype(dtype)
        self.basis = model.basis.values.astype(dtype)
        self.feedback_basis = model.feedback_basis.values.astype(dtype)
        self.n_hidden, self.n_inputs, self.n_values = model.n_hidden, model.n_inputs, model.n_values
        self.heard = model.topology[:, :, None, None, None]
        self.names = ("weights", "feedback", "bias")
        self.learned = {name: getattr(model, name).astype(dtype) for name in self.names}
        self.kept = {
            name: [np.zeros_like(array) for _ in range(4)] for name, array in self.learned.items()
        }
        length = max(model.basis.length, model.feedback_basis.length)
        n_all = model.n_inputs + model.n_circuits
        self.history = np.zeros((length, n_all, model.n_values), np.int8)  # lag, circuit, value
        self.memory = np.zeros(5)

    def run(self, shown: Shown, written: Written, numbers: Numbers) -> int:
        """Run some steps; how many were.

        Parameters
        ----------
        shown : Shown
            Inputs and clamped values.
        written : Written
            Receives what is emitted.
        numbers : Numbers
            Of the rule.
        """
        for step in range(len(shown.clamped)):
            if shown.film and self.memory[0] == 0:
                self.history[:] = 0
            traces = self._traces()
            given = {name: self.learned[name] for name in self.names}
            potentials = given["bias"] + np.einsum("ikc,ikc->ic", given["feedback"], traces[1])
            potentials = potentials + np.einsum("ijkcb,jkb->ic", given["weights"], traces[0])
            log_p, log_silence = log_probabilities(potentials.astype(np.float64))
            said = emitted(np.exp(log_p), shown.clamped[step], shown.draws[step])
            written.said[step] = said
            logs = np.column_stack([log_silence, log_p])[np.arange(len(said)), said]
            reference = np.where(said > 0, numbers.log_value, numbers.log_silence)
            written.visible[step] = logs[self.n_hidden :].sum()
            written.ratio[step] = (logs - reference)[: self.n_hidden].sum()
            if not np.isfinite(written.visible[step] + written.ratio[step]):
                return step
            one_hot = said[:, None] == np.arange(1, self.n_values + 1)
            if self.learning:
                errors = (one_hot - np.exp(log_p)).astype(self.dtype)
                self._learn(errors, traces, written.visible[step], written.ratio[step], numbers,
                            written.moved)  # fmt: skip
            self._emit(shown, step, one_hot)
            self.memory[0] += 1
            if shown.film and self.memory[0] >= shown.film:
                self.memory[0] = 0
        return len(shown.clamped)

    def _traces(self) -> tuple[np.ndarray, np.ndarray]:
        """Filtered histories, ``(pre, kernel, C)``, and the circuits' own."""
        heard = self.history[: self.basis.shape[1]].astype(self.dtype)
        own = self.history[: self.feedback_basis.shape[1], self.n_inputs :].astype(self.dtype)
        return (
            np.einsum("kl,ljb->jkb", self.basis, heard),
            np.einsum("kl,lic->ikc", self.feedback_basis, own),
        )

    def _emit(self, shown: Shown, step: int, one_hot: np.ndarray) -> None:
        self.history[1:] = self.history[:-1].copy()
        self.history[0] = 0
        events = shown.blocks[shown.first[step] : shown.first[step + 1]]
        self.history[0, events // self.n_values, events % self.n_values] = 1
        self.history[0, self.n_inputs :] = one_hot

    def _learn(
        self, errors: np.ndarray, traces: tuple[np.ndarray, np.ndarray], visible: float,
        ratio: float, numbers: Numbers, moved: np.ndarray,
    ) -> None:  # fmt: skip
        gradients = {
            "weights": np.einsum("ic,jkb->ijkcb", errors, traces[0]) * self.heard,
            "feedback": errors[:, None] * traces[1],
            "bias": errors,
        }
        decay = numbers.kappa if self.memory[1] == 0 else self.dtype.type(1)
        self.memory[1] += 1
        self.memory[3] += visible - numbers.gamma * ratio
        for name, gradient in gradients.items():
            eligibility = self.kept[name][0]
            eligibility[...] = decay * eligibility + numbers.new * gradient
        if self.memory[1] < numbers.update_every:
            return
        reward = self.memory[3]
        self.memory[4] = numbers.kappa * self.memory[4] + (1 - numbers.kappa) * reward
        self.memory[1:4] = 0, self.memory[2] + 1, 0
        told = self.dtype.type(reward if numbers.of_product else self.memory[4])
        for name in self.names:
            change = self._change(name, told, numbers)
            self.learned[name] += change
            if name == "weights" and len(moved):
                moved += np.abs(change).sum(axis=(0, 1, 3, 4))

    def _change(self, name: str, told: Any, numbers: Numbers) -> np.ndarray:
        """What is added to weights: visible circuits' eligibilities, and hidden ones' rewarded."""
        eligibility, numerator, denominator, product = (
            array[: self.n_hidden] for array in self.kept[name]
        )
        baseline: Any = 0
        if numbers.baseline:
            square = numbers.recent * eligibility**2
            numerator[...] = numbers.beta * numerator + square * told
            denominator[...] = numbers.beta * denominator + square
            baseline = numerator / (denominator + numbers.small)
        rewarded = (told - baseline) * eligibility
        if numbers.of_product:
            product[...] = numbers.kappa * product + numbers.new * rewarded
            rewarded = product
        change = self.kept[name][0].copy()
        change[: self.n_hidden] = rewarded
        return numbers.learning_rate * change

    def weights(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weights, feedback and bias as of a `ProbabilisticModel`, copies."""
        weights, feedback, bias = (self.learned[name].copy() for name in self.names)
        return weights, feedback, bias

    def set_weights(self, weights: np.ndarray, feedback: np.ndarray, bias: np.ndarray) -> None:
        """Replace them; eligibilities and baselines stay.

        Parameters
        ----------
        weights, feedback, bias : array
            As of a `ProbabilisticModel`.
        """
        for name, array in zip(self.names, (weights, feedback, bias), strict=True):
            self.learned[name][...] = array

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that changes, by name; the arrays themselves."""
        found: dict[str, np.ndarray] = {"memory": self.memory, "history": self.history}
        for name in self.names:
            found[f"learned/{name}"] = self.learned[name]
            for number, array in enumerate(self.kept[name]):
                found[f"kept{number}/{name}"] = array
        return found

    def check(self) -> None:
        """Raise `ValueError` if arrays that were read hold what cannot be."""
        numbers = [array for array in self.arrays().values() if array.dtype.kind == "f"]
        if not all(np.isfinite(array).all() for array in numbers) or (self.memory[:3] < 0).any():
            raise ValueError("weights or eligibilities are not finite")
        if ((self.history < 0) | (self.history > 1)).any():
            raise ValueError("a history holds more than one event of a value in a step")
