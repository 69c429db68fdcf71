"""Tables of evaluations, of the loss ladder, and of the layers of an architecture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ...datasets.fingerprints import are_other_images
from ...evaluation.rungs import Rung
from ...inputs.presentation import Presentation
from ...layers.architecture import Architecture, Counts
from ...models import Connection, SpikingModel
from ...models.expected import spiking_model
from ...neurons.parameters import neuron_to_dict
from ...neurons.synapses import synapse_label
from ...records import Evaluation, ValueEvaluation
from ...support.checks import checked, each, instance, text
from ...support.words.counted import counted
from .grid import Column, Grid

__all__ = ["architecture_table", "evaluation_table", "ladder_table", "population_table"]

_MEASURED = (
    Column("simulator", "simulator"),
    Column("model", "network"),
    Column("trained_weights", "weights"),
    Column("timing_ms", "tau_s, t_c, t_p [ms]"),
    Column("n_images", "images", ",d"),
    Column("error_percent", "error [%]", ".2f"),
    Column("error_interval_percent", "95 % interval", ".2f"),
    Column("top5_error_percent", "top-5 error [%]", ".2f"),
    Column("roc_auc", "AUC", ".4f"),
    Column("roc_auc_interval", "95 % interval of AUC", ".4f"),
    Column("f1", "F1", ".4f"),
    Column("precision", "precision", ".4f"),
    Column("recall", "recall", ".4f"),
    Column("r2", "R2", ".4f"),
    Column("r2_interval", "95 % interval of R2", ".4f"),
    Column("mean_absolute_error", "mean absolute error", ".4g"),
    Column("mean_squared_error", "mean squared error", ".4g"),
    Column("psnr", "PSNR [dB]", ".2f"),
    Column("distance_to_rates", "distance to rates", ".3g"),
    Column("points_to_rate", "to rates [points]", "+.2f"),
    Column("agreement_percent", "same answer [%]", ".1f"),
    Column("mean_rate_hz", "mean rate [Hz]", ".1f"),
    Column("spikes_per_image", "spikes per image", ",.0f"),
    Column("data", "data"),
    Column("shown_images", "pictures"),
    Column("seconds", "time [s]", ",.1f"),
    Column("image_steps_per_second", "image steps per s", ",.0f"),
)


@checked(evaluations=each(instance(Evaluation, ValueEvaluation), "evaluations"), title=text)
def evaluation_table(evaluations: Sequence[Evaluation | ValueEvaluation], title: str = "") -> Grid:
    """One row per evaluation: error, distance to the rate network, rates, spikes, speed.

    Parameters
    ----------
    evaluations : sequence of Evaluation or ValueEvaluation
        In the order of the rows.
    title : str
        By default the network and the data, where they are those of every row. Where rows differ in
        them, a column says which; and the fingerprints of the weights, where rows are of several
        trainings of one network, and of the pictures, where rows of as many images of one name are
        of different ones.

    Returns
    -------
    Grid
        ``points_to_rate`` is this error minus that of the rate network on the same images, in
        percentage points; ``image_steps_per_second`` is images times steps over wall-clock time.
    """
    rows = [_measured(evaluation) for evaluation in evaluations]
    for name in ("model", "data"):
        if len({getattr(evaluation, name) for evaluation in evaluations}) > 1:
            for row, evaluation in zip(rows, evaluations, strict=True):
                row[name] = getattr(evaluation, name)
    known = {(e.model, e.trained_weights) for e in evaluations if e.trained_weights}
    if len(known) > len({model for model, _ in known}):
        for row, evaluation in zip(rows, evaluations, strict=True):
            row["trained_weights"] = evaluation.trained_weights or None
    if _differ_in_pictures(evaluations):
        for row, evaluation in zip(rows, evaluations, strict=True):
            row["shown_images"] = evaluation.shown_images or None
    title = title or _title(evaluations)
    timings = dict.fromkeys(str(e.presentation) for e in evaluations if e.presentation is not None)
    if len(timings) > 1:
        for row, evaluation in zip(rows, evaluations, strict=True):
            row["timing_ms"] = _timing(evaluation.presentation)
    notes = [*timings, *dict.fromkeys(note for e in evaluations for note in e.notes)]
    return Grid(title, _MEASURED, tuple(rows), tuple(notes))


def _differ_in_pictures(evaluations: Sequence[Evaluation | ValueEvaluation]) -> bool:
    """Whether rows that look as if they were of the same images are not."""
    names: dict[tuple[str, int], set[str]] = {}
    for evaluation in evaluations:
        names.setdefault((evaluation.data, evaluation.n_images), set()).add(evaluation.shown_images)
    return any(are_other_images(*pair) for same in names.values() for pair in combinations(same, 2))


def _title(evaluations: Sequence[Evaluation | ValueEvaluation]) -> str:
    """The network and the data that all rows share."""
    models = {evaluation.model for evaluation in evaluations}
    data = {evaluation.data for evaluation in evaluations}
    shared = [*(models if len(models) == 1 else ()), *(data if len(data) == 1 else ())]
    return " on ".join(shared)


def _timing(presentation: Presentation | None) -> str | None:
    if presentation is None:
        return None
    tau_s = presentation.tau_s
    times = (presentation.t_c, presentation.t_p)
    synapse = "model's" if tau_s is None else f"{1e3 * tau_s:g}"
    way = () if presentation.reset else ("stream",)
    return ", ".join([synapse, *(f"{1e3 * time:g}" for time in times), *way])


def _measured(evaluation: Evaluation | ValueEvaluation) -> dict[str, Any]:
    row: dict[str, Any] = {
        "simulator": evaluation.simulator,
        "n_images": evaluation.n_images,
        "mean_rate_hz": evaluation.mean_rate,
        "spikes_per_image": evaluation.spikes_per_image,
        "seconds": evaluation.seconds,
    }
    if isinstance(evaluation, ValueEvaluation):
        row |= {**evaluation.scores, "r2_interval": evaluation.interval()}
        row["distance_to_rates"] = evaluation.distance_to_rates
    else:
        row |= _answered(evaluation)
    if evaluation.presentation is not None and evaluation.seconds > 0:
        steps = evaluation.n_images * evaluation.presentation.n_steps
        row["image_steps_per_second"] = steps / evaluation.seconds
    return row


def _answered(evaluation: Evaluation) -> dict[str, Any]:
    low, high = evaluation.interval
    row: dict[str, Any] = {
        "error_percent": evaluation.error,
        "error_interval_percent": (100 * (1 - high), 100 * (1 - low)),
    }
    if evaluation.binary_scores is not None and evaluation.margins is not None:
        row |= evaluation.binary_scores
        if "roc_auc" in row:
            row["roc_auc_interval"] = evaluation.binary_interval("roc_auc")
    if evaluation.top5_accuracy is not None:
        row["top5_error_percent"] = 100 * (1 - evaluation.top5_accuracy)
    if evaluation.rate_accuracy is not None:
        row["points_to_rate"] = 100 * (evaluation.rate_accuracy - evaluation.accuracy)
    if evaluation.agreement is not None:
        row["agreement_percent"] = 100 * evaluation.agreement
    return row


@checked(rungs=each(instance(Rung), "rungs"), title=text)
def ladder_table(rungs: Sequence[Rung], title: str = "Loss ladder") -> Grid:
    """One row per rung of `ladder`: what the network is made of, its error, and the step down.

    Of a network that gives values, R2 in place of the error; a point is a hundredth of it.

    Parameters
    ----------
    rungs : sequence of Rung
        The rungs, in order.
    title : str
        Title of the table.
    """
    columns = (
        Column("rung", "rung"),
        Column("error_percent", "error [%]", ".2f"),
        Column("error_interval_percent", "95 % interval", ".2f"),
        Column("r2", "R2", ".4f"),
        Column("r2_interval", "95 % interval of R2", ".4f"),
        Column("drop_points", "lost here [points]", "+.2f"),
        Column("mean_rate_hz", "mean rate [Hz]", ".1f"),
        Column("n_images", "images", ",d"),
    )
    rows = []
    for rung in rungs:
        measured = _measured(rung.evaluation)
        kept = {column.key: measured[column.key] for column in columns if column.key in measured}
        rows.append({"rung": rung.name, "drop_points": rung.drop, **kept})
    notes = [f"{rung.name}: {f}" for rung in rungs for f in rung.evaluation.findings]
    return Grid(title, columns, tuple(rows), tuple(notes))


@checked(architecture=instance(Architecture))
def architecture_table(architecture: Architecture) -> Grid:
    """One row per layer: output shape, neurons, weights, synapses, FLOPs; and their sums.

    Counts follow the papers: weights without biases, synapses with convolutions unrolled and
    padded edges counted.

    Parameters
    ----------
    architecture : Architecture
        The network.
    """
    columns = (
        Column("name", "layer"),
        Column("what", "what"),
        Column("shape", "output shape"),
        Column("neurons", "neurons", ",d"),
        Column("weights", "weights", ",d"),
        Column("synapses", "synapses", ",d"),
        Column("flops", "FLOPs per image", ",d"),
    )
    counts = architecture.layer_counts()
    rows: list[dict[str, Any]] = [
        {"name": "input", "what": "image", "shape": _times(architecture.input_shape)}
    ]
    for layer, shape in zip(architecture.layers, architecture.shapes()[1:], strict=True):
        what = layer.describe()
        if layer.fires:
            own = architecture.own_neurons.get(layer.name)
            what = "neurons" if own is None else f"neurons, {_neuron_text(own)}"
        row = {"name": layer.name, "what": what, "shape": _times(shape)}
        rows.append(row | _sizes(counts[layer.name]))
    rows.append({"name": "all", "what": "", "shape": ""} | _sizes(architecture.counts()))
    return Grid(architecture.name, columns, tuple(rows))


@checked(model=spiking_model)
def population_table(model: SpikingModel) -> Grid:
    """One row per population of a spiking network: neuron type, input and synapse, threshold.

    Parameters
    ----------
    model : SpikingModel
        The spiking network.
    """
    columns = (
        Column("name", "population"),
        Column("shape", "shape"),
        Column("neurons", "neurons", ",d"),
        Column("neuron", "neuron"),
        Column("input", "input through"),
        Column("synapse", "synapse before"),
        Column("bias", "mean bias", ".3g"),
    )
    rows = []
    for name, shape, bias in [
        *((p.name, p.shape, p.bias) for p in model.populations),
        ("output", model.output_bias.shape, model.output_bias),
    ]:
        into = [c for c in model.connections if c.post == name]
        hidden = name != "output"
        rows.append(
            {
                "name": name,
                "shape": _times(shape),
                "neurons": math.prod(shape) if hidden else None,
                "neuron": _neuron_text(model.population(name).neuron) if hidden else None,
                "input": ", ".join(map(_path_text, into)),
                "synapse": ", ".join(dict.fromkeys(synapse_label(c.synapse) for c in into)),
                "bias": float(np.mean(bias)),
            }
        )
    return Grid(
        f"{model.name} in spikes: {counted(model.n_neurons, 'neuron')}", columns, tuple(rows)
    )


def _sizes(counts: Counts) -> dict[str, int | None]:
    names = ("neurons", "weights", "synapses", "flops")
    return {name: getattr(counts, name) or None for name in names}


def _path_text(connection: Connection) -> str:
    return " + ".join(type(stage).__name__ for stage in connection.stages)


def _times(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def _neuron_text(neuron: Any) -> str:
    record = neuron_to_dict(neuron)
    taus = [f"{n} {1e3 * record[n]:g} ms" for n in ("tau_rc", "tau_ref", "tau") if n in record]
    return " ".join([record["type"], *taus])
