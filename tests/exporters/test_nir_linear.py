"""Stages that are not folded, sums and branches as nodes of NIR, and back."""

from __future__ import annotations

import nengo
import numpy as np
import pytest

from nengo_lifdeep import from_nir, to_nir
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.errors import ConversionError
from tests.conversion.networks import NETWORKS, images, network

pytest.importorskip("nir")

#: what NIR has no node for, in an image
REFUSED = {
    "overlapping pool before neurons": "reaches over the border",
    "padded": "Placement gives an image",
    "padded bias": "biases differ within a channel",
    "normalised image": "biases differ within a channel",
    "normalised after neurons": "biases differ within a channel",
    "convolutions in a row": "biases differ within a channel",
    "scaled": "biases differ within a channel",
    "upsampled": "Upsample gives an image",
    "transposed": "Placement gives an image",
    "local": "LocalWindows gives an image",
    "padded pool": "Placement gives an image",
    "branches": "reaches over the border",
    "dilated": "has no twin",
}


def written(name, tmp_path):
    model = convert(network(name, nengo.RectifiedLinear()), synapse=None, scale_firing_rates=200.0)
    return model, to_nir(model, tmp_path / "net.nir")


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in REFUSED])
def test_round_trip(name, tmp_path):
    model, path = written(name, tmp_path)
    again = from_nir(path)
    expected, found = (forward(each, images())["output"] for each in (model, again))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_node_is_refused_by_name(name, tmp_path):
    with pytest.raises(ConversionError, match=REFUSED[name]):
        written(name, tmp_path)
