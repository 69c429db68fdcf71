"""Joules per operation on named devices, each figure with the paper that states it."""

from __future__ import annotations

import dataclasses

from ..datasets.bundled.published import FIGURES
from ..errors import ValidationError
from ..support.checks import check_fields, checked, flag, instance, optional, real, text
from ..support.words.similar import did_you_mean
from .counts import Counts

__all__ = ["ASSUMPTIONS", "DEVICES", "MEASURED", "Device", "get_device"]

#: What an estimate leaves out, printed under every table.
ASSUMPTIONS = (
    "Estimates only: operations times published joules of one operation.",
    "Left out: static power, memory and links outside the chip, the host, moving images in.",
    "Spiking devices: every spike costs its synapses, every neuron an update per step; the first "
    "layer's constant currents are counted once per image, a multiply-add as an event.",
    "Loihi: neurons and currents of layers that read the input are the host's, as nengo-loihi "
    "builds them; their spikes cost their synapses on the chip.",
    "Other devices: one forward pass of the network in rates, no spikes; an activation costs as "
    "much as a multiply-add.",
)

#: What was measured on chips, as a scale for estimates: device, task, network, and joules per
#: image or word. All second-hand, read in the tables that are named.
MEASURED: tuple[tuple[str, str, str, float], ...] = (
    *((figure.device, figure.data.upper(),
       f"{figure.network}, {100 - figure.error:g} % ({figure.work})", figure.joules)
      for figure in FIGURES if figure.joules is not None),
    ("Loihi", "keyword spotting", "two layers (Blouw et al. 2019)", 0.27e-3),
)  # fmt: skip

