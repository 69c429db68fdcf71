"""Build a `TrainedModel` of rectified linear neurons from an imported graph."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any, TypeVar

import numpy as np

from ...conversion.pixel_scale import PIXELS_ASSUMED, pixel_findings
from ...datasets.base import Dataset, Split
from ...errors import DataError, UnsupportedLayerError, ValidationError
from ...inputs.preprocessing import Preprocessing
from ...layers.types import Conv2D, Dense, Flatten
from ...models import SpikingModel, TrainedModel
from ...records.finding import Finding
from ...records.input_range import range_findings, with_inputs
from ...stages.grouping import full_kernel
from .assemble import Imported
from .graph import Graph
from .image_scale import full_scale, said_behind_maps
from .listed import listed_layers

__all__ = ["as_trained", "finite", "looked_at", "pixels_taken"]

_Network = TypeVar("_Network", TrainedModel, SpikingModel)


def finite(imported: Imported) -> Imported:
    """The same; `DataError` if a weight is NaN or infinite.

    Parameters
    ----------
    imported : Imported
        The imported network.
    """
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

    Parameters
    ----------
    imported : Imported
        The imported network.
    preprocessing : Preprocessing or None
        Preprocessing before the model's own normalisation.
    classes : tuple of str
        Names of the classes.
    origin : str
        Source of the network, for the provenance.
    neuron : nengo.neurons.NeuronType, optional
        The rate neuron; rectified linear by default.
    """
    import nengo

    is_said = preprocessing is not None or _is_normalised(imported) or _said(imported) is not None
    before = pixels_taken(imported, preprocessing)
    after = before
    if not imported.scales_image:
        given = imported
        try:
            imported = _within(imported, before)
            after, factors = _normalised(imported, before)
            imported = _with_factors(imported, factors)
        except UnsupportedLayerError:
            if preprocessing is None or given.graph is None:
                raise
            imported, after = _with_own_scale(given.graph), before  # which pixels it takes was said
    architecture = imported.architecture
    named = classes or tuple(map(str, range(architecture.output_shape[-1])))
    return TrainedModel(
        architecture,
        dict(imported.weights),
        nengo.RectifiedLinear() if neuron is None else neuron,
        after,
        named,
        provenance={"imported from": origin, **({} if is_said else PIXELS_ASSUMED)},
    )


def _with_factors(imported: Imported, factors: np.ndarray | None) -> Imported:
    """With factors of the image's channels in the first weights."""
    if factors is None:
        return imported
    first = next(la for la in imported.architecture.layers if la.has_weights)
    scaled = _scaled(imported, first.name, factors)
    return dataclasses.replace(imported, weights={**imported.weights, first.name: scaled})


def _with_own_scale(graph: Graph) -> Imported:
    """Layer by layer, where what a model does to the image is a layer, which may take any mean."""
    return finite(listed_layers(graph))


def looked_at(model: _Network, images: Any) -> _Network:
    """The network with the range of some of the images it was trained on.

    Warns if they look as if the network took other pixels.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The imported network.
    images : Split, Dataset or array
        Some of the images it was trained on.

    Raises
    ------
    ValidationError
        If ``images`` are neither a Split, a data set nor an array.
    DataError
        If they do not fit the network.
    """
    if images is None:
        return model
    seen = images.train if isinstance(images, Dataset) else images
    if not isinstance(seen, Split | np.ndarray):
        raise ValidationError(
            f"images is a {type(images).__name__}; expected a Split, or an array (image, row, "
            "column, channel) of some training images"
        )
    unlabelled = isinstance(seen, np.ndarray)
    split = seen if isinstance(seen, Split) else Split(seen, np.zeros(len(seen), np.int64))
    known = dataclasses.replace(model, provenance=with_inputs(model.provenance, split))
    found: list[Finding] = range_findings(split, {})
    found += pixel_findings(known, split.images if unlabelled else split)
    for finding in found:
        warnings.warn(str(finding), stacklevel=3)
    return known


