"""One interface for all simulators: `run`."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from nengo.exceptions import NengoException

from ..compat.contexts import apart_from_open_networks
from ..datasets.base import Split
from ..datasets.frames import FilmFrames
from ..datasets.series import Series
from ..errors import ConversionError, ValidationError
from ..inputs.as_trained import is_as_trained, shown_as
from ..inputs.coding import Coding, coding_or_none
from ..inputs.inputs import Inputs, in_time
from ..inputs.presentation import Presentation, timing_or_default
from ..models import SpikingModel
from ..models.expected import spiking_model
from ..models.times import check_times
from ..records import SpikeRecord
from ..records.input_range import range_findings
from ..records.judged.shown import with_images
from ..records.silence import silent_populations
from ..support.checks import checked, instance
from .options import Options
from .registry import Simulator, get_simulator, names

__all__ = ["complete", "noted", "run", "shown_inputs", "simulated"]


@checked(record=instance(SpikeRecord))
def complete(record: SpikeRecord) -> SpikeRecord:
    """The record, for those who need every image.

    Parameters
    ----------
    record : SpikeRecord
        The record of a run.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C ended the run: `run` returns the images that were finished then.
    """
    if not record.is_complete:
        raise KeyboardInterrupt(f"{record.n_images} of {record.n_asked} images were finished")
    return record


@checked(model=spiking_model, presentation=timing_or_default, coding=coding_or_none)
def run(
    model: SpikingModel,
    images: Split | Series | np.ndarray | Inputs,
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
    images : Split, Series, array or Inputs
        Raw images ``(n, row, column, channel)``, or frames over time
        ``(n, step, row, column, channel)`` with one frame per simulation step; uint8, or floats
        in [0, 1]. The model's preprocessing is applied here, to frames one by one. Series with an
        answer at every step are films, whose every step is shown for the whole presentation. The
        frames of a Split of films are shown for equal shares of the presentation; ``"rate"``
        gives the mean over them.
        `Inputs` are all that already, and bring their own presentation and coding.
    simulator : {"rate", "events", "nengo", "nengo-dl", "loihi-exact", "loihi"}
        Where to run.
    presentation : Presentation, optional
        Timing; ``Presentation()`` by default, and of a network that was trained on its spikes the
        window of its training.
    coding : Coding, optional
        Turns images, after preprocessing, into time courses: `BernoulliCoding`, `PoissonCoding`,
        `LatencyCoding`, `FunctionCoding`. By default each image is shown unchanged all the time, as
        with `ConstantCoding`; to a network that was trained on its spikes as in its training.
    **options
        Those of every simulator (`simulators.Options`): seed, batch_size, rasters, progress; and
        the simulator's own: `EventOptions`, `LoihiOptions`, `ExactOptions`.

    Returns
    -------
    SpikeRecord
        Interrupted with Ctrl-C, it holds the images that were finished. Its notes name silent
        populations, and images of another scale than the network expects.

    Raises
    ------
    DataError
        If the images do not fit the network, or there is not one frame per step.
    ValidationError
        If an option is wrong or belongs to another simulator, or the simulator cannot show
        inputs that change over time.
    MissingDependencyError
        If the simulator's package is not installed.
    ConversionError
        If the network runs in rates only, a time constant makes no sense beside ``dt`` or ``t_p``
        (`time_units.check_times`), or the simulator cannot build the network or hold it in memory.

    Examples
    --------
    >>> import numpy as np
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> spiking = convert(trained_example()[0])
    >>> image = np.zeros((1, *spiking.input_shape))
    >>> run(spiking, image, simulator="nengo").outputs.shape[:2]
    (1, 100)
    >>> frames = np.zeros((1, 50, *spiking.input_shape))
    >>> run(spiking, frames, simulator="nengo", presentation=Presentation(t_p=0.05)).n_images
    1
    """
    record, inputs = simulated(
        model, images, simulator=simulator, presentation=presentation, coding=coding, **options
    )
    return with_images(noted(record, inputs, model), images)


