"""`SpikeRecord`: the result of one run of a simulator."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..inputs.presentation import Presentation
from ..models import SpikingModel
from ..support.checks import checked, instance, optional, real
from ..support.checks.arrays import checked_array
from ..support.files import damage_reported, read_record, write_record
from ..support.short_repr import short_repr
from .judge import window_scores
from .outputs.nir_data import nir_data
from .outputs.tables import record_arrays, record_frame
from .recorded.card import record_card
from .recorded.content import content_fields, record_content
from .recorded.fields import check_record
from .windows import Windows

__all__ = ["SpikeRecord"]


@dataclasses.dataclass(frozen=True, eq=False)
class SpikeRecord:
    """Activity of a network over a batch of images.

    Parameters
    ----------
    simulator : str
        Name of the simulator that ran.
    model : str
        Name of the network.
    presentation : Presentation or None
        Timing; None where there is no time (simulator ``"rate"``).
    outputs : (image, step, class) array of float32
        Class scores at every step (one step for ``"rate"``); no step at all where a judge took
        them chunk by chunk, as in `evaluate`.
    layer_rates : dict of str to (n_neurons,) array
        Mean firing rate of every neuron over images and time, in Hz, by population. Spikes of
        negative sign (`nengo.Tanh`) are spikes.
    image_spikes : dict of str to (n_images,) array
        Spikes of each population during each image, of either sign; empty for ``"rate"``.
    rasters : dict of str to (n_spikes, 3) array of int32
        Single spikes as rows (image, step, neuron), of the images that were asked for.
    seconds : float
        Wall-clock time of the run without building, in seconds.
    build_seconds : float
        Wall-clock time of building the simulator, in seconds.
    n_asked : int
        Images the run was asked for; more than ``n_images`` if it was interrupted.
    notes : tuple of str
        What the reader of the numbers must know, e.g. what was changed for a chip.
    is_static : bool
        Whether every image was shown unchanged all the time.
    counters : dict of str to dict of str to int
        What a simulator counted besides spikes, over the whole run: name of the counter ->
        population -> count. ``"loihi-exact"`` counts registers that wrap around
        (`loihi.number_range.REGISTERS`).
    dense : dict of str to int
        Of how many images each connection was computed in dense products, where the simulator
        chooses: ``"events"``.
    trained_weights : str
        `TrainedModel.fingerprint` of the network; empty where it is not known.
    shown_images : str
        `Split.fingerprint` of the recorded images; empty where it is not known, as of frames at
        every step, of `Inputs`, and of records that were joined.

    Raises
    ------
    ValidationError
        If the arrays do not fit each other, or one holds what it cannot: NaN, text, masked
        elements, negative rates or counts.
    """

    simulator: str
    model: str
    presentation: Presentation | None
    outputs: np.ndarray
    layer_rates: Mapping[str, np.ndarray]
    image_spikes: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    rasters: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    build_seconds: float = 0.0
    n_asked: int = 0
    notes: tuple[str, ...] = ()
    is_static: bool = True
    counters: Mapping[str, Mapping[str, int]] = dataclasses.field(default_factory=dict)
    dense: Mapping[str, int] = dataclasses.field(default_factory=dict)
    trained_weights: str = ""
    shown_images: str = ""

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_record(self)

    @property
    def n_images(self) -> int:
        """Images that were run to their end."""
        return self.outputs.shape[0]

    @property
    def is_complete(self) -> bool:
        """Whether the run got through all the images it was asked for."""
        return self.n_images == self.n_asked

    @property
    def n_steps(self) -> int:
        """Steps per image."""
        return 1 if self.presentation is None else self.presentation.n_steps

    @property
    def has_outputs(self) -> bool:
        """Whether the class scores are here, and not with a judge."""
        return self.outputs.shape[1] > 0

    @property
    def spikes_per_image(self) -> float | None:
        """Mean number of spikes in the whole network per image; None without spikes."""
        if not self.image_spikes:
            return None
        return float(sum(spikes.mean() for spikes in self.image_spikes.values()))

    @property
    def mean_rate(self) -> float:
        """Mean firing rate over all neurons of the network, in Hz."""
        return float(np.concatenate([np.ravel(r) for r in self.layer_rates.values()]).mean())

    @checked(t_c=optional(real(0, unit="seconds")), t_p=optional(real(0, unit="seconds")))
    def scores(self, t_c: float | None = None, t_p: float | None = None) -> np.ndarray:
        """Mean output over ``[t_c, t_p)``, shape ``(image, class)``.

        Parameters
        ----------
        t_c, t_p : float, optional
            Window in seconds; the presentation's own by default.
        """
        self._require_outputs()
        if self.presentation is None:
            return self.outputs[:, 0]
        window = dataclasses.replace(
            self.presentation,
            t_c=self.presentation.t_c if t_c is None else t_c,
            t_p=self.presentation.t_p if t_p is None else t_p,
        )
        if window.n_steps > self.n_steps:
            raise ValidationError(
                f"t_p = {window.t_p} s is longer than the run's {self.presentation.t_p} s"
            )
        return window_scores(self.outputs, window)

    @checked(t_c=optional(real(0, unit="seconds")), t_p=optional(real(0, unit="seconds")))
    def predictions(self, t_c: float | None = None, t_p: float | None = None) -> np.ndarray:
        """Class with the largest mean output over ``[t_c, t_p)``, shape ``(image,)``.

        Parameters
        ----------
        t_c, t_p : float, optional
            Start and end of the average, in seconds; by default those of the presentation.
        """
        return self.scores(t_c, t_p).argmax(axis=1)

    def accuracy_grid(self, labels: np.ndarray) -> np.ndarray:
        """Accuracy for every window, from this one run; costs the square of the steps.

        Parameters
        ----------
        labels : (n_images,) array of int
            True classes.

        Returns
        -------
        grid : (n_steps, n_steps + 1) array
            ``grid[c, p]`` is the accuracy averaging over steps ``c <= step < p``; NaN where
            ``c >= p``.

        Raises
        ------
        ValidationError
            If there is not one label per image, or the grid would be larger than 1 GiB.
        """
        return self._windows(labels, [0]).grid()

    @checked(t_c=optional(real(0, unit="seconds")))
    def accuracy_row(self, labels: np.ndarray, t_c: float | None = None) -> np.ndarray:
        """Accuracy had the prediction been read earlier: one row of `accuracy_grid`, at its share.

        Parameters
        ----------
        labels : (n_images,) array of int
            True classes.
        t_c : float, optional
            Averaging begins here, in seconds; the presentation's own by default.

        Returns
        -------
        (n_steps + 1,) array
            Element ``p`` averages from ``t_c`` to before step ``p``; NaN where that is no step.
        """
        if self.presentation is None:
            raise ValidationError(f"simulator {self.simulator!r} has no time, and no windows of it")
        timing = self.presentation
        start = timing.c_steps if t_c is None else round(t_c / timing.dt)
        if not 0 <= start < self.n_steps:
            raise ValidationError(
                f"t_c is {t_c} s; expected a time from 0 to before the end at {timing.t_p:g} s"
            )
        return self._windows(labels, [start]).row(start)

    def _windows(self, labels: np.ndarray, starts: list[int]) -> Windows:
        self._require_outputs()
        labels = checked_array(
            labels, "labels", kind="whole", shape=(self.n_images,), low=0, dtype=np.int64
        )
        if not len(labels):
            raise ValidationError("the record holds no finished image; nothing can be judged")
        return Windows.of(self.outputs, labels, starts)

    def _require_outputs(self) -> None:
        if not self.has_outputs:
            raise ValidationError(
                "this run's class scores went to a judge chunk by chunk and are not in the record; "
                "run(...) without one keeps them"
            )

    def to_pandas(self) -> Any:
        """Spikes of every population by image, as a ``pandas.DataFrame``.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        return record_frame(self)

    def to_xarray(self) -> Any:
        """Outputs over time, spikes by image, rates by neuron, as an ``xarray.Dataset``.

        Raises
        ------
        MissingDependencyError
            If xarray is not installed.
        """
        return record_arrays(self)

    @checked(model=optional(instance(SpikingModel)))
    def to_nir_data(self, model: SpikingModel | None = None) -> Any:
        """Single spikes as NIR's data, a ``nir.data_ir.NIRGraphData``: events of every population.

        Times are the middle of their step, so that dividing by ``dt`` gives the step whatever the
        rounding. The names of its nodes are those that `to_nir` gives to the neurons.

        Parameters
        ----------
        model : SpikingModel, optional
            The network that ran: neurons are then numbered channel by channel, as in the graph that
            `to_nir` makes of it; without, as in the record.

        Raises
        ------
        ValidationError
            If there are no single spikes (``run(..., rasters=n)``), several of a neuron in one
            step, or the network is another.
        MissingDependencyError
            If nir is not installed, or older than 1.0.8, which has no data format.
        """
        return nir_data(self, model)

    def _repr_html_(self) -> str:
        """A card for notebooks."""
        return record_card(self)

    def content(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What a file holds of it: a JSON-ready header, and arrays by name."""
        return record_content(self)

    @classmethod
    def from_content(
        cls, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> SpikeRecord:
        """The record of which a file holds this.

        Parameters
        ----------
        header : mapping
            As `content` gave it.
        arrays : dict of str to array
            As `content` gave them.

        Raises
        ------
        ValidationError
            If something is missing, or is no such content.
        """
        try:
            return cls(**content_fields(header, arrays))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, ValidationError):
                raise
            raise ValidationError(
                f"this is no content of a SpikeRecord ({error!r}); expected what content() gave"
            ) from error

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        return write_record(path, "SpikeRecord", *self.content())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> SpikeRecord:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header, arrays = read_record(path, "SpikeRecord")
        with damage_reported(path):
            return cls.from_content(header, arrays)
