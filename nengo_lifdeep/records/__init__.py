"""Results: the `SpikeRecord` of one run, the `Evaluation` of one protocol."""

from .evaluation import Evaluation, wilson_interval
from .judge import Judge
from .spikes import SpikeRecord
from .windows import Windows

__all__ = ["Evaluation", "Judge", "SpikeRecord", "Windows", "wilson_interval"]
