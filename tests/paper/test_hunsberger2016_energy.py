"""The papers' efficiencies, from the papers' own rates.

Rates per layer and efficiencies: Hunsberger & Eliasmith 2016 and Hunsberger's thesis (2018); rates
are printed with two or three digits, so efficiencies agree to about one in a hundred.
"""

from __future__ import annotations

import pytest

from nengo_lifdeep.energy.published import FLOPS_PER_EVENT, FLOPS_PER_UPDATE, published_cost
from nengo_lifdeep.errors import ValidationError
from nengo_lifdeep.layers.named import architecture

RATES = {"cifar10": (173, 99, 9.7, 7.2), "mnist": (4.6, 15.6, 4.2)}


def cost(name):
    rates = {f"neurons{i + 1}": rate for i, rate in enumerate(RATES[name])}
    return published_cost(architecture(f"hunsberger2016-{name}"), rates, 0.2)


@pytest.mark.parametrize(("name", "efficiency"), [("cifar10", 0.76), ("mnist", 5.94)])
def test_published_efficiency(name, efficiency):
    assert cost(name).efficiency == pytest.approx(efficiency, rel=0.02)


@pytest.mark.parametrize(("name", "efficiency"), [("cifar10", 0.86), ("mnist", 7.1)])
def test_equation_as_printed_leaves_the_input_out(name, efficiency):
    found = cost(name)
    running = FLOPS_PER_EVENT * found.events + FLOPS_PER_UPDATE * found.updates
    assert found.network_flops / running == pytest.approx(efficiency, rel=0.02)


def test_shortcuts_belong_to_their_source():
    net = architecture("cifar10-residual")
    rates = {name: 0.0 for name in net.layer_counts() if name.startswith("neurons")}
    busy = published_cost(net, {**rates, "neurons2": 10.0}, 0.1)
    conv, one_to_one = net.layer_counts()["conv3"].synapses, 14 * 14 * 64
    assert busy.events == pytest.approx(conv + one_to_one)
    with pytest.raises(ValidationError, match="layer_rates are of"):
        published_cost(net, {"neurons1": 1.0}, 0.1)
