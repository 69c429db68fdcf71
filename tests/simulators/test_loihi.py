"""Loihi: the emulator is reset exactly, targets and refusals are named."""

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import DeploymentError
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run

pytestmark = pytest.mark.loihi
SHORT = Presentation(t_p=0.03)
LOWPASS = nengo.Lowpass(0.005)


def test_board_that_is_not_there(example):
    trained, test = example
    model = convert(trained, synapse=LOWPASS)
    with pytest.raises(DeploymentError, match="NxSDK.*target='sim'"):
        run(model, test.take(1), simulator="loihi", target="loihi", presentation=SHORT)


def test_reset_is_a_fresh_simulator(example):
    """Image k after others and image k alone: the same to the last bit."""
    trained, test = example
    model = convert(trained, synapse=LOWPASS)
    options = {"simulator": "loihi", "presentation": SHORT}
    together = run(model, test.first(4), **options)
    for k in range(4):
        alone = run(model, test.images[k : k + 1], **options)
        np.testing.assert_array_equal(alone.outputs[0], together.outputs[k])
        for name, spikes in alone.image_spikes.items():
            assert spikes[0] == together.image_spikes[name][k] > 0


def test_float_emulator_is_close_to_the_integer_one(example):
    trained, test = example
    model = convert(trained, synapse=LOWPASS)
    long = Presentation(t_c=0.05, t_p=0.2)
    counts = [
        run(
            model, test.take(5), simulator="loihi", presentation=long, target=target
        ).spikes_per_image
        for target in ("sim", "simreal")
    ]
    assert counts[0] == pytest.approx(counts[1], rel=0.02)
