"""Clipped and leaky ReLU and the hard sigmoid: two populations each, one added to the other."""

from __future__ import annotations

from collections.abc import Sequence

from nengo.neurons import NeuronType

from ...support.checks import Check, checked, each, instance, is_real, optional, real, text
from ..joins import Branch, Shortcut
from ..layer import Layer
from ..neurons import Neurons
from ..normalizations import Scale

__all__ = ["clipped_relu", "hard_sigmoid", "leaky_relu"]


def _one_or_each(number: Check) -> Check:
    """One number, or one for each channel."""
    return lambda value, what: (
        number(value, what) if is_real(value) else each(number, "numbers")(value, what)
    )


_NEURON = optional(instance(NeuronType))


@checked(source=text, name=text, high=real(above=0), neuron=_NEURON)
def clipped_relu(
    source: str, name: str, *, high: float = 6.0, neuron: NeuronType | None = None
) -> list[Layer]:
    """``min(relu(x), high) = relu(x) - relu(x - high)``; with 6 it is ReLU6.

    Exact for rectified linear neurons, at twice as many. With others, whose curves bend, it is
    trained and run as what the layers say.

    Parameters
    ----------
    source : str
        Name of the layer that gives ``x``; these layers are put directly after it.
    name : str
        Name of the last of these layers, which gives the activation. Others begin with it.
    high : float
        The ceiling.
    neuron : nengo.neurons.NeuronType, optional
        Of both populations; by default that of the network.

    Examples
    --------
    >>> from nengo_lifdeep import Architecture, Conv2D, Dense, Flatten
    >>> front = [Conv2D(8, 3, name="front"), *clipped_relu("front", "active")]
    >>> Architecture((8, 8, 1), [*front, Flatten(), Dense(10)]).counts().neurons
    576
    """
    below, above = f"{name}_below", f"{name}_above"
    return [
        Neurons(neuron, name=below),
        Branch(source, name=f"{name}_again"),
        Scale(1.0, -high, name=f"{name}_over"),
        Neurons(neuron, name=above),
        Scale(-1.0, name=f"{name}_minus"),
        Shortcut(below, name=name),
    ]


@checked(source=text, name=text, slope=_one_or_each(real()), neuron=_NEURON)
def leaky_relu(
    source: str,
    name: str,
    *,
    slope: float | Sequence[float] = 0.01,
    neuron: NeuronType | None = None,
) -> list[Layer]:
    """``relu(x) - slope * relu(-x)``, with one slope for each channel it is a PReLU.

    Exact for rectified linear neurons, at twice as many. The slopes are numbers that are not
    trained.

    Parameters
    ----------
    source : str
        Name of the layer that gives ``x``; these layers are put directly after it.
    name : str
        Name of the last of these layers, which gives the activation. Others begin with it.
    slope : float or sequence of float
        Below zero; one number, or one for each channel.
    neuron : nengo.neurons.NeuronType, optional
        Of both populations; by default that of the network.

    Examples
    --------
    >>> [type(layer).__name__ for layer in leaky_relu("front", "active", slope=0.1)]
    ['Neurons', 'Branch', 'Scale', 'Neurons', 'Scale', 'Shortcut']
    """
    above, below = f"{name}_above", f"{name}_below"
    slopes = slope if is_real(slope) else tuple(slope)  # type: ignore[arg-type]
    back = tuple(-s for s in slopes) if isinstance(slopes, tuple) else -float(slopes)  # type: ignore[arg-type]
    return [
        Neurons(neuron, name=above),
        Branch(source, name=f"{name}_again"),
        Scale(-1.0, name=f"{name}_turned"),
        Neurons(neuron, name=below),
        Scale(back, name=f"{name}_slope"),
        Shortcut(above, name=name),
    ]


@checked(name=text, neuron=_NEURON)
def hard_sigmoid(name: str, *, neuron: NeuronType | None = None) -> list[Layer]:
    """``relu(x / 6 + 0.5) - relu(x / 6 - 0.5)``: Keras's hard sigmoid, from 0 at -3 to 1 at 3.

    Exact for rectified linear neurons, at twice as many. These layers are put directly after the
    one that gives ``x``. A hard swish is ``x`` times a hard sigmoid, a product, which no sum of
    populations is; train with `clipped_relu`, which is nearest.

    Parameters
    ----------
    name : str
        Name of the last of these layers, which gives the activation. Others begin with it.
    neuron : nengo.neurons.NeuronType, optional
        Of both populations; by default that of the network.
    """
    start = f"{name}_start"
    return [
        Scale(1 / 6, 0.5, name=start),
        *clipped_relu(start, name, high=1.0, neuron=neuron),
    ]
