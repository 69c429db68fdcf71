"""Layers, architectures, and what images go through on their way in."""

from __future__ import annotations

import numpy as np

import nengo_lifdeep as ld
from nengo_lifdeep import layers

from . import samples
from .judging import Entry
from .kinds import (
    array,
    border,
    but,
    choice,
    flag,
    function,
    mapping,
    optional,
    pair,
    real,
    shape,
    text,
    value,
    whole,
)
from .table_values import neuron

WEIGHTS = (optional(value(*samples.others())), ld.weights.Rounded(4))
NAME = (but(text, "empty"), "mine")
NOT_IMAGES = but(shape, "two axes")
FLOATS = array(4, low=None, length=False, finite=False)
IMAGES = np.linspace(0, 1, 128, dtype=np.float32).reshape(2, 8, 8, 1)


def _stack(good):
    """Layers in order."""
    wrong = [t for t in value(*samples.others())(good) if t[0] not in ("list", "tuple")]
    inside = [None, 3, "dense", layers.Dense, np.zeros(3), samples.architecture()]
    return [
        *wrong, ("empty", [], "refuse"), ("tuple", tuple(good), "same"),
        *((f"{type(x).__name__} inside", [*good, x], "refuse") for x in inside),
        ("generator of layers", iter(list(good)), "either"),
    ]  # fmt: skip


def _sides(good):
    """Which of two images are mirrored."""
    wrong = {"number": 1, "text": "ab", "three": [True, False, True], "whole": [1, 0],
             "fractions": [0.5, 1.0], "NaN": np.nan, "object": object(),
             "two axes": [good]}  # fmt: skip
    return [*((k, v, "refuse") for k, v in wrong.items()), ("list", list(good), "same")]


def _still(t, images):
    return images


def _coded(coding):
    return Entry(
        lambda images, timing, indices: coding(images, timing, indices),
        {"images": (FLOATS, IMAGES),
         "timing": (value(*samples.other_than(ld.Presentation)), samples.presentation()),
         "indices": (array(1, whole=True), np.arange(2))},
    )  # fmt: skip


def _window(cls, **more):
    return lambda: Entry(
        cls,
        {
            "filters": (whole(1), 4), "kernel_size": (pair, 3), "strides": (pair, 2),
            "padding": (choice, "valid"), "use_bias": (flag, True), "name": NAME,
            "weights": WEIGHTS, **more,
        },
    )  # fmt: skip


def _shapes(layer, given, good, anything=False):
    """Entries of a layer's methods that take a shape."""
    methods = {"output_shape": layer.output_shape, "n_weights": layer.n_weights,
               "n_synapses": layer.n_synapses, "arrays": layer.arrays,
               "n_pooled": layer.n_pooled, "n_neurons": layer.n_neurons}  # fmt: skip
    kind = but(shape, "two axes") if anything or len(good) == 1 else shape
    name = type(layer).__name__
    return {
        f"{name}.{method}": (lambda call=call: Entry(call, {"shape": (kind, good)}))
        for method, call in methods.items()
        if method in given
    }


#: one number, or one for each channel
NUMBERS = but(real(), "list", "array", "empty", "tuple", "list of text", "generator")

ALL = ("output_shape", "n_weights", "n_synapses", "arrays")

