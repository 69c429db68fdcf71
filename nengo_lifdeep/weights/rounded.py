"""Quantized weights, as a chip stores them: integer multiples of one scale per layer.

Loihi keeps 8 bits per weight, sign included, and one scale per block; `nengo_loihi` rounds to
-127 ... 127 steps of the block's largest weight. Fewer bits have fewer steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..errors import ValidationError
from ..layers.architecture import Architecture
from ..layers.types import BatchNormalization
from ..models import TrainedModel
from ..models.expected import trained_model
from ..support.checks import checked, whole

__all__ = ["quantize_weights", "rounded", "steps_of", "weight_bits_of"]

WeightBits = int | Mapping[str, int] | None


def steps_of(bits: int) -> int:
    """Steps on either side of zero: ``2^(bits - 1) - 1``, 127 for 8 bits, 1 for 2.

    Parameters
    ----------
    bits : int
        Number of bits, 2 or more.

    Examples
    --------
    >>> steps_of(8), steps_of(2)
    (127, 1)
    """
    return int(2 ** (bits - 1) - 1)


def rounded(kernel: NDArray, bits: int) -> NDArray:
    """The kernel in whole steps of its largest weight divided by `steps_of`.

    Halves go to even, as in NumPy and TensorFlow.

    Parameters
    ----------
    kernel : array of float
        The weights, of any shape.
    bits : int
        Number of bits, 2 or more.

    Examples
    --------
    >>> rounded(np.array([1.0, -0.4, 0.2]), bits=3).round(3)
    array([ 1.   , -0.333,  0.333])
    """
    largest = np.abs(kernel).max(initial=0)
    if largest == 0:
        return kernel
    scale = largest / kernel.dtype.type(steps_of(bits))
    return (np.round(kernel / scale) * scale).astype(kernel.dtype)


def weight_bits_of(architecture: Architecture, bits: WeightBits) -> dict[str, int]:
    """Bits by layer name, checked.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    bits : int, dict of str to int, or None
        2 to 16. A single number is for what a chip stores: all layers with weights except the
        first, which comes before the host's neurons, and the last, the host's read-out.

    Raises
    ------
    ValidationError
        If a number is out of bounds, a name has no weights, or BatchNormalization comes after
        a layer: folding it in would change the steps.

    Examples
    --------
    >>> from nengo_lifdeep.layers.named import architecture
    >>> weight_bits_of(architecture("digits-compact"), 4)
    {'conv2': 4, 'dense1': 4}
    """
    if bits is None:
        return {}
    names = [layer.name for layer in architecture.layers if layer.has_weights]
    given = dict(bits) if isinstance(bits, Mapping) else dict.fromkeys(names[1:-1], bits)
    for name, number in given.items():
        if name not in names:
            raise ValidationError(
                f"weight_bits names layer {name!r}; {architecture.name!r} has weights in "
                f"{', '.join(names)}"
            )
        given[name] = whole(2, 16)(number, f"weight_bits of layer {name!r}")
    _check_normalisation(architecture, given)
    return given


def _check_normalisation(architecture: Architecture, bits: Mapping[str, int]) -> None:
    quantized = ""
    for layer in architecture.layers:
        if isinstance(layer, BatchNormalization) and quantized in bits:
            raise ValidationError(
                f"weight_bits of layer {quantized!r}: {layer.name!r} after it will be folded "
                "into the rounded weights. Fold first: start from "
                "trained.without_normalization() with its architecture and initial_weights"
            )
        if layer.has_weights or layer.fires:
            quantized = layer.name


@checked(trained=trained_model)
def quantize_weights(trained: TrainedModel, bits: WeightBits) -> TrainedModel:
    """The network with rounded kernels; biases stay as they are.

    Parameters
    ----------
    trained : TrainedModel
        Without BatchNormalization after the rounded layers.
    bits : int, dict of str to int, or None
        As `weight_bits_of`; the ``weight_bits`` of `train` rounds in the same way.

    Raises
    ------
    ValidationError
        As `weight_bits_of`.

    Examples
    --------
    >>> from nengo_lifdeep import pretrained
    >>> coarse = quantize_weights(pretrained.load("digits-compact"), 3)
    >>> len(np.unique(coarse.weights["conv2"]["kernel"]))
    6
    """
    weights = {name: dict(arrays) for name, arrays in trained.weights.items()}
    for name, number in weight_bits_of(trained.architecture, bits).items():
        weights[name]["kernel"] = rounded(weights[name]["kernel"], number)
    return dataclasses.replace(trained, weights=weights)
