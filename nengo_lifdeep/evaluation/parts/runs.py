"""A run in parts, done by workers, and put together as if it had been one."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...datasets.base import Split
from ...inputs.coding import Coding
from ...inputs.presentation import Presentation
from ...jobs.executors import n_at_a_time
from ...jobs.job import Job
from ...jobs.outcomes import outcomes, result_of
from ...jobs.processes import Processes
from ...jobs.sharing import shared
from ...models import SpikingModel
from ...records import Judge, SpikeRecord, ValueJudge
from ...records.joined.runs import Joining
from ...records.judged.shown import with_images
from ...records.value_judge import BLOCK
from ...simulators import get_simulator
from ...simulators.interface import noted, shown_inputs, simulated
from ...support.progress import progress_bar
from .store import PartStore

__all__ = ["part_bounds", "run_in_parts"]

#: parts for each worker: enough that all end at about the same time
_EACH = 4

#: most images of a part, so that images and kept scores of a part stay small
_MOST = 2000

#: a part that Ctrl-C has cut: not to be waited for
_Part = tuple[SpikeRecord, Any]


def run_in_parts(
    model: SpikingModel,
    images: Split,
    judge: Judge | ValueJudge,
    pool: Any,
    *,
    simulator: str,
    presentation: Presentation | None,
    coding: Coding | None,
    folder: str | os.PathLike[str] | None = None,
    **options: Any,
) -> SpikeRecord:
    """Run images in parts, each judged where it runs: equal to `run` to the last bit.

    Parameters
    ----------
    model : SpikingModel
        The network; it is sent to every worker once.
    images : Split
        Each is sent to one worker; of pictures in files only the names.
    judge : Judge or ValueJudge
        Gets what the parts have judged, in the order of the images.
    pool : Executor or None
        Who runs them; None for this process, one part after the other.
    simulator, presentation, coding, **options
        As of `run`.
    folder : path-like, optional
        Where finished parts are kept; what is there already is not run again.

    Returns
    -------
    SpikeRecord
        Interrupted with Ctrl-C, of the images before the first part that is missing.
        ``seconds`` are the sum over all parts.

    Raises
    ------
    WorkerError
        If a worker has died at the same part again and again; it is named.
    ModelFileError
        If a part that was kept is damaged.
    KeyboardInterrupt
        On Ctrl-C before the first part has come.
    """
    chosen = get_simulator(simulator)
    settings = chosen.options_of(options)
    inputs = shown_inputs(model, images, chosen, presentation, coding)
    how = {"simulator": simulator, "presentation": presentation, "coding": coding}
    options = {**options, "progress": False}
    alike = settings.batch_size if chosen.batched else 1
    if not inputs.timing.reset and chosen.spikes:  # one stream, whose images know each other
        alike = len(images)
    store = None
    if folder is not None:
        shown = (model, images, simulator, inputs.timing, coding)
        how_run = {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings)}
        store = PartStore.of(folder, judge, shown, how_run)
    kept = [] if store is None else store.found(len(images))
    bounds = _with_gaps(kept, len(images), n_at_a_time(pool), math.lcm(alike, BLOCK))
    due = [span for span in bounds if span not in kept]
    joining, early = Joining(), dict[tuple[int, int], _Part]()

    def jobs(sent: Any) -> Iterator[Job]:
        for start, stop in due:
            left = max(0, settings.rasters - start)
            own = {**how, **options, "rasters": left}
            given = (sent, images.subset(slice(start, stop)), judge.part(start, stop), own)
            yield Job(f"images {start} to {stop - 1}", simulator, stop - start, None, _part, given)

    try:
        with (
            shared(pool, model) as sent,
            progress_bar(simulator, len(images), enabled=settings.progress) as advance,
        ):
            advance(sum(stop - start for start, stop in kept))
            _take_next(early, bounds, joining, judge, store)
            for place, job, future in outcomes(jobs(sent), pool):
                span = due[place]
                early[span] = result_of(job, future)
                record, judged = early[span]
                advance(record.n_images)
                if store is not None and record.is_complete:
                    store.write(*span, record, judged)
                _take_next(early, bounds, joining, judge, store)
                if not record.is_complete:  # Ctrl-C has reached it, here
                    break
    except KeyboardInterrupt:
        if not joining.n_images:
            raise
        if isinstance(pool, Processes):
            pool.stop()  # what is still running will not be asked for
    record = joining.record(n_asked=len(images))
    return with_images(noted(record, inputs, model), images)


def _with_gaps(
    kept: list[tuple[int, int]], n: int, n_workers: int, alike: int
) -> list[tuple[int, int]]:
    """The parts that are there, and new ones for the images between them."""
    found, position = list(kept), 0
    for start, stop in [*kept, (n, n)]:
        gap = start - position
        if gap > 0:
            found += [(position + a, position + b) for a, b in part_bounds(gap, n_workers, alike)]
        position = stop
    return sorted(found)


def _take_next(
    early: dict[tuple[int, int], _Part], bounds: list[tuple[int, int]], joining: Joining,
    judge: Any, store: PartStore | None,
) -> None:  # fmt: skip
    """Put together what follows the images that are together already."""
    spans = {span[0]: span for span in bounds}
    while (span := spans.get(joining.n_images)) is not None:
        if span in early:
            record, judged = early.pop(span)
        elif store is not None and store.path(*span).exists():
            record, judged = store.read(*span, judge.part(*span))
        else:
            return
        joining.add(record)
        judge.merge(judged)
        if not record.is_complete:
            return


def _part(
    model: SpikingModel, images: Split, judge: Judge | ValueJudge, how: dict[str, Any]
) -> _Part:
    """Run some images where they were sent."""
    record, _ = simulated(model, images, judge=judge, **how)
    return record, judge


def part_bounds(n: int, n_workers: int, alike: int) -> list[tuple[int, int]]:
    """First image of every part, and the image after its last one.

    Parameters
    ----------
    n : int
        Images.
    n_workers : int
        How many parts are run at a time.
    alike : int
        Every part begins at a multiple of it and has so many images at least, as where images are
        computed in batches.

    Examples
    --------
    >>> part_bounds(200, 1, 50)
    [(0, 50), (50, 100), (100, 150), (150, 200)]
    >>> part_bounds(230, 1, 50)
    [(0, 100), (100, 230)]
    """
    wanted = min(_MOST, -(-n // (_EACH * n_workers)))
    size = max(1, -(-wanted // alike)) * alike
    starts = list(np.arange(0, max(1, n // alike) * alike, size).tolist())
    if len(starts) > 1 and n - starts[-1] < alike:
        starts.pop()
    return list(zip(starts, [*starts[1:], n], strict=True))
