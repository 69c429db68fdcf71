"""A device: a network that learns from a stream of its own."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ...datasets.base import Split
from ...errors import DataError, ModelFileError
from ...jobs.fingerprints import fingerprint
from ...jobs.keys import key_of
from ...support.checks import instance, real, text
from ...support.checks.arrays import checked_array
from ...support.words.counted import counted
from ..learner import OnlineLearner
from ..trains import as_films

__all__ = ["Device", "OnlineDevice"]


class Device(Protocol):
    """What `train_federated` knows of a device. Its methods leave it as it is and return another.

    Attributes
    ----------
    name : str
        Of its own.
    size : float
        How much it counts, e.g. its number of examples.
    weights : sequence of array
        What it has learned.
    key : str
        What decides its results: equal for equal devices. One that has a ``films_key`` beside it,
        as `OnlineDevice`, may leave its films out.
    """

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> float: ...
    @property
    def weights(self) -> Sequence[np.ndarray]: ...
    @property
    def key(self) -> str: ...
    def masks(self, n_filters: int | None) -> list[np.ndarray]:
        """Which weights it sends, if so many filters are sent; all with None.

        Parameters
        ----------
        n_filters : int or None
            How many.
        """
        ...

    def stepped(self, n_updates: int) -> Device:
        """The device after so many changes of its weights.

        Parameters
        ----------
        n_updates : int
            How many.
        """
        ...

    def exchanged(self, weights: Sequence[np.ndarray]) -> Device:
        """The device with the weights after an exchange.

        Parameters
        ----------
        weights : sequence of array
            All of them.
        """
        ...

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write its state.

        Parameters
        ----------
        path : path-like
            The file.
        """
        ...

    def restored(self, path: str | os.PathLike[str]) -> Device:
        """The device in the state of a file.

        Parameters
        ----------
        path : path-like
            What `save` wrote.
        """
        ...


