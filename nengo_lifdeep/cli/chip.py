"""What ``lifdeep deploy`` ran: the chip's evaluation, the ladder, and what ended them early."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LifdeepError
from ..support.short_repr import short_repr

if TYPE_CHECKING:
    from ..datasets.base import Split
    from ..deployment import ChipRung, Deployment
    from ..records import Evaluation, ValueEvaluation

__all__ = ["ChipRun", "run_on_chip"]


@dataclasses.dataclass
class ChipRun:
    """All that is finished, whatever came after it.

    Parameters
    ----------
    result : Evaluation, ValueEvaluation or None
        On the emulated chip or the board; None if it was not reached.
    rungs : list of ChipRung
        Of the report's ladder.
    interrupted : bool
        Whether Ctrl-C ended the run.
    failure : LifdeepError or None
        The error that ended it, to be raised once all is printed.
    """

    result: Evaluation | ValueEvaluation | None = None
    rungs: list[ChipRung] = dataclasses.field(default_factory=list)
    interrupted: bool = False
    failure: LifdeepError | None = None

    __repr__ = short_repr

    @property
    def broken_off(self) -> bool:
        """Whether not everything that was asked for was run."""
        result = self.result
        return self.interrupted or (result is not None and result.n_images < result.n_asked)

    def note(self, error: LifdeepError | None) -> None:
        """Keep an error for the end; one that comes after another is shown at once.

        Parameters
        ----------
        error : LifdeepError or None
            The error; None if there was none.
        """
        from .screen import say

        if error is not None and self.failure is not None:
            say(str(error))
        self.failure = self.failure or error


def run_on_chip(
    deployment: Deployment, images: Split | None, report: Path | None, options: dict[str, Any]
) -> ChipRun:
    """Write the report, if one is wanted, and evaluate the network on the chip.

    Parameters
    ----------
    deployment : Deployment
        The planned network.
    images : Split or None
        Images with labels or targets; None to plan alone.
    report : Path or None
        Folder of the report.
    options : dict
        Of `Deployment.evaluate`.
    """
    from ..simulators import get_simulator

    done = ChipRun()
    if report is not None and not _report(report, deployment, images, options, done):
        return done
    asked = "simulator" in options or options["seed"]  # the report runs neither
    if images is None or (done.result is not None and not asked):
        return done
    try:
        simulator = get_simulator(options.get("simulator", "loihi-exact"))
        simulator.require(deployment.model, plan=deployment.plan)  # before it is built
        done.result = deployment.evaluate(images, **options)
    except KeyboardInterrupt:
        done.interrupted = True
    except LifdeepError as error:
        done.note(error)
    return done


def _report(
    folder: Path,
    deployment: Deployment,
    images: Split | None,
    options: dict[str, Any],
    done: ChipRun,
) -> bool:
    """Climb, and write the report with the rungs that are finished; whether all of them are."""
    from ..deployment import chip_rungs
    from ..report.pages.deployment import write_deployment_report
    from .outputs import unsaved
    from .screen import say

    rungs, climbed = done.rungs, True
    try:
        shown: dict[str, Any] = {name: options.get(name) for name in ("progress", "coding")}
        for rung in () if images is None else chip_rungs(deployment, images, **shown):
            rungs.append(rung)
    except KeyboardInterrupt:
        done.interrupted = True
    except LifdeepError as error:
        climbed = False
        done.note(error)
    last = rungs[-1].evaluation if rungs else None
    if last is not None:
        done.interrupted = done.interrupted or not rungs[-1].complete
        done.result = last if last.simulator == "loihi-exact" else None

    def write() -> None:
        files = write_deployment_report(folder, deployment, images, rungs=rungs)
        say("report", files["page"])

    done.note(unsaved(write))
    return climbed and not done.interrupted