def simulated(
    model: SpikingModel,
    images: Split | Series | np.ndarray | Inputs,
    *,
    simulator: str,
    presentation: Presentation | None = None,
    coding: Coding | None = None,
    **options: Any,
) -> tuple[SpikeRecord, Inputs]:
    """As `run`, without the notes on what was found in images and spikes: of a part of a run.

    Parameters
    ----------
    model, images, simulator, presentation, coding, **options
        As of `run`.

    Returns
    -------
    record : SpikeRecord
        What the simulator gave.
    inputs : Inputs
        What it was shown.
    """
    chosen = get_simulator(simulator)
    settings = chosen.options_of(options)
    inputs = shown_inputs(model, images, chosen, presentation, coding)
    timing = inputs.timing
    network = model.with_tau_s(timing.tau_s)
    if chosen.spikes:
        network.require_linear(f"simulator {simulator!r}")
        check_times(network, timing.dt, timing.t_p)
    record = _simulated(chosen, network, inputs, settings)
    if model.trained_weights:
        record = dataclasses.replace(record, trained_weights=model.trained_weights)
    return record, inputs


def shown_inputs(
    model: SpikingModel,
    images: Split | Series | np.ndarray | Inputs,
    chosen: Simulator,
    presentation: Presentation | None,
    coding: Coding | None,
) -> Inputs:
    """What a simulator shows, refused if it cannot.

    Parameters
    ----------
    model, images, presentation, coding
        As of `run`.
    chosen : Simulator
        Where it runs.
    """
    if isinstance(images, Inputs):
        _refuse_twice(images, presentation, coding)
        inputs = images
        inputs.require_shape(model)
    else:
        over_time = not chosen.spikes or in_time(images)
        timing, shown = shown_as(model.provenance, presentation, coding, over_time=over_time)
        inputs = Inputs.of(model, images, timing, shown)
    if not chosen.takes_time and not (inputs.film and not chosen.spikes):
        inputs.require_static(chosen.name, names(takes_time=True))
    if chosen.spikes:
        inputs.require_steps()
    return inputs


def noted(record: SpikeRecord, inputs: Inputs, model: SpikingModel) -> SpikeRecord:
    """The record with notes on silent populations, images of another scale, and the input.

    Parameters
    ----------
    record : SpikeRecord
        What a simulator gave.
    inputs : Inputs
        What it was shown.
    model : SpikingModel
        What ran.
    """
    seen: Any = FilmFrames(inputs.images) if inputs.film else inputs.images
    found = [*range_findings(seen, model.provenance), *silent_populations(record)]
    notes = (*record.notes, *map(str, found))
    if inputs.coding is not None:
        trained = ", as in training" if is_as_trained(model.provenance, inputs.coding) else ""
        notes = (*notes, f"input: {inputs.coding}{trained}")
    if inputs.is_static and notes == record.notes:
        return record
    return dataclasses.replace(record, notes=notes, is_static=inputs.is_static)


def _simulated(
    chosen: Simulator, network: SpikingModel, inputs: Inputs, settings: Options
) -> SpikeRecord:
    """Run; refusals of Nengo and a lack of memory are raised as errors of this package."""
    try:
        with apart_from_open_networks():
            return chosen.simulate(network, inputs, inputs.timing, settings)
    except MemoryError as error:
        raise ConversionError(
            f"network {network.name!r} of {network.n_neurons:,} neurons does not fit into the "
            f"memory ({error or 'none is left'}); expected less in one piece: choose a smaller "
            "batch_size, fewer images or a shorter presentation, or a smaller network"
        ) from error
    except NengoException as error:
        raise ConversionError(
            f"simulator {chosen.name!r} cannot run network {network.name!r}: {error}"
        ) from error


def _refuse_twice(inputs: Inputs, presentation: Presentation | None, coding: Coding | None) -> None:
    """Inputs know their timing and coding; to give others beside them would be ignored."""
    if coding is not None or presentation not in (None, inputs.timing):
        raise ValidationError(
            f"Inputs with {inputs.timing} and coding {inputs.coding} were given together with "
            f"presentation {presentation} and coding {coding}; leave those out, or give images"
        )
