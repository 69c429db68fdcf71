"""What a study measures: a network's error in a simulator, or a training with its errors."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import datasets, pretrained
from ..conversion.scaling import scale_rates as scale_rates_of
from ..conversion.swap import convert, synapse_on_chip
from ..datasets.base import Dataset, Split
from ..datasets.checks.places import require_same_places
from ..errors import ModelFileError, ValidationError
from ..evaluation.accuracy import evaluate
from ..evaluation.point_jobs import spiking_at
from ..inputs.as_trained import own_times
from ..inputs.presentation import Presentation
from ..layers.named import architecture
from ..models import SpikingModel, TrainedModel
from ..neurons import PAPER_PARAMETERS
from ..neurons.parameters import replaced
from ..simulators import get_simulator
from ..support.files import record_kind
from ..support.writing import try_file
from .data_sets import loads
from .files import file_of, reads, writes
from .plain import plain_results

#: figures of an evaluation, of classes or of values, as far as there are
_KEPT = (
    "error_percent", "rate_error_percent", "agreement_percent", "r2", "rate_r2",
    "mean_absolute_error", "spikes_per_image", "mean_rate_hz",
)  # fmt: skip

#: of networks that have none of their own
_USUAL = Presentation(t_c=0.05, t_p=0.15)

__all__ = ["MEASURES", "measure_network", "measure_training"]


@reads("model")
@loads(data=("test",))
def measure_network(
    model: str,
    data: str = "digits",
    n: int | None = None,
    simulator: str = "events",
    tau_s: float | None = None,
    scale_rates: float | None = None,
    t_c: float | None = None,
    t_p: float | None = None,
    seed: int = 0,
    initial_voltage: str | None = None,
    batch_size: int = 100,
) -> dict[str, Any]:
    """Evaluate a network; the study's ``function = "evaluate"``.

    Parameters
    ----------
    model : str
        File of a trained or spiking network, or the name of one of the package.
    data : str
        Name of a data set, whose test images are used.
    n : int, optional
        Of how many images, drawn at random with seed 0; all by default.
    simulator : str
        Where it runs.
    tau_s : float, optional
        Time constant of the synapses, in seconds, 0 for none; by default as `convert` has it.
        The chip gets a lowpass of the same mean delay.
    scale_rates : float, optional
        Factor on all rates; by default as `convert` has it.
    t_c, t_p : float, optional
        Averaging begins at, and an image ends at, in seconds; by default as in a training on
        spikes, as `inputs.recommended.Recommended` has them, or 0.05 and 0.15.
    seed : int
        Decides initial voltages, where they are random.
    initial_voltage : {"zero", "half", "uniform"}, optional
        Of a trained network in spikes; by default as `convert` has it. A spiking network has its
        own.
    batch_size : int
        Images at a time.

    Returns
    -------
    dict
        Figures of `Evaluation.summary` by name: error, that of the rates, agreement, spikes per
        image and mean rate; of values R2 and mean absolute error.

    Raises
    ------
    ValidationError
        If a parameter is given that has no effect: times, synapses, factors and voltages where
        there are no spikes, an initial voltage of a network that is a spiking one already.

    Examples
    --------
    >>> found = measure_network("digits-compact", n=50, simulator="rate")
    >>> list(found), found["error_percent"] < 10
    (['error_percent', 'mean_rate_hz'], True)
    """
    network = _network(model)
    _refuse_idle(
        network, simulator, tau_s=tau_s, scale_rates=scale_rates, t_c=t_c, t_p=t_p,
        initial_voltage=initial_voltage,
    )  # fmt: skip
    images = _images(data, n, network.classes)
    shown: Any = network
    synapse: Any
    options: dict[str, Any] = {"simulator": simulator, "seed": seed, "batch_size": batch_size}
    if get_simulator(simulator).spikes:
        if isinstance(network, TrainedModel):
            synapse = "trained" if tau_s is None else (tau_s or None)
            if get_simulator(simulator).on_chip:
                synapse = synapse_on_chip(network, synapse)
            shown = convert(
                network, synapse=synapse, scale_firing_rates=scale_rates,
                initial_voltage=initial_voltage,
            )  # fmt: skip
        elif tau_s is not None:
            shown = spiking_at(network, tau_s, 1.0 if scale_rates is None else scale_rates)
        elif scale_rates not in (None, 1):
            shown = scale_rates_of(network, scale_rates)
        options["presentation"] = _timing(shown.provenance, t_c, t_p)
    return _figures(evaluate(shown, images, **{"progress": False, **options}))


@writes("save")
@loads(data=("train", "test"))
def measure_training(
    network: str,
    data: str,
    seed: int = 0,
    epochs: int = 10,
    neuron: str = "mnist",
    learning_rate: float | None = None,
    batch_size: int | None = None,
    sigma: float | None = None,
    save: str | None = None,
    n: int | None = None,
    tau_s: float = 0.003,
    t_c: float = 0.05,
    t_p: float = 0.15,
) -> dict[str, Any]:
    """Train a network and measure its errors in rates and in spikes; ``function = "train"``.

    Parameters
    ----------
    network, data : str
        Names of the layers and of the data set.
    seed : int
        Decides everything that is random.
    epochs : int
        How often every image is shown.
    neuron : str
        Whose parameters: a data set of the paper, as for ``lifdeep train --neuron``.
    learning_rate : float, optional
        By default the optimiser's.
    batch_size : int, optional
        Images of a step.
    sigma : float, optional
        Of the SoftLIF neurons; by default the paper's.
    save : str, optional
        A file for the trained network, in which names of parameters in braces stand for their
        values, as in ``"net-{seed}-{epochs}.lifdeep"``. Points of a sweep with the same file are
        refused.
    n : int, optional
        Test images, drawn at random; all by default.
    tau_s, t_c, t_p : float
        Synapses and window of the spikes, in seconds.

    Returns
    -------
    dict
        As `measure_network`.

    Raises
    ------
    ValidationError
        If ``save`` is no name of a file, before the training.
    OutputError
        If it cannot be written, before the training.
    """
    given = dict(locals())
    file = None if save is None else try_file(file_of(save, given, "save"))
    from ..training import train  # TensorFlow is loaded in the worker alone

    preset = PAPER_PARAMETERS[neuron]
    changed = preset.neuron if sigma is None else replaced(preset.neuron, sigma=sigma)
    dataset: Dataset = datasets.load(data)
    trained = train(
        architecture(network), dataset, neuron=changed, gain=preset.gain, epochs=epochs,
        learning_rate=learning_rate, batch_size=batch_size, seed=seed, progress=False,
    )  # fmt: skip
    if file is not None:
        trained.save(file)
    images = _images(data, n)
    found = evaluate(
        convert(trained, synapse=tau_s or None), images, reference=trained,
        presentation=Presentation(t_c=t_c, t_p=t_p), progress=False,
    )  # fmt: skip
    return _figures(found)


def _refuse_idle(network: TrainedModel | SpikingModel, simulator: str, **given: Any) -> None:
    """Refuse what would stand in a table as if it had been applied."""
    where = ""
    if not get_simulator(simulator).spikes:
        where = f"simulator {simulator!r}, which has no spikes and no time"
    elif isinstance(network, SpikingModel):
        given = {"initial_voltage": given["initial_voltage"]}
        where = f"{network.name!r}, which is a spiking network and has its own"
    names = [name for name, value in given.items() if value is not None]
    if where and names:
        each = ", ".join(f"{name}={given[name]!r}" for name in names)
        raise ValidationError(f"{each} would have no effect in {where}; leave out what has none")


def _figures(evaluation: Any) -> dict[str, Any]:
    """Few enough of its figures to be read beside one another."""
    found = plain_results(evaluation)
    return {name: found[name] for name in _KEPT if found.get(name) is not None}


def _timing(provenance: Mapping[str, Any], t_c: float | None, t_p: float | None) -> Presentation:
    """The times that are given, else the network's own, else the usual ones."""
    own = own_times(provenance, _USUAL)
    return dataclasses.replace(
        own, t_c=own.t_c if t_c is None else t_c, t_p=own.t_p if t_p is None else t_p
    )


def _network(model: str) -> TrainedModel | SpikingModel:
    path = Path(model)
    if model in pretrained.NAMES and not path.exists():
        return pretrained.load(model)
    if record_kind(path) == "SpikingModel":
        return SpikingModel.load(path)
    if record_kind(path) != "TrainedModel":
        raise ModelFileError(
            f"{path} holds a {record_kind(path)}; expected a network, as `lifdeep train` and "
            "`lifdeep convert` write them"
        )
    return TrainedModel.load(path)


def _images(data: str, n: int | None, classes: tuple[str, ...] = ()) -> Split:
    """Some test images of a data set, whose classes stand in the network's order."""
    dataset = datasets.load(data)
    require_same_places(dataset.classes, classes, f"the data {data!r}", "the network")
    images = dataset.test
    return images if n is None else images.take(min(n, len(images)))


#: what a study may ask for by name
MEASURES = {"evaluate": measure_network, "train": measure_training}
