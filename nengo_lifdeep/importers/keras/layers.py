"""Translate Keras layers; unsupported layers are refused with advice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LocallyConnected2D,
    MaxPooling2D,
    Shape,
)
from ...layers.windows import window_geometry
from ..folding.layers import Windows
from .activations import USE_RELU, Fired, activation_name, activation_of
from .structure.graph import KerasLayer

__all__ = ["ADVICE", "AVERAGED", "TRAINING_ONLY", "ends_in_sigmoid", "translate"]

#: layers that do nothing outside of training, or nothing at all
TRAINING_ONLY = (
    "GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D",
    "ActivityRegularization", "Identity", "RandomFlip", "RandomRotation", "RandomZoom",
    "RandomTranslation", "RandomContrast", "RandomBrightness", "RandomShear", "RandomErasing",
    "RandomGaussianBlur", "RandomColorJitter", "RandomHue", "RandomSaturation", "RandomGrayscale",
    "RandomInvert", "RandomPosterization", "RandomSharpness", "RandomColorDegeneration",
    "RandomHeight", "RandomWidth", "Cast", "ConvertToTensor",
)  # fmt: skip

#: maximum pooling, which runs in rates only, and the average pooling that takes its place
AVERAGED = {
    f"{prefix}MaxPooling{n}D": f"{prefix}AveragePooling{n}D"
    for prefix in ("", "Global")
    for n in (1, 2)
}

_AUGMENT = "leave it out of the model and give Augmentation(crop, pad, flip) to the training"
_POOL = (
    "train with AveragePooling2D, which is linear and so exact in spikes, or give "
    "max_pooling='average'"
)
_NORM = "use BatchNormalization between the layer with weights and its activation"
_TIME = "images and series in one pass only: use Conv1D, Conv2D and Dense"
_GATE = "products of computed values are not linear; use sums"
_BOTH = "of computed values it is not linear; use ReLU, or maximum(x, c) with a number c"
_DATA = "prepare the data before they reach the model, and leave this layer out of it"
_OTHERS = (
    "convolutions, Dense, BatchNormalization, pools, sums, Concatenate, arithmetic with constants "
    "and ReLU can (and more of that kind: docs/own_model.md); write or train it with these"
)
_ONE_UNIT = "its softmax is over one unit, and always 1; a model of two classes ends in a sigmoid"

#: Keras layers that cannot be imported, and what to use instead.
ADVICE: dict[str, str] = {
    **dict.fromkeys((*AVERAGED, "MaxPooling3D"), _POOL),
    "Permute": "give the model images as (row, column, channel)",
    **dict.fromkeys(("ELU", "ThresholdedReLU"), USE_RELU),
    **dict.fromkeys(
        ("LayerNormalization", "GroupNormalization", "UnitNormalization", "RMSNormalization"), _NORM
    ),
    **dict.fromkeys(("Multiply", "Dot"), _GATE),
    **dict.fromkeys(("Maximum", "Minimum"), _BOTH),
    **dict.fromkeys(
        ("Solarization", "AutoContrast", "Equalization", "RandAugment", "AugMix", "MixUp", "CutMix",
         "Discretization", "CategoryEncoding", "Hashing", "HashedCrossing", "StringLookup",
         "IntegerLookup", "TextVectorization", "MelSpectrogram", "STFTSpectrogram", "Masking"),
        _DATA,
    ),
    **dict.fromkeys(
        ("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D"), "use MaxPooling2D, or average pooling"
    ),
    "EinsumDense": "use Dense, or Conv2D of one pixel",
    "RandomCrop": _AUGMENT,
    **dict.fromkeys(
        ("Conv3D", "LocallyConnected1D", "LSTM", "GRU", "SimpleRNN", "Embedding",
         "MultiHeadAttention", "TimeDistributed", "Bidirectional"),
        _TIME,
    ),
    "Lambda": "write it with layers that can be imported",
    "Softmax": "softmax can only be the very last layer",
}  # fmt: skip


def translate(
    keras: KerasLayer, shape: Shape, raw: tuple[int, ...], *, last: bool
) -> tuple[list[Layer], Fired | None]:
    """Our layers for one Keras layer, and what fires after them.

    Parameters
    ----------
    keras : KerasLayer
        The layer.
    shape : tuple of int
        Our shape of its input, without the batch axis.
    raw : tuple of int
        Keras's, which has no row of a series.
    last : bool
        Whether it is the last of the model, where a softmax is dropped.

    Raises
    ------
    UnsupportedLayerError
        If the layer, or an option of it, has no counterpart.
    """
    if keras.kind in TRAINING_ONLY:
        return [], None
    if last and keras.kind in ("Softmax", "LogSoftmax", "Sigmoid"):
        _check_axis(keras, raw)
        return [], None
    if keras.kind not in _TRANSLATE:
        advice = ADVICE.get(keras.kind, _OTHERS)
        raise keras.refuse(f"cannot be imported; {advice}")
    if len(raw) == 2 and shape[-1] == 1 != raw[-1] and keras.kind != "Activation":
        raise keras.refuse(f"takes a grey image {raw} without channels; put Flatten before it")
    if keras.kind == "BatchNormalization":
        axis = keras.config["axis"]
        axes = [int(a) for a in (axis if isinstance(axis, list | tuple) else [axis])]
        if axes not in ([-1], [len(raw)]):
            raise keras.refuse(f"axis is {axis}; expected the last one, the channels (axis=-1)")
    layers = _TRANSLATE[keras.kind](keras, keras.config, shape)
    units = keras.config.get("units", keras.config.get("filters"))
    if (
        last
        and units == 1
        and "softmax" in activation_name(getattr(keras.layer, "activation", None))
    ):
        raise keras.refuse(_ONE_UNIT)
    return layers, activation_of(keras, last) if "activation" in keras.config else None


def _check_axis(keras: KerasLayer, raw: tuple[int, ...]) -> None:
    axis = keras.config.get("axis", -1)
    if keras.kind != "Sigmoid" and raw[-1] == 1:
        raise keras.refuse(_ONE_UNIT)
    if axis not in (-1, len(raw)):
        raise keras.refuse(f"axis is {axis}; softmax is dropped only over the last axis, axis=-1")


def ends_in_sigmoid(keras: KerasLayer) -> bool:
    """Whether the layer's activation is a sigmoid (which `translate` drops at the very end).

    Parameters
    ----------
    keras : KerasLayer
        The layer.
    """
    if "activation" not in keras.config or keras.layer is None:
        return keras.kind == "Sigmoid"
    return activation_name(keras.layer.activation) == "sigmoid"


def _conv(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    groups = config.get("groups", 1)
    if config["padding"] == "causal":
        window = _window(keras, {**config, "padding": "valid"})
        size = window["kernel_size"]
        pads = ((0, 0), (size[1] - 1, 0))
        filters, strides = window["filters"], window["strides"]
        return [Windows(filters=filters, kernel_size=size, strides=strides, pads=pads,
                        groups=groups)]  # fmt: skip
    return [Conv2D(**_window(keras, config), groups=groups)]


def _transposed(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    # releases before 3.13 keep it out of the configuration
    padded = config.get("output_padding", getattr(keras.layer, "output_padding", None))
    if padded is not None:
        raise keras.refuse(f"output_padding is {padded}; leave it out")
    if set(_pair(config["dilation_rate"])) != {1}:
        raise keras.refuse(f"dilation_rate is {_pair(config['dilation_rate'])}; leave it out")
    return [Conv2DTranspose(**_window(keras, config))]


def _depthwise(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    """A convolution with a group for every channel of the image."""
    channels = shape[-1]
    window = _window(keras, {**config, "filters": channels * config["depth_multiplier"]})
    return [Conv2D(**window, groups=channels)]


def _separable(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    """Depthwise and pointwise kernels with nothing in between: one kernel, their product."""
    return _conv(keras, {**config, "groups": 1}, shape)


def _local(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    layer = LocallyConnected2D(**_window(keras, config))
    for size, kernel, stride in zip(shape, layer.kernel_size, layer.strides, strict=False):
        before = window_geometry(size, kernel, stride, layer.padding)[1]
        if layer.padding == "same" and before != kernel // 2:
            raise keras.refuse(
                "padding='same' with an even kernel or with strides is aligned differently in "
                "tf_keras's LocallyConnected2D than in its Conv2D (and here); use an odd kernel "
                "with strides 1, or padding='valid'"
            )
    return [layer]


def _window(keras: KerasLayer, config: dict[str, Any]) -> dict[str, Any]:
    """Options of a window; dilated kernels are wider ones with zeros (`read_weights`)."""
    steps = _pair(config.get("dilation_rate", (1, 1)))
    sizes = zip(_pair(config["kernel_size"]), steps, strict=True)
    return {
        "filters": config["filters"],
        "kernel_size": tuple((k - 1) * d + 1 for k, d in sizes),
        "strides": _pair(config["strides"]),
        "padding": config["padding"],
        "use_bias": config["use_bias"],
    }


def _pair(sizes: Any) -> tuple[int, int]:
    """Of rows and columns; a series has one row."""
    given = (sizes,) if isinstance(sizes, int) else tuple(int(n) for n in sizes)
    return (1, given[0]) if len(given) == 1 else (given[0], given[1])


def _dense(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    if len(shape) == 3:  # of every pixel for itself
        return [Windows(filters=config["units"])]
    return [Dense(config["units"], use_bias=config["use_bias"])]


def _pool(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    size, strides = _pair(config["pool_size"]), _pair(config["strides"])
    kind = MaxPooling2D if keras.kind in AVERAGED else AveragePooling2D
    return [kind(size, strides, config["padding"])]


def _global_pool(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    rows, cols = shape[:2]
    kind = MaxPooling2D if keras.kind in AVERAGED else AveragePooling2D
    pool: list[Layer] = [kind((rows, cols))]
    return pool if config.get("keepdims") else [*pool, Flatten()]


def _normalisation(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    if config.get("renorm"):
        raise keras.refuse("renorm is True; use BatchNormalization without renorm")
    return [BatchNormalization(momentum=config["momentum"], epsilon=config["epsilon"])]


def _dropout(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    if config.get("noise_shape") is not None:  # ours drops every value for itself
        return []
    return [Dropout(float(config["rate"]))]


def _nothing(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    return []


_TRANSLATE: dict[str, Callable[[KerasLayer, dict[str, Any], Shape], list[Layer]]] = {
    "Conv2D": _conv,
    "Conv1D": _conv,
    "Conv2DTranspose": _transposed,
    "Conv1DTranspose": _transposed,
    "DepthwiseConv2D": _depthwise,
    "DepthwiseConv1D": _depthwise,
    "SeparableConv2D": _separable,
    "SeparableConv1D": _separable,
    "LocallyConnected2D": _local,
    "Dense": _dense,
    "AveragePooling2D": _pool,
    "AveragePooling1D": _pool,
    "GlobalAveragePooling2D": _global_pool,
    "GlobalAveragePooling1D": _global_pool,
    "MaxPooling2D": _pool,
    "MaxPooling1D": _pool,
    "GlobalMaxPooling2D": _global_pool,
    "GlobalMaxPooling1D": _global_pool,
    "BatchNormalization": _normalisation,
    "Dropout": _dropout,
    "Activation": _nothing,
}
