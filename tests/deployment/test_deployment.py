"""`deploy` works or says why; its emulation is nengo-loihi's; the ladder and the report add up."""

import dataclasses
import json

import nengo
import numpy as np
import pytest

from nengo_lifdeep.compat import import_nengo_loihi
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.deployment import chip_ladder, deploy
from nengo_lifdeep.errors import DeploymentError, ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Dense, Flatten
from nengo_lifdeep.report.pages.deployment import write_deployment_report
from nengo_lifdeep.report.plots.cores import core_map
from nengo_lifdeep.report.tables.deployment import core_table, ledger_table
from nengo_lifdeep.simulators import run

SHORT = Presentation(t_c=0.02, t_p=0.06)


@pytest.fixture(scope="module")
def deployment(example):
    trained, test = example
    return deploy(trained, images=test.take(30), presentation=SHORT)


def test_alpha_becomes_lowpass_and_is_said(example):
    trained, _ = example
    found = deploy(convert(trained, synapse=nengo.Alpha(0.003)))
    assert found.model.connections[-1].synapse == nengo.Lowpass(0.006)
    assert found.original.connections[-1].synapse == nengo.Alpha(0.003)
    assert any("alpha 3 ms replaced by lowpass 6 ms" in change for change in found.changes)
    assert found.rate_deviation < 1e-5


def test_what_does_not_fit_is_refused_with_every_reason(make_network):
    wide = make_network((4200,), [Dense(4200), Dense(20), Dense(2)])
    with pytest.raises(DeploymentError, match=r"neurons2.*4,200 > 4,096"):
        deploy(wide)
    kept = deploy(wide, strict=False)
    assert not kept.plan.fits
    with pytest.raises(DeploymentError, match="cannot go onto Loihi"):
        kept.run(np.zeros((1, 4200)))


@pytest.mark.loihi
def test_emulation_is_judged_by_nengo_loihi(deployment, example):
    result = deployment.evaluate(example[1].take(20), check=2)
    assert result.accuracy > 0.8
    assert any("nengo_loihi.Simulator, 2 images: 0 of" in note for note in result.notes)


CUTS = ({}, {"blocks": 50}, {"blocks": 20}, {"objective": "traffic"})


def spikes_by_cut(network, name, images, simulators=("loihi-exact",)):
    """Spikes of a population per image for every one of `CUTS`."""
    found = []
    for options in CUTS:
        given = {"blocks": {name: (options["blocks"],)}} if "blocks" in options else options
        plan = deploy(network, presentation=SHORT, **given)
        runs = [plan.run(images, simulator=s).image_spikes[name] for s in simulators]
        for other in runs[1:]:
            np.testing.assert_array_equal(other, runs[0])
        found.append((plan.plan.n_cores, runs[0]))
    return found


@pytest.mark.loihi
def test_blocks_chosen_here_reach_the_simulator(example):
    """Every cut is built as planned: the batched emulation has nengo-loihi's spikes for each."""
    trained, test = example
    name = convert(trained).populations[1].name
    found = spikes_by_cut(trained, name, test.first(2), ("loihi-exact", "loihi"))
    assert [cores for cores, _ in found[:3]] == [2, 4, 10]


@pytest.mark.loihi
def test_cuts_move_spikes_by_rounding_alone(example):
    """nengo-loihi scales a core by its own largest weight; where all agree, no spike moves."""
    trained, test = example
    spiking = convert(trained, synapse=nengo.Lowpass(0.005))
    name = spiking.populations[1].name
    images = test.take(20)
    own = [spikes for _, spikes in spikes_by_cut(spiking, name, images)]
    assert any((other != own[0]).any() for other in own[1:])
    for other in own[1:]:  # rounding: under 1 % of the spikes
        assert np.abs(other - own[0]).sum() < 0.01 * own[0].sum()
    connections = list(spiking.connections)
    stage = connections[1].stages[-1]
    matrix = np.array(stage.matrix)
    matrix[0] = np.abs(matrix).max()  # every neuron has the largest weight of all
    stages = (*connections[1].stages[:-1], dataclasses.replace(stage, matrix=matrix))
    connections[1] = dataclasses.replace(connections[1], stages=stages)
    even = dataclasses.replace(spiking, connections=tuple(connections))
    same = [spikes for _, spikes in spikes_by_cut(even, name, images)]
    for other in same[1:]:
        np.testing.assert_array_equal(other, same[0])


