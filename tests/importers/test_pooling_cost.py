"""What average pooling costs in the place of max pooling, against the frameworks' own answers."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from nengo_lifdeep.datasets import Dataset, Split
from nengo_lifdeep.errors import UnsupportedLayerError, ValidationError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.importers.keras.model import from_keras
from nengo_lifdeep.importers.maxima.cost import PoolingCost
from nengo_lifdeep.importers.maxima.models import pooling_cost
from nengo_lifdeep.importers.onnx.model import from_onnx
from nengo_lifdeep.inputs.preprocessing import Preprocessing

from .conftest import randomise

SHAPE = (12, 10, 2)


def split(n=120, classes=3, seed=0):
    """Spots on noise, so that a maximum and an average differ."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 90, (n, *SHAPE), dtype=np.uint8)
    spots = rng.uniform(size=images.shape) < 0.04
    images[spots] = 255
    return Split(images, rng.integers(0, classes, n))


def keras_model(keras, units=3, activation=None):
    """With pixels of its own, and both kinds of max pooling."""
    K = keras.layers
    layers = [
        keras.Input(SHAPE), K.Rescaling(1 / 127.5, offset=-1), K.Conv2D(6, 3, activation="relu"),
        K.MaxPooling2D(2), K.Conv2D(8, 3, activation="relu"), K.GlobalMaxPooling2D(),
        K.Dense(units, activation=activation),
    ]  # fmt: skip
    return randomise(keras.Sequential(layers))


def onnx_model(batch=None, units=3):
    """With colours first, as PyTorch writes it."""
    onnx = pytest.importorskip("onnx")
    rng, f, helper = np.random.default_rng(3), onnx.TensorProto.FLOAT, onnx.helper
    arrays = {"k": (6, 2, 3, 3), "b": (6,), "w": (units, 6 * 5 * 4), "c": (units,)}
    nodes = [
        helper.make_node("Conv", ["image", "k", "b"], ["a"]),
        helper.make_node("Relu", ["a"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "w", "c"], ["scores"], transB=1),
        helper.make_node("Softmax", ["r"], ["other"], axis=1),  # of no use to the scores
    ]
    graph = helper.make_graph(
        nodes, "maxima",
        [helper.make_tensor_value_info("image", f, [batch or "n", 2, 12, 10])],
        [helper.make_tensor_value_info(name, f, None) for name in ("scores", "other")],
        [onnx.numpy_helper.from_array(rng.normal(0, 0.4, shape).astype(np.float32), name)
         for name, shape in arrays.items()],
    )  # fmt: skip
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8)


def test_a_keras_model(keras):
    model, shown = keras_model(keras), split()
    found = pooling_cost(model, shown)
    own = model.predict(shown.images.astype(np.float32), verbose=0).argmax(axis=1)
    imported = evaluate(from_keras(model, max_pooling="average"), shown)
    assert found.pools == tuple(la.name for la in model.layers if "MaxPooling" in str(type(la)))
    assert len(found.pools) == 2 and found.n_images == 120
    assert found.original == pytest.approx(100 * (own != shown.labels).mean())
    assert found.imported == pytest.approx(imported.error)
    assert found.same_answers == pytest.approx(100 * (own == imported.predictions).mean())
    assert 0 < found.same_answers < 100


@pytest.mark.parametrize("batch", [None, 1, 7])
@pytest.mark.parametrize("is_reference", [False, True])
def test_an_onnx_model(monkeypatch, batch, is_reference):
    runtime = pytest.importorskip("onnxruntime")
    model, shown = onnx_model(batch), split(42)
    raw = np.moveaxis(shown.unit_images(), -1, 1)
    session = runtime.InferenceSession(model.SerializeToString())
    parts = np.split(raw, 42 // batch) if batch else [raw]
    scores = np.concatenate([session.run(["scores"], {"image": part})[0] for part in parts])
    if is_reference:
        known = importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util, "find_spec",
            lambda name, *more: None if name == "onnxruntime" else known(name, *more),
        )  # fmt: skip
    found = pooling_cost(model, shown, output="scores")
    own = scores.argmax(axis=1)
    assert found.pools == ("pool",)
    assert found.original == pytest.approx(100 * (own != shown.labels).mean())
    net = from_onnx(model, output="scores", max_pooling="average")
    assert found.imported == pytest.approx(evaluate(net, shown).error)
    assert 0 < found.same_answers < 100