def pixels_taken(imported: Imported, preprocessing: Preprocessing | None) -> Preprocessing:
    """From images in [0, 1] to the pixels that a model takes.

    Parameters
    ----------
    imported : Imported
        The imported network.
    preprocessing : Preprocessing or None
        What the user says; without it the model's own first operation does.
    """
    if preprocessing is not None:
        return preprocessing
    if not _is_normalised(imported):
        return Preprocessing(scale=_said(imported) or 1.0)
    scale, offset = np.atleast_1d(imported.scale), np.atleast_1d(imported.offset)
    return Preprocessing(scale=full_scale(scale, offset))


def _said(imported: Imported) -> float | None:
    """The brightest pixel, where a scaling behind padding, cropping or resizing says it."""
    return None if imported.graph is None else said_behind_maps(imported.graph)


def _is_normalised(imported: Imported) -> bool:
    """Whether the model begins with an operation on the image that says which pixels it takes."""
    return bool(np.any(np.asarray(imported.scale) != 1) or np.any(np.asarray(imported.offset) != 0))


def _within(imported: Imported, before: Preprocessing) -> Imported:
    """The same with an offset that a mean in [0, 1] can say; the rest is a bias, where it can be.

    Layers over all pixels, or without zeros around the image, take a constant into their bias.
    """
    scale, offset = np.atleast_1d(imported.scale), np.atleast_1d(imported.offset)
    layers = imported.architecture.layers
    number = next(i for i, la in enumerate(layers) if not isinstance(la, Flatten))
    layer: Any = layers[number]
    inside = np.clip(-offset / scale / before.factor, 0, 1)
    rest = np.asarray(offset + inside * scale * before.factor)
    is_small = np.abs(rest).max() <= 1e-6 * max(np.abs(offset).max(), 1e-30)
    plain = np.all(np.asarray(before.factor) == 1)
    if not plain or is_small or not isinstance(layer, Conv2D | Dense) or np.any(scale <= 0):
        return imported
    shape = imported.architecture.input_shape
    arrays = dict(imported.weights[layer.name])
    kernel = arrays["kernel"].astype(np.float64)
    if isinstance(layer, Dense):
        added = np.broadcast_to(rest, shape).ravel() @ kernel
    elif layer.padding == "valid" and rest.ndim == 1:
        seen = np.broadcast_to(rest, shape[-1:])
        added = seen @ full_kernel(kernel, layer.groups).sum((0, 1))
    else:
        return imported
    arrays["bias"] = (arrays.get("bias", 0.0) + added).astype(np.float32)
    changed = (*layers[:number], dataclasses.replace(layer, use_bias=True), *layers[number + 1 :])
    return dataclasses.replace(
        imported,
        architecture=dataclasses.replace(imported.architecture, layers=changed),
        weights={**imported.weights, layer.name: arrays},
        offset=-inside * scale * before.factor,
    )


def _normalised(
    imported: Imported, before: Preprocessing
) -> tuple[Preprocessing, np.ndarray | None]:
    """The preprocessing with a model's own normalisation after it, and factors by channel."""
    scale, offset = np.atleast_1d(imported.scale), np.atleast_1d(imported.offset)
    if not _is_normalised(imported):
        return before, None
    common = float(scale.flat[0])
    factors = None
    if np.any(scale != common) or common <= 0:
        common, factors = 1.0, scale
    mean = before.mean
    if np.any(offset != 0):
        shape = imported.architecture.input_shape
        taken = np.broadcast_to(-offset / scale / before.factor, shape).astype(np.float32)
        if before.mean is not None and before.mean.shape not in (taken.shape, taken.shape[-1:]):
            raise UnsupportedLayerError(
                f"the model normalises images of shape {shape}, and the preprocessing given takes "
                f"a mean of shape {before.mean.shape} away; leave one of them out"
            )
        mean = taken if before.mean is None else before.mean + taken
        if mean.min() < 0 or mean.max() > 1:
            raise UnsupportedLayerError(
                f"the model takes {float(mean.max()):g} away from images in [0, 1]; expected a "
                "mean in [0, 1]. Give what comes before the model as preprocessing, e.g. "
                "Preprocessing(scale=255.0) for pixels from 0 to 255, or Preprocessing() if "
                "nothing does"
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
    if factors.ndim > 1:
        raise UnsupportedLayerError(
            f"the model scales every pixel by another number, before {layer.describe()}; scale "
            "channels as a whole, or put Dense first"
        )
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
