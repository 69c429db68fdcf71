"""Networks remember how they are run in spikes; conversions and times follow, or are one's own."""

from __future__ import annotations

import dataclasses

import nengo
import pytest

from nengo_lifdeep import TrainedModel, datasets, evaluate, pretrained
from nengo_lifdeep.conversion.relu import relu_to_lif
from nengo_lifdeep.conversion.scaling import scale_rates
from nengo_lifdeep.conversion.swap import convert, synapse_on_chip
from nengo_lifdeep.conversion.target_rates import rate_scales
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.errors import ConversionError, ValidationError
from nengo_lifdeep.evaluation.point_jobs import spiking_at
from nengo_lifdeep.evaluation.rungs import ladder
from nengo_lifdeep.inputs.as_trained import shown_as
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.inputs.recommended import Recommended
from nengo_lifdeep.models import SpikingModel
from nengo_lifdeep.neurons import hard_counterpart, replaced
from nengo_lifdeep.sweeps.measures import measure_network
from nengo_lifdeep.view.showing import choices_for, run_image

KNOWN = Recommended(0.002, 3.0, "half", 0.03, 0.07)


@pytest.fixture(scope="module")
def plain() -> TrainedModel:
    return pretrained.load("digits-compact")


@pytest.fixture(scope="module")
def trained(plain) -> TrainedModel:
    return dataclasses.replace(plain, provenance=KNOWN.noted(plain.provenance))


def _same(a: SpikingModel, b: SpikingModel) -> bool:
    """Whether two conversions have the same numbers."""
    neurons = all(x.neuron == y.neuron for x, y in zip(a.populations, b.populations, strict=True))
    synapses = [c.synapse for c in a.connections] == [c.synapse for c in b.connections]
    return neurons and synapses and a.initial_voltage == b.initial_voltage


def test_a_conversion_without_arguments_is_the_recommended_one(plain, trained):
    spiking = convert(trained)
    wanted = convert(plain, synapse=0.002, scale_firing_rates=3, initial_voltage="half")
    assert _same(spiking, wanted) and not _same(spiking, convert(plain))
    assert spiking.provenance["recommended"] == dataclasses.asdict(KNOWN)
    assert spiking.provenance["conversion"] == wanted.provenance["conversion"]
    timing, coding = shown_as(spiking.provenance, None, None)
    assert (timing, coding) == (Presentation(t_c=0.03, t_p=0.07), None)
    assert shown_as(spiking.provenance, Presentation(), None)[0] == Presentation()
    assert shown_as(spiking.provenance, None, None, over_time=True)[0] == Presentation()


def test_what_is_asked_for_comes_first(plain, trained):
    own = convert(trained, synapse=0.003)
    assert _same(own, convert(plain, synapse=0.003))  # a conversion of one's own, all of it
    assert "recommended" not in own.provenance  # nor its times
    slower = convert(trained, scale_firing_rates=1.5)
    assert _same(
        slower, convert(plain, synapse=0.002, scale_firing_rates=1.5, initial_voltage="half")
    )
    assert "recommended" not in slower.provenance
    chosen = convert(trained, synapse=nengo.Alpha(0.002), scale_firing_rates=3,
                     initial_voltage="half")  # fmt: skip
    assert chosen.provenance["recommended"] == dataclasses.asdict(KNOWN)
    assert convert(trained, initial_voltage="zero").initial_voltage == "zero"


@pytest.mark.parametrize("neuron", ["regular", "stochastic", "poisson", nengo.LIF(0.05, 0.001)])
def test_neurons_that_are_asked_for_keep_the_rest(plain, trained, neuron):
    """Stochastic and Poisson neurons have no membrane, so that nothing starts anywhere."""
    start = "zero" if neuron in ("stochastic", "poisson") else "half"
    found = convert(trained, neuron=neuron)
    wanted = {"synapse": 0.002, "scale_firing_rates": 3, "initial_voltage": start}
    assert _same(found, convert(plain, neuron=neuron, **wanted))
    assert found.initial_voltage == start and "recommended" not in found.provenance
    images = datasets.load("digits").test.take(5)  # the times were measured with other neurons
    assert evaluate(found, images, simulator="nengo").presentation == Presentation()
    own = convert(trained, neuron=neuron, synapse=0.003)
    assert _same(own, convert(plain, neuron=neuron, synapse=0.003))


def test_membranes_that_are_not_there_are_refused_with_whose_wish_it_was(trained):
    with pytest.raises(ConversionError, match=r"start half-way to the threshold; use initial_vo"):
        convert(trained, neuron="poisson", initial_voltage="half")
    layers = trained.architecture.with_neurons(lambda own: None)
    noisy = nengo.PoissonSpiking(nengo.LIFRate(0.05, 0.001))
    other = dataclasses.replace(trained, architecture=layers, neuron=noisy)
    with pytest.raises(ConversionError, match=r"half-way to the threshold, as the network recomm"):
        convert(other)
    assert convert(other, initial_voltage="zero").initial_voltage == "zero"


