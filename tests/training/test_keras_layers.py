"""Every type of layer has a layer of tf_keras that computes its stage, or is the graph's."""

import numpy as np
import pytest

from nengo_lifdeep.conversion.layer_stages import layer_stages
from nengo_lifdeep.errors import UnsupportedLayerError
from nengo_lifdeep.layers import LAYER_TYPES, Branch, Concatenate, Layer, Neurons, Shortcut
from nengo_lifdeep.stages.types import apply_stages

pytest.importorskip("nengo_dl")
pytestmark = pytest.mark.tf

EXAMPLES = {
    "Conv2D": {"filters": 4, "kernel_size": (3, 2), "strides": 2, "padding": "same", "groups": 2},
    "LocallyConnected2D": {"filters": 3, "kernel_size": (3, 2), "strides": 2, "padding": "same"},
    "AveragePooling2D": {"pool_size": 3, "strides": 2, "padding": "same"},
    "MaxPooling2D": {"pool_size": 3, "strides": 2, "padding": "same"},
    "LocalResponseNormalization": {"depth_radius": 1, "alpha": 0.5},
    "Dense": {"units": 3},
    "Flatten": {},
    "Dropout": {"rate": 0.5},
    "BatchNormalization": {"epsilon": 0.01},
    "Scale": {"factor": 2.0, "shift": (0, 1, 2, 3)},
    "ZeroPadding2D": {"padding": ((0, 1), (2, 3))},
    "Cropping2D": {"cropping": ((0, 1), (2, 3))},
    "UpSampling2D": {"size": (2, 3), "interpolation": "bilinear"},
    "Conv2DTranspose": {"filters": 3, "kernel_size": (3, 2), "strides": (2, 3), "padding": "same"},
}


def test_the_table_is_complete():
    from nengo_lifdeep.training.tensorflow.layers import BY_GRAPH, LAYERS

    assert {*LAYERS, *BY_GRAPH} == set(LAYER_TYPES.values())
    assert {cls.__name__ for cls in LAYERS} == set(EXAMPLES)
    assert set(BY_GRAPH) == {Neurons, Branch, Shortcut, Concatenate}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_it_has_the_arrays_and_computes_the_stage(kind):
    """Shapes of its variables are `Layer.arrays`, its output that of `layer_stages`."""
    from nengo_lifdeep.training.tensorflow.layers import LinearStage

    layer = LAYER_TYPES[kind](**EXAMPLES[kind], name="mine")
    shape = (36,) if kind == "Dense" else (7, 6, 4)
    rng = np.random.default_rng(0)
    arrays = {
        k: rng.uniform(0.5, 2, size).astype(np.float32) for k, size in layer.arrays(shape).items()
    }
    x = rng.normal(size=(2, *shape)).astype(np.float32)
    made = LinearStage([layer], shape, step=0, seed=0)
    made.build((None, *shape))
    variables = {v.name.split("/")[-1].split(":")[0]: v for v in made.members["mine"].weights}
    assert {name: tuple(v.shape) for name, v in variables.items()} == layer.arrays(shape)
    for name, array in arrays.items():
        variables[name].assign(array)
    found = np.asarray(made(x))
    assert found.shape == (2, *layer.output_shape(shape))
    stages = layer_stages(layer, shape, arrays)
    if stages:
        expected = apply_stages(stages, x) + arrays.get("bias", 0)
    elif kind == "Scale":
        expected = 2 * x + np.array([0, 1, 2, 3])
    elif kind == "BatchNormalization":
        deviation = np.sqrt(arrays["moving_variance"] + 0.01)
        expected = (x - arrays["moving_mean"]) / deviation * arrays["gamma"] + arrays["beta"]
    else:  # in rates, dropout and flattening change no value
        expected = x
    np.testing.assert_allclose(found.reshape(2, -1), expected.reshape(2, -1), rtol=1e-4, atol=1e-4)


def test_other_types_are_refused_by_name():
    from nengo_lifdeep.training.tensorflow.layers import keras_layer

    with pytest.raises(UnsupportedLayerError, match=r"layer 'odd' \(Layer\) cannot be trained"):
        keras_layer(Layer(name="odd"), (4,), 0, 0)
