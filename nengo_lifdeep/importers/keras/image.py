"""Keras layers that prepare the image: rescaling, normalisation, arithmetic, reshaping."""

from __future__ import annotations

import numpy as np

from .structure.graph import KerasLayer

__all__ = ["NORMALISATIONS", "image_affine", "operator_affine"]

#: where bias_add finds the channels
_LAST = ("NHWC", "NWC", "channels_last")

#: layers that become a scale and an offset of the image
NORMALISATIONS = ("Rescaling", "Normalization")


def image_affine(keras: KerasLayer, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Scale and offset per channel (or one of each): ``x * scale + offset``.

    Parameters
    ----------
    keras : KerasLayer
        The layer.
    shape : tuple of int
        Keras's shape of the values, without the batch.
    """
    config = keras.config
    if keras.kind == "Rescaling":
        scale, offset = np.atleast_1d(config["scale"]), np.atleast_1d(config["offset"])
        return scale.astype(np.float64), offset.astype(np.float64)
    axis = config.get("axis")
    axes = [axis] if isinstance(axis, int) else list(axis or [])
    if any(a not in (-1, len(shape)) for a in axes):
        raise keras.refuse(f"axis is {axis}; expected the last one, the channels (axis=-1)")
    if config.get("invert"):
        raise keras.refuse("invert is True; use it the plain way, before the first layer")
    layer = keras.layer
    mean, variance = (getattr(layer, name, None) for name in ("mean", "variance"))
    if mean is None or variance is None:
        raise keras.refuse("has no mean and variance yet; call adapt() first, or give them")
    mean, variance = (np.asarray(a, float) for a in (mean, variance))
    mean, variance = (a[0] if a.ndim == len(shape) + 1 else a for a in (mean, variance))
    scale = 1 / np.maximum(np.sqrt(variance), 1e-7)  # as Keras: epsilon instead of zero
    return scale, -mean * scale


def operator_affine(keras: KerasLayer, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Scale and offset of an operation with a constant: ``x / 255.0``, ``1 - x``.

    Parameters
    ----------
    keras : KerasLayer
        The operation.
    shape : tuple of int
        Keras's shape of the values, without the batch.
    """
    one, zero = np.ones(1), np.zeros(1)
    if keras.kind == "Negative":
        return -one, zero
    given = [(i, v) for i, v in enumerate(keras.constants) if v is not None and not _is_last(v)]
    try:
        ((place, value),) = given
        constant = np.asarray(plain_constant(value), dtype=np.float64)
        whole = np.broadcast_to(constant, (1, *shape))[0]
    except (TypeError, ValueError):
        raise keras.refuse(
            f"computes with {len(given)} constants that could not be read; use the layer Rescaling "
            "or Normalization"
        ) from None
    constant = whole
    if keras.kind == "Add":
        return one, constant
    if keras.kind == "Subtract":
        return (-one, constant) if place == 0 else (one, -constant)
    if keras.kind == "Multiply":
        return constant, zero
    if place == 0 or np.any(constant == 0):
        raise keras.refuse("divides by the image, or by 0; only division by constants is linear")
    return 1 / constant, zero


def _is_last(value: object) -> bool:
    """Whether a constant says that channels come last, as they do here."""
    return isinstance(value, str) and value in _LAST


def plain_constant(value: object) -> object:
    """The numbers of a constant as Keras's configuration holds it.

    Parameters
    ----------
    value : object
        A number, an array, or a dict with ``value`` in its configuration.
    """
    if isinstance(value, dict):
        config = value.get("config", value)
        return config.get("value") if isinstance(config, dict) else None
    return value
