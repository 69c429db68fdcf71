"""`Recommended`: how a trained network is best run in spikes, kept in its provenance."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..errors import ValidationError
from ..support.checks import check_fields, checked, instance, real, shown, word
from ..support.time_units import refuse_long
from .presentation import Presentation

__all__ = ["Recommended"]

#: where a network remembers it
_KEY = "recommended"


@dataclasses.dataclass(frozen=True)
class Recommended:
    """Conversion and times with which a trained network was measured.

    Files of networks keep it, and `convert` and the times of a presentation follow it where
    nothing else is asked for.

    Parameters
    ----------
    tau_s : float
        Time constant of the alpha synapse after every neuron, in seconds; 0 for none.
    rate_factor : float
        ``scale_firing_rates`` of `convert`.
    initial_voltage : {"zero", "half", "uniform"}
        As for `convert`.
    t_c, t_p : float
        Of the `Presentation`, in seconds.

    Raises
    ------
    ValidationError
        If a number is out of bounds, or ``t_c`` is not before ``t_p``.

    Examples
    --------
    >>> print(Recommended(0.003, 2.0, "half", 0.06, 0.1))
    alpha synapses of 3 ms, rates x 2, membranes start half-way to the threshold, t_c = 60 ms, \
t_p = 100 ms
    """

    tau_s: float = 0.005
    rate_factor: float = 1.0
    initial_voltage: str = "zero"
    t_c: float = 0.02
    t_p: float = 0.1

    def __post_init__(self) -> None:
        check_fields(
            self, tau_s=real(0, unit="seconds"), rate_factor=real(above=0),
            initial_voltage=word("zero", "half", "uniform"), t_c=real(0, unit="seconds"),
            t_p=real(0, unit="seconds"),
        )  # fmt: skip
        refuse_long(self.tau_s, "Recommended.tau_s")
        _ = self.presentation  # refuses times that make no sense

    @property
    def presentation(self) -> Presentation:
        """The times as a `Presentation`, with each connection's own synapse."""
        return Presentation(t_c=self.t_c, t_p=self.t_p)

    @property
    def conversion(self) -> dict[str, Any]:
        """The arguments of `convert`."""
        return {
            "synapse": self.tau_s or None,
            "scale_firing_rates": self.rate_factor,
            "initial_voltage": self.initial_voltage,
        }

    @classmethod
    @checked(provenance=instance(Mapping))
    def of(cls, provenance: Mapping[str, Any]) -> Recommended | None:
        """What a network remembers; None if that is nothing, or it was trained on its spikes.

        Parameters
        ----------
        provenance : dict
            Of the trained network, or of the converted one.

        Raises
        ------
        ValidationError
            If it remembers what makes no sense.

        Examples
        --------
        >>> Recommended.of(Recommended(tau_s=0.003).noted({"seed": 0})).tau_s
        0.003
        """
        found = provenance.get(_KEY)
        if found is None or "spikes" in provenance:
            return None
        names = [field.name for field in dataclasses.fields(cls)]
        remedy = "; take them out with Recommended.removed(network.provenance)"
        if not isinstance(found, Mapping) or set(found) != set(names):
            raise ValidationError(
                f"the network's {_KEY!r} settings are {shown(found)}; expected a dict of "
                f"{', '.join(names)}{remedy}"
            )
        try:
            return cls(**found)
        except ValidationError as error:
            raise ValidationError(
                f"the network's {_KEY!r} settings make no sense: {error}{remedy}"
            ) from error

    def noted(self, provenance: Mapping[str, Any]) -> dict[str, Any]:
        """A provenance that remembers it.

        Parameters
        ----------
        provenance : dict
            Of the trained network.

        Examples
        --------
        >>> Recommended().noted({})["recommended"]["rate_factor"]
        1.0
        """
        return {**provenance, _KEY: dataclasses.asdict(self)}

    @staticmethod
    def removed(provenance: Mapping[str, Any]) -> dict[str, Any]:
        """A provenance that does not remember any.

        Parameters
        ----------
        provenance : dict
            Of the network.
        """
        return {name: value for name, value in provenance.items() if name != _KEY}

    def __str__(self) -> str:
        start = {
            "zero": "at rest", "half": "half-way to the threshold", "uniform": "at random",
        }  # fmt: skip
        synapse = f"alpha synapses of {1e3 * self.tau_s:g} ms" if self.tau_s else "no synapses"
        return (
            f"{synapse}, rates x {self.rate_factor:g}, membranes start "
            f"{start[self.initial_voltage]}, t_c = {1e3 * self.t_c:g} ms, "
            f"t_p = {1e3 * self.t_p:g} ms"
        )