class OnlineDevice:
    """A device with an `OnlineLearner`, which sees its films one after the other, again and again.

    Parameters
    ----------
    name : str
        Of its own.
    learner : OnlineLearner
        Where to begin; it is not changed. With ``counts_moves=True`` it can choose what it sends.
    films : (film, step, ...) array, EventFilms, GreyFilms, or Split of films
        What it sees. Films that are read from files on the device's machine stay there.
    labels : (film,) array of int, optional
        Their classes; of a Split its own by default.
    size : float, optional
        How much it counts; its number of films by default.

    Raises
    ------
    DataError, ValidationError
        If films, labels and learner do not fit together.

    Examples
    --------
    >>> from nengo_lifdeep.models.probabilistic import ProbabilisticModel
    >>> model = ProbabilisticModel.initial((2,), n_visible=2)
    >>> films = np.zeros((1, 50, 2), np.int8)
    >>> device = OnlineDevice("a", OnlineLearner(model, engine="readable"), films, [1])
    >>> device.stepped(60).learner.n_steps, device.learner.n_steps
    (60, 0)
    """

    def __init__(
        self, name: str, learner: OnlineLearner, films: Any, labels: Any = None,
        size: float | None = None,
    ) -> None:  # fmt: skip
        self.name = text(name, "name")
        self.learner = instance(OnlineLearner)(learner, f"device {name!r}: learner")
        if isinstance(films, Split):
            labels, films = films.labels if labels is None else labels, films.images
        self.films = films if hasattr(films, "shape") else np.asarray(films)
        if len(self.films.shape) < 3 or not len(self.films) or not self.films.shape[1]:
            raise DataError(
                f"device {name!r}: films have shape {self.films.shape}; expected (film, step, ...) "
                "with one step or more"
            )
        self.labels = checked_array(labels, f"device {name!r}: labels", kind="whole",
                                    shape=("film",), error=DataError)  # fmt: skip
        if len(self.labels) != len(self.films):
            raise DataError(
                f"device {name!r}: {len(self.films)} films and "
                f"{counted(len(self.labels), 'label')}; "
                "expected one each"
            )
        self.size = real(above=0)(len(self.labels) if size is None else size, "size")
        model = learner.model
        as_films(self.films[:1], model.n_inputs, model.n_values)  # refuses what is wrong
        self._topology, self._start = model.topology, learner.n_steps
        n = model.n_visible
        if not 0 <= self.labels.min() <= self.labels.max() < n:
            raise DataError(
                f"device {name!r}: labels are {self.labels.min()} to {self.labels.max()}; expected "
                f"0 to {n - 1}"
            )

    def __repr__(self) -> str:
        return (
            f"OnlineDevice({self.name!r}, {len(self.films)} films, after {self.learner.n_steps} "
            "steps)"
        )

    @property
    def weights(self) -> tuple[np.ndarray, ...]:
        """``weights``, ``feedback`` and ``bias`` of its network."""
        return self.learner.weights

    @property
    def key(self) -> str:
        """A hash of its name, size, labels, shape of the films, network and rule."""
        learner = self.learner
        return key_of(
            self.name, float(self.size), self.labels, tuple(self.films.shape), learner.weights,
            learner.rule, learner.seed, learner.dtype, learner.engine,
        )  # fmt: skip

    @property
    def films_key(self) -> str:
        """A fingerprint of its films; of those that stay in files, of names and sizes of these.

        A copy of the files has the same: a training goes on with it.
        """
        films = self.films
        if hasattr(films, "identity"):
            return fingerprint(films.identity)
        if isinstance(films, np.ndarray):
            return fingerprint(films)
        return fingerprint(*(np.asarray(films[i : i + 1]) for i in range(len(films))))

    def masks(self, n_filters: int | None) -> list[np.ndarray]:
        """Which weights it sends: of all connections, or by the filters that changed most.

        Parameters
        ----------
        n_filters : int or None
            How many filters, counted by the sum of absolute changes since the last exchange;
            feedback and bias are sent with them. All with None, nothing with 0.

        Returns
        -------
        list of array of bool
            They fit ``weights``, ``feedback`` and ``bias`` by broadcasting.
        """
        weights, feedback, bias = self.learner.weights
        chosen = np.ones(weights.shape[2], np.bool_)
        if n_filters is not None:
            moved = self.learner.moved
            if not len(moved):
                raise DataError(
                    f"device {self.name!r} has not counted which filters change; make its learner "
                    "with counts_moves=True"
                )
            chosen = np.zeros(len(moved), np.bool_)
            chosen[np.argsort(-moved, kind="stable")[:n_filters]] = True
        heard = self._topology[:, :, None, None, None]
        others = np.full((), n_filters is None or n_filters > 0)
        return [heard & chosen[:, None, None], others, others]

    def stepped(self, n_updates: int) -> OnlineDevice:
        """The device after so many changes of its weights; films go on where they stopped.

        Parameters
        ----------
        n_updates : int
            How many.
        """
        learner = copy.deepcopy(self.learner)
        left, length = n_updates * learner.rule.update_every, self.films.shape[1]
        while left:
            film, step = divmod(learner.n_steps - self._start, length)
            film %= len(self.films)
            n = min(left, length - step)
            shown = np.asarray(self.films[film : film + 1])[:, step : step + n]
            learner.partial_fit(shown, self.labels[film : film + 1], restart=step == 0)
            left -= n
        return self._with(learner)

    def exchanged(self, weights: Sequence[np.ndarray]) -> OnlineDevice:
        """The device with the weights after an exchange; it counts changes from 0 again.

        Parameters
        ----------
        weights : (weights, feedback, bias)
            As ``device.weights``.
        """
        learner = copy.deepcopy(self.learner)
        learner.set_weights(weights)
        learner.moved[:] = 0
        return self._with(learner)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write its learner to one file. Returns its path.

        Parameters
        ----------
        path : path-like
            The file.
        """
        return self.learner.save(path)

    def restored(self, path: str | os.PathLike[str]) -> OnlineDevice:
        """The device, with its own films, in the state of a file.

        Parameters
        ----------
        path : path-like
            What `save` wrote.

        Raises
        ------
        ModelFileError
            If there is none, it is damaged, or of another network.
        """
        learner = OnlineLearner.load(path)
        if [a.shape for a in learner.weights] != [a.shape for a in self.learner.weights]:
            raise ModelFileError(f"{path} is of another network than device {self.name!r} has")
        return self._with(learner)

    def _with(self, learner: OnlineLearner) -> OnlineDevice:
        other = copy.copy(self)
        other.learner = learner
        return other
