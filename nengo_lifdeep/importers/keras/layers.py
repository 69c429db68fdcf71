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
    Neurons,
    Shape,
)
from ...layers.windows import window_geometry
from ..chain.activation import RELU, Activation
from .activations import ACTIVATIONS, USE_RELU, activation_name, activation_of, activation_of_layer
from .graph import KerasLayer

__all__ = ["ADVICE", "MAXIMA", "MERGE", "TRAINING_ONLY", "ends_in_sigmoid", "translate"]

#: layers that do nothing outside of training, or nothing at all
TRAINING_ONLY = (
    "GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D",
    "ActivityRegularization", "Identity", "RandomFlip", "RandomRotation", "RandomZoom",
    "RandomTranslation", "RandomContrast", "RandomBrightness", "RandomShear", "RandomErasing",
    "RandomGaussianBlur", "RandomColorJitter", "RandomHue", "RandomSaturation", "RandomGrayscale",
    "RandomInvert", "RandomPosterization", "RandomSharpness", "RandomColorDegeneration",
    "RandomHeight", "RandomWidth", "Cast",
)  # fmt: skip

#: layers that run in rates only, unless averages take their place
MAXIMA = ("MaxPooling2D", "GlobalMaxPooling2D")

#: of layers with several inputs that are no residual sum
MERGE = (
    "of layers with several inputs only Add is known, of a layer with weights and earlier neurons, "
    "and Concatenate; use one of those"
)
_PREPROCESS = "leave it out of the model and give Preprocessing(mean, scale, crop) instead"
_AUGMENT = "leave it out of the model and give Augmentation(crop, pad, flip) to the training"
_POOL = "train with AveragePooling2D, which is linear and so exact in spikes"
_NORM = "use BatchNormalization between the layer with weights and its activation"
_TIME = "images only: use Conv2D, LocallyConnected2D and Dense"

#: Keras layers that cannot be imported, and what to use instead.
ADVICE: dict[str, str] = {
    **dict.fromkeys((*MAXIMA, "MaxPooling1D", "MaxPooling3D"), _POOL),
    "Permute": "give the model images as (row, column, channel)",
    **dict.fromkeys(("ELU", "ThresholdedReLU"), USE_RELU),
    **dict.fromkeys(
        ("LayerNormalization", "GroupNormalization", "UnitNormalization", "RMSNormalization"), _NORM
    ),
    **dict.fromkeys(
        ("Average", "Maximum", "Minimum", "Multiply", "Subtract", "Dot"),
        MERGE,
    ),
    **dict.fromkeys(("Resizing", "CenterCrop"), _PREPROCESS),
    "RandomCrop": _AUGMENT,
    **dict.fromkeys(
        ("Conv1D", "Conv3D", "LocallyConnected1D", "LSTM", "GRU", "SimpleRNN", "Embedding",
         "MultiHeadAttention", "TimeDistributed", "Bidirectional"),
        _TIME,
    ),
    "Lambda": "write it with layers that can be imported",
    "Softmax": "softmax can only be the very last layer",
}  # fmt: skip


def translate(keras: KerasLayer, shape: Shape, *, last: bool) -> tuple[list[Layer], Activation]:
    """Our layers for one Keras layer, and the activation of its neurons.

    Parameters
    ----------
    keras : KerasLayer
    shape : tuple of int
        Shape of its input, without the batch axis.
    last : bool
        Whether it is the last of the model, where a softmax is dropped.

    Raises
    ------
    UnsupportedLayerError
        If the layer, or an option of it, has no counterpart.
    """
    if keras.kind == "Softmax" and last or keras.kind in TRAINING_ONLY:
        return [], RELU
    if keras.kind in ACTIVATIONS:
        return [Neurons()], activation_of_layer(keras)
    if keras.kind not in _TRANSLATE:
        advice = ADVICE.get(keras.kind, f"expected one of {', '.join(_TRANSLATE)}")
        raise keras.refuse(f"cannot be imported; {advice}")
    config = keras.config
    if config.get("data_format") == "channels_first":
        raise keras.refuse(
            "data_format is 'channels_first'; images here are (row, column, channel): train with "
            "data_format='channels_last'"
        )
    layers = _TRANSLATE[keras.kind](keras, config, shape)
    kind = RELU
    if "activation" in config:
        activation, kind = activation_of(keras, last)
        layers += activation
    return layers, kind


