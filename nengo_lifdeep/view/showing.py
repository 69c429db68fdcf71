"""Run one image through a network and prepare the pictures of every step, without a browser."""

from __future__ import annotations

import dataclasses
import math
import threading
import traceback
from collections.abc import Sequence
from typing import Any

import nengo
import numpy as np

from ..conversion.swap import convert, synapse_on_chip
from ..datasets.base import Split
from ..deployment import deploy
from ..errors import DataError, LifdeepError, ValidationError
from ..inputs.as_trained import own_times, was_trained_on_spikes
from ..inputs.presentation import Presentation
from ..inputs.recommended import Recommended
from ..models import SpikingModel, TrainedModel
from ..records import SpikeRecord
from ..simulators import get_simulator, run
from ..simulators.registry import names
from ..support.short_repr import short_repr
from .choices import Network, shape_of

__all__ = ["Run", "choices_for", "outcome", "numbers", "own_settings", "run_image",
           "tiled"]  # fmt: skip

#: simulators are not made for several threads
_ONE_AT_A_TIME = threading.Lock()

#: channels of a layer that are shown, the most active ones
_MOST_CHANNELS = 16

#: spikes stay visible for this long, in seconds
_AFTERGLOW = 0.008


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """One image, run.

    Attributes
    ----------
    record : SpikeRecord
        With every single spike of the image.
    shapes : dict of str to tuple
        Shape of each layer of neurons.
    image : (row, column, channel) array
        In [0, 1], as it was given.
    read_out : tuple of str
        The layers from which the scores come; by default the last one.
    """

    record: SpikeRecord
    shapes: dict[str, tuple[int, ...]]
    image: np.ndarray
    read_out: tuple[str, ...] = ()

    __repr__ = short_repr

    @property
    def n_steps(self) -> int:
        """Steps of the presentation."""
        return self.record.n_steps

    def evidence(self) -> np.ndarray:
        """Mean scores since ``t_c`` (before it: since the onset), shape ``(step, class)``."""
        assert self.record.presentation is not None
        start = self.record.presentation.c_steps
        total = np.cumsum(self.record.outputs[0], axis=0, dtype=float)
        means = total / np.arange(1, len(total) + 1)[:, None]
        if 0 < start < len(total):
            late = np.arange(1, len(total) - start + 1)[:, None]
            means[start:] = (total[start:] - total[start - 1]) / late
        return means

    def answer(self, step: int) -> int | None:
        """The class with most evidence after ``step`` steps; None before what is read out spiked.

        Parameters
        ----------
        step : int
            Number of the step, counted from 0.
        """
        last = self.read_out or (list(self.shapes)[-1],)
        if not any(self.spikes_until(name, step) for name in last):
            return None
        return int(self.evidence()[step - 1].argmax())

    def says(self, step: int, classes: Sequence[str] | None) -> str:
        """The answer after ``step`` steps, as a text.

        Parameters
        ----------
        step : int
            Number of the step, counted from 0.
        classes : sequence of str or None
            Names of the classes; None of a network that gives values.
        """
        found = self.answer(step)
        if found is None:
            return "none yet"
        return numbers(self.evidence()[max(step, 1) - 1]) if classes is None else classes[found]

    def activity(self, name: str, step: int) -> np.ndarray:
        """Spikes of a layer in the last moments before ``step``, tiled for drawing.

        Parameters
        ----------
        name : str
            Name of the population.
        step : int
            Number of the step, counted from 0.
        """
        assert self.record.presentation is not None
        rows = self.record.rasters[name]
        keep = max(round(_AFTERGLOW / self.record.presentation.dt), 1)
        recent = rows[(rows[:, 1] < step) & (rows[:, 1] >= step - keep)]
        shape = self.shapes[name]
        counts = np.bincount(recent[:, 2], minlength=math.prod(shape))
        whole = np.bincount(rows[:, 2], minlength=math.prod(shape))
        return tiled(counts.reshape(shape), whole.reshape(shape))

    def spikes_until(self, name: str, step: int) -> int:
        """Spikes of a layer in the first ``step`` steps.

        Parameters
        ----------
        name : str
            Name of the population.
        step : int
            Number of the step, counted from 0.
        """
        return int((self.record.rasters[name][:, 1] < step).sum())


def numbers(values: np.ndarray, most: int = 4) -> str:
    """Values as a text, the first few.

    Parameters
    ----------
    values : (n,) array
        The values.
    most : int
        How many are written.
    """
    shown = ", ".join(f"{value:.4g}" for value in values[:most])
    return shown if len(values) <= most else f"{shown}, ... ({len(values)} values)"


def choices_for(model: TrainedModel | SpikingModel) -> tuple[str, ...]:
    """The simulators with spikes that are installed and can run this network.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> "nengo" in choices_for(trained_example()[0])
    True
    """
    spiking = convert(model) if isinstance(model, TrainedModel) else model
    able = []
    for name in names(spikes=True):
        try:
            _require(name, model, spiking)
        except (LifdeepError, ImportError):
            continue
        able.append(name)
    return tuple(able)


def _require(simulator: str, model: TrainedModel | SpikingModel, spiking: SpikingModel) -> None:
    """Raise unless a simulator is installed and knows the network's neurons and size."""
    chosen = get_simulator(simulator)
    if chosen.on_chip:  # as `run_image` does, with the chip's synapses
        spiking = deploy(model).model
    chosen.require(spiking)


