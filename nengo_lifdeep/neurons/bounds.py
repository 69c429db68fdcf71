"""What the numbers of a neuron may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..errors import ValidationError
from ..support.checks import instance, is_real, optional, shown

__all__ = ["BOUNDS", "Bound", "check_parameters"]


class Bound(NamedTuple):
    """Smallest value of a parameter.

    Parameters
    ----------
    low : float
        The value.
    inclusive : bool
        Whether it may be the value itself.
    unit : str
        As it is written after a number, e.g. ``" s"``.
    """

    low: float
    inclusive: bool = False
    unit: str = ""

    def check(self, value: Any, what: str) -> None:
        """Raise `ValidationError` unless a value is a finite number within the bound.

        Parameters
        ----------
        value : object
            The value.
        what : str
            What it is, for the message.
        """
        bound = f"{'at least' if self.inclusive else 'above'} {self.low:g}{self.unit}"
        if not is_real(value) or not np.isfinite(value):
            raise ValidationError(f"{what} is {shown(value)}; expected a finite number {bound}")
        if value < self.low or (value == self.low and not self.inclusive):
            raise ValidationError(f"{what} is {value}{self.unit}; expected {bound}")


#: What parameters of these names are, unless a `NeuronKind` says otherwise.
BOUNDS: Mapping[str, Bound] = {
    "tau_rc": Bound(0, unit=" s"),
    "tau_ref": Bound(0, inclusive=True, unit=" s"),
    "amplitude": Bound(0),
    "sigma": Bound(1e-6, inclusive=True),  # a narrower softplus is the hard neuron in float32
    "sigma_v": Bound(0),
    "tau_n": Bound(0, unit=" s"),
    "inc_n": Bound(0, inclusive=True),
}


def check_parameters(
    name: str, values: Mapping[str, Any], bounds: Mapping[str, Bound] = BOUNDS
) -> None:
    """Raise `ValidationError` unless the numbers among ``values`` are in a neuron's bounds.

    Parameters
    ----------
    name : str
        Name of the type in the error message.
    values : dict of str to float
        The parameters by name; times in seconds.
    bounds : dict of str to Bound
        Bounds by the parameter's name.
    """
    optional(instance(dict))(values.get("initial_state"), f"{name}.initial_state")
    for parameter, bound in bounds.items():
        if parameter in values:
            bound.check(values[parameter], f"{name}.{parameter}")
