"""A network of probabilistic circuits as an inert value."""

from __future__ import annotations

import copy
import dataclasses
import functools
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..support.arrays.owned_arrays import ReadOnlyDict
from ..support.checks import (
    check_fields,
    checked,
    checked_names,
    checked_shape,
    instance,
    real,
    text,
    whole,
)
from ..support.checks import seed as a_seed
from ..support.checks.arrays import checked_numbers
from ..support.files import damage_reported, read_record, write_record
from ..support.html_card import html_card
from ..support.short_repr import short_repr
from .raised_cosines import RaisedCosines
from .topology import checked_topology

__all__ = ["MOST_VALUES", "ProbabilisticModel"]

#: values of a circuit, besides silence
MOST_VALUES = 16

#: weights of a network, 8 GiB of float64
_MOST_WEIGHTS = 2**30


@dataclasses.dataclass(frozen=True, eq=False)
class ProbabilisticModel:
    """Circuits that stay silent or emit one of C values in every step, with a probability.

    A circuit's potentials, one for each value, are sums of what it hears through the filters
    of ``basis``, of what it emitted itself (``feedback``), and of a bias; with one value it is a
    Bernoulli neuron. Hidden circuits come first, then the visible ones, which answer.

    Parameters
    ----------
    name : str
        For tables and files.
    input_shape : tuple of int
        Of one step of the input: ``(circuits,)`` or ``(row, column, channel)``.
    n_hidden : int
        Hidden circuits, the first rows of ``weights``.
    weights : (post, pre, kernel, C, C) array
        From value d (last axis) of circuit ``pre`` to value c of ``post``; 0 where there is no
        connection. Before the circuits come the inputs.
    feedback : (post, feedback kernel, C) array
        From what each value emitted before to itself.
    bias : (post, C) array
        Of each value.
    topology : {"feedforward", "recurrent"} or (post, pre) array of bool
        Which circuits hear which.
    basis, feedback_basis : RaisedCosines
        Filters of what is heard, and of what is fed back.
    classes : tuple of str
        Names of the visible circuits; "0", "1" and so on by default.
    dt : float
        Length of a step, in seconds.
    provenance : dict
        Where the numbers come from.

    Raises
    ------
    ValidationError
        If arrays do not fit together or a number is not finite, where there is a weight without
        a connection, or if the topology is not one (`models.topology.checked_topology`).

    Examples
    --------
    >>> model = ProbabilisticModel.initial((28, 28, 1), n_visible=10, n_hidden=4, n_values=2)
    >>> model.weights.shape, model.n_weights
    ((14, 798, 8, 2, 2), 352568)
    """

    name: str
    input_shape: tuple[int, ...]
    n_hidden: int
    weights: np.ndarray
    feedback: np.ndarray
    bias: np.ndarray
    topology: Any = "feedforward"
    basis: RaisedCosines = dataclasses.field(default_factory=RaisedCosines)
    feedback_basis: RaisedCosines = dataclasses.field(default_factory=lambda: RaisedCosines(1))
    classes: tuple[str, ...] = ()
    dt: float = 0.001
    provenance: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(
            self, where="", name=text, n_hidden=whole(0), basis=instance(RaisedCosines),
            feedback_basis=instance(RaisedCosines), classes=checked_names,
            dt=real(above=0, unit="seconds"), provenance=instance(Mapping),
        )  # fmt: skip
        set_ = functools.partial(object.__setattr__, self)
        set_("provenance", ReadOnlyDict(copy.deepcopy(dict(self.provenance))))
        set_("input_shape", checked_shape(self.input_shape, "input_shape"))
        bias = checked_numbers(self.bias, "bias", (None, None))
        n_circuits, n_values = bias.shape
        if not 1 <= n_values <= MOST_VALUES:
            raise ValidationError(
                f"bias has shape {bias.shape}, (circuit, value); expected 1 to {MOST_VALUES} values"
            )
        if not n_circuits > self.n_hidden:
            raise ValidationError(
                f"bias has shape {bias.shape}, (circuit, value), and {self.n_hidden} circuits are "
                "hidden; expected a visible one or more"
            )
        set_("bias", bias)
        own = n_circuits, self.feedback_basis.n_kernels, n_values
        set_("feedback", checked_numbers(self.feedback, "feedback", own))
        n_all = self.n_inputs + n_circuits
        shape = n_circuits, n_all, self.basis.n_kernels, n_values, n_values
        set_("weights", checked_numbers(self.weights, "weights", shape))
        heard = checked_topology(
            self.topology, self.n_inputs, self.n_hidden, n_circuits - self.n_hidden
        )
        set_("topology", heard)
        unheard = self.weights.any(axis=(2, 3, 4)) & ~heard
        if unheard.any():
            post, pre = np.argwhere(unheard)[0].tolist()
            raise ValidationError(
                f"weights[{post}, {pre}] are not 0, and the topology has no such connection"
            )
        if not self.classes:
            set_("classes", tuple(map(str, range(self.n_visible))))
        if len(self.classes) != self.n_visible:
            raise ValidationError(
                f"classes name {len(self.classes)} visible circuits; there are {self.n_visible}"
            )

    @property
    def n_inputs(self) -> int:
        """Inputs."""
        return math.prod(self.input_shape)

    @property
    def n_visible(self) -> int:
        """Visible circuits."""
        return len(self.bias) - self.n_hidden

    @property
    def n_circuits(self) -> int:
        """Hidden and visible circuits."""
        return len(self.bias)

    @property
    def n_values(self) -> int:
        """Values of a circuit, besides silence."""
        return self.bias.shape[1]

    @property
    def n_weights(self) -> int:
        """Numbers that are learned."""
        per = self.basis.n_kernels * self.n_values**2
        return int(self.topology.sum()) * per + self.feedback.size + self.bias.size

    @classmethod
    @checked(
        n_visible=whole(1), n_hidden=whole(0), n_values=whole(1, MOST_VALUES), name=text,
        basis=instance(RaisedCosines), feedback_basis=instance(RaisedCosines),
        spread=real(0), seed=a_seed,
    )  # fmt: skip
    def initial(
        cls,
        input_shape: tuple[int, ...],
        n_visible: int,
        n_hidden: int = 0,
        n_values: int = 1,
        *,
        topology: Any = "feedforward",
        basis: RaisedCosines = RaisedCosines(),  # noqa: B008
        feedback_basis: RaisedCosines = RaisedCosines(1),  # noqa: B008
        spread: float = 0.05,
        seed: int = 0,
        name: str = "probabilistic",
        classes: tuple[str, ...] = (),
        dt: float = 0.001,
    ) -> ProbabilisticModel:
        """A network before training: all its numbers are uniformly random in ``[-spread, spread]``.

        Parameters
        ----------
        input_shape : tuple of int
            Of one step of the input.
        n_visible, n_hidden : int
            Circuits.
        n_values : int
            Values of a circuit, besides silence: 1 for Bernoulli neurons, 2 for signed events.
        topology : {"feedforward", "recurrent"} or (post, pre) array of bool
            Which circuits hear which.
        basis, feedback_basis : RaisedCosines
            Filters.
        spread : float
            Largest number.
        seed : int
            For them.
        name : str
            For tables and files.
        classes : tuple of str
            Names of the visible circuits.
        dt : float
            Length of a step, in seconds.

        Raises
        ------
        ValidationError
            If an argument is not as described.
        """
        shape = checked_shape(input_shape, "input_shape")
        n_inputs, n_circuits = math.prod(shape), n_hidden + n_visible
        n = n_circuits * (n_inputs + n_circuits) * basis.n_kernels * n_values**2
        if n > _MOST_WEIGHTS:
            raise ValidationError(
                f"a network of {n_circuits:,} circuits on {n_inputs:,} inputs has an array of "
                f"{n:,} weights; expected at most {_MOST_WEIGHTS:,}. Choose fewer circuits"
            )
        heard = checked_topology(topology, n_inputs, n_hidden, n_visible)
        rng = np.random.default_rng(seed)

        def drawn(*axes: int) -> np.ndarray:
            return rng.uniform(-spread, spread, axes)

        weights = drawn(*heard.shape, basis.n_kernels, n_values, n_values)
        weights *= heard[:, :, None, None, None]
        feedback = drawn(n_circuits, feedback_basis.n_kernels, n_values)
        bias = drawn(n_circuits, n_values)
        return cls(name, shape, n_hidden, weights, feedback, bias, heard, basis, feedback_basis,
                   classes, dt, {"seed": seed, "spread": spread})  # fmt: skip

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        return html_card(
            f"{self.name}, probabilistic circuits",
            [
                ("input", " x ".join(map(str, self.input_shape))),
                ("hidden circuits", f"{self.n_hidden:,}"),
                ("visible circuits", f"{self.n_visible:,}"),
                ("values", self.n_values),
                ("filters", repr(self.basis)),
                ("weights", f"{self.n_weights:,}"),
                ("step [ms]", f"{1e3 * self.dt:g}"),
            ],
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header = {
            "name": self.name,
            "input_shape": list(self.input_shape),
            "n_hidden": self.n_hidden,
            "basis": self.basis.to_dict(),
            "feedback_basis": self.feedback_basis.to_dict(),
            "classes": list(self.classes),
            "dt": self.dt,
            "provenance": dict(self.provenance),
        }
        arrays = {name: getattr(self, name) for name in ("weights", "feedback", "bias", "topology")}
        return write_record(path, "ProbabilisticModel", header, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ProbabilisticModel:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header, arrays = read_record(path, "ProbabilisticModel")
        with damage_reported(path):
            return cls(
                header["name"],
                tuple(header["input_shape"]),
                header["n_hidden"],
                arrays["weights"],
                arrays["feedback"],
                arrays["bias"],
                arrays["topology"],
                RaisedCosines(**header["basis"]),
                RaisedCosines(**header["feedback_basis"]),
                tuple(header["classes"]),
                header["dt"],
                header["provenance"],
            )
