"""What other tools' graphs are made of: padding, series, graphs in graphs, spikes as outputs."""

import numpy as np
import pytest

from nengo_lifdeep.exporters.nir.graph import to_nir
from nengo_lifdeep.importers.nir.model import from_nir
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run
from nengo_lifdeep.stages.types import apply_stages

from .test_nir import F, affine, chain, conv, flatten, li, lif, pool

nir = pytest.importorskip("nir")
RNG = np.random.default_rng(5)
TIMING = Presentation(t_c=0, t_p=0.1)


def windows(x, window, stride, pads, dilation=(1, 1)):
    """(channel, row, column) with zeros around it: every window, as loops."""
    x = np.pad(x, [(0, 0), (pads[0],) * 2, (pads[1],) * 2])
    reach = [(k - 1) * d + 1 for k, d in zip(window, dilation, strict=True)]
    size = [(n - r) // s + 1 for n, r, s in zip(x.shape[1:], reach, stride, strict=True)]
    for r, c in np.ndindex(*size):
        at = x[:, r * stride[0] :, c * stride[1] :][:, : reach[0], : reach[1]]
        yield (r, c), size, at[:, :: dilation[0], :: dilation[1]]


def convolved(x, weight, stride, pads, dilation=(1, 1)):
    for (r, c), size, at in windows(x, weight.shape[2:], stride, pads, dilation):
        if (r, c) == (0, 0):
            out = np.zeros((len(weight), *size))
        out[:, r, c] = (weight * at).sum(axis=(1, 2, 3))
    return out


def pooled(x, window, stride, pads, mean):
    for (r, c), size, at in windows(x, window, stride, pads):
        if (r, c) == (0, 0):
            out = np.zeros((len(x), *size))
        out[:, r, c] = at.sum(axis=(1, 2)) / (window[0] * window[1] if mean else 1)
    return out


def first_layer(graph, x):
    """What the first neurons of an imported graph get for an image (channel, row, column)."""
    model = from_nir(graph)
    given = apply_stages(model.connections[0].stages, x.transpose(1, 2, 0)[None])[0]
    return given.reshape(model.populations[0].shape).transpose(2, 0, 1)


@pytest.mark.parametrize("size", [(9, 9), (34, 34), (6, 11)], ids=str)
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(5, 2, 1), (3, 3, 2), (2, 1, 1)])
def test_any_padding_and_dilation(kernel, stride, padding, dilation, size):
    """(34, 34) with kernel 5, stride 2 and padding 1 is the first layer of NIR's own example."""
    if (kernel - 1) * dilation + 1 > min(size) + 2 * padding:
        pytest.skip("the kernel does not fit")
    weight = RNG.normal(size=(3, 2, kernel, kernel)).astype(F)
    x = RNG.normal(size=(2, *size))
    expected = convolved(x, weight, (stride,) * 2, (padding,) * 2, (dilation,) * 2)
    graph = chain(
        conv(weight, stride, padding, dilation=dilation), lif(expected.shape),
        flatten(*expected.shape), affine(2, expected.size), shape=x.shape,
    )  # fmt: skip
    np.testing.assert_allclose(first_layer(graph, x), expected, atol=1e-4)


@pytest.mark.parametrize("kind", ["SumPool2d", "AvgPool2d"])
@pytest.mark.parametrize(("window", "stride"), [(2, 2), (3, 2), (3, 1)])
def test_padded_pools_count_zeros(kind, window, stride):
    x = RNG.normal(size=(2, 7, 6))
    expected = pooled(x, (window,) * 2, (stride,) * 2, (1, 1), kind == "AvgPool2d")
    graph = chain(
        pool(getattr(nir, kind), window, stride, 1), lif(expected.shape), flatten(*expected.shape),
        affine(2, expected.size), shape=x.shape,
    )  # fmt: skip
    np.testing.assert_allclose(first_layer(graph, x), expected, atol=1e-5)


def test_series():
    """Conv1d over (channel, step): one row of an image."""
    weight, bias = RNG.normal(size=(3, 2, 3)).astype(F), RNG.normal(size=3).astype(F)
    x = RNG.normal(size=(2, 1, 12))
    expected = convolved(x, weight[:, :, None], (1, 2), (0, 1), (1, 2))[:, 0]
    layer = nir.Conv1d(None, weight, 2, 1, 2, 1, bias)
    leak = RNG.uniform(size=expected.shape)
    graph = chain(layer, lif(expected.shape, v_leak=leak), flatten(*expected.shape),
                  affine(2, expected.size), shape=(2, 12))  # fmt: skip
    model = from_nir(graph)
    assert model.input_shape == (1, 12, 2)
    np.testing.assert_allclose(first_layer(graph, x)[:, 0], expected, atol=1e-5)
    found = np.broadcast_to(model.populations[0].bias, model.populations[0].shape)
    np.testing.assert_allclose(found[0].T, bias[:, None] + leak, rtol=1e-5)