def own_settings(model: TrainedModel | SpikingModel) -> tuple[bool, Presentation]:
    """Whether a network has synapses of its own, and the times with which it is run.

    A spiking network has, and one that was trained on its spikes or recommends some; others are
    given synapses by whoever converts them.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> own_settings(trained_example()[0])[0]
    False
    """
    known = model.provenance
    has_own = isinstance(model, SpikingModel) or was_trained_on_spikes(known)
    return (
        has_own or Recommended.of(known) is not None,
        own_times(known, usual=Presentation(t_c=0.04, t_p=0.12)),
    )


def run_image(
    model: TrainedModel | SpikingModel,
    image: np.ndarray,
    *,
    simulator: str = "events",
    tau_s: float | None = 0.003,
    t_c: float = 0.04,
    t_p: float = 0.12,
) -> Run:
    """Show one image to a network.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        A trained one is converted with alpha synapses, and with its recommended rates and initial
        voltages, if it has any.
    image : (row, column, channel) array
        uint8, or floats in [0, 1].
    simulator : str
        One with spikes; the chip's get lowpass synapses of the same mean delay.
    tau_s : float or None
        Synapse in seconds, 0 for none; None for the network's own, or those that `convert` chooses.
    t_c, t_p : float
        Averaging window in seconds.

    Raises
    ------
    ValidationError
        If the simulator has no spikes, or the times make no sense.
    DeploymentError
        If the network does not fit onto the chip.

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> trained, test = trained_example()
    >>> run_image(trained, test.images[0], t_p=0.08).n_steps
    80
    """
    if simulator not in (able := names(spikes=True)):
        raise ValidationError(f"simulator is {simulator!r}; expected one of {', '.join(able)}")
    timing = Presentation(t_c=t_c, t_p=t_p)
    kept: dict[str, Any] = {"rasters": 1, "progress": False}  # the page says that it waits
    shown = np.asarray(image)[np.newaxis]
    synapse: Any = nengo.Alpha(tau_s) if tau_s else None
    on_chip = get_simulator(simulator).on_chip
    if isinstance(model, SpikingModel):
        spiking = model
    elif tau_s is None and on_chip:
        spiking = convert(model, synapse=synapse_on_chip(model))
    elif tau_s is None or (not on_chip and Recommended.of(model.provenance) is not None):
        spiking = convert(model)
    else:
        spiking = convert(model, synapse=synapse)
    spiking = spiking.with_tau_s(tau_s)
    if on_chip:
        found = deploy(spiking, presentation=timing)
        record = found.run(shown, simulator=simulator, **kept)
        spiking = found.model
    else:
        record = run(spiking, shown, simulator=simulator, presentation=timing, **kept)
    drawn = Split(shown, np.zeros(1, np.int64)).unit_images()[0]
    last = tuple(dict.fromkeys(c.pre for c in spiking.connections if c.post == "output"))
    return Run(record, {p.name: p.shape for p in spiking.populations}, drawn, last)


def outcome(model: Network | None, image: np.ndarray, options: dict[str, Any]) -> Run | Exception:
    """The run, or what kept it from happening: the page says it, whatever it is.

    Parameters
    ----------
    model : TrainedModel, SpikingModel or None
        The network; None is an error as any other.
    image : (row, column, channel) array
        As for `run_image`.
    options : dict
        Other arguments of `run_image`.
    """
    try:
        assert model is not None
        if image.shape != shape_of(model):
            takes, given = (" x ".join(map(str, s)) for s in (shape_of(model), image.shape))
            raise DataError(f"this network takes images of {takes}; these have {given}")
        with _ONE_AT_A_TIME:
            return run_image(model, image, **options)
    except Exception as error:
        if not isinstance(error, LifdeepError):
            traceback.print_exc()
        return error


def tiled(counts: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """A layer as one picture: channels side by side, flat layers folded into rows.

    Parameters
    ----------
    counts : (row, column, channel) or (unit,) array
        What is drawn.
    importance : array of the same shape
        Of the channels: those with the largest sums are shown, at most 16.

    Examples
    --------
    >>> tiled(np.ones((4, 4, 2)), np.ones((4, 4, 2))).shape
    (4, 9)
    >>> tiled(np.ones(10), np.ones(10)).shape
    (2, 9)
    """
    if counts.ndim == 1:
        width = min(len(counts), max(8, math.ceil(math.sqrt(8 * len(counts)))))
        rows = math.ceil(len(counts) / width)
        flat = np.zeros(rows * width)
        flat[: len(counts)] = counts
        return flat.reshape(rows, width)
    rows, cols, channels = counts.shape
    chosen = np.sort(np.argsort(-importance.sum(axis=(0, 1)), kind="stable")[:_MOST_CHANNELS])
    across = min(len(chosen), 8)
    down = math.ceil(len(chosen) / across)
    picture = np.zeros((down * (rows + 1) - 1, across * (cols + 1) - 1))
    for place, channel in enumerate(chosen):
        i, j = divmod(place, across)
        top, left = i * (rows + 1), j * (cols + 1)
        picture[top : top + rows, left : left + cols] = counts[:, :, channel]
    return picture
