"""Rungs that a simulator refuses are named with the reason; the others are run all the same."""

import dataclasses
import json

import nengo
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.deployment import ChipRung, chip_ladder, chip_rungs, deploy
from nengo_lifdeep.errors import DeploymentError, MissingDependencyError
from nengo_lifdeep.evaluation.agreement import SpikeCheck
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Dense
from nengo_lifdeep.loihi.board import Board
from nengo_lifdeep.report.pages.deployment import write_deployment_report
from nengo_lifdeep.report.tables.deployment import chip_ladder_table
from nengo_lifdeep.simulators import get_simulator

pytestmark = pytest.mark.loihi
SHORT = Presentation(t_c=0.02, t_p=0.06)
IN_EVENTS = ["spikes, as given", "spikes, chip's synapses"]
ON_CHIP = ["emulator, integers"]


def on_host(neuron):
    def change(model):
        first, *rest = model.populations
        first = dataclasses.replace(first, neuron=neuron)
        return dataclasses.replace(model, populations=(first, *rest))

    return change


def filtered(model):
    into, *rest = model.connections
    into = dataclasses.replace(into, synapse=nengo.Lowpass(0.005))
    return dataclasses.replace(model, connections=(into, *rest))


#: a change of the network, rungs that cannot be run then, words of the reason
REFUSED = {
    "filtered pixels": (filtered, ON_CHIP, "input -> neurons1: its synapse is Lowpass"),
    "neurons that events has not": (on_host(nengo.AdaptiveLIF()), IN_EVENTS, "AdaptiveLIF"),
    "neurons that neither has": (
        on_host(nengo.RegularSpiking(nengo.LIFRate())),
        IN_EVENTS + ON_CHIP,
        "neurons1: ",
    ),
}


def refused_deployment(example, name):
    trained, test = example
    change, refused, words = REFUSED[name]
    model = change(convert(trained, synapse=nengo.Lowpass(0.005)))
    return deploy(model, images=test.take(20), presentation=SHORT), refused, words


@pytest.mark.parametrize("name", REFUSED)
def test_refused_rungs_are_named_and_the_others_run(example, tmp_path, name):
    deployment, refused, words = refused_deployment(example, name)
    data = example[1].take(6)
    rungs = chip_ladder(deployment, data, few=2, check=1)
    assert len(rungs) == 7
    assert [rung.name for rung in rungs if rung.evaluation is None] == refused
    for rung in rungs:
        assert (rung.refusal is None) == rung.complete == (rung.drop is not None)
        assert rung.refusal is None or words in rung.refusal
    table = chip_ladder_table(rungs)
    assert [row["name"] for row in table.records() if row["n_images"] is None] == refused
    assert sum(words in note for note in table.notes) == len(refused)
    files = write_deployment_report(tmp_path, deployment, data, rungs=rungs)
    page, record = files["page-text"].read_text(), json.loads(files["numbers"].read_text())
    assert "From rates to the chip" in page and "the other rungs were not run" not in page
    assert ("Not run on the emulated chip" in page) == (refused[-1] == ON_CHIP[0])
    assert {row["name"]: row["refusal"] for row in record["ladder"] if row["refusal"]} == {
        rung.name: rung.refusal for rung in rungs if rung.refusal
    }
    for rung in refused:
        assert f"{rung}: not run. " in page
    assert ("energy" in record) == (refused[-1] != ON_CHIP[0])


def test_the_refusal_is_of_the_planned_board(example):
    """Small cores of a larger board: the usual board would be too small for these blocks."""
    trained, _ = example
    board = Board("many chips", 64)
    found = deploy(trained, board, blocks={"neurons2": (1,)}, presentation=SHORT)
    assert found.plan.n_cores > 128 or found.plan.n_cores == 200
    for name in ("loihi", "loihi-exact"):
        assert get_simulator(name).refusal(found.model, plan=found.plan) is None


def test_what_does_not_fit_is_an_error_before_anything_is_run(make_network, example):
    wide = make_network((4200,), [Dense(4200), Dense(20), Dense(2)])
    with pytest.raises(DeploymentError, match="cannot go onto Loihi"):
        next(chip_rungs(deploy(wide, strict=False), example[1].take(2)))
    few = deploy(example[0], weight_bits=2)
    with pytest.raises(DeploymentError, match="counts 2 bits per weight"):
        next(chip_rungs(few, example[1].take(2)))


def test_a_missing_package_is_an_error_before_anything_is_run(example, monkeypatch):
    from nengo_lifdeep.compat import requirements

    def missing(package):
        raise MissingDependencyError(f"no {package}")

    deployment = deploy(example[0], presentation=SHORT)
    monkeypatch.setattr(requirements, "require", missing)
    with pytest.raises(MissingDependencyError, match="no numba"):
        next(chip_rungs(deployment, example[1].take(2)))


def test_integers_that_are_not_nengo_loihis_are_an_error(example, monkeypatch):
    wrong = SpikeCheck("loihi-exact", (0,), {"neurons1": 10}, {"neurons1": 1}, 0, "loihi")
    monkeypatch.setattr("nengo_lifdeep.deployment.deployment.check_spikes", lambda *a, **o: wrong)
    rungs = chip_rungs(deploy(example[0], presentation=SHORT), example[1].take(2), few=1)
    with pytest.raises(DeploymentError, match="not exact"):
        list(rungs)


def test_a_rung_without_an_evaluation_has_no_drop():
    rung = ChipRung("emulator, integers", None, "no such neuron")
    assert rung.drop is None and not rung.complete