TABLE = {
    "Conv2D": _window(layers.Conv2D, groups=(whole(1), 1), dilation_rate=(pair, 2)),
    "Conv2DTranspose": _window(layers.Conv2DTranspose),
    "Branch": lambda: Entry(
        layers.Branch, {"source": (but(text, "empty"), "neurons1"), "name": NAME}
    ),
    "Concatenate": lambda: Entry(
        layers.Concatenate, {"source": (but(text, "empty"), "neurons1"), "name": NAME}
    ),
    "Scale": lambda: Entry(
        layers.Scale, {"factor": (NUMBERS, 2.0), "shift": (NUMBERS, 0.5), "name": NAME}
    ),
    "ZeroPadding2D": lambda: Entry(
        layers.ZeroPadding2D, {"padding": (border, ((1, 2), (0, 3))), "name": NAME}
    ),
    "Cropping2D": lambda: Entry(
        layers.Cropping2D, {"cropping": (border, ((1, 2), (0, 3))), "name": NAME}
    ),
    "UpSampling2D": lambda: Entry(
        layers.UpSampling2D,
        {"size": (pair, 2), "interpolation": (choice, "bilinear"), "name": NAME},
    ),
    **_shapes(layers.Conv2DTranspose(4, 3), ALL, (8, 8, 1)),
    **_shapes(layers.Scale(), ("output_shape",), (8, 8, 1), anything=True),
    **_shapes(layers.ZeroPadding2D(), ("output_shape",), (8, 8, 1)),
    **_shapes(layers.Cropping2D(), ("output_shape",), (8, 8, 1)),
    **_shapes(layers.UpSampling2D(), ("output_shape",), (8, 8, 1)),
    **{
        f"{type(layer).__name__}.describe": (lambda layer=layer: Entry(layer.describe, {}))
        for layer in (
            layers.Scale(), layers.ZeroPadding2D(), layers.Cropping2D(), layers.UpSampling2D(),
            layers.Conv2DTranspose(4, 3), layers.Branch("a"), layers.Concatenate("a"),
        )
    },
    "LocallyConnected2D": _window(layers.LocallyConnected2D),
    "AveragePooling2D": lambda: Entry(
        layers.AveragePooling2D,
        {"pool_size": (pair, 2), "strides": (optional(pair), 2), "padding": (choice, "valid"),
         "name": NAME},
    ),
    "MaxPooling2D": lambda: Entry(
        layers.MaxPooling2D,
        {"pool_size": (pair, 2), "strides": (optional(pair), 2), "padding": (choice, "valid"),
         "name": NAME},
    ),
    "LocalResponseNormalization": lambda: Entry(
        layers.LocalResponseNormalization,
        {"depth_radius": (whole(0), 2), "bias": (real(0, zero=False), 1.0), "alpha": (real(0),
         0.25), "beta": (real(0), 0.5), "name": NAME},
    ),
    **_shapes(layers.LocalResponseNormalization(), ("output_shape",), (8, 8, 1)),
    **_shapes(layers.MaxPooling2D(2), ("output_shape",), (8, 8, 1)),
    "MaxPooling2D.describe": lambda: Entry(layers.MaxPooling2D(2).describe, {}),
    "LocalResponseNormalization.describe": lambda: Entry(
        layers.LocalResponseNormalization().describe, {}
    ),
    "Dense": lambda: Entry(
        layers.Dense,
        {"units": (whole(1), 3), "use_bias": (flag, True), "name": NAME, "weights": WEIGHTS},
    ),
    "Dropout": lambda: Entry(layers.Dropout, {"rate": (real(0, 1), 0.5), "name": NAME}),
    "BatchNormalization": lambda: Entry(
        layers.BatchNormalization,
        {"momentum": (real(0, 1), 0.5), "epsilon": (real(0), 0.125), "name": NAME},
    ),
    "Flatten": lambda: Entry(layers.Flatten, {"name": NAME}),
    "Neurons": lambda: Entry(
        layers.Neurons, {"neuron": (optional(neuron), ld.SoftLIF()), "name": NAME}
    ),
    "Layer": lambda: Entry(layers.Layer, {"name": NAME}),
    "Shortcut": lambda: Entry(
        layers.Shortcut,
        {"source": (but(text, "empty"), "neurons1"), "filters": (optional(whole(1)), 4),
         "strides": (pair, 2), "name": NAME},
    ),
    **_shapes(layers.Conv2D(4, 3), ALL, (8, 8, 1)),
    **_shapes(layers.LocallyConnected2D(4, 3), ALL, (8, 8, 1)),
    **_shapes(layers.AveragePooling2D(2), ("output_shape",), (8, 8, 1)),
    **_shapes(layers.Dense(3), ALL, (8,)),
    **_shapes(layers.Shortcut("neurons1", 4), ALL, (8, 8, 1)),
    **_shapes(layers.Layer(), (*ALL, "n_pooled", "n_neurons"), (8, 8, 1), anything=True),
    **_shapes(layers.BatchNormalization(), ("arrays",), (8, 8, 1), anything=True),
    "Flatten.output_shape": lambda: Entry(
        layers.Flatten().output_shape, {"shape": (NOT_IMAGES, (8, 8, 1))}
    ),
    "Architecture": lambda: Entry(
        ld.Architecture,
        {
            "input_shape": (NOT_IMAGES, (8, 8, 1)),
            "layers": (_stack, [layers.Flatten(), layers.Dense(3)]),
            "name": (text, "mine"),
        },
    ),
    "Architecture.from_dict": lambda: Entry(
        ld.Architecture.from_dict,
        {"data": (mapping(None, 3, [3], {}), samples.architecture().to_dict())},
    ),
    "Augmentation": lambda: Entry(
        ld.Augmentation,
        {"crop": (optional(pair), 4), "pad": (whole(0), 1), "flip": (flag, True),
         "cutout": (whole(0), 2), "fill_mode": (choice, "reflect"), "alternate": (flag, True),
         "rotation": (real(0, 180), 10.0), "zoom": (real(0, 1), 0.1), "shear": (real(0), 0.1),
         "elastic": (real(0), 1.0)},
    ),
    "Augmentation.output_shape": lambda: Entry(
        ld.Augmentation(crop=4).output_shape, {"shape": (shape, (8, 8, 1))}
    ),
    "Augmentation.__call__": lambda: Entry(
        lambda images, rng, mirrored: ld.Augmentation(crop=8)(images, rng, mirrored),
        {"images": (FLOATS, np.ones((2, 8, 8, 1), np.float32)),
         "rng": (value(3), np.random.default_rng(0)),
         "mirrored": (_sides, np.array([True, False]))},
    ),
    "Preprocessing": lambda: Entry(
        ld.Preprocessing,
        {"mean": (optional(array(3, high=1, length=False)), np.full((8, 8, 1), 0.5, np.float32)),
         "scale": (real(0, zero=False), 2.0), "crop": (optional(pair), 4),
         "divisor": (optional(array(1)), [2.0])},
    ),
    "Preprocessing.fit": lambda: Entry(
        ld.Preprocessing.fit,
        {"split": (value(*samples.other_than(ld.Split)), samples.split()),
         "subtract_mean": (flag, True), "scale": (real(0, zero=False), 2.0),
         "crop": (optional(pair), 4)},
    ),
    "Preprocessing.__call__": lambda: Entry(
        lambda images: ld.Preprocessing(scale=2.0)(images), {"images": (FLOATS, IMAGES)}
    ),
    "Preprocessing.normalise": lambda: Entry(
        ld.Preprocessing(scale=2.0).normalise, {"images": (FLOATS, IMAGES)}
    ),
    "Preprocessing.crop_centre": lambda: Entry(
        ld.Preprocessing(crop=4).crop_centre, {"images": (FLOATS, IMAGES)}
    ),
    "Preprocessing.input_shape": lambda: Entry(
        ld.Preprocessing().input_shape, {"raw_shape": (shape, (8, 8, 1))}
    ),
    "Preprocessing.from_arrays": lambda: Entry(
        ld.Preprocessing.from_arrays,
        {"header": (mapping("abc", [3], {}), ld.Preprocessing().to_arrays()[0]),
         "arrays": (None, {})},
    ),
    "Presentation": lambda: Entry(
        ld.Presentation,
        {"tau_s": (optional(real(0)), 0.003), "t_c": (real(0), 0.02), "t_p": (real(0), 0.1),
         "dt": (real(0, zero=False), 0.001), "reset": (flag, True)},
    ),
    "Presentation.as_trained": lambda: Entry(
        ld.Presentation.as_trained,
        {"provenance": (mapping("abc", [3], {}),
                        {"spikes": {"n_steps": 5, "dt": 0.001, "leak": 0.9}})},
    ),
    "BernoulliCoding": lambda: Entry(
        ld.BernoulliCoding, {"max_rate": (real(0, zero=False), 200.0), "seed": (whole(0), 1)}
    ),
    "PoissonCoding": lambda: Entry(
        ld.PoissonCoding, {"max_rate": (real(0, zero=False), 200.0), "seed": (whole(0), 1)}
    ),
    "LatencyCoding": lambda: Entry(ld.LatencyCoding, {"height": (real(0, zero=False), 2.0)}),
    "LatencyCoding.__call__": lambda: _coded(ld.LatencyCoding()),
    "FunctionCoding": lambda: Entry(ld.FunctionCoding, {"function": (function, _still)}),
    "BernoulliCoding.__call__": lambda: _coded(ld.BernoulliCoding(200.0)),
    "PoissonCoding.__call__": lambda: _coded(ld.PoissonCoding(200.0)),
    "ConstantCoding": lambda: Entry(ld.ConstantCoding, {}),
    "ConstantCoding.__call__": lambda: _coded(ld.ConstantCoding()),
    "FunctionCoding.__call__": lambda: _coded(ld.FunctionCoding(_still)),
}  # fmt: skip
