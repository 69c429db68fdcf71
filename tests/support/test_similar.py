"""Misspelt names: every message that lists names says which one was probably meant."""

from __future__ import annotations

import pytest

from nengo_lifdeep import datasets, pretrained
from nengo_lifdeep.energy.devices import get_device
from nengo_lifdeep.errors import LifdeepError
from nengo_lifdeep.layers.named import architecture
from nengo_lifdeep.simulators import get_simulator
from nengo_lifdeep.support.words.similar import did_you_mean
from nengo_lifdeep.weights.types import weights_from_dict


@pytest.mark.parametrize(
    ("look_up", "given", "meant"),
    [
        (get_simulator, "event", "events"),
        (get_simulator, "loihi_exact", "loihi-exact"),
        (get_device, "spinaker2", "spinnaker2"),
        (datasets.load, "fashion_mnsit", "fashion-mnist"),
        (architecture, "hunsberger-mnist", "hunsberger2016-mnist"),
        (pretrained.load, "digit-compact", "digits-compact"),
        (lambda kind: weights_from_dict({"kind": kind}), "rounded", "Rounded"),
    ],
)
def test_close_names_are_offered(look_up, given, meant):
    with pytest.raises(LifdeepError, match=rf"did you mean '{meant}'\?$"):
        look_up(given)


@pytest.mark.parametrize("given", ["", "nothing like it", None, 3, "x" * 10_000])
def test_nothing_is_offered_for_other_names(given):
    assert did_you_mean(given, ["events", "rate"]) == ""
    with pytest.raises(LifdeepError) as error:
        get_simulator(given)
    assert "did you mean" not in str(error.value)
