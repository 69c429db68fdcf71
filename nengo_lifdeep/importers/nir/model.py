"""Import NIR graphs as spiking networks; the conventions are in `exporters.nir.graph`."""

from __future__ import annotations

import json
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
from ...support.checks import checked, checked_names, instance, optional, real, shown
from ..chain.image_scale import full_scale
from ..chain.trained import looked_at
from .file import read_nir_file
from .graph import NirGraphReader

__all__ = ["from_nir"]


@checked(
    dt=optional(real(above=0, unit="seconds")),
    tau_ref=real(0, unit="seconds"),
    min_voltage=real(infinite=True),
    preprocessing=optional(instance(Preprocessing)),
    classes=checked_names,
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
) -> SpikingModel:
    """A spiking network from a NIR graph.

    Conv2d, Linear, Affine, Scale, Flatten, AvgPool2d and SumPool2d without padding, LI as a
    synapse, and LIF, CubaLIF or IF neurons from one Input to one Output; several edges into a
    node are a sum. Neurons of a layer must have equal time constants, thresholds and ``R``, and
    reset to 0. Integrate-and-fire neurons become Nengo's, which keep what was above threshold and
    are not moved by negative currents.

    Parameters
    ----------
    graph : path-like or nir.NIRGraph
        A file or a graph. A file is checked before it is read.
    dt : float, optional
        Step in seconds for which a spike is worth 1; by default what `to_nir` wrote, else 0.001.
        Where it is neither written nor given, time constants of 1 s and more (steps, as Sinabs
        writes) and graphs whose ``R`` says another step (snnTorch's 0.1 ms) are refused.
    tau_ref : float
        Refractory period in seconds of LIF neurons that carry none (`to_nir` writes it with
        ``tau_ref="metadata"``).
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
        If ``dt``, ``tau_ref`` or ``min_voltage`` is out of bounds, or classes do not fit.
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
    nir = import_optional("nir")
    if isinstance(graph, str | os.PathLike):
        graph = read_nir_file(Path(graph))
    if not isinstance(graph, nir.NIRGraph):
        raise ModelFileError(f"graph is {shown(graph)}; expected a path or nir.NIRGraph")
    metadata = graph.metadata if isinstance(graph.metadata, Mapping) else {}
    step = _step(metadata.get("dt", 0.001) if dt is None else dt)
    certain = dt is not None or "dt" in metadata
    reader = NirGraphReader(graph, step, tau_ref, min_voltage, certain)
    bias = reader.output_bias
    written = _written(metadata)
    named = tuple(classes or written.get("classes") or map(str, range(len(bias))))
    if len(named) != len(bias):
        raise ValidationError(f"{len(named)} names of classes for {len(bias)} outputs")
    said = preprocessing or _preprocessing(written, metadata)
    assumed = {} if said is not None or reader.first_scale is not None else PIXELS_ASSUMED
    if said is None and reader.first_scale is not None:
        said = Preprocessing(scale=full_scale(reader.first_scale, np.zeros(1)))
    model = SpikingModel(
        _text(metadata.get("name", "nir")),
        reader.input_shape,
        tuple(reader.populations),
        tuple(reader.connections),
        bias,
        classes=named,
        preprocessing=said or Preprocessing(),
        provenance={"imported from": "NIR", "dt": step, "nengo": nengo.__version__, **assumed},
    )
    return looked_at(model, images)


def _step(value: Any) -> float:
    try:
        step = float(value)
    except (TypeError, ValueError):
        step = math.nan
    if not (math.isfinite(step) and step > 0):
        raise ValidationError(f"dt is {value!r}; expected seconds, above 0: from_nir(..., dt=...)")
    return step


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _written(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What `to_nir` wrote beside the graph, as JSON."""
    if "nengo_lifdeep" not in metadata:
        return {}
    try:
        written = dict(json.loads(_text(metadata["nengo_lifdeep"])))
        classes = written.get("classes", [])
        if isinstance(classes, str) or not all(isinstance(name, str) for name in classes):
            raise ValueError(f"classes are {classes!r}")
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"metadata 'nengo_lifdeep' of the graph is damaged: {error}"
        ) from error
    return written


def _preprocessing(written: Mapping[str, Any], metadata: Mapping[str, Any]) -> Preprocessing | None:
    if "preprocessing" not in written:
        return None
    arrays = {"mean": metadata["mean"]} if "mean" in metadata else {}
    return Preprocessing.from_arrays(written["preprocessing"], arrays)
