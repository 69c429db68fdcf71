"""Connections that lead back: what every core needs is what nengo-loihi builds."""

from __future__ import annotations

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.layers import Conv2D, Dense, Flatten
from nengo_lifdeep.loihi.board import CORE_LIMITS
from nengo_lifdeep.loihi.plan import make_plan
from nengo_lifdeep.models import Connection
from nengo_lifdeep.simulators.loihi import built
from nengo_lifdeep.simulators.options import LoihiOptions
from nengo_lifdeep.stages.types import Convolution, DenseMatrix, SparseMatrix

from .nengo_loihi_counts import counts

pytestmark = pytest.mark.loihi
SHORT = Presentation(t_c=0.01, t_p=0.02)


def dense(n_from, n_to):
    values = np.random.default_rng(1).normal(size=(n_from, n_to)) * 0.01
    return DenseMatrix((n_from,), values.astype(np.float32))


def ring(n):
    """Every neuron to the next one alone."""
    targets = (np.arange(n) + 1) % n
    return SparseMatrix((n,), (n,), np.arange(n + 1), targets, np.full(n, 0.01, np.float32))


def around(size, channels):
    values = np.random.default_rng(2).normal(size=(3, 3, channels, channels)) * 0.01
    kernel = values.astype(np.float32)
    return Convolution((size, size, channels), (1, 1), "same", 1, kernel)


def with_links(model, links):
    synapse = nengo.Lowpass(0.005)
    more = [Connection(pre, post, (stage,), synapse) for pre, post, stage in links]
    return dataclasses.replace(model, connections=(*model.connections, *more))


@pytest.fixture
def flat(make_network):
    trained = make_network((20,), [Dense(30), Dense(40), Dense(50), Dense(2)])
    return convert(trained, synapse=nengo.Lowpass(0.005))


@pytest.fixture
def images(make_network):
    layers = [Conv2D(2, 3), Conv2D(4, 3, padding="same"), Flatten(), Dense(2)]
    return convert(make_network((8, 8, 1), layers), synapse=nengo.Lowpass(0.005))


LINKS = {
    "none": [],
    "to itself": [("neurons2", "neurons2", dense(40, 40))],
    "to itself, sparse": [("neurons2", "neurons2", ring(40))],
    "to the one before": [("neurons3", "neurons2", dense(50, 40))],
    "both": [("neurons3", "neurons2", dense(50, 40)), ("neurons3", "neurons3", ring(50))],
    "to the host": [("neurons3", "neurons1", dense(50, 30))],
}


def compare(model, **options):
    plan = make_plan(model, **options)
    assert plan.fits, plan.errors
    uses = [use for layer in plan.layers for use in layer.cores]
    found = [(u.compartments, u.in_axons, u.synapse_bits, u.out_axons) for u in uses]
    with built(model, SHORT, LoihiOptions(plan=plan)) as chip:
        assert found == counts(chip.simulator.model)
    return plan


@pytest.mark.parametrize("blocks", [{}, {"neurons2": (20,), "neurons3": (17,)}], ids=str)
@pytest.mark.parametrize("name", LINKS)
def test_every_core_needs_what_is_built(flat, name, blocks):
    compare(with_links(flat, LINKS[name]), blocks=blocks)


@pytest.mark.parametrize("block", [(8, 8, 4), (3, 4, 4), (8, 3, 3)])
def test_a_convolution_to_itself(images, block):
    (before,) = (p for p in images.populations if p.name == "neurons2")
    link = ("neurons2", "neurons2", around(before.shape[0], before.shape[2]))
    block = tuple(min(n, m) for n, m in zip(block, before.shape, strict=True))
    compare(with_links(images, [link]), blocks={"neurons2": block})


def test_the_search_keeps_axons_to_itself_within_the_limit(make_network):
    """Fewer cores would need 2,100 output axons to the own cores and 2,100 to the next layer's."""
    layers = [Dense(20), Dense(2100), Dense(2100), Dense(2)]
    model = convert(make_network((4,), layers), synapse=nengo.Lowpass(0.005))
    plan = make_plan(with_links(model, [("neurons2", "neurons2", dense(2100, 2100))]))
    assert plan.fits
    first, second = plan.layers
    for use in first.cores:  # every neuron has an axon to every core of both
        assert use.out_axons == use.compartments * (first.cut.n_cores + second.cut.n_cores)
        assert use.out_axons <= CORE_LIMITS["out_axons"]


def test_cuts_that_change_in_a_second_round_are_counted_as_they_are(flat, monkeypatch):
    """However early the search ends, the figures are those of the cuts that it chose."""
    from nengo_lifdeep.loihi import search

    links = [("neurons3", "neurons2", dense(50, 40)), ("neurons2", "neurons2", dense(40, 40))]
    whole = compare(with_links(flat, links))
    monkeypatch.setattr(search, "_ROUNDS", 1)
    assert compare(with_links(flat, links)).cuts == whole.cuts
