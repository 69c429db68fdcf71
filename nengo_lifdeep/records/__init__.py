"""What runs leave behind: `SpikeRecord` of one run, `Evaluation` of one protocol."""

from .evaluation import Evaluation, wilson_interval
from .spikes import SpikeRecord

__all__ = ["Evaluation", "SpikeRecord", "wilson_interval"]
