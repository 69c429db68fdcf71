"""Options of simulators: those that all have, and one class more for each that has its own."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar

from ..errors import ValidationError

if TYPE_CHECKING:
    from ..loihi.plan import Plan
    from ..records import Judge

__all__ = ["EventOptions", "ExactOptions", "LoihiOptions", "Options"]


@dataclasses.dataclass(frozen=True)
class Options:
    """What every simulator understands.

    Parameters
    ----------
    seed : int
        Decides random initial voltages.
    batch_size : int
        Images at a time, where the simulator can.
    rasters : int
        Of how many images, from the first, every single spike is kept.
    progress : bool
        Whether to show a progress bar on standard error.
    judge : Judge, optional
        Takes the class scores of every chunk; the record is left without them then.

    Raises
    ------
    ValidationError
        If a number is out of bounds, or a word is not one of the choices.
    """

    #: least value of the fields that are whole numbers
    least: ClassVar[dict[str, int]] = {"seed": 0, "batch_size": 1, "rasters": 0}
    #: allowed values of the fields that are words
    choices: ClassVar[dict[str, tuple[str, ...]]] = {}

    seed: int = 0
    batch_size: int = 100
    rasters: int = 0
    progress: bool = False
    judge: Judge | None = None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the options."""
        return tuple(field.name for field in dataclasses.fields(cls))

    def __post_init__(self) -> None:
        if self.judge is not None:
            from ..records import Judge

            if not isinstance(self.judge, Judge):
                raise ValidationError(f"judge is {self.judge!r}; expected a records.Judge, or None")
        for name, choices in self.choices.items():
            if getattr(self, name) not in choices:
                raise ValidationError(
                    f"{name} is {getattr(self, name)!r}; expected one of {', '.join(choices)}"
                )
        for name, low in self.least.items():
            value = getattr(self, name)
            if not isinstance(value, int) or value < low:
                raise ValidationError(f"{name} is {value!r}; expected a whole number >= {low}")


@dataclasses.dataclass(frozen=True)
class EventOptions(Options):
    """Options of ``"events"``.

    Parameters
    ----------
    dtype : {"float32", "float64"}
        Numbers it computes with.
    threads : int
        Threads, 0 for as many as there are cores.
    route : {"auto", "events", "dense"}
        How spikes become currents, one by one through their fan-out or in dense products; by
        default whatever is cheaper for the spikes there are.
    engine : {"numba", "numpy"}
        Compiled, or plain NumPy, which is there to be read.
    seed, batch_size, rasters, progress, judge
        As of `Options`.
    """

    least: ClassVar[dict[str, int]] = {**Options.least, "threads": 0}
    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "dtype": ("float32", "float64"),
        "route": ("auto", "events", "dense"),
        "engine": ("numba", "numpy"),
    }

    dtype: str = "float32"
    threads: int = 0
    route: str = "auto"
    engine: str = "numba"


@dataclasses.dataclass(frozen=True)
class LoihiOptions(Options):
    """Options of ``"loihi"``.

    Parameters
    ----------
    target : {"sim", "simreal", "loihi"}
        The integer emulator, the emulator without discretisation, or the board, which needs
        NxSDK.
    plan : Plan, optional
        How the network is cut; planned by default.
    seed, batch_size, rasters, progress, judge
        As of `Options`.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"target": ("sim", "simreal", "loihi")}

    target: str = "sim"
    plan: Plan | None = None


@dataclasses.dataclass(frozen=True)
class ExactOptions(Options):
    """Options of ``"loihi-exact"``.

    Parameters
    ----------
    threads : int
        Threads, 0 for as many as there are cores.
    engine : {"numba", "numpy"}
        Compiled, or plain NumPy, which is there to be read.
    plan : Plan, optional
        How the network is cut; planned by default.
    seed, batch_size, rasters, progress, judge
        As of `Options`.
    """

    least: ClassVar[dict[str, int]] = {**Options.least, "threads": 0}
    choices: ClassVar[dict[str, tuple[str, ...]]] = {"engine": ("numba", "numpy")}

    threads: int = 0
    engine: str = "numba"
    plan: Plan | None = None
