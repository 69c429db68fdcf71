"""Our own simulators, through the public `run`."""

from __future__ import annotations

from nengo_lifdeep.simulators import SIMULATORS, run

from .task import Round, Task

__all__ = ["Ours"]


class Ours:
    """One of this package's simulators on the first ``n_images`` of the batch.

    Timed is what the record says it took: the run without building.
    """

    def __init__(self, task: Task, simulator: str, n_images: int) -> None:
        if simulator not in SIMULATORS:
            raise LookupError(f"this version of nengo_lifdeep has no simulator {simulator!r}")
        self.task, self.simulator = task, simulator
        self.model, self.images = task.spiking, task.data.take(n_images)
        self.notes = [f"{n_images} images per round"] if n_images < len(task.data) else []

    def round(self) -> Round:
        """Build and run once."""
        record = run(
            self.model,
            self.images,
            simulator=self.simulator,
            presentation=self.task.timing,
            batch_size=len(self.images),
        )
        work = record.n_images * record.n_steps
        return Round(
            record.seconds, work, self.task.accuracy(record.outputs), float(record.mean_rate)
        )

    def close(self) -> None:
        """Nothing to close."""
