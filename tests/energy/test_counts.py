"""Counts of operations against products of matrices and against single spikes, one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep import Presentation, convert, quantize_weights, run
from nengo_lifdeep.energy import DEVICES, Counts, count, events_per_image
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.coding import BernoulliCoding
from nengo_lifdeep.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    LocallyConnected2D,
    Neurons,
    Shortcut,
)
from nengo_lifdeep.records import SpikeRecord
from nengo_lifdeep.report.tables.energy import operation_table
from nengo_lifdeep.stages.counting import synapse_counts

NETWORKS = {
    "valid": [Conv2D(4, 3), Neurons(), Conv2D(5, 3, strides=2), Neurons(), Flatten(), Dense(3)],
    "same": [Conv2D(4, 5, padding="same"), Neurons(), Conv2D(3, 3, 2, padding="same"), Neurons(),
             Flatten(), Dense(3)],
    "groups": [Conv2D(4, 3), Neurons(), Conv2D(6, 3, groups=2), Neurons(), Flatten(), Dense(3)],
    "folded pool": [Conv2D(4, 3), Neurons(), AveragePooling2D(2), Conv2D(3, 2), Neurons(),
                    Flatten(), Dense(3)],
    "clipped pool": [Conv2D(4, 3), Neurons(), AveragePooling2D(3, 2, "same"),
                     Conv2D(6, 3, padding="same", groups=2), Neurons(),
                     AveragePooling2D(3, 2, "same"), Flatten(), Dense(3)],
    "local": [Conv2D(4, 3), Neurons(), AveragePooling2D(3, 2, "same"),
              LocallyConnected2D(2, 3, padding="same"), Neurons(), Flatten(), Dense(3)],
    "residual": [Conv2D(4, 3), Neurons(), Conv2D(4, 3, padding="same"), Shortcut("neurons1"),
                 Neurons(), Conv2D(6, 3, 2, padding="same"), Shortcut("neurons2", 6, 2), Neurons(),
                 Flatten(), Dense(3)],
}  # fmt: skip


@pytest.fixture(params=list(NETWORKS))
def spiking(request, make_network):
    return convert(make_network((9, 8, 2), NETWORKS[request.param]), synapse=0.003)


def reached(model):
    """Synapses after every neuron, from which product of matrices is not zero."""
    fans = {"input": 0, **{p.name: 0 for p in model.populations}}
    for connection in model.connections:
        whole = connection.stages[0].to_matrix()
        for stage in connection.stages[1:]:
            whole = whole @ stage.to_matrix()
        fans[connection.pre] = fans[connection.pre] + (whole.toarray() != 0).sum(axis=1)
    return fans


def test_synapses_are_what_matrices_reach(spiking):
    for connection in spiking.connections:
        whole = connection.stages[0].to_matrix()
        for stage in connection.stages[1:]:
            whole = whole @ stage.to_matrix()
        np.testing.assert_array_equal(
            synapse_counts(connection.stages), (whole.toarray() != 0).sum(axis=1)
        )


def test_zero_weights_of_a_dense_layer_are_no_synapses(make_network):
    trained = make_network((4, 4, 2), [Conv2D(3, 3), Neurons(), AveragePooling2D(2), Flatten(),
                                       Dense(4)])  # fmt: skip
    kernel = trained.weights["dense1"]["kernel"].copy()
    kernel[0, 1:3] = 0
    sparse = {**trained.weights["dense1"], "kernel": kernel}
    trained = dataclasses.replace(trained, weights={**trained.weights, "dense1": sparse})
    connection = convert(trained).connections[-1]
    whole = np.linalg.multi_dot([s.to_matrix().toarray() for s in connection.stages] + [np.eye(4)])
    np.testing.assert_array_equal(synapse_counts(connection.stages), (whole != 0).sum(axis=1))
    assert synapse_counts(connection.stages).min() == 2


@pytest.mark.parametrize("kind", ["image", "frames", "coding"])
def test_inputs_that_change_are_multiplied_at_every_step(spiking, kind, tmp_path):
    """Against one addition for every synapse that every pixel reaches, step by step."""
    timing = Presentation(t_c=0.004, t_p=0.012)
    images = np.random.default_rng(1).random((2, 9, 8, 2)).astype(np.float32)
    coding = BernoulliCoding(300) if kind == "coding" else None
    shown = np.repeat(images[:, np.newaxis], 12, axis=1) if kind == "frames" else images
    record = run(spiking, shown, presentation=timing, coding=coding)
    assert record.is_static == (kind == "image")
    by_hand = 0
    for _ in range(1 if kind == "image" else timing.n_steps):
        for pixel in reached(spiking)["input"]:
            by_hand += int(pixel)
    counts = count(record, spiking)
    assert counts.input_macs == by_hand
    assert counts.input_steps == (1 if kind == "image" else 12)
    again = SpikeRecord.load(record.save(tmp_path / "run.lifdeep"))
    assert count(again, spiking).input_macs == by_hand
    notes = " ".join(operation_table(counts).notes)
    assert ("computed 12 times per image" in notes) == (kind != "image")
    once = dataclasses.replace(counts, input_macs=by_hand // counts.input_steps)
    synapses, _ = DEVICES["spinnaker"].joules(counts)
    fewer, _ = DEVICES["spinnaker"].joules(once)
    extra = (by_hand - once.input_macs) * DEVICES["spinnaker"].joules_per_event
    assert synapses - fewer == pytest.approx(extra, abs=1e-18)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"spikes": {"a": np.nan}}, r"Counts.spikes\['a'\] is nan"),
        ({"events": {"b": 1.0}}, "Counts.events is of b; expected a number for each of a"),
        ({"updates": {"a": 1.5}}, r"updates\['a'\] is 1.5; expected a whole number"),
        ({"events": [1.0]}, "Counts.events is of"),
        ({"input_macs": -1}, "Counts.input_macs is -1"),
        ({"n_steps": "many"}, "Counts.n_steps is 'many'"),
        ({"spikes": {"a": 1j}}, "expected a finite number"),
    ],
)
def test_counts_check_themselves(changes, match):
    good = Counts({"a": 2.0}, {"a": 10.0}, {"a": 100}, 5, 50, 10, 10, 1)
    with pytest.raises(ValidationError, match=match):
        dataclasses.replace(good, **changes)


def test_every_spike_is_counted_with_its_synapses(spiking):
    images = np.random.default_rng(1).random((4, 9, 8, 2)).astype(np.float32)
    record = run(spiking, images, presentation=Presentation(t_c=0.02, t_p=0.05), rasters=3)
    fans = reached(spiking)
    one_by_one = {name: np.zeros(3, int) for name in record.rasters}
    for name, raster in record.rasters.items():
        for image, _, neuron in raster:
            one_by_one[name][image] += fans[name][neuron]
    found = events_per_image(record, spiking)
    assert sum(events.sum() for events in found.values()) > 0
    for name, events in one_by_one.items():
        np.testing.assert_array_equal(found[name], events)
    three = run(spiking, images[:3], presentation=record.presentation)
    counts = count(three, spiking)
    for name, events in one_by_one.items():
        assert counts.events[name] == pytest.approx(events.mean(), rel=1e-5)
        assert counts.spikes[name] == pytest.approx(three.image_spikes[name].mean(), rel=1e-5)
        assert counts.updates[name] == 50 * len(fans[name])
    assert counts.input_macs == fans["input"].sum()
    assert counts.network_macs == sum(fan.sum() for fan in fans.values())


def test_silent_images_have_an_entry(spiking):
    """Between others, at the end, and where no image fires at all."""
    quiet = dataclasses.replace(
        spiking,
        populations=tuple(
            dataclasses.replace(p, bias=np.zeros_like(p.bias)) for p in spiking.populations
        ),
    )
    images = np.random.default_rng(1).random((5, 9, 8, 2)).astype(np.float32)
    images[[1, 3, 4]] = 0
    timing = Presentation(t_c=0.02, t_p=0.05)
    first = quiet.populations[0].name
    for shown, n in ((images, 5), (images[[1, 3]], 2)):
        record = run(quiet, shown, presentation=timing, rasters=n)
        found = events_per_image(record, quiet)
        assert all(len(events) == n for events in found.values())
        np.testing.assert_array_equal(found[first] > 0, record.image_spikes[first] > 0)
        assert record.image_spikes[first][-1] == 0
    fires = run(quiet, images[[0, 1, 0]], presentation=timing, rasters=1)
    assert fires.image_spikes[first][0] > 0
    assert {len(events) for events in events_per_image(fires, quiet).values()} == {2}


def test_what_cannot_be_counted_is_refused(spiking, example):
    images = np.random.default_rng(1).random((2, 9, 8, 2)).astype(np.float32)
    record = run(spiking, images, presentation=Presentation(t_c=0.02, t_p=0.08))
    with pytest.raises(ValidationError, match="rasters=n"):
        events_per_image(record, spiking)
    with pytest.raises(ValidationError, match="'rate' has no spikes to count"):
        count(run(spiking, images, simulator="rate"), spiking)
    with pytest.raises(ValidationError, match="those of network"):
        count(record, convert(example[0]))
    with_rasters = run(spiking, images, presentation=record.presentation, rasters=2)
    fewer = {name: raster[:-1] for name, raster in with_rasters.rasters.items()}
    with pytest.raises(ValidationError, match="events cannot be counted"):
        events_per_image(dataclasses.replace(with_rasters, rasters=fewer), spiking)


@pytest.mark.parametrize("counted", [count, events_per_image, SpikeRecord.to_nir_data])
def test_spikes_of_other_weights_are_refused(make_network, counted):
    """Two trainings, and a network beside itself with few bits, have as many neurons each."""
    trained = make_network((9, 8, 2), NETWORKS["valid"])
    coarse = convert(quantize_weights(trained, 2), synapse=0.003)
    again = convert(make_network((9, 8, 2), NETWORKS["valid"], seed=1), synapse=0.003)
    images = np.random.default_rng(1).random((2, 9, 8, 2)).astype(np.float32)
    own = convert(trained, synapse=0.003)
    record = run(own, images, presentation=Presentation(t_c=0.01, t_p=0.03), rasters=2)
    for other in (coarse, again):
        text = f"record is of the weights {trained.fingerprint}.* are {other.trained_weights}: "
        with pytest.raises(ValidationError, match=text):
            counted(record, other)
        counted(dataclasses.replace(record, trained_weights=""), other)
    faster = convert(trained, synapse=0.01, scale_firing_rates=2.0)
    counted(record, faster)  # whose synapses are the same


def test_forward_pass_is_the_architectures_where_it_is_given(make_network):
    trained = make_network((9, 8, 2), NETWORKS["folded pool"])
    model = convert(trained, synapse=0.003)
    images = np.random.default_rng(1).random((2, 9, 8, 2)).astype(np.float32)
    record = run(model, images, presentation=Presentation(t_c=0.01, t_p=0.03))
    folded = count(record, model)
    pooled = count(record, model, trained.architecture)
    # 7 x 6 x 4 neurons are pooled by 2 x 2 before 3 filters of 2 x 2
    assert pooled.network_macs == 42 * 4 * 18 + 2 * 2 * 3 * 16 + 12 * 3
    assert pooled.network_macs < folded.network_macs
    assert pooled.events == folded.events