def ends_in_sigmoid(keras: KerasLayer) -> bool:
    """Whether the layer's activation is a sigmoid (which `translate` drops at the very end).

    Parameters
    ----------
    keras : KerasLayer
        The layer.
    """
    if "activation" not in keras.config or keras.layer is None:
        return False
    return activation_name(keras.layer.activation) == "sigmoid"


def _conv(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    return [Conv2D(**_window(keras, config), groups=config.get("groups", 1))]


def _transposed(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    if tuple(config["dilation_rate"]) != (1, 1) or config.get("output_padding") is not None:
        raise keras.refuse(
            f"dilation_rate is {tuple(config['dilation_rate'])} and output_padding "
            f"{config.get('output_padding')}; leave both out"
        )
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
    steps = tuple(config.get("dilation_rate", (1, 1)))
    sizes = zip(config["kernel_size"], steps, strict=True)
    return {
        "filters": config["filters"],
        "kernel_size": tuple((k - 1) * d + 1 for k, d in sizes),
        "strides": tuple(config["strides"]),
        "padding": config["padding"],
        "use_bias": config["use_bias"],
    }


def _dense(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    return [Dense(config["units"], use_bias=config["use_bias"])]


def _pool(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    kind = MaxPooling2D if keras.kind in MAXIMA else AveragePooling2D
    return [kind(tuple(config["pool_size"]), tuple(config["strides"]), config["padding"])]


def _global_pool(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    rows, cols = shape[:2]
    kind = MaxPooling2D if keras.kind in MAXIMA else AveragePooling2D
    pool: list[Layer] = [kind((rows, cols))]
    return pool if config.get("keepdims") else [*pool, Flatten()]


def _normalisation(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    axis = config["axis"]
    axes = [int(a) for a in (axis if isinstance(axis, list | tuple) else [axis])]
    if axes not in ([-1], [len(shape)]):
        raise keras.refuse(f"axis is {axis}; expected the last one, the channels (axis=-1)")
    if config.get("renorm"):
        raise keras.refuse("renorm is True; use BatchNormalization without renorm")
    return [BatchNormalization(momentum=config["momentum"], epsilon=config["epsilon"])]


def _dropout(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    if config.get("noise_shape") is not None:
        raise keras.refuse("noise_shape is set; use Dropout(rate) alone")
    return [Dropout(float(config["rate"]))]


def _reshape(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    if len(config["target_shape"]) == 1:
        return [Flatten()]
    raise keras.refuse(
        f"target_shape is {tuple(config['target_shape'])}; only to flat, or to an image right "
        "after the input"
    )


def _nothing(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    return []


def _flatten(keras: KerasLayer, config: dict[str, Any], shape: Shape) -> list[Layer]:
    return [Flatten()]


_TRANSLATE: dict[str, Callable[[KerasLayer, dict[str, Any], Shape], list[Layer]]] = {
    "Conv2D": _conv,
    "Conv2DTranspose": _transposed,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "LocallyConnected2D": _local,
    "Dense": _dense,
    "AveragePooling2D": _pool,
    "GlobalAveragePooling2D": _global_pool,
    "MaxPooling2D": _pool,
    "GlobalMaxPooling2D": _global_pool,
    "BatchNormalization": _normalisation,
    "Flatten": _flatten,
    "Dropout": _dropout,
    "Activation": _nothing,
    "Reshape": _reshape,
}
