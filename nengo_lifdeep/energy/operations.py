"""What the mean image of a run cost, with zero weights and zero inputs left out."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..inputs.inputs import Inputs
from ..models import SpikingModel
from ..records import SpikeRecord
from ..stages.counting import synapse_counts
from ..stages.stage import Stage
from .counts import count
from .devices import DEVICES

__all__ = ["operations_of"]

#: images whose input is looked at at a time
_AT_ONCE = 20

#: fields of stages that hold a weight each
_WEIGHTS = ("kernel", "matrix", "weight", "data")


def operations_of(record: SpikeRecord, model: SpikingModel, inputs: Inputs) -> dict[str, Any]:
    """Operations per image and what the network holds, JSON-ready.

    Parameters
    ----------
    record : SpikeRecord
        Of a simulator with spikes.
    model : SpikingModel
        The network that ran.
    inputs : Inputs
        What it was shown; of an interrupted run the images at the end are left out.

    Returns
    -------
    dict
        ``events`` by population and ``input``: operations that weights and inputs which are not
        zero cause (``once``: with the first layer computed once per image, where it is constant);
        ``dense``: those of all weights in one step; ``spikes``, ``neurons`` and ``steps``;
        ``parameters``, ``bytes``, ``weights`` and how many of them are ``zeros``; ``joules`` per
        image on devices with published figures, from `energy.count`.

    Raises
    ------
    ValidationError
        If the record has no spikes, or is of another network.
    """
    counts = count(record, model)
    sizes = {p.name: math.prod(p.shape) for p in model.populations}
    sizes["input"] = math.prod(model.input_shape)
    fans = {name: np.zeros(n, np.int64) for name, n in sizes.items()}
    whole = dict.fromkeys(fans, 0)
    for connection in model.connections:
        fans[connection.pre] += synapse_counts(connection.stages)
        full = tuple(_filled(stage) for stage in connection.stages)
        whole[connection.pre] += int(synapse_counts(full).sum())
    seconds = counts.n_steps * record.presentation.dt  # type: ignore[union-attr]
    events = {
        name: float((rates.ravel().astype(float) * seconds) @ fans[name])
        for name, rates in record.layer_rates.items()
    }
    arrays = list(_parameters(model))
    weights = [array for array, is_weight in arrays if is_weight]
    prices = {device.name: device.joules(counts) for device in DEVICES.values() if device.spiking}
    joules = {
        name: synapses + updates
        for name, (synapses, updates) in prices.items()
        if synapses is not None and updates is not None
    }
    return {
        "events": events,
        "spikes": float(sum(counts.spikes.values())),
        "neurons": counts.n_neurons,
        "steps": counts.n_steps,
        "dense": sum(whole.values()),
        "input": {**_input(inputs, fans["input"], record.n_images), "dense": whole["input"]},
        "parameters": sum(array.size for array, _ in arrays),
        "bytes": sum(4 * array.size for array, _ in arrays),  # float32, as they are computed with
        "weights": sum(array.size for array in weights),
        "zeros": sum(int((array == 0).sum()) for array in weights),
        "joules": joules,
    }


def _weights(stage: Stage) -> Iterator[np.ndarray]:
    for name in stage.arrays:
        if name in _WEIGHTS:
            yield getattr(stage, name)


def _filled(stage: Stage) -> Stage:
    """The stage with no weight that is zero."""
    ones = {n: np.ones_like(getattr(stage, n)) for n in stage.arrays if n in _WEIGHTS}
    return dataclasses.replace(stage, **ones) if ones else stage


def _parameters(model: SpikingModel) -> Iterator[tuple[np.ndarray, bool]]:
    """Weights and biases, each with whether it is a weight; biases of zeros are none."""
    for connection in model.connections:
        for stage in connection.stages:
            for array in _weights(stage):
                yield array, True
    for bias in (*(p.bias for p in model.populations), model.output_bias):
        if bias.any():
            yield bias, False


def _input(inputs: Inputs, fan: np.ndarray, n_images: int) -> dict[str, Any]:
    """Operations of the first layer per image: at every step, and once where nothing changes."""
    total, is_spikes = 0, True
    for start in range(0, n_images, _AT_ONCE):
        values = inputs.chunk(start, min(start + _AT_ONCE, n_images))
        values = values.reshape(-1, values.shape[-3] * values.shape[-2] * values.shape[-1])
        if values.shape[1] != fan.size:
            raise ValidationError(
                f"images of {values.shape[1]} values were shown to a network of {fan.size}; "
                "expected those of the record"
            )
        total += int(((values != 0) @ fan).sum())
        is_spikes = is_spikes and bool(np.isin(values, (-1.0, 0.0, 1.0)).all())
    steps = inputs.timing.n_steps
    each = total / n_images
    static = inputs.is_static
    return {
        "effective": each * steps if static else each,
        "once": each,
        "is_spikes": is_spikes,
        "steps": 1 if static else steps,
    }