@pytest.mark.loihi
def test_a_plan_of_another_network_or_step_is_refused(deployment, example, make_network):
    other = convert(
        make_network((2, 3, 1), [Flatten(), Dense(8), Dense(8), Dense(2)]), synapse=0.005
    )
    with pytest.raises(ValidationError, match="the plan is for"):
        run(other, np.zeros((1, 2, 3, 1)), simulator="loihi", plan=deployment.plan)
    bias = deployment.model.populations[1].bias + 1e-3
    changed = dataclasses.replace(deployment.model.populations[1], bias=bias)
    populations = (deployment.model.populations[0], changed, *deployment.model.populations[2:])
    retrained = dataclasses.replace(deployment.model, populations=populations)
    with pytest.raises(ValidationError, match=f"other numbers in '{changed.name}'"):
        run(retrained, example[1].take(1), simulator="loihi-exact", plan=deployment.plan)
    half = dataclasses.replace(SHORT, dt=0.0005)
    with pytest.raises(ValidationError, match=r"in steps of 0\.001 s"):
        run(deployment.model, example[1].take(1), simulator="loihi", plan=deployment.plan,
            presentation=half)  # fmt: skip
    with pytest.raises(ValidationError, match="synapses"):
        run(deployment.model, example[1].take(1), simulator="loihi", plan=deployment.plan,
            presentation=Presentation(tau_s=0.001))  # fmt: skip


@pytest.mark.loihi
def test_the_plans_board_reaches_the_simulator(example, monkeypatch):
    """As many chips as were planned for; and the host's spikes are computed beforehand."""
    nengo_loihi = import_nengo_loihi()
    built, real = [], nengo_loihi.Simulator

    def recording(*args, **options):
        simulator = real(*args, **options)
        built.append((options["hardware_options"], simulator.precompute))
        return simulator

    monkeypatch.setattr(nengo_loihi, "Simulator", recording)
    trained, test = example
    deploy(trained, "nahuku-8", presentation=SHORT).run(test.take(1), simulator="loihi")
    assert built == [({"n_chips": 8}, True)]


def test_no_board_here(deployment, example):
    with pytest.raises(DeploymentError, match="NxSDK"):
        deployment.run(example[1].take(1), simulator="loihi", target="loihi")


@pytest.mark.loihi
def test_ladder_and_report(deployment, example, tmp_path):
    data = example[1].take(12)
    rungs = chip_ladder(deployment, data, few=3, check=1)
    assert [r.evaluation.n_images for r in rungs] == [12, 12, 12, 12, 3, 3, 12]
    assert rungs[0].drop == 0
    assert rungs[-1].evaluation.simulator == "loihi-exact"
    files = write_deployment_report(tmp_path, deployment, data, few=2, check=1)
    record = json.loads(files["numbers"].read_text())
    assert record["cores"] == deployment.plan.n_cores
    assert record["ladder"][-1]["n_images"] == 12
    assert record["ladder"][-1]["error_percent"] == pytest.approx(rungs[-1].evaluation.error)
    page = files["page"].read_text()
    assert page.count("<img") == 3 and "Energy per image" in page
    assert files["page-text"].read_text().count("![") == 3


def test_report_of_what_does_not_fit_is_its_plan(make_network, tmp_path):
    wide = make_network((4200,), [Dense(4200), Dense(20), Dense(2)])
    files = write_deployment_report(tmp_path, deploy(wide, strict=False))
    assert "Does not fit: 1 error;" in files["page-text"].read_text()
    assert "core-map" not in files


def test_tables_and_map_of_several_chips(make_network):
    from nengo_lifdeep.loihi.board import Board

    model = make_network((20,), [Dense(30), Dense(900), Dense(900), Dense(2)])
    found = deploy(model, Board("small chips", 3, cores_per_chip=6), strict=False)
    assert found.plan.n_chips > 1
    rows = core_table(found.plan).records()
    assert sum(row["cores"] or 0 for row in rows) == found.plan.n_cores
    assert [row["name"] for row in ledger_table(found).records()] == ["neurons2", "neurons3"]
    boxes = core_map(found.plan).patches
    filled = [p for p in boxes if p.get_height() > 0 and p.get_facecolor()[3] > 0]
    assert len(filled) == found.plan.n_cores


def test_plans_for_fewer_bits_take_fewer_cores_and_are_not_run(example):
    trained, test = example
    plain, few = (deploy(trained, weight_bits=bits) for bits in (8, 2))
    assert (plain.plan.n_cores, few.plan.n_cores) == (2, 1)
    assert few.plan.to_dict()["weight_bits"] == 2
    headings = [column.heading for column in core_table(few.plan).columns]
    assert "synapse memory, weights of 2 bits [%]" in headings
    for go in (few.run, few.evaluate):
        with pytest.raises(DeploymentError, match="counts 2 bits per weight, and NengoLoihi write"):
            go(test.take(2))
    with pytest.raises(ValidationError, match="weight_bits is 7"):
        deploy(trained, weight_bits=7)
