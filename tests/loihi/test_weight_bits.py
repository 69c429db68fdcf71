"""Fewer bits per weight: nengo-loihi's own count of memory, and fewer cores."""

from __future__ import annotations

import numpy as np
import pytest

from nengo_lifdeep import convert, pretrained
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.loihi.memory import WEIGHT_BITS, total_bits, weight_bits
from nengo_lifdeep.loihi.plan import make_plan


@pytest.mark.loihi
@pytest.mark.parametrize("bits", WEIGHT_BITS)
def test_memory_is_that_of_nengo_loihi(bits):
    from nengo_lifdeep.compat import import_nengo_loihi

    config_type = import_nengo_loihi().block.SynapseConfig
    for index in (0, 6, 8):
        config = config_type(
            weight_bits=config_type.WEIGHT_BITS_MAP.index(bits),
            idx_bits=config_type.INDEX_BITS_MAP.index(index),
            compression=0 if index else 3,
            n_synapses=63,
        )
        assert config.real_weight_bits == bits
        for n in (1, 63, 64, 65, 300):
            assert weight_bits(n, index, bits) == config.bits_per_axon(n)
    assert total_bits(np.array([64, 65, 64]), 0, bits) == 2 * weight_bits(64, 0, bits) + (
        weight_bits(65, 0, bits)
    )


def test_a_plan_of_fewer_bits_takes_less():
    spiking = convert(pretrained.load("mnist-compact"), synapse=0.005)
    plans = {bits: make_plan(spiking, weight_bits=bits) for bits in (8, 2, 1)}
    assert make_plan(spiking).n_cores == plans[8].n_cores == 10
    assert plans[2].n_cores == plans[1].n_cores == 8
    memory = {
        bits: sum(use.synapse_bits for layer in plan.layers for use in layer.cores)
        for bits, plan in plans.items()
    }
    assert memory[2] < 0.65 * memory[8] and memory[1] < memory[2]
    for wrong in (0, 7, 9, "8", None):
        with pytest.raises(ValidationError, match="weight_bits is"):
            make_plan(spiking, weight_bits=wrong)