def test_other_neurons_in_the_network_forget_it(trained):
    for alike in (lambda own: own, hard_counterpart):
        assert Recommended.of(trained.with_neurons(alike).provenance) == KNOWN
    for other in (lambda own: nengo.Sigmoid(), lambda own: replaced(own, tau_rc=0.03)):
        changed = trained.with_neurons(other)
        assert Recommended.of(changed.provenance) is None
        assert convert(changed).initial_voltage == "zero"


def test_files_keep_it(trained, tmp_path):
    again = TrainedModel.load(trained.save(tmp_path / "n.lifdeep", dtype="float16"))
    assert Recommended.of(again.provenance) == KNOWN
    spiking = SpikingModel.load(convert(again).save(tmp_path / "s.lifdeep"))
    assert Recommended.of(spiking.provenance) == KNOWN
    images = datasets.load("digits").test.take(10)
    assert evaluate(spiking, images).presentation == KNOWN.presentation


def test_the_chip_has_its_own_settings(plain, trained):
    assert synapse_on_chip(trained) == nengo.Lowpass(0.004)
    assert synapse_on_chip(plain) == nengo.Lowpass(0.01)
    assert synapse_on_chip(trained, 0.003) == nengo.Lowpass(0.006)
    assert _same(deploy(trained).original, deploy(plain).original)


def test_points_views_ladders_and_sweeps_follow(plain, trained, tmp_path):
    assert _same(
        spiking_at(trained, 0.003, 2.0),
        convert(plain, synapse=0.003, scale_firing_rates=2, initial_voltage="half"),
    )
    images = datasets.load("digits").test.take(20)
    shown = run_image(trained, images.images[0], tau_s=0.002, t_c=0.03, t_p=0.07)
    wanted = run_image(convert(trained), images.images[0], tau_s=0.002, t_c=0.03, t_p=0.07)
    counts = [{n: len(r) for n, r in run.record.rasters.items()} for run in (shown, wanted)]
    assert counts[0] == counts[1] and sum(counts[0].values()) > 0
    assert choices_for(trained) == choices_for(plain)
    rung = ladder(trained, images)[-1].evaluation
    assert rung.presentation == KNOWN.presentation
    assert rung.spikes_per_image == evaluate(convert(trained), images).spikes_per_image
    file = trained.save(tmp_path / "n.lifdeep")
    found, usual = (
        measure_network(str(file), n=20, t_c=0.03, t_p=0.07, **settings)
        for settings in ({}, {"scale_rates": 1.0})
    )
    assert found["spikes_per_image"] == pytest.approx(3 * usual["spikes_per_image"], rel=0.3)


def test_factors_on_rates_are_those_of_the_trained_rates(plain, trained):
    images = datasets.load("digits").train.take(50)
    assert rate_scales(trained, images) == rate_scales(plain, images)


def test_what_is_changed_afterwards_forgets_the_times(trained):
    spiking = convert(trained)
    assert "recommended" in spiking.with_tau_s(None).provenance
    assert "recommended" in spiking.with_tau_s(KNOWN.tau_s).provenance  # the same synapses
    assert "recommended" in scale_rates(spiking, 1.0).provenance
    images = datasets.load("digits").test.take(5)
    for changed in (scale_rates(spiking, 0.5), spiking.with_tau_s(0.02), spiking.with_tau_s(0.0),
                    spiking_at(spiking, 0.002, 2.0)):  # fmt: skip
        assert "recommended" not in changed.provenance
        assert evaluate(changed, images).presentation == Presentation()
    relu = dataclasses.replace(trained, neuron=nengo.RectifiedLinear())
    assert "recommended" not in relu_to_lif(relu, datasets.load("digits").train.take(20)).provenance


def test_settings_that_make_no_sense_name_the_network_and_a_remedy(plain):
    for odd in ({**dataclasses.asdict(KNOWN), "tau_s": "a"}, {"t_p": 1}):
        network = dataclasses.replace(plain, provenance={"recommended": odd})
        with pytest.raises(ValidationError, match=r"'recommended' settings.*removed\("):
            convert(network)
        mended = dataclasses.replace(network, provenance=Recommended.removed(network.provenance))
        assert _same(convert(mended), convert(plain))


def test_nonsense_is_refused():
    for wrong in ({"tau_s": -1}, {"rate_factor": 0}, {"initial_voltage": "full"}, {"t_c": 0.2},
                  {"tau_s": 3.0}, {"t_p": 100.0}):  # fmt: skip
        with pytest.raises(ValidationError):
            Recommended(**wrong)
    assert Recommended.of({}) is None
    assert Recommended.of({**KNOWN.noted({}), "spikes": {}}) is None  # trained on its spikes
    for odd in (3, "x", {}, {**dataclasses.asdict(KNOWN), "more": 1}):
        with pytest.raises(ValidationError, match=r"recommended.*expected a dict of tau_s"):
            Recommended.of({"recommended": odd})
    assert Recommended.removed(KNOWN.noted({"seed": 1})) == {"seed": 1}
