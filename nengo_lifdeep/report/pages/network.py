"""A report folder: the models, the measurements, their tables and pictures, each file whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import __version__
from ...errors import ValidationError
from ...evaluation.rungs import Rung
from ...models import SpikingModel, TrainedModel
from ...models.expected import spiking_model, trained_model
from ...neurons.counterparts import hard_counterpart
from ...neurons.parameters import neuron_to_dict
from ...records import Evaluation, SpikeRecord, ValueEvaluation
from ...support.checks import checked, each, file_name, instance, optional
from ...support.temporaries import alone_at
from ...support.writing import try_folder, write_text
from .. import plots
from ..plots.accuracy import MOST_CONFUSED
from ..tables import evaluations as tables
from ..tables.plain_text import as_text
from ..tables.published import published_tables
from .measured import check_belonging

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SUFFIX", "write_report"]


def _records(value: Any, what: str) -> tuple[SpikeRecord, ...]:
    """One record, or several."""
    several = (value,) if isinstance(value, SpikeRecord) else value
    return each(instance(SpikeRecord), "one SpikeRecord, or several")(several, what)


#: of the files that hold one saved value
SUFFIX = ".lifdeep"


@checked(
    folder=file_name,
    trained=trained_model,
    spiking=spiking_model,
    evaluations=each(instance(Evaluation, ValueEvaluation), "evaluations", least=1),
    records=_records,
    ladder=optional(each(instance(Rung), "rungs")),
)
def write_report(
    folder: str | os.PathLike[str],
    trained: TrainedModel,
    spiking: SpikingModel,
    evaluations: Sequence[Evaluation | ValueEvaluation],
    records: SpikeRecord | Sequence[SpikeRecord] = (),
    ladder: Sequence[Rung] | None = None,
) -> dict[str, Path]:
    """Save everything about one network in one folder.

    Files of the same names are replaced, each atomically; others are left alone.

    Parameters
    ----------
    folder : path-like
        Made if it is not there.
    trained, spiking : TrainedModel, SpikingModel
        The network before and after conversion.
    evaluations : sequence of Evaluation or ValueEvaluation
        At least one; simulators may not repeat, since their names go into the files' names.
    records : SpikeRecord or sequence of SpikeRecord
        Runs with ``rasters=``: their first image is drawn.
    ladder : sequence of Rung, optional
        From `ladder`.

    Returns
    -------
    dict of str to Path
        What was written: name without folder and suffix -> file.

    Raises
    ------
    ValidationError
        If there is no evaluation, two of one simulator, or an evaluation, a record or the spiking
        network is of other weights.
    ModelFileError
        If a file cannot be written.
    """
    runs = list(records)  # type: ignore[arg-type]
    names = [e.simulator for e in evaluations]
    if not names or len(set(names)) < len(names):
        raise ValidationError(
            f"evaluations are of {names}; expected at least one, and each simulator once"
        )
    check_belonging(trained, spiking, [*evaluations, *runs])
    folder = try_folder(folder)
    with alone_at(folder / "summary.json"):  # two at a time would mix pages of two networks
        return _written(folder, trained, spiking, evaluations, runs, ladder)


def _written(
    folder: Path,
    trained: TrainedModel,
    spiking: SpikingModel,
    evaluations: Sequence[Evaluation | ValueEvaluation],
    runs: list[SpikeRecord],
    ladder: Sequence[Rung] | None,
) -> dict[str, Path]:
    """Every file of the report: name without folder and suffix -> file."""
    values: list[tuple[str, Any]] = [("trained", trained), ("spiking", spiking)]
    values += [(f"evaluation-{_file_name(e.simulator)}", e) for e in evaluations]
    values += [(f"record-{_file_name(r.simulator)}", r) for r in runs]
    written = {name: value.save(folder / f"{name}{SUFFIX}") for name, value in values}
    for name, draw in _pictures(trained, evaluations, runs):
        written[name] = plots.save_picture(draw(), folder / f"{name}.png")
    grids = [
        tables.evaluation_table(evaluations),
        tables.architecture_table(trained.architecture),
        tables.population_table(spiking),
    ]
    grids[1:1] = published_tables(evaluations)
    if ladder:
        grids.insert(1, tables.ladder_table(ladder))
    summary = _summary(trained, evaluations, ladder)
    text = json.dumps(summary, indent=2) + "\n"
    written["summary"] = write_text(folder / "summary.json", text)
    pictures = [path.name for path in written.values() if path.suffix == ".png"]
    written["summary-text"] = write_text(folder / "summary.md", _page(trained, grids, pictures))
    return written


def _file_name(text: str) -> str:
    """Part of a file's name: a simulator's name comes from a file, and may hold slashes."""
    return re.sub(r"[^\w-]+", "-", text)


def _pictures(
    trained: TrainedModel,
    evaluations: Sequence[Evaluation | ValueEvaluation],
    runs: Sequence[SpikeRecord],
) -> Iterator[tuple[str, Callable[[], Axes]]]:
    """Names of the pictures and how to draw them, those for which there is something to draw."""
    soft = list(trained.neurons.values()) or [trained.neuron]
    curves = [*soft, *map(hard_counterpart, soft)]  # drawn once where they are the same
    yield "tuning-curve", partial(plots.tuning_curve, curves)
    yield "slope", partial(plots.slope, curves)
    if trained.history.get("loss"):
        yield "training-loss", partial(plots.training_history, trained, quantity="loss")
    if trained.history.get("accuracy"):
        yield "training-error", partial(plots.training_history, trained)
    yield "layer-rates", partial(plots.layer_rates, evaluations)
    yield from _of_values([e for e in evaluations if isinstance(e, ValueEvaluation)])
    answered = [e for e in evaluations if isinstance(e, Evaluation)]
    timed = [e for e in answered if e.windows is not None]
    if timed:
        yield "accuracy-against-time", partial(plots.accuracy_against_time, timed)
    for evaluation in [e for e in timed if e.windows is not None and e.windows.is_able]:
        yield (
            f"accuracy-map-{_file_name(evaluation.simulator)}",
            partial(plots.accuracy_map, evaluation),
        )
    for evaluation in [e for e in answered if len(e.classes) <= MOST_CONFUSED]:
        yield (
            f"confusion-{_file_name(evaluation.simulator)}",
            partial(plots.confusion_matrix, evaluation),
        )
    for record in runs:
        if record.rasters:
            yield f"raster-{_file_name(record.simulator)}", partial(plots.raster, record)


def _of_values(evaluations: Sequence[ValueEvaluation]) -> Iterator[tuple[str, Callable[[], Axes]]]:
    timed = [e for e in evaluations if e.in_time is not None]
    if timed:
        yield "error-against-time", partial(plots.error_against_time, timed)
    for evaluation in evaluations:
        name = f"values-{_file_name(evaluation.simulator)}"
        yield name, partial(plots.values_against_targets, evaluation)


def _summary(
    trained: TrainedModel,
    evaluations: Sequence[Evaluation | ValueEvaluation],
    ladder: Sequence[Rung] | None,
) -> dict[str, Any]:
    counts = trained.architecture.counts()
    return {
        "written_by": f"nengo_lifdeep {__version__}",
        "network": {
            "name": trained.architecture.name,
            "neurons": counts.neurons,
            "weights": counts.weights,
            "synapses": counts.synapses,
            "flops": counts.flops,
        },
        "neuron": neuron_to_dict(trained.neuron),
        **_own_neurons(trained),
        "provenance": dict(trained.provenance),
        "evaluations": [evaluation.summary() for evaluation in evaluations],
        "ladder": None if not ladder else tables.ladder_table(ladder).records(),
    }


def _own_neurons(trained: TrainedModel) -> dict[str, Any]:
    """The layers that have another neuron than the network, where there are any."""
    own = {k: neuron_to_dict(neuron) for k, neuron in trained.architecture.own_neurons.items()}
    return {"neurons of layers": own} if own else {}


def _page(trained: TrainedModel, grids: Sequence[Any], pictures: Sequence[str]) -> str:
    neuron = _named_values(neuron_to_dict(trained.neuron))
    for records in _own_neurons(trained).values():
        neuron += "".join(f"; {name}: {_named_values(own)}" for name, own in records.items())
    parts = [f"# {as_text(trained.architecture.name)}", f"Trained with: {as_text(neuron)}."]
    parts += [grid.markdown() for grid in grids]
    parts += [f"![{name.removesuffix('.png')}]({name})" for name in pictures]
    return "\n\n".join(parts) + "\n"


def _named_values(record: dict[str, Any]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in record.items())
