"""Import NIR graphs as spiking networks; the conventions are in `exporters.nir.graph`."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nengo
import numpy as np

from ...compat.requirements import import_optional
from ...conversion.pixel_scale import PIXELS_ASSUMED
from ...datasets.base import Dataset, Split
from ...errors import ModelFileError, ValidationError
from ...inputs.preprocessing import Preprocessing
from ...models import SpikingModel
from ...neurons.stepping.step_lif import RESETS
from ...support.checks import checked, checked_names, instance, optional, real, shown, text, word
from ...support.words.counted import counted
from ..chain.image_scale import full_scale
from ..chain.trained import looked_at
from ..naming import called
from .beside import (
    as_text,
    is_written_here,
    shown_as_written,
    written_beside,
    written_preprocessing,
)
from .file import read_nir_file
from .graph import NirGraphReader
from .nested import flat_graph
from .outputs import leading_to_one
from .reading import Reading
from .sources import AS_READ, AT_ONCE, SOURCES, own_step, seconds_per_unit, source_named
from .units import refuse_other_step

__all__ = ["from_nir"]


@checked(
    dt=optional(real(above=0, unit="seconds")),
    tau_ref=real(0, unit="seconds"),
    min_voltage=real(infinite=True),
    preprocessing=optional(instance(Preprocessing)),
    classes=checked_names,
    source=optional(word(*SOURCES)),
    reset=optional(word(*RESETS, AT_ONCE)),
    output=optional(text),
)
def from_nir(
    graph: Any,
    *,
    dt: float | None = None,
    tau_ref: float = 0.0,
    min_voltage: float = -math.inf,
    classes: tuple[str, ...] = (),
    preprocessing: Preprocessing | None = None,
    images: Split | Dataset | np.ndarray | None = None,
    source: str | None = None,
    reset: str | None = None,
    output: str | None = None,
) -> SpikingModel:
    """A spiking network from a NIR graph.

    Conv1d, Conv2d, Linear, Affine, Scale, Flatten, AvgPool2d and SumPool2d, LI as a synapse, and
    LIF, CubaLIF or IF neurons from one Input to one Output, graphs in the graph included; several
    edges into a node are a sum. A graph may end in neurons: then the outputs are their spikes, 1
    in the step of each. Thresholds and ``R`` may differ between neurons of a layer, time constants
    with ``source`` only, and resets go to 0 or to rest.

    Without ``source``, neurons follow NIR's equations exactly, as Nengo's do. With it, they take
    the steps of the tool that wrote the file and fire as they do there (`StepLIF`).

    Parameters
    ----------
    graph : path-like or nir.NIRGraph
        A file or a graph. A file is checked before it is read.
    dt : float, optional
        Step in seconds for which a spike is worth 1; by default what `to_nir` wrote (another is
        refused), else 0.001. Where it is neither written nor given, time constants of 1 s and more
        (steps, as Sinabs writes) and graphs whose ``R`` says another step (snnTorch's 0.1 ms) are
        refused.
    tau_ref : float
        Refractory period in seconds of LIF neurons that carry none (`to_nir` writes it as
        ``refractory_time`` with ``tau_ref="metadata"``).
    min_voltage : float
        Where voltages of LIF neurons that carry no such number stop, 0 or less; NIR's have no
        floor, Nengo's own default is 0.
    classes : tuple of str
        Names of the classes; by default what `to_nir` wrote, else numbers.
    preprocessing : Preprocessing, optional
        From images in [0, 1] to the graph's input; by default what `to_nir` wrote, else what a
        first Scale leaves no doubt of (1 / 255: pixels from 0 to 255), else none.
    images : Split, Dataset or (n, row, column, channel) array, optional
        As for `from_keras`.
    source : {"norse", "sinabs", "snntorch", "spikingjelly", "rockpool"}, optional
        The tool that wrote the file: unit of time, step (unless ``dt`` is given) and the steps of
        neurons are its own.
    reset : {"zero", "subtract", "subtract next", "zero at once"}, optional
        With ``source``: what a spike does to the voltage, where the network did not have the
        tool's default, which files do not say. snnTorch's is "subtract next", for
        ``reset_mechanism="subtract"``. With ``reset_mechanism="zero"`` its Leaky needs "zero";
        Synaptic, RLeaky and RSynaptic are known with ``reset_delay=False``, "zero at once".
    output : str, optional
        Name of the Output node, of a graph that has several; nodes that lead to others only are
        left out.

    Returns
    -------
    SpikingModel
        Takes images (row, column, channel), as everything here; a graph whose input is flat takes
        images of one pixel with a channel for each value.

    Raises
    ------
    ModelFileError
        If a file is damaged, of another kind or declares more than it can hold, or arrays of a
        node do not fit together; it names the node.
    UnsupportedLayerError
        If a node, or how nodes are connected, has no counterpart; it names the node. If a first
        Scale fits no range of pixels that is certain, and ``preprocessing`` does not say it.
    ValidationError
        If ``dt``, ``tau_ref`` or ``min_voltage`` is out of bounds, or classes do not fit, or there
        is no such source or reset.
    MissingDependencyError
        If `nir` is not installed (extra ``nir``).

    Examples
    --------
    >>> import nir
    >>> import numpy as np
    >>> one = np.ones(2)
    >>> neurons = nir.LIF(tau=0.02 * one, r=one, v_leak=0 * one, v_threshold=one)
    >>> graph = nir.NIRGraph.from_list(
    ...     nir.Linear(np.eye(2, 3)), neurons, nir.Linear(np.ones((1, 2)))
    ... )
    >>> from_nir(graph, min_voltage=0).populations[0].neuron
    LIF(tau_ref=0.0)
    """
    file = os.path.basename(graph) if isinstance(graph, str | os.PathLike) else "nir"
    graph = _graph(graph)
    metadata = graph.metadata if isinstance(graph.metadata, Mapping) else {}
    nodes, edges = leading_to_one(*flat_graph(graph), output)
    reading = _reading(nodes, metadata, dt, tau_ref, min_voltage, source, reset)
    reader = NirGraphReader(nodes, edges, reading)
    written = written_beside(metadata)
    named = tuple(classes or written.get("classes") or map(str, range(len(reader.output_bias))))
    if len(named) != len(reader.output_bias):
        raise ValidationError(
            f"{counted(len(named), 'name')} of classes for "
            f"{counted(len(reader.output_bias), 'output')}"
        )
    said = preprocessing or written_preprocessing(written, metadata)
    assumed = {} if said is not None or reader.first_scale is not None else PIXELS_ASSUMED
    if said is None and reader.first_scale is not None:
        said = Preprocessing(scale=full_scale(reader.first_scale, np.zeros(1)))
    origin = "NIR" if reading.source is None else f"NIR, written by {reading.source.title}"
    model = SpikingModel(
        called(as_text(metadata.get("name", "")), file),
        reader.input_shape,
        tuple(reader.populations),
        tuple(reader.connections),
        reader.output_bias,
        classes=named,
        preprocessing=said or Preprocessing(),
        provenance={
            "imported from": origin, "dt": reading.dt, "nengo": nengo.__version__, **assumed,
            **shown_as_written(written),
        },
    )  # fmt: skip
    return looked_at(model, images)


def _graph(given: Any) -> Any:
    nir = import_optional("nir")
    graph = read_nir_file(Path(given)) if isinstance(given, str | os.PathLike) else given
    if not isinstance(graph, nir.NIRGraph):
        raise ModelFileError(f"graph is {shown(graph)}; expected a path or nir.NIRGraph")
    return graph


def _reading(
    nodes: Mapping[str, Any], metadata: Mapping[str, Any], dt: float | None, tau_ref: float,
    min_voltage: float, source: str | None, reset: str | None,
) -> Reading:  # fmt: skip
    """How to read the graph; refuses what the arguments leave open."""
    if source is None and "target" in metadata:
        return _as_the_target(metadata, dt, tau_ref, min_voltage)
    tool = source_named(source)
    if reset is not None and tool is None:
        raise ValidationError(
            f"reset is {reset!r} without source=; NIR's own equations reset to v_reset. Say who "
            "wrote the graph, e.g. source='snntorch'"
        )
    usual = 0.001 if tool is None else own_step(tool, dict(nodes))
    step = _step(metadata.get("dt", usual) if dt is None else dt)
    unit = 1.0 if tool is None else seconds_per_unit(tool, dict(nodes), step)
    certain = dt is not None or "dt" in metadata or tool is not None
    if not certain:
        refuse_other_step(dict(nodes), step)
    own = is_written_here(metadata)
    if own:
        _refuse_another_step(dt, metadata)
    return Reading(step, tau_ref, min_voltage, certain, own, tool, reset, unit)


def _as_the_target(
    metadata: Mapping[str, Any], dt: float | None, tau_ref: float, min_voltage: float
) -> Reading:
    """Graphs that `to_nir` wrote for a reader, in its units: as that reader takes them."""
    target = as_text(metadata["target"])
    if target not in AS_READ:
        raise ModelFileError(
            f"metadata 'target' of the graph is {target!r}; expected one of {', '.join(AS_READ)}"
        )
    name, reset = AS_READ[target]
    step = _step(metadata.get("dt") if dt is None else dt)
    _refuse_another_step(dt, metadata)
    tool = source_named(name)
    unit = step if tool is not None and tool.unit == "steps" else 1.0
    return Reading(step, tau_ref, min_voltage, True, False, tool, reset, unit)


def _refuse_another_step(dt: float | None, metadata: Mapping[str, Any]) -> None:
    """Weights that `to_nir` wrote are those of its step: with another, spikes count otherwise."""
    if dt is None or "dt" not in metadata:
        return
    written = _step(metadata["dt"])
    if not math.isclose(dt, written, rel_tol=1e-6):
        raise ValidationError(
            f"dt is {dt:g} s; the graph was written by to_nir for steps of {written:g} s, and its "
            f"weights with another would count spikes {dt / written:g} times: leave dt out, and "
            f"write it again, to_nir(model, dt={dt:g}), for a reader with that step"
        )


def _step(value: Any) -> float:
    try:
        step = float(value)
    except (TypeError, ValueError):
        step = math.nan
    if not (math.isfinite(step) and step > 0):
        raise ValidationError(f"dt is {value!r}; expected seconds, above 0: from_nir(..., dt=...)")
    return step
