"""Options of simulators: those that all have, and one class more for each that has its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from ..support.checks import Check, check_fields, flag, instance, optional, seed, whole, word

if TYPE_CHECKING:
    from ..loihi.plan import Plan
    from ..records import Judge, ValueJudge
    from ..records.judge import StepJudge

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
    progress : bool, optional
        Whether to show a progress bar, on standard error; by default in notebooks only.
    judge : Judge, ValueJudge or StepJudge, optional
        Takes the class scores (the values) of every chunk; the record is left without them then.

    Raises
    ------
    ValidationError
        If a number is out of bounds, or a word is not one of the choices.
    """

    #: what each of its fields may be, except judge and plan
    allowed: ClassVar[Mapping[str, Check]] = {
        "seed": seed, "batch_size": whole(1), "rasters": whole(), "progress": optional(flag),
    }  # fmt: skip

    seed: int = 0
    batch_size: int = 100
    rasters: int = 0
    progress: bool | None = None
    judge: Judge | ValueJudge | StepJudge | None = None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the options."""
        return tuple(field.name for field in dataclasses.fields(cls))

    def __post_init__(self) -> None:
        if self.judge is not None:
            from ..records import Judge, ValueJudge
            from ..records.judge import StepJudge

            instance(Judge, ValueJudge, StepJudge)(self.judge, "judge")
        if getattr(self, "plan", None) is not None:
            from ..loihi.plan import Plan

            instance(Plan)(self.plan, "plan")  # type: ignore[attr-defined]
        check_fields(self, where="", **self.allowed)


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

    allowed = {
        **Options.allowed,
        "dtype": word("float32", "float64"),
        "threads": whole(),
        "route": word("auto", "events", "dense"),
        "engine": word("numba", "numpy"),
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

    allowed = {**Options.allowed, "target": word("sim", "simreal", "loihi")}

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

    allowed = {**Options.allowed, "threads": whole(), "engine": word("numba", "numpy")}

    threads: int = 0
    engine: str = "numba"
    plan: Plan | None = None
