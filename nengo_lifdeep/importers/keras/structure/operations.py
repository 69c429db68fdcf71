"""Operations that are no layers: of ``keras.ops``, and TensorFlow's in tf_keras."""

from __future__ import annotations

import dataclasses
from typing import Any

from .graph import KerasLayer
from .parts import PARTED, part_of

__all__ = ["OPERATORS", "adds_an_axis", "as_layer", "tensorflow_operation"]

#: operations on two values, one of which may be a constant
OPERATORS = ("Add", "Subtract", "Multiply", "TrueDivide", "Divide", "Negative")

#: TensorFlow's function -> Keras's operation, and other names of its options
_TENSORFLOW: dict[str, tuple[str, dict[str, str]]] = {
    "__operators__.add": ("Add", {}),
    "math.add": ("Add", {}),
    "math.add_n": ("Add", {}),
    "math.subtract": ("Subtract", {}),
    "math.multiply": ("Multiply", {}),
    "math.truediv": ("TrueDivide", {}),
    "math.divide": ("TrueDivide", {}),
    "math.negative": ("Negative", {}),
    "math.abs": ("Absolute", {}),
    "math.sigmoid": ("Sigmoid", {}),
    "math.reduce_mean": ("Mean", {}),
    "math.maximum": ("Maximum", {}),
    "math.minimum": ("Minimum", {}),
    "linalg.matmul": ("Matmul", {}),
    "nn.bias_add": ("Add", {}),
    "__operators__.getitem": ("GetItem", {"slice_spec": "slices"}),
    "nn.relu": ("Relu", {}),
    "nn.relu6": ("Relu6", {}),
    "nn.leaky_relu": ("LeakyRelu", {"alpha": "negative_slope"}),
    "nn.softmax": ("Softmax", {}),
    "nn.avg_pool2d": ("AveragePool", {"ksize": "pool_size"}),
    "nn.avg_pool": ("AveragePool", {"ksize": "pool_size"}),
    "nn.max_pool2d": ("MaxPool", {"ksize": "pool_size"}),
    "nn.max_pool": ("MaxPool", {"ksize": "pool_size"}),
    "clip_by_value": ("Clip", {"clip_value_min": "x_min", "clip_value_max": "x_max"}),
    "concat": ("Concatenate", {}),
    "stack": ("Stack", {}),
    "split": ("Split", {}),
    "unstack": ("Unstack", {}),
    "reshape": ("Reshape", {"shape": "newshape"}),
    "expand_dims": ("ExpandDims", {}),
    "squeeze": ("Squeeze", {}),
    "identity": ("Identity", {}),
    "cast": ("Cast", {}),
    "stop_gradient": ("Identity", {}),
}

#: operations that are a layer of another name -> layer
_LAYERS = {
    "AveragePool": "AveragePooling2D",
    "MaxPool": "MaxPooling2D",
    "StopGradient": "Identity",
}


def tensorflow_operation(keras: KerasLayer) -> KerasLayer:
    """A layer that tf_keras made of a function of TensorFlow, named as Keras 3 names it.

    Parameters
    ----------
    keras : KerasLayer
        Of kind TFOpLambda, its options in ``config``.
    """
    function = str(keras.layer.get_config().get("function"))
    kind, renamed = _TENSORFLOW.get(function, (f"tf.{function}", {}))
    config = {renamed.get(name, name): value for name, value in keras.config.items()}
    return dataclasses.replace(keras, kind=kind, config=config, layer=None)


def as_layer(keras: KerasLayer, shape: tuple[int, ...]) -> KerasLayer:
    """An operation as the layer that does the same, where there is one.

    Parameters
    ----------
    keras : KerasLayer
        An operation.
    shape : tuple of int
        Keras's shape of its (first) input, without the batch.

    Raises
    ------
    UnsupportedLayerError
        If its options are of no layer.
    """
    kind = _LAYERS.get(keras.kind, keras.kind)
    config: dict[str, Any] = dict(keras.config)
    if kind in ("AveragePooling2D", "MaxPooling2D"):
        kind = kind if len(shape) == 3 else kind.replace("2D", "1D")
        n = len(shape) - 1
        size = _per_axis(config["pool_size"], n)
        strides = size if config.get("strides") is None else _per_axis(config["strides"], n)
        padding = str(config.get("padding", "valid")).lower()
        format_ = config.get("data_format") or "channels_last"
        if format_ not in ("channels_last", "NHWC") or len(size) != n or len(strides) != n:
            raise keras.refuse(f"pools {size} by {strides} in {format_}; use AveragePooling2D")
        config = {"pool_size": size, "strides": strides, "padding": padding}
    elif kind == "Mean":
        kind, config = _mean(keras, shape)
    elif kind in ("Reshape", "ExpandDims", "Squeeze"):
        target = config.get("newshape")
        config = {"target_shape": _target(keras, target, shape)}
        kind = "Reshape"
    elif kind in PARTED:
        kind, config = _slices(keras, shape, list(part_of(keras, shape)))
    elif kind == "GetItem":
        kind, config = _slices(keras, shape, _spec(keras))
    elif kind in ("Cast", "ConvertToTensor"):
        _refuse_rounding(keras)
    return dataclasses.replace(keras, kind=kind, config=config)


