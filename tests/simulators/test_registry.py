"""One record per simulator: options of others are refused, and every list is the registry's."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nengo_lifdeep import check_spikes, convert, evaluate
from nengo_lifdeep import run as exported_run
from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.evaluation.rungs import ladder
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.records import SpikeRecord
from nengo_lifdeep.report.plots.accuracy import accuracy_against_time
from nengo_lifdeep.report.plots.canvas import colour_of
from nengo_lifdeep.simulators import (
    SIMULATORS,
    Options,
    Simulator,
    get_simulator,
    rate,
    run,
)
from nengo_lifdeep.simulators import (
    interface as base,
)
from nengo_lifdeep.simulators.collector import SpikeCollector
from nengo_lifdeep.simulators.doctor import diagnose
from nengo_lifdeep.simulators.registry import names, shared_options
from nengo_lifdeep.view.showing import choices_for

ROOT = Path(__file__).parents[2]
SHORT = Presentation(t_c=0.01, t_p=0.03)

#: option of one simulator -> a value that it may have
OWN = {"dtype": "float64", "threads": 1, "route": "dense", "engine": "numpy", "target": "sim",
       "plan": None}  # fmt: skip
FOREIGN = [
    (name, option)
    for name, simulator in SIMULATORS.items()
    for option in OWN
    if option not in simulator.own_options
]


def test_every_own_option_is_tried():
    assert set(OWN) == {option for each in SIMULATORS.values() for option in each.own_options}
    assert len(FOREIGN) > 15


@pytest.mark.parametrize(("simulator", "option"), FOREIGN)
def test_an_option_of_another_simulator_is_refused_by_name(simulator, option, example):
    trained, images = example
    having = [name for name, each in SIMULATORS.items() if option in each.own_options]
    message = f"'{simulator}' has no option '{option}'; it is one of simulator '{having[0]}'"
    for call in (run, evaluate):
        with pytest.raises(ValidationError, match=re.escape(message)):
            call(convert(trained), images.take(1), simulator=simulator, **{option: OWN[option]})


def test_options_of_a_ladder_go_where_they_belong(example):
    trained, images = example
    rungs = ladder(trained, images.take(4), simulators=("events", "nengo"), presentation=SHORT,
                   engine="numpy")  # fmt: skip
    assert [rung.name for rung in rungs][-2:] == ["spikes in events", "spikes in nengo"]
    with pytest.raises(ValidationError, match="'events' and 'nengo' have no option 'target'"):
        shared_options({"target": "sim"}, ["events", "nengo"])
    with pytest.raises(ValidationError, match="no simulator has an option 'tarket'"):
        ladder(trained, images.take(4), simulators=("nengo",), tarket="sim")


def test_a_ladder_computes_the_rates_once(example, monkeypatch):
    trained, images = example
    runs = []
    original = rate.simulate
    monkeypatch.setattr(rate, "simulate", lambda *given: runs.append(1) or original(*given))
    rungs = ladder(trained, images.take(4), simulators=("nengo", "events"), presentation=SHORT)
    assert len(runs) == 2  # soft rates and hard rates
    assert all(rung.evaluation.rate_accuracy is not None for rung in rungs[2:])


def test_a_finished_evaluation_is_a_reference_for_the_same_images_only(example):
    trained, images = example
    some, model = images.take(6), convert(trained)
    rates = evaluate(trained, some)
    found = [evaluate(model, some, presentation=SHORT, reference=r) for r in (rates, trained)]
    assert found[0].agreement == found[1].agreement
    assert found[0].rate_accuracy == found[1].rate_accuracy == rates.accuracy
    with pytest.raises(ValidationError, match="evaluate the rate network on the same images"):
        evaluate(model, images.take(7), presentation=SHORT, reference=rates)


def test_the_record_knows_why_a_network_is_refused(make_network):
    import nengo

    from nengo_lifdeep.layers import Dense, Flatten

    net = make_network((2, 2, 1), [Flatten(), Dense(5), Dense(2)])
    wrapped = convert(net, neuron="poisson")
    assert SIMULATORS["events"].refusal(convert(net)) is None
    assert "simulator='nengo'" in SIMULATORS["events"].refusal(wrapped)
    assert SIMULATORS["nengo"].refusal(wrapped) is None
    with pytest.raises(ConversionError):
        SIMULATORS["events"].require(wrapped)
    pytest.importorskip("nengo_loihi")
    assert "Loihi" in SIMULATORS["loihi"].refusal(convert(net, synapse=nengo.Alpha(0.003)))


def test_references_are_not_judged(example):
    trained, images = example
    for name in names(judged_by=None):
        with pytest.raises(ValidationError, match="reference itself|no spikes"):
            check_spikes(convert(trained), images, 1, simulator=name)
    for simulator in SIMULATORS.values():
        if simulator.judged_by is not None:
            judge = get_simulator(simulator.judged_by)
            assert judge.judged_by is None and judge.on_chip == simulator.on_chip


@pytest.mark.parametrize("function", [base.run, evaluate])
def test_docstrings_list_the_simulators(function):
    (listed,) = re.findall(r"simulator : \{(.*?)\}", function.__doc__)
    assert re.findall(r'"([\w-]+)"', listed) == list(SIMULATORS)
    assert exported_run is base.run


def test_the_docs_list_the_simulators():
    concepts = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8")
    section = concepts.split("## Simulators")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)
    assert rows == list(SIMULATORS)
    options = {name: re.findall(r"`(\w+)`", cell) for name, cell in re.findall(
        r"^\| `([\w-]+)` \|.*\| ([^|]*) \|$", section, re.MULTILINE)}  # fmt: skip
    assert options == {name: list(each.own_options) for name, each in SIMULATORS.items()}
    line = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"The simulators are (.*?)\.\s", line, re.DOTALL)
    assert re.findall(r"`([\w-]+)`", listed) == list(SIMULATORS)


def test_colours_differ():
    colours = {colour_of(name).lower() for name in SIMULATORS}
    assert len(colours) == len(SIMULATORS)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


@dataclasses.dataclass(frozen=True)
class DoublingOptions(Options):
    """Of the simulator that exists in this test alone."""

    factor: float = 2.0


@dataclasses.dataclass(frozen=True)
class Throwaway:
    """What `Simulator.load` gives for it, in place of a module."""

    def simulate(self, model, inputs, presentation, options) -> SpikeRecord:
        collector = SpikeCollector("throwaway", model, presentation, len(inputs), options.judge)
        scores = rate.forward(model, inputs.chunk(0, len(inputs)))["output"] * options.factor
        outputs = np.repeat(scores[:, None], presentation.n_steps, axis=1)
        counts = {p.name: np.zeros((len(inputs), p.n_neurons)) for p in model.populations}
        collector.add(outputs, counts)
        for name in counts if options.rasters else ():
            collector.add_rows(name, np.zeros((0, 3), np.int32))
        return collector.record()


@pytest.fixture
def throwaway(monkeypatch):
    record = Simulator("throwaway", "a_module_of_this_test", "doubles", takes_time=False,
                       colour="#123456", options=DoublingOptions)  # fmt: skip
    monkeypatch.setitem(sys.modules, record.module, Throwaway())
    monkeypatch.setitem(SIMULATORS, record.name, record)
    return record


def test_a_new_simulator_works_everywhere(throwaway, example):
    trained, images = example
    model, some = convert(trained), images.take(5)
    one, three = (
        run(model, some, simulator="throwaway", presentation=SHORT, factor=f).outputs
        for f in (1, 3)
    )
    np.testing.assert_allclose(three, 3 * one, rtol=1e-5)
    found = evaluate(trained, some, simulator="throwaway", presentation=SHORT, reference=trained)
    assert found.simulator == "throwaway" and found.agreement == 1.0
    with pytest.raises(ValidationError, match="'nengo' has no option 'factor'.*'throwaway'"):
        run(model, some, simulator="nengo", factor=2)
    with pytest.raises(ValidationError, match="'throwaway' shows no input that changes"):
        run(model, np.zeros((1, 30, 8, 8, 1)), simulator="throwaway", presentation=SHORT)
    assert "throwaway" in [f.what for f in diagnose() if f.group == "simulators" and f.ok]
    assert colour_of("throwaway") == "#123456"
    pytest.importorskip("matplotlib")
    curves = accuracy_against_time([found]).get_lines()
    assert "#123456" in [curve.get_color() for curve in curves]
    assert "throwaway" in choices_for(model)
    compared = check_spikes(model, some, 1, simulator="throwaway", presentation=SHORT)
    assert not compared.passed and compared.judge == "nengo.Simulator"


def test_a_new_simulator_is_in_the_help():
    """Help texts are made when the commands are imported, so in another Python."""
    script = (
        "from nengo_lifdeep.simulators import SIMULATORS, Simulator\n"
        "SIMULATORS['throwaway'] = Simulator('throwaway', 'nowhere', 'nothing')\n"
        "from nengo_lifdeep.cli.app import app\n"
        "import sys\n"
        "app(sys.argv[1:])\n"
    )
    for arguments in (["run", "--help"], ["evaluate", "--help"], ["info"]):
        done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True,
                              text=True, check=False)  # fmt: skip
        assert "throwaway" in done.stdout, done.stderr
