"""Build a `TrainedModel` of rectified linear neurons from an imported graph."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...errors import DataError, UnsupportedLayerError
from ...inputs.preprocessing import Preprocessing
from ...layers.types import Conv2D, Dense, Flatten
from ...models import TrainedModel
from .assemble import Imported
from .image_scale import full_scale

__all__ = ["as_trained", "finite"]


def finite(imported: Imported) -> Imported:
    """The same; `DataError` if a weight is NaN or infinite."""
    for name, arrays in imported.weights.items():
        for kind, array in arrays.items():
            if not np.isfinite(array).all():
                raise DataError(
                    f"{imported.origins[name]}: its {kind} has values that are NaN or infinite; "
                    "the model did not train. Train it again with a smaller learning rate"
                )
    return imported


def as_trained(
    imported: Imported,
    preprocessing: Preprocessing | None,
    classes: tuple[str, ...],
    origin: str,
    neuron: Any = None,
) -> TrainedModel:
    """A trained network; normalisation of the image goes into preprocessing and first weights.

    The mean is taken from the image (exact also at borders with padding), one factor for all
    channels goes into the preprocessing, different factors into the first kernel.
    """
    import nengo

    before = preprocessing or _taken(imported)
    after, factors = _normalised(imported, before)
    weights = dict(imported.weights)
    if factors is not None:
        first = next(la for la in imported.architecture.layers if la.has_weights)
        weights[first.name] = _scaled(imported, first.name, factors)
    architecture = imported.architecture
    named = classes or tuple(map(str, range(architecture.output_shape[-1])))
    return TrainedModel(
        architecture,
        weights,
        nengo.RectifiedLinear() if neuron is None else neuron,
        after,
        named,
        provenance={"imported from": origin},
    )


def _taken(imported: Imported) -> Preprocessing:
    """From images in [0, 1] to the pixels that the model's own normalisation is for."""
    scale, offset = np.atleast_1d(imported.scale), np.atleast_1d(imported.offset)
    if np.all(scale == 1) and np.all(offset == 0):
        return Preprocessing()
    return Preprocessing(scale=full_scale(scale, offset))


def _normalised(
    imported: Imported, before: Preprocessing
) -> tuple[Preprocessing, np.ndarray | None]:
    """The preprocessing with a model's own normalisation after it, and factors by channel."""
    scale, offset = np.atleast_1d(imported.scale), np.atleast_1d(imported.offset)
    if np.all(scale == 1) and np.all(offset == 0):
        return before, None
    common = float(scale.flat[0])
    factors = None
    if np.any(scale != common) or common <= 0:
        common, factors = 1.0, scale
    mean = before.mean
    if np.any(offset != 0):
        shape = imported.architecture.input_shape
        taken = np.broadcast_to(-offset / scale / before.scale, shape).astype(np.float32)
        if before.mean is not None and before.mean.shape != taken.shape:
            raise UnsupportedLayerError(
                f"the model normalises images of shape {shape}, and the preprocessing given takes "
                f"a mean of shape {before.mean.shape} away; leave one of them out"
            )
        mean = taken if before.mean is None else before.mean + taken
        if mean.min() < 0 or mean.max() > 1:
            raise UnsupportedLayerError(
                f"the model takes {float(mean.max()):g} away from images in [0, 1]; expected a "
                "mean in [0, 1]. Give what comes before the model as preprocessing, e.g. "
                "Preprocessing(scale=255.0) for pixels from 0 to 255"
            )
    product = before.scale * common
    whole = float(np.round(product))  # 255 / 255, through a factor kept as float32
    product = whole if whole > 0 and abs(product - whole) < 1e-6 * whole else product
    return dataclasses.replace(before, mean=mean, scale=product), factors


def _scaled(imported: Imported, name: str, factors: np.ndarray) -> dict[str, np.ndarray]:
    """The first layer's arrays for an image whose channels are not yet multiplied."""
    front = (la for la in imported.architecture.layers if not isinstance(la, Flatten))
    layer = next(front)
    arrays = dict(imported.weights[name])
    if layer.name != name or not isinstance(layer, Conv2D | Dense):
        raise UnsupportedLayerError(
            f"the model scales channels by {factors}, before {layer.describe()}; put Conv2D "
            "or Dense first, or scale all channels alike"
        )
    if isinstance(layer, Dense):
        column = np.broadcast_to(factors, imported.architecture.input_shape).reshape(-1, 1)
        arrays["kernel"] = (arrays["kernel"] * column).astype(np.float32)
        return arrays
    channels = imported.architecture.input_shape[-1]
    by_channel = np.broadcast_to(factors, (channels,))
    per_group = channels // layer.groups
    filters = layer.filters // layer.groups
    kernel = arrays["kernel"].copy()
    for g in range(layer.groups):
        own = by_channel[g * per_group : (g + 1) * per_group]
        kernel[..., g * filters : (g + 1) * filters] *= own[:, None]
    arrays["kernel"] = kernel.astype(np.float32)
    return arrays
