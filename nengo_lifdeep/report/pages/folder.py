"""One page about everything in a folder: networks, measurements, tables, pictures, commands."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import ModelFileError, ValidationError
from ...models import SpikingModel, TrainedModel
from ...records import Evaluation, SpikeRecord, ValueEvaluation
from ...support.files import record_kind
from ...support.plain_files import read_plain
from ...support.temporaries import alone_at
from ...support.words.counted import counted
from ...support.writing import try_file, write_text
from .. import plots
from ..plots.accuracy import MOST_CONFUSED
from ..tables.evaluations import evaluation_table, population_table
from ..tables.grid import Column, Grid
from ..tables.plain_text import as_code, as_text
from ..tables.published import published_tables
from .card import model_card, shown_command
from .page import Page, Picture
from .pictures import NAME, drawn, save_pictures, slug, with_file_names
from .pictures import found as found_pictures

__all__ = ["write_run_report"]

_KINDS: tuple[Any, ...] = (
    TrainedModel,
    SpikingModel,
    Evaluation,
    ValueEvaluation,
    SpikeRecord,
)

#: bytes of a table
_MOST_TEXT = 2**24


def write_run_report(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    markdown: bool = False,
) -> dict[str, Path]:
    """Gather what commands left in a folder into one page that loads nothing.

    Model cards, spiking networks, evaluations with their pictures, rasters and class evidence, the
    tables and pictures that ``lifdeep reproduce`` and ``lifdeep deploy`` wrote, versions and
    commands.

    Parameters
    ----------
    folder : path-like
        With ``.lifdeep`` files, ``table-*.md``, ``deployment.md`` or PNG pictures, also in folders
        below it.
    out : path-like, optional
        The HTML file, ``.html`` or ``.htm``; ``report.html`` in the folder by default.
    markdown : bool
        Whether a Markdown page with its pictures is written beside it.

    Returns
    -------
    dict of str to Path
        ``"html"``, and with ``markdown`` ``"md"``.

    Raises
    ------
    ValidationError
        If it is not a folder, or holds nothing that can be shown.
    ModelFileError, DataError
        If a file in it is damaged; nothing is written then.
    MissingDependencyError
        If Matplotlib or Jinja2 is not installed (extra ``report``).
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValidationError(f"there is no folder {folder}")
    target = try_file(folder / f"{NAME}.html" if out is None else out, suffixes=(".html", ".htm"))
    found = {path: _loaded(path) for path in sorted(folder.rglob("*.lifdeep"))}
    found = {path: value for path, value in found.items() if value is not None}
    parts = [
        f"# {as_text(folder.resolve().name)}",
        *_networks(folder, found),
        *_measured(folder, found),
    ]
    parts += _written(folder)
    if len(parts) == 1:
        raise ValidationError(
            f"{folder} holds no .lifdeep file of a network, an evaluation or a record, no table "
            "and no picture; give the folder that a command wrote to with --out or --report"
        )
    parts += _origin(folder, found)
    page = with_file_names(Page(parts), target)
    files, texts = {"html": target}, {"html": page.html()}
    if markdown:
        files["md"], texts["md"] = target.with_suffix(".md"), page.markdown()
    with alone_at(target.with_suffix("")):  # two at a time would mix pages of two folders
        if markdown:
            save_pictures(page, target)
        for kind, text in texts.items():
            write_text(files[kind], text)
    return files


def _loaded(path: Path) -> Any:
    """The value in a file; None for what is not shown (checkpoints)."""
    kinds = {cls.__name__: cls for cls in _KINDS}
    kind = record_kind(path)
    return kinds[kind].load(path) if kind in kinds else None


def _of(found: dict[Path, Any], cls: type) -> dict[Path, Any]:
    return {path: value for path, value in found.items() if isinstance(value, cls)}


def _networks(folder: Path, found: dict[Path, Any]) -> Iterator[Any]:
    for path, trained in _of(found, TrainedModel).items():
        card = model_card(trained)
        yield re.sub(r"^(#+) ", r"#\1 ", card, flags=re.MULTILINE)  # headings a level lower
        yield f"From {as_code(path.relative_to(folder))}."
        name = slug(path.relative_to(folder).with_suffix(""))
        curves = trained.neurons.values() or [trained.neuron]
        yield drawn(f"curve-{name}", "tuning curve", plots.tuning_curve(curves))
        recorded = {"error": "accuracy", "loss": "loss"}
        quantity = next((q for q, key in recorded.items() if trained.history.get(key)), None)
        if quantity is not None:
            axes = plots.training_history(trained, quantity=quantity)
            yield drawn(f"history-{name}", f"{quantity} in training", axes)
    for path, spiking in _of(found, SpikingModel).items():
        yield f"## {as_text(spiking.name)}, in spikes\n\nFrom {as_code(path.relative_to(folder))}."
        yield population_table(spiking)


