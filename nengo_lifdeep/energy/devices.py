"""Joules per operation on named devices, every figure with the paper it stands in."""

from __future__ import annotations

import dataclasses

from ..errors import ValidationError
from .counts import Counts

__all__ = ["ASSUMPTIONS", "DEVICES", "Device"]

#: What an estimate leaves out, printed under every table.
ASSUMPTIONS = (
    "Estimates only: operations times published joules of one operation.",
    "Left out: static power, memory and links outside the chip, the host, moving images in.",
    "Spiking devices: every spike costs its synapses, every neuron an update per step; the first "
    "layer's constant currents are counted once per image, a multiply-add as an event.",
    "Other devices: one forward pass of the network in rates, no spikes; an activation costs as "
    "much as a multiply-add.",
)


@dataclasses.dataclass(frozen=True)
class Device:
    """A device and what its operations cost.

    Attributes
    ----------
    name : str
        As its makers write it.
    spiking : bool
        Whether it computes event by event; others run the network in rates.
    joules_per_event : float or None
        Per synaptic event, or per multiply-add; None where no figure is published.
    joules_per_update : float or None
        Per update of one neuron; None where no figure is published.
    source : str
        Paper or table of the figures.
    """

    name: str
    spiking: bool
    joules_per_event: float | None
    joules_per_update: float | None
    source: str

    def __post_init__(self) -> None:
        for name in ("joules_per_event", "joules_per_update"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1:
                raise ValidationError(
                    f"Device.{name} of {self.name!r} is {value!r}; expected joules, above 0"
                )

    def joules(self, counts: Counts) -> tuple[float | None, float | None]:
        """Joules per image: for events or multiply-adds, and for neuron updates.

        None stands for what cannot be said, as a figure is not published.

        Examples
        --------
        >>> counts = Counts({"a": 2.0}, {"a": 10.0}, {"a": 100}, 5, 50, 10, 10, 1)
        >>> chip = Device("chip", True, 2e-12, 1e-12, "example")
        >>> [f"{part:.1e}" for part in chip.joules(counts)]
        ['3.0e-11', '1.0e-10']
        """
        events = counts.total_events + counts.input_macs if self.spiking else counts.network_macs
        updates = counts.total_updates if self.spiking else counts.n_neurons
        parts = ((self.joules_per_event, events), (self.joules_per_update, updates))
        synapses, neurons = (None if each is None else each * n for each, n in parts)
        return synapses, neurons


_DEGNAN = (
    "Degnan, Marr & Hasler 2016, IEEE Trans. VLSI Systems 24(1), "
    "ieeexplore.ieee.org/document/7054508, as in KerasSpiking: one multiply-add"
)
_HOEPPNER = "Höppner et al. 2019, IEEE Trans. Circuits and Systems I 66(8), arXiv:1903.08941"
_SENECA = "SENECA paper, Frontiers in Neuroscience 2023 (PMC10326429), table 3, citing"

#: Devices by the name that commands know.
DEVICES: dict[str, Device] = {
    "cpu": Device("CPU, Intel i7-4960X", False, 8.6e-9, 8.6e-9, _DEGNAN),
    "gpu": Device("GPU, Nvidia GTX Titan Black", False, 0.3e-9, 0.3e-9, _DEGNAN),
    "arm": Device("ARM Cortex-A", False, 0.9e-9, 0.9e-9, _DEGNAN),
    "spinnaker": Device("SpiNNaker", True, 13.3e-9, 26e-9, _HOEPPNER),
    "spinnaker2": Device("SpiNNaker 2", True, 450e-12, 2.19e-9, f"{_HOEPPNER} (prototype)"),
    "truenorth": Device(
        "TrueNorth", True, 2.5e-12, None, f"{_SENECA} Akopyan et al. 2015; no figure per update"
    ),
    "loihi": Device(
        "Loihi",
        True,
        (23.6 + 3.5) * 1e-12,
        81e-12,
        "Davies et al. 2018, IEEE Micro 38(1): synaptic operation 23.6 pJ, hop 3.5 pJ, update of "
        "an active neuron 81 pJ, all minima",
    ),
    "loihi2": Device(
        "Loihi 2", True, None, None, f"{_SENECA} Davies 2021: not published per operation"
    ),
}
