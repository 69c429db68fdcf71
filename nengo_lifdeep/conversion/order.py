"""Which networks can be run in rates, as populations with stages between them, and in spikes.

Linear layers may stand anywhere. Rules are functions that yield what breaks them; `foldable` names
all that do, at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from ..errors import ConversionError
from ..layers.architecture import Architecture
from ..layers.types import (
    BatchNormalization,
    Branch,
    Layer,
    LocallyConnected2D,
    LocalResponseNormalization,
    MaxPooling2D,
    Scale,
    ZeroPadding2D,
)
from ..records.finding import Finding, listed

__all__ = ["convertible", "foldable", "require_convertible"]

#: Layers that run in rates only, and what to use instead.
_NOT_LINEAR = {
    MaxPooling2D: "train with AveragePooling2D, which is linear and so exact in spikes, or "
    "import the model with max_pooling='average' and fine-tune it",
    LocalResponseNormalization: "train without it, or with BatchNormalization, which is folded "
    "into the weights",
}

#: (layer, found, remedy)
Broken = Iterator[tuple[Layer, str, str]]


def foldable(architecture: Architecture) -> list[Finding]:
    """Why a network of these layers cannot be run in rates, by layer; empty where it can.

    `fold` writes a network as populations of neurons with stages between them. `evaluate`,
    `convert` and what follows start from there; a training method whose networks are meant for them
    asks before it begins.

    Parameters
    ----------
    architecture : Architecture
        The layers, in order.

    Returns
    -------
    list of Finding
        Errors, in the order of the rules.

    Examples
    --------
    >>> from nengo_lifdeep.layers import Conv2D, Dense, Flatten, MaxPooling2D, Neurons
    >>> layers = [Conv2D(4, 3), Conv2D(4, 3), MaxPooling2D(2), Neurons(), Flatten(), Dense(2)]
    >>> [(finding.where, finding.rule) for finding in foldable(Architecture((8, 8, 1), layers))]
    [('pool1', 'what is not linear follows neurons')]
    """
    return [
        Finding("error", rule.__name__.replace("_", " "), layer.name, found, remedy)
        for rule in _RULES
        for layer, found, remedy in rule(architecture)
    ]


def convertible(architecture: Architecture) -> list[Finding]:
    """Why a network of these layers cannot be turned into spikes, by layer; empty where it can.

    Parameters
    ----------
    architecture : Architecture
        The layers, in order.

    Returns
    -------
    list of Finding
        What `foldable` finds, and what has no counterpart in spikes.

    Examples
    --------
    >>> from nengo_lifdeep.layers import Dense
    >>> print(convertible(Architecture((4,), [Dense(2)]))[0].found)
    it has no neurons between its input and its read-out, so nothing in it could spike
    """
    findings = foldable(architecture)
    findings += [
        Finding(
            "error", "what spikes pass through is linear", layer.name,
            f"{layer.describe()} has no counterpart in spikes", remedy,
        )
        for layer in architecture.layers
        for kind, remedy in _NOT_LINEAR.items()
        if isinstance(layer, kind)
    ]  # fmt: skip
    if not any(layer.fires for layer in architecture.layers):
        findings.append(
            Finding(
                "error", "something spikes", architecture.name,
                "it has no neurons between its input and its read-out, so nothing in it could "
                "spike",
                "evaluate() it in rates, or add a layer",
            )
        )  # fmt: skip
    return findings


def require_convertible(architecture: Architecture) -> Architecture:
    """The architecture itself, if it can be turned into spikes.

    Parameters
    ----------
    architecture : Architecture
        The layers, in order.

    Raises
    ------
    ConversionError
        If it cannot; the message lists every finding with its remedy.
    """
    findings = convertible(architecture)
    if findings:
        raise ConversionError(
            f"network {architecture.name!r} cannot be turned into spikes:{listed(findings)}"
        )
    return architecture


@dataclasses.dataclass(frozen=True)
class _Form:
    """What is known of a value without its numbers.

    Attributes
    ----------
    n_paths : int
        Populations (or the input) that it is a sum of.
    bias : {0, 1, 2}
        No constant, one for each channel, others at the border than inside.
    """

    n_paths: int = 1
    bias: int = 0


def what_is_not_linear_follows_neurons(architecture: Architecture) -> Broken:
    """It has one source and takes no constant but what it can give on as it is."""
    form = _Form()
    known = {"input": form}
    for layer in architecture.layers:
        most = _MOST_BIAS.get(type(layer))
        if most is not None and (form.n_paths > 1 or form.bias > most):
            yield (
                layer, "it takes " + (
                    "a sum of several layers" if form.n_paths > 1 else "weights with a bias"
                ),
                "put neurons before it",
            )  # fmt: skip
        form = known[layer.name] = _after(layer, form, known.get(layer.reads, form))


def _after(layer: Layer, form: _Form, source: _Form) -> _Form:
    if layer.fires:
        return _Form()
    if isinstance(layer, Branch):
        return source
    if layer.reads:
        return _Form(form.n_paths + source.n_paths, max(form.bias, source.bias))
    pads = layer.has_weights or isinstance(layer, ZeroPadding2D)
    before = 2 if form.bias and pads else form.bias
    return _Form(form.n_paths, max(before, _own_bias(layer)))


def _own_bias(layer: Layer) -> int:
    if isinstance(layer, Scale):
        return int(layer.shift != 0)
    if isinstance(layer, LocallyConnected2D):
        return 2 * layer.use_bias
    return int(isinstance(layer, BatchNormalization) or getattr(layer, "use_bias", False))


#: What nonlinear layers can take: the largest of each window plus a constant for the channel is the
#: largest of sums; nothing like it holds for other constants, or for a normalisation.
_MOST_BIAS: dict[type[Layer], int] = {MaxPooling2D: 1, LocalResponseNormalization: 0}

_RULES: tuple[Callable[[Architecture], Broken], ...] = (what_is_not_linear_follows_neurons,)