def _measured(folder: Path, found: dict[Path, Any]) -> Iterator[Any]:
    evaluations = list(_of(found, Evaluation).values())
    if evaluations:
        yield "## Measured"
        yield evaluation_table(evaluations)
        yield from published_tables(evaluations)
        yield from _evaluation_pictures(evaluations)
    values = list(_of(found, ValueEvaluation).values())
    if values:
        yield "## Measured values"
        yield evaluation_table(values)
        yield from _value_pictures(values)
    for path, record in _of(found, SpikeRecord).items():
        ran = as_text(f"{record.model} in {record.simulator}")
        images = counted(record.n_images, "image")
        yield f"## Activity: {ran}, {images}"
        if record.presentation is None:
            continue
        name = slug(path.relative_to(folder).with_suffix(""))
        if record.rasters:
            yield drawn(f"raster-{name}", "spikes of one image", plots.raster(record))
        yield drawn(f"evidence-{name}", "evidence over time", plots.class_evidence(record))


def _value_pictures(evaluations: list[ValueEvaluation]) -> Iterator[Picture]:
    for model in dict.fromkeys(e.model for e in evaluations):
        own = [e for e in evaluations if e.model == model]
        timed = [e for e in own if e.in_time is not None]
        if timed:
            axes = plots.error_against_time(timed)
            yield drawn(f"time-{slug(model)}", "error of the values against time", axes)
        spiking = [e for e in own if e.layer_rates]
        if spiking:
            axes = plots.layer_rates(spiking)
            yield drawn(f"rates-{slug(model)}", "rates of every layer", axes)
        if own[-1].targets.ndim == 2:
            axes = plots.values_against_targets(own[-1])
            yield drawn(f"values-{slug(model)}", "values beside their targets", axes)


def _evaluation_pictures(evaluations: list[Evaluation]) -> Iterator[Picture]:
    for model in dict.fromkeys(e.model for e in evaluations):
        own = [e for e in evaluations if e.model == model]
        timed = [e for e in own if e.windows is not None]
        for evaluation in [e for e in timed if e.windows is not None and e.windows.is_able][:1]:
            axes = plots.accuracy_map(evaluation)
            yield drawn(f"map-{slug(model)}", "accuracy of every window", axes)
        if timed:
            axes = plots.accuracy_against_time(timed)
            yield drawn(f"time-{slug(model)}", "accuracy against presentation time", axes)
        spiking = [e for e in own if e.layer_rates]
        if spiking:
            yield drawn(f"rates-{slug(model)}", "rates of every layer", plots.layer_rates(spiking))
        if len(own[-1].classes) > MOST_CONFUSED:
            continue
        axes = plots.confusion_matrix(own[-1])
        yield drawn(f"confusion-{slug(model)}", "which classes are taken for which", axes)


def _written(folder: Path) -> Iterator[Any]:
    """Tables and pictures that other commands wrote, as they are."""
    texts = [*sorted(folder.rglob("table-*.md")), *sorted(folder.rglob("deployment.md"))]
    for path in texts:
        text = _text(path)
        yield f"## {as_text(path.relative_to(folder).with_suffix(''))}"
        without = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)  # its pictures follow by themselves
        harmless = without.replace("<", "&lt;")  # no HTML, no link, no picture
        markups = (("](", "]\\("), ("![", "!\\["), ("]:", "]\\:"))
        fences = (("```", "'''"), ("~~~", "---"))  # one that does not end would take all after it
        for markup, shown in (*markups, *fences):
            harmless = harmless.replace(markup, shown)
        yield re.sub(r"^(#+) ", r"##\1 ", harmless, flags=re.MULTILINE)
    pictures = found_pictures(folder)
    if pictures:
        yield "## Pictures"
        yield from pictures


def _text(path: Path) -> str:
    try:
        return read_plain(path, _MOST_TEXT).decode("utf-8")
    except (OSError, ValueError) as error:
        raise ModelFileError(
            f"{path} cannot be read as a table ({error}); make it again, or remove it"
        ) from error


def _origin(folder: Path, found: dict[Path, Any]) -> Iterator[Any]:
    """Versions and commands, as far as files know them, and this page's own."""
    yield "## Environment"
    models = [v for v in found.values() if isinstance(v, TrainedModel | SpikingModel)]
    made = [m.provenance.get("versions") or {} for m in models]
    rows = tuple(
        {"package": name, "version": ", ".join(sorted({str(v[name]) for v in made if name in v}))}
        for name in dict.fromkeys(name for versions in made for name in versions)
    )
    if rows:
        columns = (Column("package", "package"), Column("version", "version"))
        yield Grid("Versions that trained the networks", columns, rows)
    yield (
        f"This page: nengo_lifdeep {__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}."
    )
    typed: list[str] = [str(m.provenance.get("command") or "") for m in models]
    typed += [
        value.command for value in found.values() if isinstance(value, Evaluation | ValueEvaluation)
    ]
    # none may end the block
    lines = [" ".join(command.split()).replace("```", "'''") for command in typed]
    commands = dict.fromkeys(shown_command(line) for line in lines if line)
    commits = {str(m.provenance["commit"]) for m in models if m.provenance.get("commit")}
    yield "## Commands"
    yield (
        "```\n"
        + "\n".join([*commands, f"lifdeep report {' '.join(folder.name.split())}"])
        + "\n```"
    )
    if commits:
        yield f"At commit {as_text(', '.join(sorted(commits)))}."
