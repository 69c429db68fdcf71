"""Imported models that take pixels from 0 to 255 and do not say so; what networks remember."""

import warnings

import nengo
import numpy as np
import pytest

from nengo_lifdeep import datasets
from nengo_lifdeep.analysis.diagnosis import diagnose
from nengo_lifdeep.conversion.relu import relu_to_lif
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.conversion.target_rates import rate_scales
from nengo_lifdeep.datasets.base import Split
from nengo_lifdeep.deployment import deploy
from nengo_lifdeep.errors import DataError, UnsupportedLayerError, ValidationError
from nengo_lifdeep.evaluation.accuracy import evaluate
from nengo_lifdeep.importers.keras.model import from_keras
from nengo_lifdeep.importers.nir.model import from_nir
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.models import TrainedModel
from nengo_lifdeep.records.input_range import SCALE_RULE, InputRange

TIMES = "255 times as bright"


@pytest.fixture(scope="module")
def digits():
    """As uint8 pictures, 0 to 255."""
    data = datasets.load("digits")
    parts = [
        Split(np.round(255 * part.unit_images()).astype(np.uint8), part.labels)
        for part in (data.train, data.test)
    ]
    return datasets.Dataset("digits", *parts, data.classes)


def fitted(data, factor):
    """A small Keras model of pixels from 0 to ``factor``, without a first operation."""
    keras = pytest.importorskip("keras")
    L = keras.layers
    keras.utils.set_random_seed(2)
    model = keras.Sequential([
        keras.Input((8, 8, 1)), L.Conv2D(16, 3, activation="relu"), L.Flatten(),
        L.Dense(32, activation="relu"), L.Dense(10),
    ])  # fmt: skip
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(factor * data.train.unit_images(), data.train.labels, epochs=10, verbose=0)
    return model


@pytest.fixture(scope="module")
def bytes_model(digits):
    return fitted(digits, 255)


@pytest.fixture(scope="module")
def unit_model(digits):
    return fitted(digits, 1)


