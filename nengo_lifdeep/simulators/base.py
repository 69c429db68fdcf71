"""One interface for all simulators, and the registry that imports each only when it is used."""

from __future__ import annotations

import dataclasses
import importlib
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..coding import Coding
from ..datasets.base import Split
from ..errors import ValidationError
from ..models import SpikingModel
from ..presentation import Presentation
from ..records import Judge, SpikeRecord
from .inputs import Inputs

if TYPE_CHECKING:
    from ..loihi.plan import Plan

__all__ = ["SIMULATORS", "Options", "SimulatorFunction", "complete", "get_simulator", "run"]

#: Name -> module of this folder, and what it promises.
SIMULATORS = {
    "rate": ("rate", "no time: every neuron at the rate its current demands"),
    "events": ("events", "event-driven, many images at a time: equal to nengo, spike by spike"),
    "nengo": ("reference", "nengo.Simulator, one image at a time: the reference"),
    "nengo-dl": ("nengo_dl", "NengoDL, many images at a time: equal to nengo to float32"),
    "loihi-exact": ("loihi_exact", "the same integers as loihi's emulator, many images at a time"),
    "loihi": ("loihi", "nengo-loihi's emulator of the chip, or the board: integers"),
}


_CHOICES = {
    "dtype": ("float32", "float64"),
    "route": ("auto", "events", "dense"),
    "engine": ("numba", "numpy"),
}


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
    target : str
        For ``"loihi"``: ``"sim"`` (integer emulator), ``"simreal"`` (emulator without
        discretisation) or ``"loihi"`` (the board, which needs NxSDK).
    dtype : {"float32", "float64"}
        For ``"events"``: numbers it computes with.
    threads : int
        For ``"events"``: threads, 0 for as many as there are cores.
    route : {"auto", "events", "dense"}
        For ``"events"``: how spikes become currents, one by one through their fan-out or in dense
        products; by default whatever is cheaper for the spikes there are.
    engine : {"numba", "numpy"}
        For ``"events"``: compiled, or plain NumPy, which is there to be read.
    plan : Plan, optional
        For ``"loihi"`` and ``"loihi-exact"``: how the network is cut; planned by default.
    judge : Judge, optional
        Takes the class scores of every chunk; the record is left without them then.
    """

    seed: int = 0
    batch_size: int = 100
    rasters: int = 0
    progress: bool = False
    target: str = "sim"
    dtype: str = "float32"
    threads: int = 0
    route: str = "auto"
    engine: str = "numba"
    plan: Plan | None = None
    judge: Judge | None = None

    @classmethod
    def of(cls, options: dict[str, Any]) -> Options:
        """From keyword arguments; `ValidationError` names the one there is not."""
        names = [field.name for field in dataclasses.fields(cls)]
        for name in options:
            if name not in names:
                raise ValidationError(
                    f"simulators have no option {name!r}; expected one of {', '.join(names)}"
                )
        return cls(**options)

    def __post_init__(self) -> None:
        if self.judge is not None and not isinstance(self.judge, Judge):
            raise ValidationError(f"judge is {self.judge!r}; expected a records.Judge, or None")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValidationError(
                    f"{name} is {getattr(self, name)!r}; expected one of {', '.join(choices)}"
                )
        for name, low in (("batch_size", 1), ("rasters", 0), ("seed", 0), ("threads", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < low:
                raise ValidationError(f"{name} is {value!r}; expected a whole number >= {low}")


class SimulatorFunction(Protocol):
    """What a module of this folder offers under the name ``simulate``."""

    def __call__(
        self,
        model: SpikingModel,
        inputs: Inputs,
        presentation: Presentation,
        options: Options,
    ) -> SpikeRecord: ...


def complete(record: SpikeRecord) -> SpikeRecord:
    """The record, for those who need every image.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C ended the run: `run` returns the images that were finished then.
    """
    if not record.is_complete:
        raise KeyboardInterrupt(f"{record.n_images} of {record.n_asked} images were finished")
    return record


def get_simulator(name: str) -> SimulatorFunction:
    """The simulator of that name; `ValidationError` lists the names there are."""
    if name not in SIMULATORS:
        raise ValidationError(
            f"there is no simulator {name!r}; expected one of {', '.join(SIMULATORS)}"
        )
    module = importlib.import_module(f".{SIMULATORS[name][0]}", __package__)
    return module.simulate


def run(
    model: SpikingModel,
    images: Split | np.ndarray | Inputs,
    *,
    simulator: str = "events",
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    **options: Any,
) -> SpikeRecord:
    """Show images to a spiking network and record what it does.

    Parameters
    ----------
    model : SpikingModel
        What `convert` returned.
    images : Split, array or Inputs
        Raw images ``(n, row, column, channel)``, or frames over time
        ``(n, step, row, column, channel)`` with one frame per simulation step; uint8, or floats
        in [0, 1]. The model's preprocessing is applied here, to frames one by one. `Inputs` are
        all that already, and bring their own presentation and coding.
    simulator : {"events", "nengo", "nengo-dl", "loihi", "rate"}
        Where to run.
    presentation : Presentation, optional
        Timing; ``Presentation()`` by default.
    coding : Coding, optional
        Turns images, after preprocessing, into time courses: `BernoulliCoding`, `PoissonCoding`,
        `FunctionCoding`. By default each image is shown unchanged all the time.
    **options
        Fields of `Options`: seed, batch_size, rasters, progress, and those of one simulator.

    Returns
    -------
    SpikeRecord
        Interrupted with Ctrl-C, it holds the images that were finished.

    Raises
    ------
    DataError
        If the images do not fit the network, or there is not one frame per step.
    ValidationError
        If an option is wrong, or the simulator cannot show inputs that change over time.
    MissingDependencyError
        If the simulator's package is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from nengo_lifdeep.convert import convert
    >>> from nengo_lifdeep.random_features import trained_example
    >>> spiking = convert(trained_example()[0])
    >>> image = np.zeros((1, *spiking.input_shape))
    >>> run(spiking, image, simulator="nengo").outputs.shape[:2]
    (1, 100)
    >>> frames = np.zeros((1, 50, *spiking.input_shape))
    >>> run(spiking, frames, simulator="nengo", presentation=Presentation(t_p=0.05)).n_images
    1
    """
    simulate = get_simulator(simulator)
    if isinstance(images, Inputs):
        _refuse_twice(images, presentation, coding)
        inputs = images
        inputs.require_shape(model)
    else:
        inputs = Inputs.of(model, images, presentation or Presentation(), coding)
    timing = inputs.timing
    record = simulate(model.with_tau_s(timing.tau_s), inputs, timing, Options.of(options))
    if inputs.is_static:
        return record
    notes = record.notes if inputs.coding is None else (*record.notes, f"input: {inputs.coding}")
    return dataclasses.replace(record, notes=notes, is_static=False)


def _refuse_twice(inputs: Inputs, presentation: Presentation | None, coding: Coding | None) -> None:
    """Inputs know their timing and coding; to give others beside them would be ignored."""
    if coding is not None or presentation not in (None, inputs.timing):
        raise ValidationError(
            f"Inputs with {inputs.timing} and coding {inputs.coding} were given together with "
            f"presentation {presentation} and coding {coding}; leave those out, or give images"
        )
