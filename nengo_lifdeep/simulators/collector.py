"""Gathers what a spiking simulator produces, chunk by chunk, into a `SpikeRecord`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import ConversionError
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..records import Judge, SpikeRecord, ValueJudge
from ..records.judge import StepJudge
from ..records.recorded.single import require_few_spikes
from ..support.arrays.owned_arrays import adopted
from ..support.progress import progress_bar

__all__ = ["SpikeCollector", "interruptible"]

#: Spikes of a population in one image that are counted one by one: above, float64 skips numbers.
_MOST_COUNTED = 2**53


class SpikeCollector:
    """Collects finished images in order; what it holds is always a usable partial record.

    Class scores go to a judge where there is one, and are not kept then.

    Parameters
    ----------
    simulator : str
        Name of the simulator.
    model : SpikingModel
        The spiking network.
    timing : Presentation
        How an image is shown; times in seconds.
    n : int
        Number of images of the run.
    judge : Judge, ValueJudge or StepJudge, optional
        Evaluates the class scores, which are not kept then.
    """

    def __init__(
        self,
        simulator: str,
        model: SpikingModel,
        timing: Presentation,
        n: int,
        judge: Judge | ValueJudge | StepJudge | None = None,
    ) -> None:
        self.simulator, self.model, self.timing, self.n_asked = simulator, model, timing, n
        self.judge = judge
        steps = timing.n_steps if judge is None else 0
        self.outputs = np.empty((n, steps, model.n_classes), np.float32)
        self.n_done = 0
        self.totals = {p.name: np.zeros(p.n_neurons) for p in model.populations}
        self.per_image: dict[str, list[np.ndarray]] = {p.name: [] for p in model.populations}
        self.rasters: dict[str, list[np.ndarray]] = {p.name: [] for p in model.populations}
        self.n_single = 0
        self.build_seconds = 0.0
        self._started = time.perf_counter()

    def built(self) -> None:
        """Note that building has ended and running begins."""
        now = time.perf_counter()
        self.build_seconds, self._started = now - self._started, now

    def add(self, outputs: np.ndarray, counts: dict[str, np.ndarray]) -> None:
        """Take finished images.

        Parameters
        ----------
        outputs : (image, step, class) array
            Class scores.
        counts : dict of str to (image, neuron) array
            Spikes of every neuron during each image, by population; those of negative sign count
            as spikes.
        """
        self.add_sums(
            outputs,
            {name: spikes.sum(axis=0) for name, spikes in counts.items()},
            {name: spikes.sum(axis=1) for name, spikes in counts.items()},
        )

    def add_sums(
        self,
        outputs: np.ndarray,
        totals: Mapping[str, np.ndarray],
        per_image: Mapping[str, np.ndarray],
    ) -> None:
        """Take finished images whose spikes are counted already.

        Parameters
        ----------
        outputs : (image, step, class) array
            Class scores.
        totals : dict of str to (neuron,) array
            Spikes of every neuron over all these images, by population.
        per_image : dict of str to (image,) array
            Spikes of the population during each image.
        """
        if self.judge is None:
            self.outputs[self.n_done : self.n_done + len(outputs)] = outputs
        else:
            self.judge.add(outputs)
        self.n_done += len(outputs)
        for name, total in totals.items():
            self.totals[name] += total
            spikes = np.rint(per_image[name])
            if not spikes.max(initial=0) < _MOST_COUNTED:
                raise ConversionError(
                    f"simulator {self.simulator!r}, population {name!r}: {spikes.max():.3g} spikes "
                    f"in one image; expected less than {_MOST_COUNTED:,}. Scale weights, biases or "
                    "firing rates down"
                )
            self.per_image[name].append(spikes.astype(np.int64))

    def add_raster(self, name: str, image: int, spikes: np.ndarray) -> None:
        """Take every spike of one image: ``spikes (step, neuron)`` counts per step, of any sign.

        Parameters
        ----------
        name : str
            Name of the population.
        image : int
            Position of the image in the run.
        spikes : (step, neuron) array of int
            Spikes per step.
        """
        spikes = np.abs(spikes)
        step, neuron = np.nonzero(spikes)
        times = np.rint(spikes[step, neuron])
        self._require_few(name, float(times.sum(dtype=np.float64)))
        once = np.stack([np.full_like(step, image), step, neuron], axis=1).astype(np.int32)
        self.add_rows(name, np.repeat(once, times.astype(int), axis=0))

    def add_rows(self, name: str, rows: np.ndarray) -> None:
        """Take single spikes as rows (image, step, neuron).

        Parameters
        ----------
        name : str
            Name of the population.
        rows : (spike, 3) array of int
            Image, step and neuron of every spike.
        """
        self._require_few(name, len(rows))
        self.n_single += len(rows)
        self.rasters[name].append(rows.astype(np.int32, copy=False))

    def _require_few(self, name: str, more: float) -> None:
        where = f"simulator {self.simulator!r}, population {name!r}"
        require_few_spikes(self.n_single + more, where)

    def record(
        self,
        notes: tuple[str, ...] = (),
        counters: Mapping[str, Mapping[str, int]] | None = None,
        dense: Mapping[str, int] | None = None,
    ) -> SpikeRecord:
        """The record of the images collected, with the simulator's notes and counters.

        The class scores become the record's own: no image can be added afterwards.

        Parameters
        ----------
        notes : tuple of str
            Notes of the simulator.
        counters : dict, optional
            Name of the counter -> population -> count.
        dense : dict, optional
            Of how many images each connection was computed in dense products.
        """
        n = self.n_done
        duration = max(n, 1) * self.timing.n_steps * self.timing.dt
        kept = {k: adopted(np.concatenate(v)) for k, v in self.rasters.items() if v}
        return SpikeRecord(
            simulator=self.simulator,
            model=self.model.name,
            presentation=self.timing,
            outputs=adopted(self.outputs)[:n],
            layer_rates={k: total / duration for k, total in self.totals.items()},
            image_spikes={
                k: np.concatenate(v) if v else np.zeros(0, np.int64)
                for k, v in self.per_image.items()
            },
            rasters=kept,
            seconds=time.perf_counter() - self._started,
            build_seconds=self.build_seconds,
            n_asked=self.n_asked,
            notes=notes,
            counters=counters or {},
            dense=dense or {},
        )


@contextmanager
def interruptible(
    collector: SpikeCollector, progress: bool | None
) -> Iterator[Callable[[int], Any]]:
    """A progress bar over the images, inside which Ctrl-C ends the run but keeps the record.

    Parameters
    ----------
    collector : SpikeCollector
        Holds the finished images.
    progress : bool or None
        Whether to show a progress bar; None in notebooks only.

    Raises
    ------
    KeyboardInterrupt
        If not a single image was finished.
    """
    collector.built()
    try:
        with progress_bar(
            collector.simulator,
            collector.n_asked,
            enabled=progress,
            speed=(collector.timing.n_steps, "image-steps"),
        ) as advance:
            yield advance
    except KeyboardInterrupt:
        if collector.n_done == 0:
            raise
