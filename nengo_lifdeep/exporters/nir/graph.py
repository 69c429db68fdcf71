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
* NIR's neurons have no refractory period; see ``tau_ref``.
* NIR's voltages have no floor, Nengo's stop at ``min_voltage``, 0 by default: it is written beside
  the neurons, where `from_nir` finds it and others do not look.
"""

from __future__ import annotations

import io
import json
import math
import os
from typing import Any

from ...compat.requirements import import_optional
from ...errors import ConversionError
from ...models import SpikingModel
from ...models.expected import spiking_model
from ...support.checks import checked, file_name, optional, real, word
from ...support.writing import try_file, write_bytes
from .writer import NirWriter

__all__ = ["to_nir"]


@checked(
    ConversionError,
    model=spiking_model,
    path=optional(file_name),
    tau_ref=word("refuse", "metadata"),
    dt=real(above=0, unit="seconds"),
)
def to_nir(
    model: SpikingModel,
    path: str | os.PathLike[str] | None = None,
    *,
    tau_ref: str = "refuse",
    dt: float = 0.001,
) -> Any:
    """Export a spiking network as NIR.

    Parameters
    ----------
    model : SpikingModel
        What `convert` returned.
    path : path-like, optional
        File to write, atomically.
    tau_ref : {"refuse", "metadata"}
        NIR's LIF has no refractory period. ``"metadata"`` writes it beside each neuron, where
        `from_nir` finds it and others do not look: they fire ``1 / (1 - tau_ref r)`` times as fast
        at rate ``r``. A network with ``tau_ref=0`` needs neither.
    dt : float
        Step in seconds for which spikes are worth 1; run the graph with this step.

    Returns
    -------
    nir.NIRGraph

    Raises
    ------
    ConversionError
        If a neuron, a synapse or pooling over the border has no counterpart, membranes do not
        start at zero, there is a refractory period and ``tau_ref="refuse"``, or ``dt`` is not
        above 0.
    MissingDependencyError
        If `nir` is not installed (extra ``nir``).

    Examples
    --------
    >>> from nengo_lifdeep.conversion.swap import convert
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> graph = to_nir(convert(trained_example()[0], synapse=None), tau_ref="metadata")
    >>> type(graph.nodes["neurons1"]).__name__, graph.nodes["neurons1"].metadata["tau_ref"]
    ('LIF', 0.002)
    """
    nir = import_optional("nir")
    model.require_linear("NIR")
    if tau_ref not in ("refuse", "metadata"):
        raise ConversionError(f"tau_ref is {tau_ref!r}; expected 'refuse' or 'metadata'")
    if not (isinstance(dt, int | float) and 0 < dt < math.inf):
        raise ConversionError(f"dt is {dt!r}; expected the simulation step in seconds, above 0")
    if model.initial_voltage != "zero":
        raise ConversionError(
            f"membranes start at {model.initial_voltage!r}; NIR has none: convert with "
            "initial_voltage='zero'"
        )
    if path is not None:
        try_file(path)
    writer = NirWriter(nir, model, dt)
    for population in model.populations:
        writer.population(population, tau_ref)
    writer.output()
    try:
        graph = nir.NIRGraph(writer.nodes, writer.edges, metadata=_metadata(model, dt))
    except ValueError as error:
        raise ConversionError(f"network {model.name!r} is no graph to NIR: {error}") from error
    if path is not None:
        content = io.BytesIO()  # h5py reports no error of a file that is Python's
        nir.write(content, graph)
        write_bytes(path, content.getvalue())
    return graph


def _metadata(model: SpikingModel, dt: float) -> dict[str, Any]:
    """What NIR has no place for and `from_nir` restores."""
    header, arrays = model.preprocessing.to_arrays()
    ours = {"classes": list(model.classes), "preprocessing": header}
    return {
        "name": model.name,
        "dt": float(dt),
        "written_by": "nengo_lifdeep",
        "nengo_lifdeep": json.dumps(ours),
        **arrays,
    }
