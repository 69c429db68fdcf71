"""A network with the weights that its devices hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from ..errors import ValidationError
from ..layers.architecture import Architecture
from ..support.checks import checked, seed, whole
from ..weights.binary import Binary
from ..weights.fingerprints import with_members
from ..weights.rounded import Rounded
from .expected import trained_model
from .trained import TrainedModel

__all__ = ["drawn_weights", "held", "kept", "origin_of_weights", "quantize_weights"]


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


def kept(trained: TrainedModel) -> TrainedModel:
    """What training leaves: what devices hold, but probabilities of weights by chance.

    Parameters
    ----------
    trained : TrainedModel
        As it comes out of training.
    """
    found = held(trained)
    by_chance = [n for n, kind in trained.architecture.weight_kinds.items() if kind.by_chance]
    weights = {**found.weights, **{name: trained.weights[name] for name in by_chance}}
    return dataclasses.replace(found, weights=weights) if by_chance else found


@checked(trained=trained_model, seed=seed)
def drawn_weights(trained: TrainedModel, seed: int = 0) -> TrainedModel:
    """A network whose weights are drawn by the probabilities that training has left.

    Where a network runs it has the likelier weights; this is one member of a committee.

    Parameters
    ----------
    trained : TrainedModel
        With layers of ``Binary(draw="relaxed")``.
    seed : int
        Of the draw.

    Raises
    ------
    ValidationError
        If there is nothing to draw.

    Examples
    --------
    >>> import numpy as np
    >>> from nengo_lifdeep import pretrained, weights
    >>> net = pretrained.load("digits-compact")
    >>> by_chance = {"conv2": weights.Binary(scale=1.2, draw="relaxed")}
    >>> net = dataclasses.replace(net, architecture=net.architecture.with_weights(by_chance))
    >>> len(np.unique(drawn_weights(net, seed=1).weights["conv2"]["kernel"]))
    2
    """
    kinds = trained.architecture.weight_kinds
    by_chance = {name: kind for name, kind in kinds.items() if isinstance(kind, Binary)
                 and kind.by_chance}  # fmt: skip
    if not by_chance:
        raise ValidationError(
            f"{trained.architecture.name!r} has no weights by chance; train it with "
            'weights=Binary(scale=1.2, draw="relaxed")'
        )
    rng = np.random.default_rng(seed)
    weights = {name: dict(arrays) for name, arrays in trained.weights.items()}
    certain = {}
    for name, kind in by_chance.items():
        weights[name] = kind.drawn(weights[name], rng)
        certain[name] = dataclasses.replace(kind, draw="sign")
    layers = trained.architecture.with_weights(certain)
    origin = with_members(trained.provenance, weights, layers.layers)
    return dataclasses.replace(trained, architecture=layers, weights=weights, provenance=origin)


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
        2 to 16 for all layers with weights between neurons (without branches all but the first and
        the last), or by the layer's name; the kernels of these layers are `Rounded`, in training
        and here.

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
    found = held(dataclasses.replace(trained, architecture=changed, weights=weights))
    origin = with_members(found.provenance, found.weights, found.architecture.layers)
    return dataclasses.replace(found, provenance=origin)


def _bits(value: object, where: str = "") -> int:
    return int(whole(2, 16)(value, f"bits{where}"))