def test_pixels_that_are_said(tmp_path):
    onnx = pytest.importorskip("onnx")
    file, shown = tmp_path / "maxima.onnx", split(40)
    del (model := onnx_model()).graph.output[1]
    onnx.save(model, file)
    bright = pooling_cost(file, shown, preprocessing=Preprocessing(scale=255.0))
    assert bright != pooling_cost(file, shown)
    as_torch = Preprocessing(np.full(SHAPE, 0.5, np.float32), 255.0)
    net = from_onnx(file, max_pooling="average", preprocessing=as_torch)
    assert evaluate(net, shown).error == pytest.approx(
        pooling_cost(file, shown, preprocessing=as_torch).imported
    )


def test_a_torch_module():
    torch = pytest.importorskip("torch")
    layers = [
        torch.nn.Conv2d(2, 6, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
        torch.nn.Linear(120, 3),
    ]  # fmt: skip
    module, shown = torch.nn.Sequential(*layers), split(30)
    own = module(torch.as_tensor(np.moveaxis(shown.unit_images(), -1, 1))).argmax(1).numpy()
    found = pooling_cost(module, shown)
    assert found.original == pytest.approx(100 * (own != shown.labels).mean())


def test_one_sigmoid_is_two_classes(keras):
    model, shown = keras_model(keras, units=1, activation="sigmoid"), split(classes=2)
    own = model.predict(shown.images.astype(np.float32), verbose=0)[:, 0] > 0.5
    found = pooling_cost(model, shown)
    assert found.original == pytest.approx(100 * (own != shown.labels).mean())


def test_the_output_that_is_named(keras):
    K = keras.layers
    image = keras.Input(SHAPE)
    x = K.MaxPooling2D(2)(K.Conv2D(4, 3, activation="relu")(K.Rescaling(1 / 255)(image)))
    x = K.Flatten()(x)
    model = randomise(keras.Model(image, [K.Dense(2, name="a")(x), K.Dense(3, name="b")(x)]))
    shown = split(40)
    own = model.predict(shown.images.astype(np.float32), verbose=0)[1].argmax(axis=1)
    found = pooling_cost(model, shown, output="b")
    assert found.original == pytest.approx(100 * (own != shown.labels).mean())


def test_values_have_a_mean_error(keras):
    model, images = keras_model(keras, units=2), split(30).images
    targets = np.random.default_rng(1).normal(size=(30, 2)).astype(np.float32)
    own = model.predict(images.astype(np.float32), verbose=0)
    found = pooling_cost(model, Split(images, targets=targets))
    assert found.original == pytest.approx(float(np.abs(own - targets).mean()), rel=1e-5)
    assert found.same_answers is None and "mean absolute error" in str(found)


def test_images_without_labels_give_the_same_answers_only(keras):
    found = pooling_cost(keras_model(keras), split().images)
    assert (found.original, found.imported) == (None, None) and 0 < found.same_answers < 100
    assert str(found).startswith("the same answer to")


def test_an_import_with_images_warns_and_remembers(keras):
    model, shown = keras_model(keras), split()
    data = Dataset("spots", shown, split(6), ("a", "b", "c"))
    with pytest.warns(UserWarning, match="maxima became averages") as told:
        net = from_keras(model, max_pooling="average", images=data)
    text = str(pooling_cost(model, shown))
    assert any(text in str(each.message) for each in told)
    assert net.provenance["max pooling"] == f"averages in place of maxima: {text}"
    silent = from_keras(model, max_pooling="average")
    assert silent.provenance["max pooling"] == "averages in place of maxima"


def test_a_model_that_cannot_be_run_is_imported_and_says_so(keras, monkeypatch):
    model, shown = keras_model(keras), split(20)

    def broken(*_):
        raise RuntimeError("no such kernel")

    monkeypatch.setattr(type(model), "predict_on_batch", broken)
    with pytest.raises(UnsupportedLayerError, match="cannot be run as it is: no such kernel"):
        pooling_cost(model, shown)
    with pytest.warns(UserWarning, match="costs is not known: .*no such kernel"):
        assert from_keras(model, max_pooling="average", images=shown).classes == ("0", "1", "2")


def test_without_max_pooling_there_is_nothing_to_measure(keras):
    K = keras.layers
    model = keras.Sequential([keras.Input(SHAPE), K.Flatten(), K.Dense(3)])
    assert "max pooling" not in from_keras(model, max_pooling="average").provenance
    with pytest.raises(ValidationError, match="has no max pooling"):
        pooling_cost(model, split(4))


def test_slow_originals_stop_in_time(keras, monkeypatch):
    monkeypatch.setattr("nengo_lifdeep.importers.maxima.cost._MOST_SECONDS", 0.0)
    found = pooling_cost(keras_model(keras), split())
    assert found.n_images == 50 and "of 50 images" in str(found)


def test_the_interval():
    cost = PoolingCost(("pool",), 100, 1.0, 50.0, 40.0)
    assert cost.interval(1.0) == pytest.approx((0.18, 5.45), abs=0.01)
    assert cost.interval(None) is None
