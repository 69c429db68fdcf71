"""Joules by hand, figures with sources, and tables that say what they assume."""

from __future__ import annotations

import pytest

from nengo_lifdeep.energy import DEVICES, Counts, Device, published_cost
from nengo_lifdeep.energy.devices import ASSUMPTIONS
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.report.tables.energy import device_table, operation_table

#: two populations: 30 spikes with 400 events, 200 updates; 50 multiply-adds in front
COUNTS = Counts(
    {"a": 20.0, "b": 10.0}, {"a": 300.0, "b": 100.0}, {"a": 150, "b": 50}, 50, 900, 20, 10, 7
)


def test_joules_by_hand():
    synapses, neurons = DEVICES["loihi"].joules(COUNTS)  # the first layer is the host's
    assert synapses == pytest.approx(400 * 27.1e-12)
    assert neurons == pytest.approx(50 * 81e-12)
    assert DEVICES["loihi"].joules(COUNTS.without_host("a")) == (synapses, neurons)
    synapses, neurons = DEVICES["spinnaker"].joules(COUNTS)  # and here the chip's
    assert synapses == pytest.approx((400 + 50) * 13.3e-9)
    assert neurons == pytest.approx(200 * 26e-9)
    synapses, neurons = DEVICES["cpu"].joules(COUNTS)
    assert synapses == pytest.approx(900 * 8.6e-9)
    assert neurons == pytest.approx(20 * 8.6e-9)
    assert DEVICES["loihi2"].joules(COUNTS) == (None, None)
    assert DEVICES["truenorth"].joules(COUNTS) == (pytest.approx(450 * 2.5e-12), None)


@pytest.mark.parametrize("device", DEVICES.values(), ids=str)
def test_every_figure_has_a_source(device):
    assert any(year in device.source for year in ("2015", "2016", "2018", "2019", "2021"))


def test_impossible_figures_are_refused():
    with pytest.raises(ValidationError, match="joules_per_event is -1"):
        Device("x", True, -1, 1e-12, "")
    with pytest.raises(ValidationError, match="no device 'abacus'; known are cpu, gpu"):
        device_table(COUNTS, ["abacus"])


def test_tables():
    net = architecture("hunsberger2016-mnist")
    cost = published_cost(net, {"neurons1": 4.6, "neurons2": 15.6, "neurons3": 4.2}, 0.2)
    operations = operation_table(COUNTS, cost, "both")
    assert [row["name"] for row in operations.records()] == ["input", "a", "b", "all"]
    assert operations.records()[-1]["events"] == 400
    assert "efficiency 5.95" in operations.notes[1]
    devices = device_table(COUNTS)
    assert len(devices.records()) == len(DEVICES)
    assert devices.notes[: len(ASSUMPTIONS)] == ASSUMPTIONS
    row = {r["device"]: r for r in devices.records()}["Loihi"]
    assert row["total_uj"] == pytest.approx(1e6 * (400 * 27.1e-12 + 50 * 81e-12))
    assert {r["device"]: r for r in devices.records()}["Loihi 2"]["total_uj"] is None


def test_the_other_price_of_a_chip_stands_beside():
    rows = {row["device"]: row for row in device_table(COUNTS).records()}
    assert (rows["SpiNNaker"]["event_pj"], rows["SpiNNaker"]["other_pj"]) == (13_300, 45)
    assert (rows["SpiNNaker 2"]["event_pj"], rows["SpiNNaker 2"]["other_pj"]) == (450, 10)
    assert rows["SpiNNaker"]["other_uj"] == pytest.approx(1e6 * 450 * 45e-12)
    assert rows["TrueNorth"]["other_uj"] is None
    (line,) = [note for note in device_table(COUNTS, ["spinnaker2"]).notes if "450 pJ" in note]
    assert "with memory accesses" in line and "elsewhere 10 pJ (SENECA paper" in line
    for device in DEVICES.values():
        assert (device.other_joules_per_event is None) == (device.other_source == "")
        assert device.accounting or device.joules_per_event is None
    with pytest.raises(ValidationError, match="other_joules_per_event is 5"):
        Device("x", True, 1e-12, 1e-12, "", other_joules_per_event=5)


def test_measured_joules_stand_below_as_a_scale():
    price, *notes = device_table(COUNTS, ["loihi"]).notes[len(ASSUMPTIONS) :]
    assert price.startswith("Loihi, per event 27.1 pJ: synaptic operation and one hop")
    assert "MNIST 2.5 µJ, 400-400-10, 96.3 %" in notes[0] and "2.47 mJ" in notes[0]
    assert "keyword spotting 270 µJ" in notes[0] and "SpiNNaker" not in notes[0]
    assert notes[1].startswith("Second-hand: MNIST: Renner et al. 2024")
    cpu = device_table(COUNTS, ["cpu"]).notes[len(ASSUMPTIONS) :]
    assert cpu == ("CPU, Intel i7-4960X, per event 8,600 pJ: one multiply-add of the processor.",)
