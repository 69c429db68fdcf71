"""Every coding in every simulator: it runs as in training, or is refused by name."""

import importlib.util

import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.deployment import chip_ladder, deploy
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.inputs.coding import (
    BernoulliCoding,
    ConstantCoding,
    LatencyCoding,
    PoissonCoding,
)
from nengo_lifdeep.simulators import run
from tests.on_spikes import bars, trained_on_spikes

CODINGS = [
    BernoulliCoding(max_rate=400.0),
    PoissonCoding(max_rate=400.0),
    LatencyCoding(height=30.0),
    ConstantCoding(),
]
_no_dl = pytest.mark.skipif(importlib.util.find_spec("nengo_dl") is None, reason="no nengo_dl")
IN_TIME = ["nengo", pytest.param("nengo-dl", marks=[pytest.mark.tf, _no_dl]), "events"]
REFUSAL = r"got coding {}.*simulator='events' or .*coding=ConstantCoding\(\) \(--coding none\)"


@pytest.mark.parametrize("simulator", IN_TIME)
@pytest.mark.parametrize("coding", CODINGS, ids=str)
def test_it_is_shown_as_in_training(coding, simulator):
    model = convert(trained_on_spikes(coding))
    found = run(model, bars(2), simulator=simulator)
    reference = run(model, bars(2), simulator="nengo", coding=coding)
    assert sum(found.image_spikes["neurons1"]) == sum(reference.image_spikes["neurons1"]) > 0
    is_constant = isinstance(coding, ConstantCoding)
    assert any("as in training" in str(note) for note in found.notes) != is_constant


@pytest.mark.loihi
@pytest.mark.parametrize("simulator", ["loihi", "loihi-exact"])
@pytest.mark.parametrize("coding", CODINGS[:3], ids=str)
def test_the_chip_shows_constant_pixels(coding, simulator):
    """It refuses others by name, with what to do, which then runs."""
    pytest.importorskip("nengo_loihi")
    deployment = deploy(trained_on_spikes(coding, hidden=True))
    with pytest.raises(ValidationError, match=REFUSAL.format(type(coding).__name__)):
        deployment.evaluate(bars(2), simulator=simulator)
    options = {"simulator": simulator, "coding": ConstantCoding(), "check": 1}
    found = deployment.evaluate(bars(2), **options)
    assert found.n_images == 2 and found.spikes_per_image > 0
    plain = deploy(trained_on_spikes(None, hidden=True)).evaluate(
        bars(2), simulator=simulator, check=1
    )
    assert found.spikes_per_image == plain.spikes_per_image


@pytest.mark.loihi
def test_every_rung_to_the_chip_has_the_coding():
    pytest.importorskip("nengo_loihi")
    model = trained_on_spikes(CODINGS[0], hidden=True)
    rungs = chip_ladder(deploy(model), bars(2), few=1, check=1, coding=ConstantCoding())
    plain = chip_ladder(deploy(trained_on_spikes(None, hidden=True)), bars(2), few=1, check=1)
    for one, other in zip(rungs, plain, strict=True):
        assert one.evaluation.spikes_per_image == other.evaluation.spikes_per_image
    assert evaluate(model, bars(2)).spikes_per_image != rungs[2].evaluation.spikes_per_image
