"""Export a spiking network as a NIR graph, for other simulators and chips.

NIR (Pedersen et al. 2024, "Neuromorphic Intermediate Representation", Nature Communications 15)
describes neurons as differential equations and layers as arrays, images as (channel, row, column).

Differences between Nengo and NIR, and how they are represented here:

* Nengo's spikes have the height ``1 / dt``, a spike read in NIR counts 1 for a step: weights after
  neurons carry ``1 / dt``.
* A lowpass synapse is the current of a CubaLIF; an alpha synapse is a leaky integrator (LI)
  before one.
* A bias goes through the synapse of its layer in NIR. It has the same mean, and needs the synapse's
  time constant to arrive.
* NIR's neurons have no refractory period; see ``tau_ref``. It is written as ``refractory_time``,
  the name proposed for NIR's resets.
* NIR's voltages have no floor, Nengo's stop at ``min_voltage``, 0 by default: it is written beside
  the neurons, where `from_nir` finds it and others do not look.
"""

from __future__ import annotations

import io
import json
import os
import warnings
from typing import Any

import numpy as np

from ...compat.requirements import import_optional
from ...errors import ConversionError
from ...inputs.as_trained import SHOWN
from ...models import SpikingModel
from ...models.expected import spiking_model
from ...models.times import check_times
from ...support.checks import checked, file_name, optional, real, word
from ...support.writing import try_file, write_bytes
from .targets import TARGETS, Target, check_euler, losses
from .writer import NirWriter

__all__ = ["to_nir"]


@checked(
    ConversionError,
    model=spiking_model,
    path=optional(file_name),
    tau_ref=word("refuse", "metadata"),
    dt=optional(real(above=0, unit="seconds")),
    target=optional(word(*TARGETS)),
)
def to_nir(
    model: SpikingModel,
    path: str | os.PathLike[str] | None = None,
    *,
    tau_ref: str = "refuse",
    dt: float | None = None,
    target: str | None = None,
) -> Any:
    """Export a spiking network as NIR.

    Parameters
    ----------
    model : SpikingModel
        What `convert` returned.
    path : path-like, optional
        File to write, atomically.
    tau_ref : {"refuse", "metadata"}
        NIR's LIF has no refractory period. ``"metadata"`` writes it beside each neuron as
        ``refractory_time``, where `from_nir` finds it and others do not look: they fire
        ``1 / (1 - tau_ref r)`` times as fast at rate ``r``. A network with ``tau_ref=0`` needs
        neither.
    dt : float, optional
        Step in seconds for which spikes are worth 1; run the graph with this step. 0.001 by
        default, or the only one that the target takes.
    target : {"snntorch", "norse", "sinabs"}, optional
        Write what this simulator's own reader takes, in its units. What the network loses there
        is printed as a warning, and is in the graph's ``metadata["lost"]``, a line each.
        `from_nir` reads such a graph as the target does.

    Returns
    -------
    nir.NIRGraph

    Raises
    ------
    ConversionError
        If a neuron, a synapse or pooling over the border has no counterpart (in the target),
        membranes do not start at zero, there is a refractory period and ``tau_ref="refuse"``
        without a target, or ``dt`` is not above 0, too long for a time constant, or another than
        the target's.
    MissingDependencyError
        If `nir` is not installed (extra ``nir``).

    Examples
    --------
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> graph = to_nir(convert(trained_example()[0], synapse=None), tau_ref="metadata")
    >>> type(graph.nodes["neurons1"]).__name__, graph.nodes["neurons1"].metadata["refractory_time"]
    ('LIF', 0.002)
    """
    nir = import_optional("nir")
    model.require_linear("NIR")
    reader = None if target is None else TARGETS[target]
    step = _step(dt, reader)
    check_times(model, step)
    if reader is not None and not reader.exact:
        check_euler(model, reader, step)
    if model.initial_voltage != "zero":
        raise ConversionError(
            f"membranes start at {model.initial_voltage!r}; NIR has none: convert with "
            "initial_voltage='zero'"
        )
    if path is not None:
        try_file(path)
    writer = NirWriter(nir, model, step, reader)
    for population in model.populations:
        writer.population(population, tau_ref)
    writer.output()
    _check_finite(writer.nodes, step)
    metadata = _metadata(model, step)
    if reader is not None:
        lost = losses(model, reader, step)
        metadata.update(target=target, lost="\n".join(lost))
        warnings.warn(f"{reader.title} loses {'; '.join(lost)}", stacklevel=3)
    try:
        graph = nir.NIRGraph(writer.nodes, writer.edges, metadata=metadata)
    except ValueError as error:
        raise ConversionError(f"network {model.name!r} is no graph to NIR: {error}") from error
    if path is not None:
        content = io.BytesIO()  # h5py reports no error of a file that is Python's
        nir.write(content, graph)
        write_bytes(path, content.getvalue())
    return graph


def _step(dt: float | None, reader: Target | None) -> float:
    own = None if reader is None else reader.dt
    if dt is None:
        return own or 0.001
    if own is not None and dt != own:
        raise ConversionError(
            f"dt is {dt:g} s; {reader.title} reads every file with steps of {own:g} s: "  # type: ignore[union-attr]
            "leave it out"
        )
    return float(dt)


def _check_finite(nodes: dict[str, Any], dt: float) -> None:
    """Weights after spikes carry ``1 / dt``, which float32 does not hold for every step."""
    for name, node in nodes.items():
        for what in ("weight", "bias", "tau", "tau_mem", "tau_syn"):
            value = getattr(node, what, None)
            if value is not None and not np.all(np.isfinite(value)):
                raise ConversionError(
                    f"{name}: {what} is not finite with a step of dt = {dt:g} s; expected the "
                    "step, in seconds, with which the graph is run, e.g. 0.001"
                )


def _metadata(model: SpikingModel, dt: float) -> dict[str, Any]:
    """What NIR has no place for and `from_nir` restores."""
    header, arrays = model.preprocessing.to_arrays()
    ours = {"classes": list(model.classes), "preprocessing": header}
    shown = {key: model.provenance[key] for key in SHOWN if key in model.provenance}
    if shown:
        ours["shown"] = shown
    return {
        "name": model.name,
        "dt": float(dt),
        "written_by": "nengo_lifdeep",
        "nengo_lifdeep": json.dumps(ours),
        **arrays,
    }
