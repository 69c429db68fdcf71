"""Measured factors bring the wanted percentile of every population to the wanted rate."""

import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.conversion.target_rates import rate_scales
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run


@pytest.mark.parametrize("percentile", [100, 99.9, 50])
def test_spikes_reach_the_target(example, percentile):
    """In real spikes: the fastest neuron of an image fires at the target, to one spike."""
    trained, test = example
    images = test.take(10)
    scales = rate_scales(trained, images, target_rate=80, percentile=percentile)
    model = convert(trained, scale_firing_rates=scales, synapse=None)
    record = run(model, images, presentation=Presentation(t_p=0.5), rasters=10, dtype="float64")
    first = model.populations[0]
    counts = np.zeros((10, first.n_neurons))
    np.add.at(counts, tuple(record.rasters[first.name][:, [0, 2]].T), 1)
    rates = counts / 0.5
    assert np.percentile(rates[rates > 0], percentile) == pytest.approx(80, abs=4)


def test_bad_targets(example):
    trained, test = example
    for options, text in (
        ({"target_rate": 0}, "above 0, in Hz"),
        ({"percentile": 0}, "above 0, at most 100"),
    ):
        with pytest.raises(ValidationError, match=text):
            rate_scales(trained, test.take(2), **options)
