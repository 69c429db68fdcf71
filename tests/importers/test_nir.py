"""NIR graphs as others write them: what they compute, and what is refused by name."""

import dataclasses

import nengo
import numpy as np
import pytest

from nengo_lifdeep.errors import LifdeepError, ModelFileError, ValidationError
from nengo_lifdeep.errors import UnsupportedLayerError as Unsupported
from nengo_lifdeep.exporters.nir.graph import to_nir
from nengo_lifdeep.importers.nir.model import from_nir
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run
from nengo_lifdeep.stages.types import apply_stages

nir = pytest.importorskip("nir")
F = np.float32
RNG = np.random.default_rng(3)


def lif(shape, tau=0.02, r=1, v_leak=0, v_threshold=1, v_reset=0):
    values = (tau, r, v_leak, v_threshold, v_reset)
    return nir.LIF(*(np.broadcast_to(np.asarray(v, F), shape).copy() for v in values))


def li(n, tau=0.01):
    return nir.LI(np.full(n, tau, F), np.ones(n, F), np.zeros(n, F))


def affine(n_out, n_in):
    return nir.Affine(RNG.normal(size=(n_out, n_in)).astype(F), RNG.normal(size=n_out).astype(F))


def conv(weight, stride=1, padding=0, groups=1, dilation=1, bias=None):
    bias = np.zeros(len(weight), F) if bias is None else bias
    return nir.Conv2d(None, np.asarray(weight, F), stride, padding, dilation, groups, bias)


def flatten(*shape, start=0, end=-1):
    return nir.Flatten({"input": np.array(shape)}, start, end)


def pool(kind=nir.AvgPool2d, window=2, stride=1, padding=0):
    return kind(*(np.array([v, v]) for v in (window, stride, padding)))


def chain(*nodes, n_out=2, shape=(3,), edges=None, **more):
    """Input, nodes n0, n1, ..., Output; a keyword replaces or adds a node."""
    named = {"image": nir.Input({"input": np.array(shape)})}
    named.update({f"n{i}": node for i, node in enumerate(nodes)})
    named["out"] = nir.Output({"output": np.array([n_out])})
    names = list(named)
    named.update(more)
    edges = edges if edges is not None else list(zip(names, names[1:], strict=False))
    return nir.NIRGraph(named, edges, type_check=False)


def small(**changes):
    nodes = {"n0": affine(4, 3), "n1": lif(4), "n2": affine(2, 4)}
    edges = [("image", "n0"), ("n0", "n1"), ("n1", "n2"), ("n2", "out")]
    edges += changes.pop("edges", [])
    return chain(edges=edges, **{**nodes, **changes})


