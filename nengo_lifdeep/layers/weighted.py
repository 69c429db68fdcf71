"""Layers with trained weights between neurons, and what these weights are."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..support.checks import instance, optional
from ..weights.kind import WeightKind
from ..weights.types import weights_from_dict
from .layer import Layer, Shape

__all__ = ["Weighted"]


@dataclasses.dataclass(frozen=True)
class Weighted(Layer):
    """What Dense and the layers with windows share: weights, which are floats or of a kind.

    Parameters
    ----------
    weights : WeightKind, optional
        What its weights are, e.g. `nengo_lifdeep.weights.Rounded`; floats by default.
    """

    weights: WeightKind | None = dataclasses.field(default=None, kw_only=True)

    has_weights = True
    allowed = {
        **Layer.allowed,
        "weights": optional(instance(WeightKind, also="None for floats")),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        reason = "" if self.weights is None else self.weights.unfit(self)
        if reason:
            raise self._refuse(reason)

    def _sizes(self, arrays: dict[str, Shape]) -> dict[str, Shape]:
        """Shapes of its arrays, with what a device holds besides."""
        return arrays if self.weights is None else self.weights.sizes(arrays)

    def _of_kind(self) -> str:
        """What its description ends in: the kind of its weights, if it is none of floats."""
        return "" if self.weights is None else f", {self.weights.describe()}"

    def _options(self) -> dict[str, Any]:
        """Its fields; the kind of its weights only where they are no floats."""
        options = super()._options()
        kind = options.pop("weights")
        return options if kind is None else {**options, "weights": kind.to_dict()}

    @classmethod
    def _from_options(cls, options: Mapping[str, Any]) -> Layer:
        """The layer with the fields that `_options` gave.

        Parameters
        ----------
        options : dict
            Fields by name, as they come out of JSON.
        """
        kind = options.get("weights")
        own = {} if kind is None else {"weights": weights_from_dict(kind)}
        return super()._from_options({**options, **own})
