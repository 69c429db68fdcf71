"""Whole Keras networks, read and checked against Keras's own output."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings

from nengo_lifdeep.conversion.folding import fold
from nengo_lifdeep.conversion.rates import forward
from nengo_lifdeep.conversion.swap import convert
from nengo_lifdeep.conversion.target_rates import rate_scales
from nengo_lifdeep.errors import UnsupportedLayerError, ValidationError
from nengo_lifdeep.importers.keras.model import from_keras
from nengo_lifdeep.inputs.preprocessing import Preprocessing
from nengo_lifdeep.inputs.presentation import Presentation
from nengo_lifdeep.simulators import run

from .conftest import randomise


def same(model, net=None, n=3, seed=1):
    """The imported network gives Keras's scores; returns it."""
    net = net or from_keras(model)
    shape = tuple(model.input_shape)[1:]
    x = np.random.default_rng(seed).uniform(size=(n, *shape)).astype(np.float32)
    expected = np.asarray(model.predict(x, verbose=0))
    spiking = convert(net)
    images = x.reshape(n, *net.architecture.input_shape)
    found = forward(spiking, net.preprocessing(images) if images.ndim == 4 else images)["output"]
    scale = np.abs(expected).max()
    assert scale > 1e-3
    np.testing.assert_allclose(found, expected, atol=1e-4 * scale)
    return net


def residual(keras, projection=True, norm=True):
    K = keras.layers
    image = keras.Input((8, 8, 2))

    def block(x, filters, strides, activation=True):
        x = K.Conv2D(filters, 3, strides, padding="same", use_bias=not norm)(x)
        x = K.BatchNormalization()(x) if norm else x
        return K.ReLU()(x) if activation else x

    x = block(image, 4, 1)
    y = block(block(x, 4, 1), 4, 1, activation=False)
    x = K.ReLU()(K.Add()([x, y]))
    y = block(block(x, 6, 2), 6, 1, activation=False)
    side = K.Conv2D(6, 1, 2, padding="same")(x)
    side = K.BatchNormalization()(side) if norm else side
    x = K.ReLU()(K.add([y, side])) if projection else K.ReLU()(y)
    return keras.Model(image, K.Dense(3)(K.GlobalAveragePooling2D()(x)))


@pytest.mark.parametrize("norm", [True, False])
def test_residual_sums(keras, norm):
    net = same(randomise(residual(keras, norm=norm)))
    kinds = [type(layer).__name__ for layer in net.architecture.layers]
    assert kinds.count("Shortcut") == 2


def test_zero_padding_as_pytorch_and_resnets_do_it(keras):
    K = keras.layers
    for size, stride, pad in ((8, 2, 1), (9, 2, 1), (8, 1, ((2, 0), (0, 2))), (7, 3, 2)):
        model = keras.Sequential([
            keras.Input((size, size, 2)), K.ZeroPadding2D(pad),
            K.Conv2D(3, 3, strides=stride, activation="relu"), K.Flatten(), K.Dense(2),
        ])  # fmt: skip
        same(randomise(model))


def test_images_normalised_inside_the_model(keras):
    K = keras.layers
    layers = [K.Conv2D(3, 3, padding="same", activation="relu"), K.Flatten(), K.Dense(2)]
    one = [keras.Input((6, 6, 2)), K.Rescaling(2.0, -1.0), *layers]
    net = same(randomise(keras.Sequential(one)))
    assert net.preprocessing.scale == 2.0 and net.preprocessing.mean.max() == 0.5
    norm = K.Normalization(mean=[0.4, 0.6], variance=[0.04, 0.09])
    layers = [K.Conv2D(3, 3, padding="same", activation="relu"), K.Flatten(), K.Dense(2)]
    model = keras.Sequential([keras.Input((6, 6, 2)), norm, *layers])
    for layer in layers:
        layer.set_weights([0.3 + 0 * a for a in layer.get_weights()])
    same(model)
    # pixels from 0 to 255, brought back by the model itself
    layers = [K.Conv2D(3, 3, activation="relu"), K.Flatten(), K.Dense(2)]
    model = keras.Sequential([keras.Input((6, 6, 1)), K.Rescaling(1 / 255), *layers])
    randomise(model)
    net = from_keras(model, preprocessing=Preprocessing(scale=255.0))
    assert net.preprocessing.scale == 1.0
    assert from_keras(model).preprocessing.scale == 1.0  # certain without a word
    assert from_keras(model, preprocessing=Preprocessing()).preprocessing.scale < 0.004


