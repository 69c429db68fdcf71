"""Our own simulators, through the public `run`."""

from __future__ import annotations

from typing import Any

import numpy as np

from nengo_lifdeep.simulators import SIMULATORS, run

from .task import Round, Task

__all__ = ["Ours"]


class Ours:
    """One of this package's simulators.

    Timed is what the record says it took: the run without building. NengoDL traces its graph
    inside the run, once; several batches per round keep that a small share.

    Parameters
    ----------
    task : Task
        What to run.
    simulator : str
        Its name in the registry.
    n_images : int
        How many images of the batch.
    batches : int
        How many times they are shown in one round.
    **options
        For `run`.
    """

    def __init__(
        self, task: Task, simulator: str, n_images: int, batches: int = 1, **options: Any
    ) -> None:
        if simulator not in SIMULATORS:
            raise LookupError(f"this version of nengo_lifdeep has no simulator {simulator!r}")
        self.task, self.simulator, self.model = task, simulator, task.spiking
        self.options = {"batch_size": n_images, **options}
        shown = task.data.take(n_images)
        self.images = np.concatenate([shown.unit_images()] * batches)
        self.n_images, self.notes = n_images, []
        if n_images < len(task.data):
            self.notes.append(f"{n_images} images per round")
        if batches > 1:
            self.notes.append(f"{batches} batches per round, tracing included")

    def round(self) -> Round:
        """Build and run once."""
        record = run(
            self.model,
            self.images,
            simulator=self.simulator,
            presentation=self.task.timing,
            **self.options,
        )
        work = record.n_images * record.n_steps
        accuracy = self.task.accuracy(record.outputs[: self.n_images])
        return Round(record.seconds, work, accuracy, float(record.mean_rate))

    def close(self) -> None:
        """Nothing to close."""
