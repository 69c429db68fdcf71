"""Synapses besides alpha and lowpass: they run, and what cannot be done with them says so."""

from __future__ import annotations

import dataclasses

import nengo
import pytest

from nengo_lifdeep import Presentation, convert, run, to_nir
from nengo_lifdeep.errors import ConversionError
from nengo_lifdeep.training.random_features import trained_example


class OwnLowpass(nengo.Lowpass):
    """A file would bring back its parent."""


@pytest.fixture(scope="module")
def example():
    trained, test = trained_example()
    return convert(trained, synapse=0.003), test.unit_images()[:2]


@pytest.mark.parametrize(
    "synapse",
    [nengo.Triangle(0.01), nengo.LinearFilter([1], [0.005, 1]), OwnLowpass(0.005)],
    ids=repr,
)
def test_other_synapses_run_and_are_not_written(example, synapse, tmp_path):
    model, images = example
    model = dataclasses.replace(
        model,
        connections=tuple(
            dataclasses.replace(c, synapse=synapse) if c.pre == "neurons1" else c
            for c in model.connections
        ),
    )
    timing = Presentation(t_c=0.01, t_p=0.03)
    assert run(model, images, simulator="nengo", presentation=timing).n_images == 2
    assert repr(synapse)[:9] in model._repr_html_()
    where = "connection 'neurons1' -> 'neurons2': its synapse is .*expected nengo.Alpha, nengo.Low"
    with pytest.raises(ConversionError, match=where):
        model.save(tmp_path / "model.lifdeep")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ConversionError, match=where):
        model.with_tau_s(0.01)
    with pytest.raises(ConversionError, match=where):
        run(model, images, presentation=Presentation(t_c=0.01, t_p=0.03, tau_s=0.01))


@pytest.mark.parametrize("pre", ["neurons1", "neurons2"])
def test_nir_has_no_node_for_other_synapses(example, pre, tmp_path):
    """The read-out's was left out in silence, another ended in an AttributeError."""
    pytest.importorskip("nir")
    model, _ = example
    model = dataclasses.replace(
        model,
        connections=tuple(
            dataclasses.replace(c, synapse=nengo.Triangle(0.01)) if c.pre == pre else c
            for c in model.connections
        ),
    )
    with pytest.raises(ConversionError, match=f"connection '{pre}' -> .* for which NIR has no"):
        to_nir(model, tmp_path / "model.nir", tau_ref="metadata")
