"""Stages that are not folded, and several connections between two populations, in spikes."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.energy import count
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run
from nengo_lifdeep.stages.stage import Stage
from tests.conversion.networks import images, network

TIMING = Presentation(t_c=0.0, t_p=0.03)

RELU = nengo.RectifiedLinear()

#: every kind of stage, alone and in a row; sums and branches; several ways between two populations
NAMES = [
    "normalised after flattening", "overlapping pool before neurons", "separable", "padded pool",
    "cropped", "neurons on the image", "upsampled", "transposed", "ends in neurons",
    "ends in a pool", "before activation", "branches", "dense block", "beside each other",
]  # fmt: skip


def spiking(name):
    """In which a current of one makes 200 spikes in a second."""
    return convert(network(name, RELU), synapse=0.003, scale_firing_rates=200.0)


@pytest.mark.parametrize("name", NAMES)
def test_events_fire_the_spikes_of_nengo(name):
    """In double precision, spike by spike; both routes of the compiled engine, and the readable."""
    model = spiking(name)
    truth = run(model, images(1), simulator="nengo", presentation=TIMING, rasters=1)
    n_spikes = {name: len(rows) for name, rows in truth.rasters.items()}
    assert min(n_spikes.values()) > 10, n_spikes
    for options in ({"route": "events"}, {"route": "dense"}, {"engine": "numpy"}):
        record = run(
            model, images(1), simulator="events", presentation=TIMING, rasters=1, dtype="float64",
            **options,
        )  # fmt: skip
        for layer, rows in truth.rasters.items():
            np.testing.assert_array_equal(record.rasters[layer], rows)
        np.testing.assert_allclose(record.outputs, truth.outputs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_events_are_counted_along_every_path(name):
    """Energy: each spike times the outputs that it reaches, of the product of its stages."""
    model = spiking(name)
    record = run(model, images(1), presentation=TIMING, rasters=1)
    expected = dict.fromkeys((p.name for p in model.populations), 0)
    for connection in model.connections:
        reach = np.eye(int(np.prod(connection.stages[0].input_shape)), dtype=bool)
        for stage in connection.stages:
            reach = reach @ (Stage.to_matrix(stage).toarray() != 0)
        if connection.pre != "input":
            neurons = record.rasters[connection.pre][:, 2]
            expected[connection.pre] += int(reach.sum(axis=1)[neurons].sum())
    found = count(record, model).events
    assert found == pytest.approx(expected, rel=1e-4) and sum(found.values()) > 0
