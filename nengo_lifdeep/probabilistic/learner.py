"""`OnlineLearner`: a network of probabilistic circuits that learns from a stream, step by step."""

from __future__ import annotations

import copy
import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.base import Split
from ..errors import TrainingError
from ..models.probabilistic import ProbabilisticModel
from ..support.checks import flag, instance, word
from ..support.checks import seed as a_seed
from .compiled.arrays import Shown, Written
from .given import checked_films, checked_pairs, checked_weights
from .pieces import film_draws, n_free, pieces
from .rule import LocalVariationalRule
from .stored import read_learner, write_learner

__all__ = ["OnlineLearner"]


class OnlineLearner:
    """Circuits that learn online by a local variational rule.

    What it holds is of one size, however much it has seen.

    Parameters
    ----------
    model : ProbabilisticModel
        Where to begin; it is not changed.
    rule : LocalVariationalRule, optional
        How it learns.
    seed : int
        For what hidden circuits emit.
    engine : {"compiled", "readable"}
        Numba, whose cost follows the events, or the same in NumPy.
    dtype : {"float32", "float64"}
        Numbers of weights and eligibilities.
    counts_moves : bool
        Whether `moved` counts by which filters weights change.

    Raises
    ------
    ValidationError, TrainingError
        If an argument is not as described.

    Examples
    --------
    >>> model = ProbabilisticModel.initial((2,), n_visible=2)
    >>> films = np.zeros((2, 50, 2), np.int8)
    >>> films[[0, 1], :, [0, 1]] = 1  # input 0 in the first film, input 1 in the second
    >>> learner = OnlineLearner(model, LocalVariationalRule(learning_rate=0.1), engine="readable")
    >>> for _ in range(5):
    ...     _ = learner.partial_fit(films, [0, 1])
    >>> learner.predict(films).tolist(), learner.n_steps
    ([0, 1], 500)
    """

    def __init__(
        self,
        model: ProbabilisticModel,
        rule: LocalVariationalRule | None = None,
        *,
        seed: int = 0,
        engine: str = "compiled",
        dtype: str = "float32",
        counts_moves: bool = False,
    ) -> None:
        self._model = instance(ProbabilisticModel)(model, "model")
        self.rule = LocalVariationalRule() if rule is None else rule
        self.seed = a_seed(seed, "seed")
        self.engine = word("compiled", "readable")(engine, "engine")
        self.dtype = word("float32", "float64")(dtype, "dtype")
        counted = flag(counts_moves, "counts_moves")
        self.moved = np.zeros(model.basis.n_kernels if counted else 0)
        self.n_steps = 0
        self._n_drawn = 0
        self._random = np.random.PCG64(self.seed)
        self._rng = np.random.Generator(self._random)
        self._network = self._made(learning=True)
        self.last_losses = np.zeros(0)

    def _made(self, learning: bool) -> Any:
        if self.engine == "compiled":
            from .network import CompiledNetwork as Network
        else:
            from .readable import ReadableNetwork as Network  # type: ignore[assignment]
        return Network(self._model, self.dtype, learning)

    def __deepcopy__(self, memo: dict[int, Any]) -> OnlineLearner:
        """What changes is copied; the model it began with, and tables of filters, are shared."""
        other = copy.copy(self)
        other.moved, other.last_losses = self.moved.copy(), self.last_losses.copy()
        other._random = copy.deepcopy(self._random, memo)
        other._rng = np.random.Generator(other._random)
        other._network = copy.deepcopy(self._network, memo)
        return other

    @property
    def rule(self) -> LocalVariationalRule:
        """How it learns; may be replaced at any time, e.g. for a smaller learning rate."""
        return self._rule

    @rule.setter
    def rule(self, rule: LocalVariationalRule) -> None:
        """Learn by another rule from now on."""
        if not isinstance(rule, LocalVariationalRule):
            raise TrainingError(f"rule is {rule!r}; expected LocalVariationalRule(...)")
        self._rule = rule

    @property
    def weights(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Copies of ``weights``, ``feedback`` and ``bias``, as of a `ProbabilisticModel`."""
        return self._network.weights()

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Go on with other weights; eligibilities, baselines and traces stay.

        Parameters
        ----------
        weights : (weights, feedback, bias)
            As ``learner.weights`` returns them.

        Raises
        ------
        ValidationError
            If they have other shapes, or are not finite.
        """
        self._network.set_weights(*checked_weights(weights, self._model))

    @property
    def model(self) -> ProbabilisticModel:
        """The network as it is now."""
        weights, feedback, bias = self.weights
        provenance = {**self._model.provenance, "rule": self.rule.to_dict(), "steps": self.n_steps}
        return dataclasses.replace(
            self._model, weights=weights, feedback=feedback, bias=bias, provenance=provenance
        )

    def partial_fit(self, films: Any, labels: Any = None, *, restart: bool = True) -> OnlineLearner:
        """Learn from films one after the other, once each.

        Parameters
        ----------
        films : (film, step, ...) array, EventFilms, GreyFilms, or Split of films
            Values of inputs; see `trains.as_films`. Any number of steps: a film may be given in
            pieces.
        labels : (film,) array of int, or (film, step, visible circuit) array of int
            Classes, whose circuit emits value 1 in every step while the others are silent; or what
            every visible circuit emits, -1 for what is drawn. Of a Split its own by default.
        restart : bool
            Whether traces begin anew with every film. False goes on with the stream, as the next
            piece of a film.

        Returns
        -------
        OnlineLearner
            Itself. ``last_losses`` are the films', in nats per step.

        Raises
        ------
        DataError
            If films and labels do not fit the network.
        TrainingError
            If weights have grown beyond all numbers.
        """
        flag(restart, "restart")
        films, aims = checked_pairs(films, labels, self._model)
        numbers = self.rule.numbers(self._model.n_values, self.dtype)
        losses = []
        if restart:
            self._network.memory[0] = 0
        for trains, clamped in pieces(films, aims, self._model):
            draws = self._drawn(clamped)
            film = trains.n_steps if restart else 0
            written = self._room(len(clamped), self.moved)
            done = self._network.run(
                Shown(trains.first, trains.blocks, clamped, draws, film), written, numbers
            )
            self.n_steps += done
            if done < len(clamped):
                raise TrainingError(
                    f"step {self.n_steps} of the stream: weights have grown beyond all numbers; "
                    f"learning_rate is {self.rule.learning_rate:g}, choose a smaller one"
                )
            losses.append(-written.visible.reshape(trains.n_films, -1).mean(axis=1))
        self.last_losses = np.concatenate([*losses, np.zeros(0)])
        return self

    def _drawn(self, clamped: np.ndarray) -> np.ndarray:
        """Random numbers of the stream, as many whatever the pieces."""
        draws = self._rng.random((len(clamped), n_free(clamped, self._model)))
        self._n_drawn += draws.size
        return draws

    def _room(self, n: int, moved: np.ndarray) -> Written:
        said = np.zeros((n, self._model.n_circuits), np.int8)
        return Written(said, np.zeros(n), np.zeros(n), moved)

    def run(
        self, films: Any, labels: Any = None, seed: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Run films without learning, each from traces of zero.

        Parameters
        ----------
        films : (film, step, ...) array, EventFilms, or Split of films
            As for `partial_fit`.
        labels : array of int, optional
            As for `partial_fit`; without any, visible circuits emit what is drawn.
        seed : int
            Of the random numbers, which belong to a film's position.

        Yields
        ------
        said : (film, step, circuit) array of int8
            What circuits emit, of some films at a time.
        loss : (film,) array
            Minus the log-probability of visible circuits, in nats per step.

        Raises
        ------
        DataError
            If films and labels do not fit the network.
        """
        seed = a_seed(seed, "seed")
        if labels is None:
            given = films.images if isinstance(films, Split) else films
            films, aims = checked_films(given, self._model), None
        else:
            films, aims = checked_pairs(films, labels, self._model)
        network = self._made(learning=False)
        network.set_weights(*self.weights)
        numbers = self.rule.numbers(self._model.n_values, self.dtype)
        film = 0
        for trains, clamped in pieces(films, aims, self._model):
            draws = film_draws(trains, clamped, self._model, (seed, film))
            film += trains.n_films
            written = self._room(len(clamped), self.moved[:0])
            shown = Shown(trains.first, trains.blocks, clamped, draws, trains.n_steps)
            if network.run(shown, written, numbers) < len(clamped):
                raise TrainingError("weights have grown beyond all numbers; learn more slowly")
            said = written.said.reshape(trains.n_films, trains.n_steps, -1)
            yield said, -written.visible.reshape(trains.n_films, -1).mean(axis=1)

    def losses(self, films: Any, labels: Any = None, seed: int = 0) -> np.ndarray:
        """Minus the log-probability of the answers, in nats per step, ``(film,)``.

        With hidden circuits of one draw of what they emit; its mean is a bound from above.

        Parameters
        ----------
        films : (film, step, ...) array, EventFilms, or Split of films
            As for `partial_fit`.
        labels : array of int, optional
            As for `partial_fit`; of a Split its own by default.
        seed : int
            Of the random numbers.
        """
        if labels is None and isinstance(films, Split):
            labels = films.labels
        films, aims = checked_pairs(films, labels, self._model)
        return np.concatenate([*(loss for _, loss in self.run(films, aims, seed)), np.zeros(0)])

    def scores(self, films: Any, seed: int = 0) -> np.ndarray:
        """Events of every visible circuit, of any value, ``(film, visible circuit)``.

        Parameters
        ----------
        films : (film, step, ...) array, EventFilms, or Split of films
            As for `partial_fit`.
        seed : int
            Of the random numbers.
        """
        hidden, n = self._model.n_hidden, self._model.n_visible
        counts = [(said[:, :, hidden:] > 0).sum(axis=1) for said, _ in self.run(films, seed=seed)]
        return np.concatenate([*counts, np.zeros((0, n), np.int64)])

    def predict(self, films: Any, seed: int = 0) -> np.ndarray:
        """Classes: the visible circuits with most events, ``(film,)``.

        Parameters
        ----------
        films : (film, step, ...) array, EventFilms, or Split of films
            As for `partial_fit`.
        seed : int
            Of the random numbers.
        """
        return self.scores(films, seed).argmax(axis=1)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all there is to one file, which is replaced atomically.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        ModelFileError
            If it cannot be written; a file that was there is intact.
        """
        return write_learner(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> OnlineLearner:
        """The network of a file, which goes on as if it had never stopped.

        Parameters
        ----------
        path : path-like
            What `save` wrote.

        Raises
        ------
        ModelFileError
            If there is no such file, or it is damaged.
        """
        found: OnlineLearner = read_learner(cls, path)
        return found
