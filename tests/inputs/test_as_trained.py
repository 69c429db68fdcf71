"""Networks that were trained on their spikes are shown what they were trained with."""

import dataclasses

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.evaluation.agreement import check_spikes
from nengo_lifdeep.inputs.as_trained import coding_as_trained, coding_record, shown_as
from nengo_lifdeep.inputs.coding import (
    BernoulliCoding,
    ConstantCoding,
    FunctionCoding,
    LatencyCoding,
    PoissonCoding,
)
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.models import SpikingModel, TrainedModel
from nengo_lifdeep.simulators import run
from tests.on_spikes import bars, trained_on_spikes

CODINGS = [
    BernoulliCoding(max_rate=400.0, seed=3),
    PoissonCoding(max_rate=123.456789012345),
    LatencyCoding(height=0.1),
    ConstantCoding(),
    None,
]


@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_a_file_holds_the_coding_exactly(coding, tmp_path):
    model = trained_on_spikes(coding)
    path = convert(model.load(model.save(tmp_path / "net.lifdeep"))).save(tmp_path / "s.lifdeep")
    assert coding_as_trained(SpikingModel.load(path).provenance) == coding


@pytest.mark.parametrize("coding", CODINGS[:3], ids=str)
def test_files_of_before_hold_its_text(coding):
    assert coding_as_trained({"spikes": {"coding": str(coding)}}) == coding


@pytest.mark.parametrize("text", ["BernoulliCoding(", "__import__('os')", "Other(1)", "x"])
def test_no_other_text_is_taken_for_a_coding(text):
    with pytest.raises(ValidationError, match="which a file cannot hold; give it again"):
        coding_as_trained({"spikes": {"coding": text}})


def test_evaluate_shows_what_it_was_trained_with():
    """By default, of the network as it was trained and as converted; what is given wins."""
    coding = BernoulliCoding(max_rate=400.0, seed=3)
    model = trained_on_spikes(coding)
    spiking, images = convert(model), bars()
    window = Presentation.as_trained(model.provenance)
    asked = evaluate(spiking, images, presentation=window, coding=coding)
    assert asked.spikes_per_image > 5
    for found in (evaluate(spiking, images), evaluate(model, images)):
        assert found.simulator == "events" and found.presentation == window
        assert found.spikes_per_image == asked.spikes_per_image
        assert found.predictions.tolist() == asked.predictions.tolist()
        assert any(f"input: {coding}, as in training" in str(note) for note in found.notes)
    longer = Presentation(t_c=0.0, t_p=0.03)
    other = evaluate(spiking, images, presentation=longer, coding=ConstantCoding())
    assert other.presentation == longer and not any("input:" in str(n) for n in other.notes)
    plain = dataclasses.replace(spiking, provenance={})
    constant = evaluate(plain, images, presentation=longer)
    assert other.spikes_per_image == constant.spikes_per_image != asked.spikes_per_image


def test_run_and_checks_show_it_too():
    model = convert(trained_on_spikes(LatencyCoding(height=30.0)))
    record = run(model, bars(), simulator="nengo")
    assert record.presentation == Presentation.as_trained(model.provenance)
    assert any("input: LatencyCoding(height=30.0), as in training" in n for n in record.notes)
    assert check_spikes(model, bars(), 2, dtype="float64").share_moved == 0
    frames = np.zeros((1, 100, *model.input_shape), np.float32)
    assert run(model, frames).presentation == Presentation()  # they change over time already


def test_rates_are_shown_images():
    model = convert(trained_on_spikes(BernoulliCoding(max_rate=400.0)))
    assert run(model, bars(), simulator="rate").presentation is None
    assert evaluate(model, bars(), simulator="rate").presentation is None


def test_a_function_has_to_be_given_again():
    coding = FunctionCoding(lambda t, images: images * (t > 0.005))
    model = convert(trained_on_spikes(coding))
    assert coding_record(coding)["type"] == "FunctionCoding"
    with pytest.raises(ValidationError, match=r"FunctionCoding\(<lambda>\), which a file cannot"):
        evaluate(model, bars())
    assert evaluate(model, bars(), coding=coding).n_images == len(bars())


def test_other_networks_are_shown_as_ever():
    assert shown_as({"spikes": None}, None, None) == (Presentation(), None)
    with pytest.raises(ValidationError, match="was not trained on its spikes"):
        coding_as_trained({})


def test_constant_images_are_static(example):
    spiking = convert(example[0], synapse=0.003)
    images = example[1].subset(np.arange(2))
    plain, constant = run(spiking, images), run(spiking, images, coding=ConstantCoding())
    assert plain.is_static and constant.is_static and constant.notes == plain.notes
    np.testing.assert_array_equal(plain.outputs, constant.outputs)
    assert isinstance(example[0], TrainedModel)