def test_a_divisor_before_a_normalisation_of_the_model(keras):
    K = keras.layers
    norm = K.Normalization(mean=[0.1, -0.2], variance=[0.04, 0.09])
    model = keras.Sequential([
        keras.Input((6, 6, 2)), norm, K.Conv2D(3, 3, padding="same", activation="relu"),
        K.Flatten(), K.Dense(2),
    ])  # fmt: skip
    rng = np.random.default_rng(0)
    for layer in model.layers[-3::2]:
        layer.set_weights([rng.normal(size=a.shape) for a in layer.get_weights()])
    images = rng.random((4, 6, 6, 2), dtype=np.float32)
    for mean in ([0.4, 0.5], np.full((6, 6, 2), 0.45)):
        before = Preprocessing(mean, divisor=[0.5, 0.25])
        net = from_keras(model, preprocessing=before)
        found = forward(convert(net), net.preprocessing(images))["output"]
        expected = model.predict_on_batch(before(images))
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("begins", "full"),
    [
        (lambda K: K.Rescaling(1 / 255), 255),
        (lambda K: K.Rescaling(1 / 127.5, offset=-1), 255),
        (lambda K: K.Rescaling(1 / 16), 16),
        (lambda K: K.Normalization(mean=[120.0], variance=[3600.0]), 255),
        (lambda K: K.Normalization(mean=[0.13], variance=[0.09]), 1),
    ],
)
def test_pixels_that_a_model_says_it_takes(keras, begins, full):
    K = keras.layers
    model = keras.Sequential([
        keras.Input((6, 6, 1)), begins(K), K.Conv2D(3, 3, padding="same", activation="relu"),
        K.Flatten(), K.Dense(2),
    ])  # fmt: skip
    randomise(model)
    images = np.random.default_rng(1).uniform(size=(20, 6, 6, 1)).astype(np.float32)
    wanted = np.asarray(model(full * images))
    scores = run(fold(from_keras(model)), images, simulator="rate").scores()
    np.testing.assert_allclose(scores, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


def test_images_shifted_out_of_their_range(keras):
    K = keras.layers
    model = keras.Sequential([
        keras.Input((6, 6, 1)), K.Rescaling(0.5, -1.0), K.Conv2D(2, 3, activation="relu"),
        K.Flatten(), K.Dense(2),
    ])  # fmt: skip
    with pytest.raises(
        UnsupportedLayerError, match=r"begins with 0.5 \* pixel \+ -1.* Preprocessing\(\)"
    ):
        from_keras(model)


def test_leaky_relu_is_a_pair_of_neurons(keras):
    K = keras.layers
    slope = {"negative_slope": 0.2} if keras.__name__ == "keras" else {"alpha": 0.2}
    model = keras.Sequential([
        keras.Input((8, 8, 1)), K.Conv2D(3, 3), K.BatchNormalization(), K.LeakyReLU(**slope),
        K.AveragePooling2D(2), K.Conv2D(4, 2, activation=K.LeakyReLU(**slope)), K.Flatten(),
        K.Dense(5), K.ReLU(negative_slope=0.1), K.Dense(2),
    ])  # fmt: skip
    net = same(randomise(model))
    assert [p.n_neurons for p in convert(net).populations] == [216, 32, 10]
    both = keras.Sequential([
        keras.Input((8, 8, 1)), K.Conv2D(4, 3), K.LeakyReLU(**slope),
        K.Conv2D(4, 3, groups=2, activation="relu"), K.Flatten(), K.Dense(2),
    ])  # fmt: skip
    assert [p.n_neurons for p in convert(same(randomise(both))).populations] == [288, 64]


def test_pairs_of_neurons_in_residual_sums(keras):
    K = keras.layers
    image = keras.Input((6, 6, 1))
    x = K.LeakyReLU()(K.Conv2D(2, 3, padding="same")(image))
    y = K.ReLU(6.0)(K.Add()([K.Conv2D(2, 3, padding="same")(x), x]))
    z = K.PReLU(shared_axes=[1, 2])(K.Add()([K.Conv2D(2, 3, padding="same")(y), y]))
    same(randomise(keras.Model(image, K.Dense(2)(K.Flatten()(z)))))
    with pytest.raises(UnsupportedLayerError, match=r"other slopes in other pixels"):
        from_keras(varied(keras))


def varied(keras):
    """A PReLU with a slope for every pixel."""
    K = keras.layers
    layers = [keras.Input((6, 6, 1)), K.Conv2D(2, 3), K.PReLU(), K.Flatten(), K.Dense(2)]
    return randomise(keras.Sequential(layers))


def test_layers_of_training_leave_no_trace(keras):
    K = keras.layers
    model = keras.Sequential([
        keras.Input((8, 8, 1)), K.GaussianNoise(0.1), K.RandomFlip(), K.Conv2D(3, 3),
        K.SpatialDropout2D(0.2), K.ActivityRegularization(1e-3), K.ReLU(), K.GaussianDropout(0.1),
        K.Flatten(), K.Dense(2),
    ])  # fmt: skip
    net = same(randomise(model))
    kinds = [type(layer).__name__ for layer in net.architecture.layers]
    assert kinds == ["Conv2D", "Neurons", "Flatten", "Dense"]


LINEAR = {
    "pool before the activation": lambda K: [K.Conv2D(3, 3), K.AveragePooling2D(2), K.ReLU()],
    "two convolutions": lambda K: [K.Conv2D(3, 3), K.Conv2D(3, 2), K.ReLU()],
    "normalisation after": lambda K: [K.Conv2D(3, 3), K.ReLU(), K.BatchNormalization()],
    "normalisation after the pool": lambda K: [
        K.Conv2D(3, 3, activation="relu"), K.AveragePooling2D(2), K.BatchNormalization(),
        K.Conv2D(2, 2, activation="relu"),
    ],
    "rescaled later": lambda K: [K.Conv2D(3, 3, activation="relu"), K.Rescaling(0.5, 0.1)],
    "padding before Flatten": lambda K: [K.Conv2D(3, 3, activation="relu"), K.ZeroPadding2D()],
    "ReLU twice": lambda K: [K.Conv2D(3, 3, activation="relu"), K.ReLU()],
    "pool as the read-out": lambda K: [
        K.Conv2D(3, 3, activation="relu"), K.Conv2D(4, 1), K.GlobalAveragePooling2D(),
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", LINEAR)
def test_linear_layers_anywhere(keras, what):
    K = keras.layers
    end = [] if "read-out" in what else [K.Flatten(), K.Dense(2)]
    same(randomise(keras.Sequential([keras.Input((8, 8, 2)), *LINEAR[what](K), *end])))


def test_sums_of_rectified_values_and_read_outs_with_relu(keras):
    K = keras.layers
    image = keras.Input((6, 6, 2))
    x = K.Conv2D(3, 3, padding="same", activation="relu")(image)
    y = K.Add()([x, K.Conv2D(3, 3, padding="same", activation="relu")(x)])
    z = K.Add()([y, K.Conv2D(3, 3, padding="same", activation="relu")(y)])
    out = K.Dense(2, activation="relu")(K.Flatten()(K.Conv2D(2, 3, activation="relu")(z)))
    same(randomise(keras.Model(image, out)))
    same(randomise(keras.Model(image, K.Flatten()(z))))
    own = K.ReLU()(K.Add()([K.Conv2D(2, 3, padding="same")(image), image]))
    same(randomise(keras.Model(image, K.Dense(2)(K.Flatten()(own)))))


def test_arithmetic_with_constants(keras):
    if keras.__name__ != "keras":
        pytest.skip("operations of Keras 3")
    K = keras.layers
    image = keras.Input((8, 8, 2))
    x = K.Conv2D(3, 3)(image)
    x = keras.ops.relu(x * 2.0 - 0.5) / np.array([2.0, 1.0, 4.0], np.float32)
    model = keras.Model(image, K.Dense(2)(K.Flatten()(1.0 - x)))
    same(randomise(model))
    model = keras.Model(image, K.Dense(2)(K.Flatten()(K.Conv2D(2, 3, activation="relu")(
        image / 255.0))))  # fmt: skip
    assert from_keras(randomise(model)).preprocessing.scale == 1.0  # 255 times 1 / 255


def test_models_in_models(keras):
    K = keras.layers

    def base(name):
        layers = [keras.Input((4, 4, 2)), K.Conv2D(2, 3, padding="same", activation="relu")]
        return keras.Sequential([*layers, K.AveragePooling2D(2)], name=name)

    image = keras.Input((6, 6, 1))
    stem = keras.Model(image, K.Conv2D(2, 3, activation="relu", name="conv")(image), name="stem")
    outer = keras.Input((6, 6, 1))
    whole = keras.Model(outer, K.Dense(2)(K.Flatten()(base("base")(stem(outer)))))
    same(randomise(whole))
    with pytest.raises(UnsupportedLayerError, match=r"'stem/soft' \(Softmax\)"):
        bad = keras.Model(image, K.Softmax(name="soft")(stem(image)), name="stem")
        from_keras(keras.Model(outer, K.Dense(2)(K.Flatten()(bad(outer)))))


def test_grey_images_without_channels(keras):
    K = keras.layers
    model = keras.Sequential([keras.Input((6, 5)), K.Flatten(), K.Dense(4, "relu"), K.Dense(2)])
    assert from_keras(randomise(model)).architecture.input_shape == (6, 5, 1)
    model = keras.Sequential([
        keras.Input((6, 5)), K.Reshape((6, 5, 1)), K.Conv2D(2, 3, activation="relu"), K.Flatten(),
        K.Dense(2),
    ])  # fmt: skip
    assert from_keras(randomise(model)).architecture.input_shape == (6, 5, 1)


def test_flat_inputs_that_become_images(keras):
    K = keras.layers
    model = keras.Sequential([
        keras.Input((36,)), K.Reshape((6, 6, 1)), K.Conv2D(2, 3, activation="relu"),
        K.Reshape((-1,)), K.Dense(2),
    ])  # fmt: skip
    assert same(randomise(model)).architecture.input_shape == (6, 6, 1)


def test_average_pooling_for_max_pooling_when_asked_for(keras):
    K = keras.layers
    model = keras.Sequential([
        keras.Input((8, 8, 1)), K.Conv2D(2, 3, activation="relu"), K.MaxPooling2D(2), K.Flatten(),
        K.Dense(2),
    ])  # fmt: skip
    with pytest.raises(UnsupportedLayerError, match="AveragePooling2D, which is linear"):
        from_keras(model, max_pooling="refuse")
    net = from_keras(model, max_pooling="average")
    assert type(net.architecture.layers[2]).__name__ == "AveragePooling2D"
    with pytest.raises(ValidationError, match="'keep' or 'average' or 'refuse'"):
        from_keras(model, max_pooling="mean")


@st.composite
def plans(draw):
    """A random network as words: what `build` makes of them is the same in both Kerases."""
    shape = draw(st.integers(4, 10)), draw(st.integers(4, 10)), draw(st.integers(1, 3))
    words, size = [], min(shape[:2])
    if draw(st.booleans()):
        scale, offset = draw(st.sampled_from([(0.5, 0.0), (2.0, -1.0)]))
        words.append(("rescale", scale, offset))
    for _ in range(draw(st.integers(1, 3))):
        kinds = ["conv", "conv", "depthwise", "separable", "pad", "residual", "branches"]
        kind = draw(st.sampled_from(kinds))
        kernel = draw(st.integers(1, min(3, size)))
        stride = draw(st.integers(1, 2))
        padding = draw(st.sampled_from(["valid", "same"]))
        activation = draw(st.sampled_from(["relu", "relu", "norm", "leaky"]))
        if kind in ("residual", "branches"):
            activation = "relu"
        words.append((kind, draw(st.integers(1, 4)), kernel, stride, padding, activation))
        size = (
            -(-size // stride)
            if padding == "same" or kind in ("pad", "branches")
            else (size - kernel) // stride + 1
        )
        if size >= 2 and draw(st.booleans()):
            words.append(("pool", 2))
            size //= 2
        if size < 1:
            break
    words.append(draw(st.sampled_from([("flatten",), ("global",)])))
    if draw(st.booleans()):
        words.append(("dense", draw(st.integers(1, 5))))
    return shape, words, draw(st.integers(2, 4)), draw(st.integers(0, 99))


def branches(K, x, filters, kernel, stride, fired):
    """Two or three ways of other lengths; the image or neurons in front are one of them."""
    one = K.Conv2D(filters, kernel, stride, padding="same", activation="relu")(x)
    two = K.Conv2D(2, 1, stride, activation="relu")(x)
    two = K.ReLU()(K.BatchNormalization()(K.Conv2D(filters, kernel, padding="same")(two)))
    ways = [one, two, x] if fired and stride == 1 else [two, one]
    return K.Concatenate()(ways)


def build(keras, shape, words, classes):
    K = keras.layers
    x = image = keras.Input(shape)
    fired = False
    for word in words:
        kind = word[0]
        if kind == "rescale":
            x = K.Rescaling(word[1], word[2])(x)
        elif kind == "pool":
            x, fired = K.AveragePooling2D(word[1])(x), False
        elif kind in ("flatten", "global"):
            x = K.Flatten()(x) if kind == "flatten" else K.GlobalAveragePooling2D()(x)
        elif kind == "dense":
            x = K.Dense(word[1], activation="relu")(x)
        else:
            _, filters, kernel, stride, padding, activation = word
            if kind == "residual" and fired:
                channels = x.shape[-1]
                y = K.Conv2D(channels, kernel, padding="same")(x)
                x = K.ReLU()(K.Add()([K.BatchNormalization()(y), x]))
                continue
            if kind == "branches":
                x, fired = branches(K, x, filters, kernel, stride, fired), True
                continue
            if kind == "pad":
                x, padding = K.ZeroPadding2D(1)(x), "valid"
            if kind == "depthwise":
                x = K.DepthwiseConv2D(kernel, stride, padding)(x)
            elif kind == "separable":
                x = K.SeparableConv2D(filters, kernel, stride, padding)(x)
            else:
                x = K.Conv2D(filters, kernel, stride, padding)(x)
            x = K.BatchNormalization()(x) if activation == "norm" else x
            x = K.LeakyReLU()(x) if activation == "leaky" else K.ReLU()(x)
            fired = activation != "leaky"
    return keras.Model(image, K.Dense(classes)(x))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["keras", "tf_keras"])
@settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much],
)
@given(plan=plans())
def test_five_hundred_random_networks(name, plan):
    """250 in each Keras: rates equal Keras's output, spikes approach them."""
    _fuzz(name, plan)


@pytest.mark.parametrize("name", ["keras", "tf_keras"])
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much],
)
@given(plan=plans())
def test_a_few_random_networks(name, plan):
    _fuzz(name, plan)


