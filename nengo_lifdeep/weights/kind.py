"""A kind of weights: what a device holds in place of floats."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..support.checks import Check, check_fields

__all__ = ["WeightKind"]

Sizes = dict[str, tuple[int, ...]]


@dataclasses.dataclass(frozen=True)
class WeightKind(abc.ABC):
    """What the weights of a layer are; floats have no kind.

    A new kind is one subclass: its fields are numbers and words, which files keep as they are, and
    `held` says what the device makes of the layer's arrays. A kind whose reads or steps are not
    those of floats has a layer of `tf_keras` of its own in ``training/tensorflow``.
    """

    #: what each of its fields may be
    allowed: ClassVar[Mapping[str, Check]] = {}
    #: whether one kind for a network is meant for all its layers with weights, or for what a chip
    #: stores: all between neurons, without the first, before the host's, and the host's read-out
    everywhere: ClassVar[bool] = False
    #: types of layers that it can be the weights of, by their names
    layers: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_fields(self, where=f"weights {type(self).__name__}: ", **self.allowed)

    @abc.abstractmethod
    def held(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What the device holds when it is to hold these arrays; again, the same.

        Parameters
        ----------
        arrays : dict of str to array
            A layer's arrays by name, as `Layer.arrays` says: ``kernel``, ``bias``.

        Returns
        -------
        dict of str to array
            Of the same names, shapes and types.
        """

    @abc.abstractmethod
    def describe(self) -> str:
        """A few words for tables and notes of origin, e.g. ``"4 bits"``."""

    @property
    def by_chance(self) -> bool:
        """Whether a trained network keeps probabilities, of which `held` is only the likeliest."""
        return False

    def sizes(self, arrays: Sizes) -> Sizes:
        """Shapes of a layer's arrays, with those that the device has besides.

        Parameters
        ----------
        arrays : dict of str to tuple of int
            Shapes of the layer's own arrays, by name.
        """
        return arrays

    def start(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What training starts from when it is to start from these arrays.

        Parameters
        ----------
        arrays : dict of str to array
            A layer's arrays by name.
        """
        return dict(arrays)

    def at(self, position: int) -> WeightKind:
        """The kind for one layer of several that are given the same.

        Parameters
        ----------
        position : int
            Number of the layer among those with weights, from 0.
        """
        return self

    def unfit(self, layer: Any) -> str:
        """Why it cannot be the weights of a layer; empty if it can.

        Parameters
        ----------
        layer : Layer
            The layer.
        """
        if type(layer).__name__ in self.layers:
            return ""
        return f"weights {self.describe()} are known for {', '.join(self.layers)} only"

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; `types.weights_from_dict` turns it back."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {"kind": type(self).__name__, **fields}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> WeightKind:
        """The kind with these fields, as they come out of JSON.

        Parameters
        ----------
        fields : dict
            As in `to_dict`, without ``kind``.
        """
        return cls(**fields)
