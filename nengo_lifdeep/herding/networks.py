"""Which networks herding neurons can be put into."""

from __future__ import annotations

from collections.abc import Iterator

import nengo
from nengo.neurons import NeuronType

from ..layers.architecture import Architecture
from ..layers.types import Dense, Dropout, Flatten, Neurons
from ..records.finding import Finding

__all__ = ["herdable"]


def herdable(
    architecture: Architecture, neuron: NeuronType, trained: bool = False
) -> list[Finding]:
    """Why a network cannot be one of herding neurons, by layer; empty where it can.

    Parameters
    ----------
    architecture : Architecture
        The layers, in order.
    neuron : nengo.neurons.NeuronType
        The neuron of the layers that have none of their own.
    trained : bool
        Whether it is trained already and only runs: then neurons may have an amplitude, which goes
        into the weights, and Dropout does nothing.

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> net = Architecture((4,), [Dense(3, use_bias=False), Neurons(), Dense(2)])
    >>> [finding.where for finding in herdable(net, nengo.RectifiedLinear())]
    ['dense2']
    """
    broken = [*_layers(architecture, trained), *_neurons(architecture, neuron, trained)]
    return [Finding("error", "dense layers of rectifiers, without bias", *each) for each in broken]


def _layers(architecture: Architecture, trained: bool) -> Iterator[tuple[str, str, str]]:
    known = Dense | Flatten | Neurons | Dropout if trained else Dense | Flatten | Neurons
    kept = [layer for layer in architecture.layers if not (trained and isinstance(layer, Dropout))]
    dense = [layer for layer in kept if isinstance(layer, Dense)]
    for layer in architecture.layers:
        if isinstance(layer, Dense) and layer.use_bias:
            yield layer.name, "has a bias, which no spike brings", "give it use_bias=False"
        kind = layer.weights if isinstance(layer, Dense) else None
        if kind is not None and set(kind.sizes({"kernel": (1, 1)})) != {"kernel"}:
            words = f"has weights of {kind.describe()}, which are more than a kernel"
            yield layer.name, words, "leave weights out, or take Rounded(bits)"
        if not isinstance(layer, known) or layer.reads:
            yield (
                layer.name, f"is {layer.describe()}; only Flatten, Dense and Neurons are known",
                "leave it out",
            )  # fmt: skip
    if not dense or kept[-1] is not dense[-1]:
        yield kept[-1].name, "is the last layer, but not a Dense one", "end with Dense(classes)"
    for layer, after in zip(kept[:-1], kept[1:], strict=True):
        if isinstance(layer, Dense) and not isinstance(after, Neurons):
            yield layer.name, "has no neurons after it", "put Neurons() there"
    for before, layer in zip([None, *kept[:-1]], kept, strict=True):
        if isinstance(layer, Neurons) and isinstance(before, Flatten | Neurons | None):
            yield layer.name, "comes after no Dense layer", "leave it out"


def _neurons(
    architecture: Architecture, neuron: NeuronType, trained: bool
) -> Iterator[tuple[str, str, str]]:
    for name, each in architecture.neurons(neuron).items():
        if type(each) is not nengo.RectifiedLinear or not (trained or each.amplitude == 1):
            yield name, f"its neurons are {each!r}", "use nengo.RectifiedLinear()"