def _fuzz(name, plan):
    """Draws that Keras, or one of our two limits, refuses are drawn again, not passed."""
    keras = pytest.importorskip(name)
    if name == "tf_keras":
        from nengo_lifdeep.compat import import_tf_keras

        keras = import_tf_keras()
    shape, words, classes, seed = plan
    try:
        model = build(keras, shape, words, classes)
    except ValueError:  # Keras itself refuses: a window larger than its image
        reject()
    for layer in model.layers:
        rng = np.random.default_rng(seed)
        arrays = layer.get_weights()
        low = 0.5 if type(layer).__name__ == "BatchNormalization" else -0.4
        layer.set_weights([rng.uniform(low, 1, a.shape).astype(np.float32) for a in arrays])
    try:
        net = from_keras(model)
    except UnsupportedLayerError as error:  # two limits of ours that random networks meet
        assert any(text in str(error) for text in ("leaky ReLU", "cannot be merged into"))
        reject()
    x = np.random.default_rng(seed).uniform(size=(2, *shape)).astype(np.float32)
    try:
        expected = np.asarray(model.predict_on_batch(x))
    except Exception as error:  # oneDNN has no primitive for some images of one channel
        assert "could not create a primitive" in str(error), error
        reject()
    prepared = net.preprocessing(x)
    found = forward(convert(net), prepared)
    scale = max(np.abs(expected).max(), 1e-3)
    np.testing.assert_allclose(found["output"], expected, atol=1e-4 * scale)
    # as for a network of one's own: every layer fires; synapses that leave little noise, whose
    # negative part integrate-and-fire neurons drop
    factors = rate_scales(net, x, target_rate=200)
    spiking = convert(net, synapse=0.1, scale_firing_rates=factors, initial_voltage="uniform")
    record = run(spiking, x, presentation=Presentation(t_p=6.0), rasters=2)
    rates = forward(spiking, prepared)
    for population in spiking.populations:
        mean = float(rates[population.name].mean())
        late = record.rasters[population.name][:, 1] >= 3000  # every layer has settled by then
        found = late.sum() / (2 * 3.0 * population.n_neurons)
        assert found == pytest.approx(mean, abs=2 + 0.1 * mean)
