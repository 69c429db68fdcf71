"""Results: the `SpikeRecord` of one run, the `Evaluation` of one protocol; `ValueEvaluation`."""

from .evaluation import Evaluation, wilson_interval
from .joined.runs import joined_records
from .judge import Judge
from .spikes import SpikeRecord
from .value_evaluation import ValueEvaluation
from .value_judge import ErrorInTime, ValueJudge
from .windows import Windows

__all__ = [
    "ErrorInTime",
    "Evaluation",
    "Judge",
    "SpikeRecord",
    "ValueEvaluation",
    "ValueJudge",
    "Windows",
    "joined_records",
    "wilson_interval",
]