def told(call):
    """What a call returns, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = call()
    return found, [str(w.message) for w in caught if w.category is UserWarning]


def scale_findings(findings):
    return [f for f in findings if f.rule == SCALE_RULE]


@pytest.mark.parametrize("labelled", [True, False])
def test_a_model_of_bytes_is_noticed_on_import(bytes_model, digits, labelled):
    images = digits.train if labelled else digits.train.images
    _, (said,) = told(lambda: from_keras(bytes_model, images=images))
    assert TIMES in said and "preprocessing=Preprocessing(scale=255.0)" in said
    assert ("answered right" in said) == labelled
    right = Preprocessing(scale=255.0)
    net, said = told(lambda: from_keras(bytes_model, preprocessing=right, images=images))
    assert said == [] and evaluate(net, digits).accuracy > 0.9


def test_a_model_of_bytes_is_noticed_without_images(bytes_model, digits):
    """It answers far worse than in Keras, and everything that sees images says why."""
    net, said = told(lambda: from_keras(bytes_model))
    assert said == []
    right = evaluate(from_keras(bytes_model, preprocessing=Preprocessing(scale=255.0)), digits)
    result = evaluate(net, digits)
    assert result.accuracy < right.accuracy - 0.2 and not scale_findings(right.findings)
    spiking = convert(net, scale_firing_rates=200)
    some = digits.test.take(60)
    for findings in (
        result.findings,
        evaluate(spiking, some).findings,
        diagnose(spiking, some).findings,
        diagnose(spiking, some.images).findings,
        deploy(net, images=some, strict=False).findings,
    ):
        (found,) = scale_findings(findings)
        assert TIMES in found.found and "Preprocessing(scale=255.0)" in found.remedy
    assert TIMES in str(result) and any(TIMES in note for note in result.notes)


def test_a_model_of_unit_pixels_is_left_alone(unit_model, digits):
    for images in (digits, digits.train, digits.train.unit_images()):
        net, said = told(lambda images=images: from_keras(unit_model, images=images))
        assert said == []
    assert evaluate(net, digits).findings == ()
    shuffled = Split(digits.test.images, np.roll(digits.test.labels, 1))
    assert not scale_findings(evaluate(net, shuffled).findings)  # wrong, but not by its scale


def test_an_imported_model_remembers_its_images(unit_model, digits, tmp_path):
    net = from_keras(unit_model, images=digits.train)
    wanted = InputRange.of(digits.train).to_dict()
    assert net.provenance["inputs"] == wanted
    assert TrainedModel.load(net.save(tmp_path / "n.lifdeep")).provenance["inputs"] == wanted
    dark = Split(digits.test.unit_images() / 16, digits.test.labels)
    (found,) = scale_findings(evaluate(net, dark).findings)
    assert "than in training" in found.found
    assert convert(net).provenance["inputs"] == wanted
    with pytest.raises(ValidationError, match="expected a Split"):
        from_keras(unit_model, images="digits")
    with pytest.raises(DataError, match=r"\(4, 4, 1\)"):
        from_keras(unit_model, images=np.ones((3, 4, 4, 1)))


def test_factors_and_fits_remember_what_they_were_measured_on(unit_model, digits):
    net = from_keras(unit_model)
    some = digits.train.take(50)
    wanted = InputRange.of(some).to_dict()
    scales = rate_scales(net, some)
    assert scales.inputs.to_dict() == wanted and set(scales) == {"neurons1", "neurons2"}
    assert convert(net, scale_firing_rates=scales).provenance["inputs"] == wanted
    assert "inputs" not in convert(net, scale_firing_rates=dict(scales)).provenance
    assert relu_to_lif(net, some).provenance["inputs"] == wanted
    assert relu_to_lif(net, some.images).provenance["inputs"] == wanted
    known = from_keras(unit_model, images=digits.train)
    assert relu_to_lif(known, some).provenance["inputs"] == known.provenance["inputs"]


def test_onnx_models_remember_their_images(tmp_path):
    onnx = pytest.importorskip("onnx")
    from nengo_lifdeep.importers.onnx.model import from_onnx

    rng = np.random.default_rng(0)
    arrays = {"w1": rng.normal(size=(4, 8)), "w2": rng.normal(size=(8, 3))}
    tensors = [
        onnx.numpy_helper.from_array(a.astype(np.float32), name) for name, a in arrays.items()
    ]
    make, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        make.make_node("MatMul", ["x", "w1"], ["a"]), make.make_node("Relu", ["a"], ["b"]),
        make.make_node("MatMul", ["b", "w2"], ["y"]),
    ]  # fmt: skip
    ends = [make.make_tensor_value_info(n, kind, (1, k)) for n, k in (("x", 4), ("y", 3))]
    graph = make.make_graph(nodes, "small", ends[:1], ends[1:], tensors)
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)])
    images = rng.uniform(size=(30, 1, 1, 4)).astype(np.float32)
    net = from_onnx(model, images=images)
    assert net.provenance["inputs"] == InputRange.of(images).to_dict()


def nir_graph(nir, *first):
    rng = np.random.default_rng(1)
    one = np.ones(6, np.float32)
    return nir.NIRGraph.from_list(
        *first,
        nir.Affine(rng.normal(size=(6, 4)).astype(np.float32), 0 * one),
        nir.LIF(tau=0.02 * one, r=one, v_leak=0 * one, v_threshold=one),
        nir.Affine(rng.normal(size=(3, 6)).astype(np.float32), np.zeros(3, np.float32)),
    )


def test_a_first_scale_of_a_nir_graph_says_which_pixels_it_takes():
    nir = pytest.importorskip("nir")
    full = np.full(4, 1 / 255, np.float32)
    net = from_nir(nir_graph(nir, nir.Scale(full)))
    assert net.preprocessing.scale == 255
    images = np.random.default_rng(0).uniform(size=(5, 1, 1, 4)).astype(np.float32)
    from nengo_lifdeep.simulators import run

    plain = run(from_nir(nir_graph(nir)), images, simulator="rate").outputs
    np.testing.assert_allclose(run(net, images, simulator="rate").outputs, plain, rtol=1e-4)
    assert from_nir(nir_graph(nir, nir.Scale(np.ones(4, np.float32)))).preprocessing.scale == 1
    with pytest.raises(UnsupportedLayerError, match="no range that is certain"):
        from_nir(nir_graph(nir, nir.Scale(np.full(4, 0.1, np.float32))))
    said = from_nir(
        nir_graph(nir, nir.Scale(np.full(4, 0.1, np.float32))),
        preprocessing=Preprocessing(scale=10.0),
        images=images,
    )  # fmt: skip
    assert said.preprocessing.scale == 10 and "inputs" in said.provenance


def test_a_written_nir_graph_keeps_its_own_preprocessing(example, tmp_path):
    pytest.importorskip("nir")
    from nengo_lifdeep.exporters.nir.graph import to_nir

    graph = to_nir(convert(example[0], synapse=nengo.Lowpass(0.005)), tau_ref="metadata")
    assert "pixels" not in from_nir(graph).provenance
