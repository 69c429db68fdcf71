"""The errors this package raises.

Every one is a `LifdeepError` and also the builtin a caller would expect, so both
``except LifdeepError`` and ``except ValueError`` work. A message says what was given, what
was expected, where (which layer, which file), and what to do about it. Each kind names the page of
the documentation that helps, which the command line prints below the message, and the exit code
with which the command ends.
"""

from __future__ import annotations

__all__ = [
    "CompatibilityError",
    "ConversionError",
    "DataError",
    "DeploymentError",
    "LifdeepError",
    "MissingDependencyError",
    "ModelFileError",
    "NoWorkersError",
    "OutputError",
    "TrainingError",
    "UnsupportedLayerError",
    "ValidationError",
    "WorkerError",
]


class LifdeepError(Exception):
    """Base of all errors raised on purpose by nengo_lifdeep."""

    #: page of the documentation that helps, without its suffix
    page = "getting_started"
    #: exit code of the command line; what each stands for is in nengo_lifdeep/cli/endings/codes.py
    exit_code = 1


class ValidationError(LifdeepError, ValueError):
    """A parameter is outside what the equation or the interface allows."""

    page = "concepts"
    exit_code = 2


class DataError(LifdeepError, ValueError):
    """Images or labels are missing, broken, or do not fit the model."""

    exit_code = 4


class UnsupportedLayerError(LifdeepError, TypeError):
    """A layer (or one of its options) has no counterpart here."""

    page = "own_model"
    exit_code = 5


class ConversionError(LifdeepError, ValueError):
    """A trained model cannot be turned into the asked-for spiking model."""

    page = "concepts"
    exit_code = 5


class TrainingError(LifdeepError, RuntimeError):
    """Training could not start, continue or resume."""

    exit_code = 7


class DeploymentError(LifdeepError, RuntimeError):
    """A spiking model does not fit the hardware, or the hardware is not there."""

    page = "loihi"
    exit_code = 5


class ModelFileError(LifdeepError, OSError):
    """A saved file is truncated, damaged, of another kind, or from a newer version."""

    page = "cli"
    exit_code = 4


class OutputError(ModelFileError):
    """A result cannot be written: no permission, a full disk, a name that is something else's."""

    exit_code = 6


class MissingDependencyError(LifdeepError, ImportError):
    """An optional package is not installed; the message names the extra that brings it."""

    exit_code = 3


class WorkerError(LifdeepError, RuntimeError):
    """A process or a cluster that was to do a job has died, or cannot be reached."""

    page = "scale"
    exit_code = 7


class NoWorkersError(WorkerError):
    """An executor, or a cluster with all that it was given, is gone."""


class CompatibilityError(LifdeepError, ImportError):
    """Two installed packages cannot work together in this process; the message says what to do."""

    exit_code = 3