def test_graphs_in_a_graph_are_the_same_as_their_nodes():
    layers = affine(4, 3), lif(4), affine(2, 4)
    inner = nir.NIRGraph(
        {"in": nir.Input({"input": np.array([3])}), "w": layers[0], "lif": layers[1],
         "out": nir.Output({"output": np.array([4])})},
        [("in", "w"), ("w", "lif"), ("lif", "out")], type_check=False,
    )  # fmt: skip
    passing = nir.NIRGraph(
        {"a": nir.Input({"input": np.array([4])}), "b": nir.Output({"output": np.array([4])})},
        [("a", "b")], type_check=False,
    )  # fmt: skip
    nested, flat = from_nir(chain(inner, passing, layers[2])), from_nir(chain(*layers))
    assert [p.name for p in nested.populations] == ["n0.lif"]
    np.testing.assert_array_equal(nested.populations[0].bias, flat.populations[0].bias)
    for a, b in zip(nested.connections, flat.connections, strict=True):
        np.testing.assert_array_equal(a.stages[0].matrix, b.stages[0].matrix)


@pytest.mark.parametrize("flat", [False, True])
def test_spikes_of_an_image_as_outputs(flat):
    """In NIR's order, channels first, where the graph flattens them; else channels last."""
    leak = RNG.uniform(0.8, 3, size=(2, 2, 3))
    nodes = (conv(np.zeros((2, 1, 1, 1))), lif((2, 2, 3), v_leak=leak))
    graph = chain(*nodes, *([flatten(2, 2, 3)] if flat else []), shape=(1, 2, 3), n_out=12)
    model = from_nir(graph)
    assert model.n_classes == 12
    record = run(model, np.zeros((1, 2, 3, 1), F), presentation=TIMING, dtype="float64")
    counts = record.outputs[0].sum(axis=0)
    neurons = record.layer_rates["n1"].reshape(2, 3, 2) * 0.1
    expected = neurons.transpose(2, 0, 1) if flat else neurons
    np.testing.assert_allclose(counts, expected.ravel(), atol=1e-4)
    assert len(set(counts.round())) > 3


def test_spiking_outputs_go_out_and_come_back():
    graph = chain(affine(4, 3), lif(4, r=9), affine(2, 4), lif(2, v_leak=3))
    model = from_nir(graph)
    out = to_nir(model)
    assert [name for name, after in out.edges if after == "output"] == ["n3"]
    images = RNG.uniform(size=(2, 1, 1, 3)).astype(F)
    records = [run(m, images, presentation=TIMING) for m in (model, from_nir(out))]
    np.testing.assert_array_equal(records[0].outputs, records[1].outputs)
    assert records[0].outputs.max() == 1


def test_leaky_integrators_with_factors():
    """R times the lowpass, and v_leak added: also of the read-out of Norse and Rockpool."""
    plain, gained = li(2), li(2)
    gained.r, gained.v_leak = np.array([2, 3], F), np.array([0.5, -1], F)
    last = affine(2, 4)
    a, b = (from_nir(chain(affine(4, 3), lif(4), last, each)) for each in (plain, gained))
    np.testing.assert_allclose(b.output_bias, last.bias * [2, 3] + [0.5, -1], rtol=1e-6)
    found = [apply_stages(m.connections[1].stages, np.eye(4)) for m in (a, b)]
    np.testing.assert_allclose(found[1], found[0] * [2, 3], rtol=1e-6)


@pytest.mark.parametrize("shape", [(1, 3), (1, 1, 3), (3,)], ids=str)
def test_a_batch_in_the_shape_of_the_input(shape):
    assert from_nir(chain(affine(4, 3), lif(4), affine(2, 4), shape=shape)).input_shape == (1, 1, 3)


def test_both_names_of_the_refractory_period():
    """`tau_ref` is what earlier versions wrote."""
    for name in ("refractory_time", "tau_ref"):
        node = nir.LIF(*(np.full(4, v, F) for v in (0.02, 1, 0, 1)), metadata={name: 0.003})
        model = from_nir(chain(affine(4, 3), node, affine(2, 4)))
        assert model.populations[0].neuron.tau_ref == 0.003
    written = to_nir(model, tau_ref="metadata").nodes["n1"]
    assert written.metadata["refractory_time"] == 0.003 and "tau_ref" not in written.metadata
