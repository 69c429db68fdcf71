"""Which networks can be run in rates, as populations with stages between them, and in spikes.

Linear layers may stand anywhere. `foldable` names all layers that stand where they cannot, at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ..errors import ConversionError
from ..layers.architecture import Architecture
from ..layers.types import Branch, Layer, MaxPooling2D, ZeroPadding2D
from ..records.finding import Finding, listed

__all__ = ["convertible", "foldable", "require_convertible"]


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
        Errors, in the order of the layers.

    Examples
    --------
    >>> from nengo_lifdeep.layers import Conv2D, Dense, Flatten, MaxPooling2D, Neurons
    >>> layers = [Conv2D(4, 3), Conv2D(4, 3), MaxPooling2D(2), Neurons(), Flatten(), Dense(2)]
    >>> [(finding.where, finding.rule) for finding in foldable(Architecture((8, 8, 1), layers))]
    [('pool1', 'what is not linear follows neurons')]
    """
    return [
        Finding("error", "what is not linear follows neurons", layer.name, found, remedy)
        for layer, found, remedy in _not_after_neurons(architecture)
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
            f"{layer.describe()} has no counterpart in spikes", layer.instead,
        )
        for layer in architecture.layers
        if layer.instead
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
    constant : {0, 1, 2}
        None, one number for each channel, or others, e.g. at the border than inside.
    """

    n_paths: int = 1
    constant: int = 0


def _not_after_neurons(architecture: Architecture) -> Iterator[tuple[Layer, str, str]]:
    """Nonlinear layers that have several sources, or take a constant that they cannot give on.

    Yields the layer, what is wrong, and the remedy.
    """
    form = _Form()
    known = {"input": form}
    for layer in architecture.layers:
        if layer.instead and (form.n_paths > 1 or form.constant > _MOST.get(type(layer), 0)):
            several = form.n_paths > 1
            found = f"it takes {'a sum of several layers' if several else 'weights with a bias'}"
            yield layer, found, "put neurons before it"
        form = known[layer.name] = _after(layer, form, known.get(layer.reads, form))


def _after(layer: Layer, form: _Form, source: _Form) -> _Form:
    if layer.fires:
        return _Form()
    if isinstance(layer, Branch):
        return source
    if layer.reads:
        return _Form(form.n_paths + source.n_paths, max(form.constant, source.constant))
    pads = layer.has_weights or isinstance(layer, ZeroPadding2D)
    before = 2 if form.constant and pads else form.constant
    return _Form(form.n_paths, max(before, layer.constant))


#: Constants that nonlinear layers can take: the largest of a window plus a number for each channel
#: is the largest of sums. Nothing like it holds for other constants, or for a normalisation.
_MOST: dict[type[Layer], int] = {MaxPooling2D: 1}