#: Where `MEASURED` was read.
MEASURED_SOURCE = (
    "MNIST: Renner et al. 2024, Nature Communications, s41467-024-53827-9, table 1; keyword "
    "spotting: a copy of the table of arXiv:1812.01739, 0.081 W above idle at 296 words per second"
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
    accounting : str
        What an operation's joules include, as far as the source says.
    other_joules_per_event : float or None
        Per event of the same device in another source; None where there is no other.
    other_source : str
        That source, and its accounting.
    first_on_host : bool
        Whether layers that read the input (`Counts.on_host`) run on the host, as with nengo-loihi:
        their neurons and currents are then no operations of the device; their spikes cost their
        synapses there.
    """

    name: str
    spiking: bool
    joules_per_event: float | None
    joules_per_update: float | None
    source: str
    accounting: str = ""
    other_joules_per_event: float | None = None
    other_source: str = ""
    first_on_host: bool = False

    def __post_init__(self) -> None:
        joules = optional(real(above=0, below=1, unit="joules"))
        check_fields(
            self, name=text, spiking=flag, joules_per_event=joules, joules_per_update=joules,
            source=text, accounting=text, other_joules_per_event=joules, other_source=text,
            first_on_host=flag,
        )  # fmt: skip

    @checked(counts=instance(Counts))
    @checked(counts=instance(Counts))
    def own(self, counts: Counts) -> Counts:
        """The operations of the device itself: all, or all except those of the host.

        Parameters
        ----------
        counts : Counts
            Operations of a run, per image.

        Examples
        --------
        >>> counts = Counts({"a": 2.0}, {"a": 10.0}, {"a": 100}, 5, 50, 10, 10, 1)
        >>> [DEVICES[name].own(counts).total_updates for name in ("spinnaker", "loihi")]
        [100, 0]
        """
        return counts.without_host() if self.first_on_host and counts.on_host else counts

    @checked(counts=instance(Counts))
    def joules(self, counts: Counts) -> tuple[float | None, float | None]:
        """Joules per image: for events or multiply-adds, and for neuron updates.

        None where no figure is published.

        Parameters
        ----------
        counts : Counts
            Operations per image.

        Examples
        --------
        >>> counts = Counts({"a": 2.0}, {"a": 10.0}, {"a": 100}, 5, 50, 10, 10, 1)
        >>> chip = Device("chip", True, 2e-12, 1e-12, "example")
        >>> [f"{part:.1e}" for part in chip.joules(counts)]
        ['3.0e-11', '1.0e-10']
        """
        counts = self.own(counts)
        events = counts.total_events + counts.input_macs if self.spiking else counts.network_macs
        updates = counts.total_updates if self.spiking else counts.n_neurons
        parts = ((self.joules_per_event, events), (self.joules_per_update, updates))
        synapses, neurons = (None if each is None else each * n for each, n in parts)
        return synapses, neurons

    @checked(counts=instance(Counts))
    def other_joules(self, counts: Counts) -> float | None:
        """Joules per image for events alone, at the other source's price; None without one.

        Parameters
        ----------
        counts : Counts
            Operations per image.

        Examples
        --------
        >>> counts = Counts({"a": 2.0}, {"a": 10.0}, {"a": 100}, 5, 50, 10, 10, 1)
        >>> chip = Device("chip", True, 2e-12, 1e-12, "example", other_joules_per_event=1e-9)
        >>> f"{chip.other_joules(counts):.1e}"
        '1.5e-08'
        """
        if self.other_joules_per_event is None:
            return None
        other = dataclasses.replace(self, joules_per_event=self.other_joules_per_event)
        return other.joules(counts)[0]


_DEGNAN = (
    "Degnan, Marr & Hasler 2016, IEEE Trans. VLSI Systems 24(1), "
    "ieeexplore.ieee.org/document/7054508, as in KerasSpiking"
)
_HOEPPNER = "Höppner et al. 2019, IEEE Trans. Circuits and Systems I 66(8), arXiv:1903.08941"
_SENECA = "SENECA paper, Frontiers in Neuroscience 2023 (PMC10326429), table 3"
_ONE_MAC = "one multiply-add of the processor"
_PROTOTYPE = "with memory accesses, through KerasSpiking"
_SYNAPSE = f"{_SENECA}: one synaptic operation; what it includes was not read in its own sources"

#: Devices by the name that commands know.
DEVICES: dict[str, Device] = {
    "cpu": Device("CPU, Intel i7-4960X", False, 8.6e-9, 8.6e-9, _DEGNAN, _ONE_MAC),
    "gpu": Device("GPU, Nvidia GTX Titan Black", False, 0.3e-9, 0.3e-9, _DEGNAN, _ONE_MAC),
    "arm": Device("ARM Cortex-A", False, 0.9e-9, 0.9e-9, _DEGNAN, _ONE_MAC),
    "spinnaker": Device(
        "SpiNNaker", True, 13.3e-9, 26e-9, _HOEPPNER, _PROTOTYPE, 45e-12, _SYNAPSE
    ),
    "spinnaker2": Device(
        "SpiNNaker 2", True, 450e-12, 2.19e-9, f"{_HOEPPNER} (prototype)", _PROTOTYPE, 10e-12,
        _SYNAPSE,
    ),
    "truenorth": Device(
        "TrueNorth", True, 2.5e-12, None,
        f"{_SENECA}, citing Akopyan et al. 2015; no figure per update", "one synaptic operation",
    ),
    "loihi": Device(
        "Loihi",
        True,
        (23.6 + 3.5) * 1e-12,
        81e-12,
        "Davies et al. 2018, IEEE Micro 38(1): synaptic operation 23.6 pJ, hop 3.5 pJ, update of "
        "an active neuron 81 pJ, all minima",
        "synaptic operation and one hop, without barrier messages, host and idle chip",
        23.6e-12,
        _SYNAPSE,
        first_on_host=True,
    ),
    "loihi2": Device(
        "Loihi 2", True, None, None,
        f"{_SENECA}, citing Davies 2021: not published per operation", first_on_host=True,
    ),
}  # fmt: skip


def get_device(name: str) -> Device:
    """The device of that name.

    Parameters
    ----------
    name : str
        One of `DEVICES`.

    Raises
    ------
    ValidationError
        If there is no such device; the message lists them.

    Examples
    --------
    >>> get_device("loihi").spiking
    True
    """
    if not isinstance(name, str) or name not in DEVICES:
        raise ValidationError(
            f"there is no device {name!r}; known are {', '.join(DEVICES)}"
            f"{did_you_mean(name, DEVICES)}"
        )
    return DEVICES[name]
