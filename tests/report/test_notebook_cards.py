"""Values show themselves in notebooks: what is on the card is what they are."""

import re

import pytest

from nengo_lifdeep.deployment import deploy


def text(value):
    """A card without its marks."""
    found = value._repr_html_()
    assert "<script" not in found and "src=" not in found
    return re.sub(r"<[^>]+>", " ", found)


def test_networks(trained, spiking):
    shown = text(trained)
    assert (
        trained.architecture.name in shown and f"{trained.architecture.counts().neurons:,}" in shown
    )
    assert "90.0 % right" in shown
    assert "alpha 2 ms" in text(spiking) and f"{spiking.n_neurons:,}" in text(spiking)


def test_measurements(record, evaluations):
    rates, spikes = evaluations
    assert f"{spikes.error:.2f} %" in text(
        spikes
    ) and f"{100 * spikes.accuracy:.2f} % right" in text(spikes)
    assert "spikes per image" not in text(rates)
    assert "2 images" in text(record) and f"{record.spikes_per_image:,.0f}" in text(record)


def test_deployment(trained):
    found = deploy(trained)
    assert "fits" in text(found) and f"{found.plan.n_cores} of 256" in text(found)


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "a & b"])
def test_names_are_escaped(spiking, name):
    import dataclasses

    shown = dataclasses.replace(spiking, name=name)._repr_html_()
    assert name not in shown and "&" in shown
