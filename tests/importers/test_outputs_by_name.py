"""Networks with several outputs: one is taken by its name, and what leads to others is left out."""

import numpy as np
import pytest

from nengo_lifdeep import Presentation, from_keras, from_nir, run
from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.errors import UnsupportedLayerError


@pytest.fixture
def heads():
    """NIR: neurons that are an output themselves, further ones, and a node that is not known."""
    nir = pytest.importorskip("nir")
    rng = np.random.default_rng(0)

    def lif(n):
        return nir.LIF(*(np.full(n, v, np.float32) for v in (0.02, 1, 0, 1)))

    nodes = {
        "input": nir.Input({"input": np.array([3])}),
        "w": nir.Linear(rng.uniform(1, 2, (4, 3)).astype(np.float32)),
        "first": lif(4),
        "v": nir.Linear(rng.uniform(100, 200, (2, 4)).astype(np.float32)),
        "second": lif(2),
        "odd": nir.Threshold(np.ones(2, np.float32)),
        **{name: nir.Output({"output": np.array([n])})
           for name, n in (("early", 4), ("late", 2), ("other", 2))},
    }  # fmt: skip
    edges = [("input", "w"), ("w", "first"), ("first", "early"), ("first", "v"), ("v", "second"),
             ("second", "late"), ("second", "odd"), ("odd", "other")]  # fmt: skip
    return nir.NIRGraph(nodes, edges, type_check=False)


def test_nir(heads):
    with pytest.raises(UnsupportedLayerError, match=r"3 nodes Output \('early', 'late', 'other'\)"):
        from_nir(heads)
    with pytest.raises(UnsupportedLayerError, match="no output 'third'; it has 'early', 'late'"):
        from_nir(heads, output="third")
    with pytest.raises(UnsupportedLayerError, match=r"'odd' \(Threshold\) cannot be imported"):
        from_nir(heads, output="other")
    early, late = (from_nir(heads, output=name) for name in ("early", "late"))
    assert [p.name for p in early.populations] == ["first"] and early.n_classes == 4
    assert [p.name for p in late.populations] == ["first", "second"] and late.n_classes == 2
    image = np.full((1, 1, 1, 3), 0.9, np.float32)
    timing = Presentation(t_c=0, t_p=0.1)
    spikes = [run(m, image, presentation=timing).image_spikes["first"] for m in (early, late)]
    assert spikes[0] == spikes[1] > 0
    alone = from_nir(type(heads)({n: heads.nodes[n] for n in ("input", "w", "first", "early")},
                                 heads.edges[:3], type_check=False), output="early")  # fmt: skip
    assert alone.n_classes == 4


@pytest.mark.tf
def test_keras(keras):
    K = keras.layers
    image = keras.Input((6,))
    hidden = K.Dense(5, activation="relu", name="hidden")(image)
    first = K.Dense(2, name="first")(hidden)
    second = K.Dense(3, name="second")(K.LayerNormalization()(hidden))
    model = keras.Model(image, [first, second])
    with pytest.raises(
        UnsupportedLayerError, match=r"outputs \(first, second\); say which: .*outp"
    ):
        from_keras(model)
    with pytest.raises(UnsupportedLayerError, match="no output 'third'; it has first, second"):
        from_keras(model, output="third")
    with pytest.raises(UnsupportedLayerError, match="LayerNormalization"):
        from_keras(model, output="second")
    net = from_keras(model, output="first")
    x = np.random.default_rng(0).uniform(size=(3, 6)).astype(np.float32)
    found = forward(fold(net), x.reshape(3, 1, 1, 6))["output"]
    np.testing.assert_allclose(found, model.predict(x, verbose=0)[0], atol=1e-5)
    with pytest.raises(UnsupportedLayerError, match="no output 'first'; it has dense"):
        from_keras(keras.Sequential([keras.Input((6,)), K.Dense(2, name="dense")]), output="first")
