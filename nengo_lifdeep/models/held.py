"""A network with the weights that its devices hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from ..layers.architecture import Architecture
from ..support.checks import checked, whole
from ..weights.rounded import Rounded
from .expected import trained_model
from .trained import TrainedModel

__all__ = ["held", "origin_of_weights", "quantize_weights"]


def held(trained: TrainedModel) -> TrainedModel:
    """The network with what the devices of its layers hold; without any, itself.

    Parameters
    ----------
    trained : TrainedModel
        With layers whose ``weights`` are of a kind, such as `Rounded`.

    Examples
    --------
    >>> import numpy as np
    >>> from nengo_lifdeep import pretrained, weights
    >>> trained = pretrained.load("digits-compact")
    >>> net = trained.architecture.with_weights({"conv2": weights.Rounded(2)})
    >>> few = held(TrainedModel(net, trained.weights, trained.neuron))
    >>> len(np.unique(few.weights["conv2"]["kernel"]))
    3
    """
    kinds = trained.architecture.weight_kinds
    if not kinds:
        return trained
    weights = {name: dict(arrays) for name, arrays in trained.weights.items()}
    for name, kind in kinds.items():
        weights[name] = kind.held(weights[name])
    return dataclasses.replace(trained, weights=weights)


def origin_of_weights(architecture: Architecture) -> dict[str, dict[str, object]]:
    """The note of origin of plain numbers that a device holds: the kind of each layer's weights.

    Parameters
    ----------
    architecture : Architecture
        The layers.

    Returns
    -------
    dict
        ``{"weights": {layer: description}}``, JSON-ready; empty where all weights are floats.
    """
    kinds = architecture.weight_kinds
    return {"weights": {name: kind.to_dict() for name, kind in kinds.items()}} if kinds else {}


@checked(trained=trained_model)
def quantize_weights(trained: TrainedModel, bits: int | Mapping[str, int] | None) -> TrainedModel:
    """The network with rounded kernels; biases stay as they are.

    Parameters
    ----------
    trained : TrainedModel
        Without BatchNormalization after the rounded layers.
    bits : int, dict of str to int, or None
        2 to 16 for all layers with weights but the first and the last, or by the layer's name; the
        kernels of these layers are `Rounded`, in training and here.

    Raises
    ------
    ValidationError
        If a number is out of bounds, a name has no weights, or BatchNormalization comes after
        a layer: folding it in would change the steps.

    Examples
    --------
    >>> import numpy as np
    >>> from nengo_lifdeep import pretrained
    >>> coarse = quantize_weights(pretrained.load("digits-compact"), 3)
    >>> len(np.unique(coarse.weights["conv2"]["kernel"]))
    6
    """
    if bits is None:
        return trained
    if isinstance(bits, Mapping):
        rounding = {name: Rounded(_bits(n, f" of layer {name!r}")) for name, n in bits.items()}
        changed = trained.architecture.with_weights(rounding)
    else:
        changed = trained.architecture.with_weights(Rounded(_bits(bits)))
    shapes = zip(changed.layers, changed.layer_inputs(), strict=True)
    names = {layer.name: layer.arrays(shape) for layer, shape in shapes}
    weights = {  # what other devices held besides is of no use
        layer: {name: array for name, array in arrays.items() if name in names[layer]}
        for layer, arrays in trained.weights.items()
    }
    return held(dataclasses.replace(trained, architecture=changed, weights=weights))


def _bits(value: object, where: str = "") -> int:
    return int(whole(2, 16)(value, f"bits{where}"))