def _refuse_rounding(keras: KerasLayer) -> None:
    """Refuse a cast to whole numbers or booleans: of what is computed it would round."""
    given = keras.config.get("dtype")
    name = str(getattr(given, "name", given)).removeprefix("<dtype: '").removesuffix("'>")
    if given is not None and ("float" not in name or "float8" in name):
        raise keras.refuse(f"to {name}, by which numbers would be rounded; leave it out")


def adds_an_axis(keras: KerasLayer) -> bool:
    """Whether an operation is ``x[..., None]``, an axis of channels for a grey image.

    Parameters
    ----------
    keras : KerasLayer
        A layer or operation.
    """
    return keras.kind == "GetItem" and keras.layer is None and _spec(keras)[-1:] == [None]


def _spec(keras: KerasLayer) -> list[Any]:
    """What stands in the brackets: slices, whole numbers, None, and ``...`` as "..."."""
    given = keras.config.get("slices", keras.constants[1] if len(keras.constants) > 1 else None)
    found: list[Any] = []
    for part in given if isinstance(given, list | tuple) else [given]:
        if isinstance(part, dict):
            config = part.get("config", part)
            if part.get("class_name") == "__ellipsis__":
                part = "..."
            elif "stop" in config:
                part = slice(*(config.get(name) for name in ("start", "stop", "step")))
        found.append("..." if part is Ellipsis else part)
    return found


def _slices(
    keras: KerasLayer, shape: tuple[int, ...], spec: list[Any]
) -> tuple[str, dict[str, Any]]:
    """``x[:, 1:-1]``, for every axis but that of the batch."""
    whole = slice(None)
    if spec[-1:] == [None] and all(part in (whole, "...") for part in spec[:-1]):
        return "Reshape", {"target_shape": (*shape, 1)}
    if "..." in spec:
        at = spec.index("...")
        missing = len(shape) + 2 - len(spec)
        spec = [*spec[:at], *[whole] * missing, *spec[at + 1 :]]
    spec += [whole] * (len(shape) + 1 - len(spec))
    parts = spec[1:]
    are_plain = all(isinstance(p, slice) or type(p) is int for p in parts)
    places = [type(p) is int for p in parts]
    # of images: no place alone, all but the channels, or one of the channels
    allowed = [[False] * len(shape), [True] * (len(shape) - 1) + [False], [False, False, True]]
    if spec[0] != whole or len(parts) != len(shape) or not are_plain or places not in allowed:
        raise keras.refuse(
            "takes a part that is no image; expected slices of rows, columns and channels, "
            "x[:, 1:-1, :, 0:2], one pixel or step, x[:, -1, :], or one channel of an image"
        )
    return "GetItem", {"slices": tuple(parts)}


def _per_axis(value: Any, n: int) -> tuple[int, ...]:
    """One number for every axis; TensorFlow's may have those of batch and channels, which are 1."""
    given = (int(value),) * n if isinstance(value, int) else tuple(int(v) for v in value)
    if len(given) == n + 2 and given[0] == given[-1] == 1:
        given = given[1:-1]
    return given * n if len(given) == 1 else given


def _axes(value: Any, n: int) -> list[int]:
    """Counted from 0 with the batch, of ``n`` axes."""
    if value is None:
        return list(range(n))
    return sorted(int(a) % n for a in (value if isinstance(value, list | tuple) else [value]))


def _mean(keras: KerasLayer, shape: tuple[int, ...]) -> tuple[str, dict[str, Any]]:
    axes = _axes(keras.config.get("axis"), len(shape) + 1)
    wanted = list(range(1, len(shape)))
    if not wanted or axes != wanted:
        raise keras.refuse(
            f"averages over axes {axes} of {len(shape) + 1}; expected the rows and columns of an "
            "image, axis=(1, 2)"
        )
    kind = "GlobalAveragePooling2D" if len(shape) == 3 else "GlobalAveragePooling1D"
    return kind, {"keepdims": bool(keras.config.get("keepdims"))}


def _target(keras: KerasLayer, target: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without the batch that an operation gives."""
    axis: Any = keras.config.get("axis")
    if keras.kind == "ExpandDims":
        n = len(shape) + 2
        made = list((0, *shape))
        made.insert(int(axis) % n, 1)
        if int(axis) % n == 0:
            raise keras.refuse("adds an axis before the batch")
        return tuple(made[1:])
    if keras.kind == "Squeeze":
        axes = _axes(axis, len(shape) + 1) if axis is not None else []
        return tuple(
            n for i, n in enumerate(shape, 1) if not (n == 1 and (axis is None or i in axes))
        )
    given = list(target) if isinstance(target, list | tuple) else [target]
    if len(given) < 2 or given[0] not in (-1, None):
        raise keras.refuse(f"to shape {target}; expected -1 for the batch, then the new shape")
    return tuple(-1 if n is None else int(n) for n in given[1:])
