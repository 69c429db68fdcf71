"""The exit codes of the command line, one per kind of ending.

The code of an error stands in its class (`LifdeepError.exit_code`); endings that are no errors of
ours have their names here. The table in ``docs/cli.md`` and the end of ``lifdeep --help`` say the
same, which the tests hold.
"""

from __future__ import annotations

import signal

from ...errors import LifdeepError, WorkerError
from ...support.interrupts import first_signal

__all__ = [
    "CODES", "INTERRUPTED", "NOT_CONFIRMED", "NO_READER", "TERMINATED", "UNFORESEEN", "exit_code",
    "stopped",
]  # fmt: skip

#: endings that no class of `nengo_lifdeep.errors` stands for
UNFORESEEN, NOT_CONFIRMED, INTERRUPTED, NO_READER, TERMINATED = 1, 8, 130, 141, 143

#: what each code stands for
CODES = {
    0: "success",
    UNFORESEEN: "an error that nobody foresaw: a fault of this package; Python's traceback is "
    "printed",
    2: "the command line is invalid, or asks for what is not possible: an option, its value, a "
    "study",
    3: "a package is missing, or does not work with another (doctor: something needs repair)",
    4: "a file or data that were to be read are missing, damaged, of another kind, or do not fit "
    "the network",
    5: "the network cannot be converted, or does not fit the chip",
    6: "a result cannot be written or printed: no permission, a full disk",
    7: "the work could not start or broke off: a training, a worker, jobs of a sweep, not enough "
    "memory",
    NOT_CONFIRMED: "all was run, but a check of the spikes (--check) did not confirm them",
    INTERRUPTED: "interrupted with Ctrl-C; finished results are printed and saved",
    NO_READER: "whoever read the output has closed it, as head does",
    TERMINATED: "ended by SIGTERM; finished results are printed and saved",
}


def exit_code(error: BaseException) -> int:
    """The exit code for an error.

    Parameters
    ----------
    error : BaseException
        The error.

    Examples
    --------
    >>> from nengo_lifdeep.errors import DataError, MissingDependencyError
    >>> exit_code(MissingDependencyError("no TensorFlow")), exit_code(DataError("no"))
    (3, 4)
    >>> exit_code(MemoryError()), exit_code(KeyError("weights"))
    (7, 1)
    """
    if isinstance(error, KeyboardInterrupt):
        return stopped()
    if isinstance(error, MemoryError):
        return WorkerError.exit_code
    return error.exit_code if isinstance(error, LifdeepError) else UNFORESEEN


def stopped() -> int:
    """The exit code of a command that was ended: by SIGTERM if that came first, else by Ctrl-C."""
    return TERMINATED if first_signal() == signal.SIGTERM else INTERRUPTED
