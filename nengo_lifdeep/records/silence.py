"""Populations without a single spike."""

from __future__ import annotations

from ..inputs.presentation import Presentation
from .finding import Finding
from .spikes import SpikeRecord

__all__ = ["FASTER", "SILENT_RULE", "silence", "silent_populations"]

SILENT_RULE = "populations are not silent"

#: what to do about neurons that fire too little
FASTER = (
    "fire faster: convert(..., scale_firing_rates=rate_scales(net, images)) with some training "
    "images, or a number such as 200"
)


def silence(name: str, timing: Presentation) -> Finding:
    """The finding for a population that never fires.

    Parameters
    ----------
    name : str
        Name of the population.
    timing : Presentation
        How images were shown; times in seconds.

    Examples
    --------
    >>> silence("neurons1", Presentation()).severity
    'error'
    """
    return Finding(
        "error", SILENT_RULE, name,
        f"no neuron fires within {1e3 * timing.t_p:g} ms on any image (100 % are silent)",
        f"{FASTER}, look longer (t_p), or look at the scale of the images",
    )  # fmt: skip


def silent_populations(record: SpikeRecord) -> list[Finding]:
    """Findings for populations that never fired; empty in rates and for a single image.

    Parameters
    ----------
    record : SpikeRecord
        The record of a run.
    """
    if record.presentation is None or not record.image_spikes or record.n_images < 2:
        return []
    timing = record.presentation
    return [silence(name, timing) for name, rates in record.layer_rates.items() if not rates.any()]
