"""``lifdeep energy``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..completion import devices
from ..endings.codes import stopped
from ..options import TC, TP, DataDirectory, Json, Model, Number, Quiet, Size, Synapse, TestData

if TYPE_CHECKING:
    from ...datasets import Split
    from ...records import Judge, ValueJudge

__all__ = ["energy"]


def energy(
    model: Model,
    data: TestData = None,
    data_dir: DataDirectory = None,
    size: Size = None,
    n: Number = None,
    synapse: Synapse = None,
    t_c: TC = None,
    t_p: TP = None,
    device: Annotated[
        list[str] | None,
        typer.Option(
            help="cpu, gpu, arm, spinnaker, spinnaker2, truenorth, loihi or loihi2; may be "
            "repeated. By default all.",
            autocompletion=devices,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Count what test images cost in spikes, layer by layer, and estimate joules per device.

    Synaptic events and neuron updates are counted exactly, in the simulator events; joules are
    estimates from published figures, printed with their sources.
    """
    from ...datasets.base import labelled
    from ...energy import count, published_cost
    from ...energy.devices import get_device
    from ...evaluation.accuracy import judge_for
    from ...models import TrainedModel
    from ...report.tables.energy import device_table, operation_table
    from ...simulators import run
    from ..data import test_images
    from ..files import load_model, to_spikes, wanted_synapse
    from ..screen import show
    from ..timing import asked_timing

    for name in device or ():
        get_device(name)  # refused before the work
    network = load_model(model)
    images = test_images(network, data, data_dir, n, size=size)
    spiking = to_spikes(network, "events", wanted_synapse(network, synapse))
    timing = asked_timing(network, t_c, t_p, recommended=synapse is None)
    judge = judge_for(images, spiking.n_classes, timing)
    record = run(spiking, images, presentation=timing, progress=not quiet, judge=judge)
    architecture = network.architecture if isinstance(network, TrainedModel) else None
    counts = count(record, spiking, architecture)
    published = None
    if architecture is not None:
        rates = {name: float(each.mean()) for name, each in record.layer_rates.items()}
        published = published_cost(architecture, rates, timing.t_p, timing.dt)
    _, shown, _ = labelled(images)
    title = f"{spiking.name} on {shown}: operations, {_reached(judge, images)}, {timing}"
    operations = operation_table(counts, published, title)
    show({"operations": operations, "devices": device_table(counts, device, "Joules")}, json)
    if not record.is_complete:
        raise typer.Exit(stopped())


def _reached(judge: Judge | ValueJudge, images: Split) -> str:
    """How good the answers were, in words."""
    from ...records import ValueJudge
    from ...records.value_scores import value_scores

    if isinstance(judge, ValueJudge):
        targets = images.targets[: judge.n_images]  # type: ignore[index]
        return f"R2 {value_scores(targets, judge.values.reshape(targets.shape))['r2']:.4f}"
    error = 100 * (judge.predictions != images.labels[: judge.n_images]).mean()
    return f"error {error:.2f} %"