def torch_like(x, weight, bias, stride=1):
    """Conv2d of PyTorch without padding, written as loops."""
    out = np.zeros((len(weight), *(((n - k) // stride + 1) for n, k in
                                   zip(x.shape[1:], weight.shape[2:], strict=True))))  # fmt: skip
    for f, r, c in np.ndindex(out.shape):
        window = x[:, r * stride :, c * stride :][:, : weight.shape[2], : weight.shape[3]]
        out[f, r, c] = (window * weight[f]).sum() + bias[f]
    return out


def test_parameters_go_into_weights_and_biases():
    """J = (R (W s + b) + v_leak) / threshold, worked out by hand."""
    leak = np.array([0.1, 0.2, 0.3, 0.4])
    first, second = affine(4, 3), affine(2, 4)
    graph = chain(first, lif(4, r=4, v_leak=leak, v_threshold=2), second)
    model = from_nir(graph, tau_ref=0.002, dt=0.002)
    layer = model.population("n1")
    assert layer.neuron == nengo.LIF(tau_rc=0.02, tau_ref=0.002, min_voltage=-np.inf)
    np.testing.assert_allclose(layer.bias, (4 * first.bias + leak) / 2, rtol=1e-5)
    x = RNG.normal(size=(5, 3))
    into, out = (apply_stages(c.stages, x) for c, x in
                 zip(model.connections, (x, np.eye(4) / 0.002), strict=True))  # fmt: skip
    np.testing.assert_allclose(into, 4 / 2 * x @ first.weight.T, rtol=1e-5)
    np.testing.assert_allclose(out, second.weight.T, rtol=1e-5)
    np.testing.assert_allclose(model.output_bias, second.bias)


@pytest.mark.parametrize("flat_neurons", [False, True])
@pytest.mark.parametrize("start", [0, 1])
def test_flatten_is_channel_first(start, flat_neurons):
    """Flat neurons after a convolution too: each must meet its own weights."""
    weight, bias = RNG.normal(size=(3, 2, 2, 3)).astype(F), RNG.normal(size=3).astype(F)
    last, flat = affine(2, 36), flatten(3, 4, 3, start=start)
    leak = RNG.normal(size=(3, 4, 3))
    shape = 36 if flat_neurons else (3, 4, 3)
    neurons = lif(shape, tau=20, v_leak=leak.ravel() if flat_neurons else leak)  # in steps of dt=1
    between = (flat, neurons) if flat_neurons else (neurons, flat)
    model = from_nir(chain(conv(weight, bias=bias), *between, last, shape=(2, 5, 5)), dt=1.0)
    image = RNG.normal(size=(2, 5, 5))
    expected = torch_like(image, weight, bias) + leak
    into, out = model.connections
    found = apply_stages(into.stages, image.transpose(1, 2, 0)[None]) + model.populations[0].bias
    np.testing.assert_allclose(found[0], expected.transpose(1, 2, 0), atol=1e-5)
    scores = apply_stages(out.stages, found.reshape(1, *model.populations[0].shape))
    np.testing.assert_allclose(scores[0], last.weight @ expected.ravel(), atol=1e-3)


@pytest.mark.parametrize("kind", ["SumPool2d", "AvgPool2d"])
def test_pooling_straight_into_neurons(kind):
    node = pool(getattr(nir, kind))
    graph = chain(node, lif((1, 2, 2)), flatten(1, 2, 2), affine(2, 4), shape=(1, 3, 3))
    model = from_nir(graph)
    x = RNG.uniform(size=(1, 3, 3, 1))
    found = apply_stages(model.connections[0].stages, x)[0, ..., 0]
    sums = sum(x[0, i : i + 2, j : j + 2, 0] for i in range(2) for j in range(2))
    np.testing.assert_allclose(found, sums / (4 if kind == "AvgPool2d" else 1), rtol=1e-6)


def test_biases_of_all_sides_of_a_sum():
    """Two layers with biases into one leaky integrator: both arrive, after it and without it."""
    a, b = affine(4, 4), affine(4, 4)
    edges = [("image", "n0"), ("n0", "n1"), ("n1", "a"), ("n1", "b"), ("n2", "n3"), ("n3", "out")]
    both = [("a", "li"), ("b", "li"), ("li", "n2")]
    nodes = {"n0": affine(4, 3), "n1": lif(4), "n2": lif(4), "n3": affine(2, 4), "a": a, "b": b}
    filtered = from_nir(chain(edges=edges + both, li=li(4), **nodes))
    plain = from_nir(chain(edges=[*edges, ("a", "n2"), ("b", "n2")], **nodes))
    for model in (filtered, plain):
        np.testing.assert_allclose(model.population("n2").bias, a.bias + b.bias, rtol=1e-6)
        assert sum(c.post == "n2" for c in model.connections) == 2
    assert filtered.connections[1].synapse == nengo.Lowpass(0.01)


def test_linear_nodes_in_a_row():
    first, second = affine(4, 3), affine(2, 4)
    model = from_nir(chain(first, second, lif(2), affine(2, 2)))
    bias = second.weight @ first.bias + second.bias
    np.testing.assert_allclose(model.populations[0].bias, bias, rtol=1e-5)


def test_neurons_without_weights_in_front():
    """Neurons on the image itself fire at their rate, and drive the next ones directly."""
    one = nir.Linear(np.eye(3, dtype=F))
    model = from_nir(chain(lif(3), lif(3, r=40), one, n_out=3))
    assert model.input_shape == (1, 1, 3)
    leak = from_nir(chain(lif(3, v_leak=1), lif(3, r=40), one, n_out=3))
    images = np.array([[0.0, 0.5, 1.0]], F).reshape(1, 1, 1, 3)
    timing = Presentation(t_c=0.01, t_p=0.5)
    silent, record = (run(m, images, presentation=timing, dtype="float64") for m in (model, leak))
    assert silent.image_spikes["n0"].sum() == 0
    periods = [0.02 * np.log(j / (j - 1)) for j in (1.5, 2.0)]
    spikes = record.image_spikes["n0"].sum()
    assert abs(spikes - sum(0.5 / p for p in periods)) <= 2
    assert record.image_spikes["n1"].sum() == spikes  # 40 / 20 of the threshold, at once


def test_grouped_and_oblong_kernels_of_others(tmp_path):
    """NIR's own check of shapes rejects such files; PyTorch writes them."""
    weight, bias = RNG.normal(size=(4, 1, 3, 1)).astype(F), RNG.normal(size=4).astype(F)
    graph = chain(conv(weight, groups=2, bias=bias), lif((4, 3, 5)), flatten(4, 3, 5),
                  affine(2, 60), shape=(2, 5, 5))  # fmt: skip
    graph.nodes["n0"].input_shape = (5, 5)
    nir.write(tmp_path / "net.nir", graph)
    model = from_nir(tmp_path / "net.nir")
    image = RNG.normal(size=(2, 5, 5))
    halves = [torch_like(image[g : g + 1], weight[2 * g : 2 * g + 2], bias[2 * g : 2 * g + 2])
              for g in (0, 1)]  # fmt: skip
    found = apply_stages(model.connections[0].stages, image.transpose(1, 2, 0)[None])[0]
    found = found + model.populations[0].bias
    np.testing.assert_allclose(found.transpose(2, 0, 1), np.concatenate(halves), atol=1e-5)


def test_names_that_mean_something_here():
    graph = nir.NIRGraph(
        {"output": nir.Input({"input": np.array([3])}), "w": affine(4, 3), "input": lif(4),
         "v": affine(2, 4), "x": nir.Output({"output": np.array([2])})},
        [("output", "w"), ("w", "input"), ("input", "v"), ("v", "x")], type_check=False,
    )  # fmt: skip
    model = from_nir(graph, classes=("cat", "dog"))
    assert [(c.pre, c.post) for c in model.connections] == [
        ("input", "input_neurons"), ("input_neurons", "output")]  # fmt: skip
    again = from_nir(to_nir(model))
    assert again.classes == ("cat", "dog")
    np.testing.assert_allclose(again.populations[0].bias, model.populations[0].bias)


def with_metadata(**metadata):
    return dataclasses.replace(lif(4), metadata=metadata)


CASES = {
    "unequal tau": (lambda: small(n1=lif(4, tau=[1, 1, 1, 2])), Unsupported,
                    r"'n1' \(LIF\): tau differs between neurons \(1 to 2\).*source="),
    "reset": (lambda: small(n1=lif(4, v_reset=0.5)), Unsupported, "v_reset is not 0"),
    "threshold 0": (lambda: small(n1=lif(4, v_threshold=0)), ModelFileError, "v_threshold is 0"),
    "negative tau": (lambda: small(n1=lif(4, tau=-1)), ModelFileError, "tau is -1"),
    "leak not finite": (lambda: small(n1=lif(4, v_leak=np.nan)), ModelFileError, "v_leak has"),
    "weights not finite": (lambda: small(n0=nir.Linear(np.full((4, 3), np.inf, F))),
                           ModelFileError, r"'n0' \(Linear\): weight has"),
    "weights of text": (lambda: small(n0=nir.Linear(np.full((4, 3), "x"))), ModelFileError,
                        "holds no numbers"),
    "too many neurons": (lambda: small(n1=lif(5)), ModelFileError, r"shape \(5,\).*\(4,\)"),
    "weights do not fit": (lambda: small(n0=affine(4, 7)), ModelFileError,
                           r"'n0' \(Affine\): weights of shape \(4, 7\)"),
    "bias does not fit": (lambda: small(n0=nir.Affine(np.ones((4, 3), F), np.ones(7, F))),
                          ModelFileError, "7 biases for 4 outputs"),
    "unknown node": (lambda: small(n0=nir.Threshold(np.ones(3, F))), Unsupported,
                     r"'n0' \(Threshold\) cannot be imported"),
    "unknown node aside": (lambda: small(aside=nir.Threshold(np.ones(3, F))), Unsupported,
                           "'aside'"),
    "two inputs of a graph in a graph": (
        lambda: small(n0=small(n3=nir.Input({"input": np.array([4])}))), Unsupported,
        r"'n0' \(NIRGraph\): has 2 nodes Input"),
    "unknown node in a graph in a graph": (
        lambda: small(n0=chain(affine(4, 3), nir.Threshold(np.ones(4, F)), n_out=4)), Unsupported,
        r"'n0.n1' \(Threshold\)"),
    "two inputs": (lambda: small(n3=nir.Input({"input": np.array([4])})), Unsupported, "2 nodes"),
    "leads nowhere": (lambda: small(x=affine(2, 4), edges=[("n1", "x")]), Unsupported,
                      "'x' lead to no output"),
    "no input": (lambda: small(x=affine(4, 3), edges=[("x", "n1")]), Unsupported,
                 r"'x' \(Affine\): has no input"),
    "edge to nowhere": (lambda: small(edges=[("n1", "gone")]), ModelFileError, "not there"),
    "edge twice": (lambda: small(edges=[("n0", "n1")]), ModelFileError, "twice"),
    "loop": (lambda: small(edges=[("n1", "n0")]), Unsupported, "'n0' leads from neurons 'n1' back"),
    "shapes of a sum": (lambda: small(x=affine(5, 3), edges=[("image", "x"), ("x", "n1")]),
                        ModelFileError, "adds shapes"),
    "no neurons": (lambda: chain(affine(2, 3)), Unsupported, "must hear neurons"),
    "input with a batch": (lambda: chain(affine(4, 3), lif(4), affine(2, 4), shape=(2, 3)),
                           Unsupported, "without batch"),
    "leak and another reset": (lambda: small(n1=lif(4, v_leak=0.2, v_reset=0.1)), Unsupported,
                               "v_reset is not 0"),
    "threshold below reset": (lambda: small(n1=lif(4, v_leak=2, v_reset=2)), ModelFileError,
                              "v_threshold is -1 above v_reset"),
    "filtered image": (lambda: chain(li(3), affine(4, 3), lif(4), affine(2, 4)), Unsupported,
                       "filters the image"),
    "three filters": (lambda: chain(affine(4, 3), lif(4), affine(2, 4), li(2), li(2), li(2)),
                      Unsupported, "in a row"),
    "two time constants": (lambda: chain(affine(4, 3), lif(4), affine(2, 4), li(2), li(2, 0.1)),
                           Unsupported, "in a row"),
    "leaky integrator of tau 0": (lambda: chain(affine(4, 3), lif(4), affine(2, 4), li(2, 0.0)),
                                  ModelFileError, "tau is 0"),
    "a series of two rows": (
        lambda: chain(pool(), nir.Conv1d(None, np.ones((2, 1, 2), F), 1, 0, 1, 1, np.zeros(2, F)),
                      shape=(1, 3, 3)), Unsupported, r"expected \(channel, step\)"),
    "pool of a flat layer": (lambda: chain(pool(), lif(3)), Unsupported, "its input is flat"),
    "pool too large": (lambda: chain(pool(window=9), shape=(1, 3, 3)), ModelFileError, "window"),
    "stride 0": (lambda: chain(pool(stride=0), shape=(1, 3, 3)), ModelFileError, "stride is"),
    "dense on an image": (lambda: chain(affine(4, 9), shape=(1, 3, 3)), ModelFileError,
                          "flatten images first"),
    "half flattened": (lambda: chain(flatten(2, 3, 3, start=0, end=1), shape=(2, 3, 3)),
                       Unsupported, "only whole images"),
    "partly flattened with a batch": (
        lambda: chain(flatten(2, 3, 3, start=1, end=2), lif(18), affine(2, 18), shape=(2, 3, 3)),
        Unsupported, "flattens axes 1 to 2; only whole images"),
    "another output": (lambda: chain(affine(4, 3), lif(4), affine(2, 4), n_out=5), ModelFileError,
                       r"'out' \(Output\): says that the output has shape \(5,\).* 2 values"),
    "another input of Flatten": (lambda: chain(flatten(9, 9), shape=(2, 3, 3)), ModelFileError,
                                 r"'n0' \(Flatten\): says that its input has shape \(9, 9\)"),
    "another image of Conv2d": (lambda: chain(nir.Conv2d((9, 9), np.ones((1, 1, 2, 2), F), 1, 0, 1,
                                                         1, np.zeros(1, F)), shape=(1, 3, 3)),
                                ModelFileError, r"rows and columns \(9, 9\), and there are \(3, 3"),
    "another series of Conv1d": (lambda: chain(nir.Conv1d(7, np.ones((1, 1, 2), F), 1, 0, 1, 1,
                                                          np.zeros(1, F)), shape=(1, 5)),
                                 ModelFileError, r"rows and columns \(7,\), and there are \(5,\)"),
    "numbers as text": (lambda: small(n0=nir.Linear(np.array([["1", "2", "3"]] * 4))),
                        ModelFileError, r"'n0' \(Linear\): weight holds no numbers \(<U1\)"),
    "weights of durations": (lambda: small(n0=nir.Linear(np.ones((4, 3), "m8[s]"))),
                             ModelFileError, r"weight holds no numbers \(timedelta64"),
    "masked weights": (lambda: small(n0=nir.Linear(np.ma.masked_less(np.eye(4, 3), 0.5))),
                       ModelFileError, r"'n0' \(Linear\): weight: element \[0, 1\] is masked"),
    "a name in a graph in the graph": (
        lambda: small(g=nir.NIRGraph.from_list(nir.Scale(np.ones(4, F))), **{
            "g.scale": nir.Scale(np.ones(4, F))}, edges=[("n0", "g"), ("g", "g.scale"),
                                                         ("g.scale", "n1")]),
        ModelFileError, r"'g' in it would be called as others are, 'g.scale'; rename"),
    "channels": (lambda: chain(conv(np.ones((2, 7, 2, 2))), shape=(3, 4, 4)), ModelFileError,
                 "for an image of 3 channels"),
    "groups": (lambda: chain(conv(np.ones((2, 3, 2, 2)), groups=0), shape=(3, 4, 4)),
               ModelFileError, "groups is 0"),
    "kernel too large": (lambda: chain(conv(np.ones((2, 3, 9, 9))), shape=(3, 4, 4)),
                         ModelFileError, "kernel"),
    "dilation of 0": (lambda: chain(conv(np.ones((2, 3, 2, 2)), dilation=0), shape=(3, 4, 4)),
                      ModelFileError, r"dilation is \(0, 0\)"),
    "dilation of a million": (
        lambda: chain(conv(np.ones((2, 3, 2, 2)), dilation=10**6), shape=(3, 4, 4)), Unsupported,
        "dilation"),
    "padding of ten million": (lambda: chain(conv(np.ones((2, 3, 2, 2)), padding=10**7),
                                             shape=(3, 4, 4)), Unsupported, "pad less|weights"),
    "a layer of 10^12": (lambda: chain(conv(np.ones((1, 1, 1, 1))), shape=(1, 10**6, 10**6)),
                         ModelFileError, r"'n0' \(Conv2d\): Convolution input is .* at most"),
    "pixels scaled differently": (lambda: chain(nir.Scale(np.arange(9, dtype=F).reshape(1, 3, 3)),
                                                shape=(1, 3, 3)), Unsupported, "whole channels"),
    "refractory period": (lambda: small(n1=with_metadata(tau_ref=-1.0)), ModelFileError,
                          "refractory_time -1.0 s"),
    "metadata of text": (lambda: small(n1=with_metadata(tau_ref=b"long")), ModelFileError,
                         "metadata holds no numbers"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_graphs_that_cannot_be_imported(case):
    make, error, text = CASES[case]
    with pytest.raises(error, match=text):
        from_nir(make())


def test_forks_are_counted_before_they_are_followed():
    nodes, edges, ends = {}, [], ["n1"]
    for i in range(40):
        names = [f"a{i}", f"b{i}"]
        nodes.update(dict.fromkeys(names, nir.Scale(np.ones(4, F))))
        edges += [(end, name) for end in ends for name in names]
        ends = names
    edges += [(end, "x") for end in ends] + [("x", "out")]
    graph = small(x=affine(2, 4), edges=edges, **nodes)
    with pytest.raises(Unsupported, match="more than 64 ways lead to it"):
        from_nir(graph)


def test_shapes_that_say_the_same_with_a_batch():
    graph = chain(
        flatten(1, 2, 3, 3), affine(4, 18), lif(4), affine(2, 4), shape=(2, 3, 3), n_out=2
    )
    graph.nodes["out"] = nir.Output({"output": np.array([1, 2])})
    assert len(from_nir(graph).output_bias) == 2


def test_a_series_is_flattened_with_and_without_a_batch():
    kernel = RNG.normal(size=(2, 1, 2)).astype(F)
    series = nir.Conv1d(5, kernel, 1, 0, 1, 1, np.zeros(2, F))
    last = affine(2, 8)
    first, second = (
        from_nir(chain(series, lif((2, 4)), flatten(2, 4, start=start, end=end), last,
                       shape=(1, 5))).connections[1].stages[-1].matrix
        for start, end in ((0, 1), (1, 2))
    )  # fmt: skip
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"dt": 0}, "dt is 0"),
        ({"dt": float("nan")}, "dt is nan"),
        ({"tau_ref": -0.001}, "tau_ref is -0.001"),
        ({"min_voltage": 0.5}, "min_voltage 0.5"),
        ({"classes": ("only one",)}, "1 name of classes for 2 outputs"),
        ({"source": "lava"}, "source is 'lava'.*'norse'"),
        ({"reset": "subtract"}, "reset is 'subtract' without source="),
        ({"source": "sinabs", "reset": "zero"}, "networks of Sinabs.*'subtract'"),
        ({"source": "norse", "tau_ref": 0.001}, "neurons of Norse have no refractory period"),
    ],
)
def test_options_out_of_bounds(options, text):
    with pytest.raises(ValidationError, match=text):
        from_nir(small(), **options)


DAMAGED = [
    "{",
    "[1]",
    '{"classes": [3]}',
    '{"classes": "ab"}',
    '{"preprocessing": {}}',
    "[" * 10**5,
]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:20])
def test_damaged_metadata(text):
    graph = small()
    graph.metadata = {"nengo_lifdeep": text}
    with pytest.raises(ModelFileError):
        from_nir(graph)
    graph.metadata = {"dt": "soon"}
    with pytest.raises(LifdeepError, match="dt is 'soon'"):
        from_nir(graph)
