"""Which orders of layers can be run in rates, as populations with linear stages between them.

Rules are functions that yield what breaks them; `foldable` names all that do, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import ConversionError
from ..layers.architecture import Architecture
from ..layers.types import (
    AveragePooling2D,
    BatchNormalization,
    Dropout,
    Layer,
    LocalResponseNormalization,
    MaxPooling2D,
    Neurons,
)
from ..records.finding import Finding, listed

__all__ = ["convertible", "foldable", "require_convertible"]

#: Layers that run in rates only, and what to use instead.
_NOT_LINEAR = {
    MaxPooling2D: "train with AveragePooling2D, which is linear and so exact in spikes",
    LocalResponseNormalization: "train without it, or with BatchNormalization, which is folded "
    "into the weights",
}

#: After neurons, not before them.
_AFTER_NEURONS = (AveragePooling2D, MaxPooling2D, LocalResponseNormalization, Dropout)

#: (layer, found, remedy)
Broken = Iterator[tuple[Layer, str, str]]


def foldable(architecture: Architecture) -> list[Finding]:
    """Why a network of these layers cannot be run in rates, by layer; empty where it can.

    `fold` writes a network as populations of neurons with linear stages between them, each with
    its weights last. `evaluate`, `convert` and what follows start from there; a training method
    whose networks are meant for them asks before it begins.

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
    >>> from nengo_lifdeep.layers import AveragePooling2D, Conv2D, Dense, Flatten
    >>> net = Architecture(
    ...     (8, 8, 1), [Conv2D(4, 3), AveragePooling2D(2), Neurons(), Flatten(), Dense(2)]
    ... )
    >>> [(finding.where, finding.rule) for finding in foldable(net)]
    [('pool1', 'pooling and dropout follow neurons')]
    """
    return [
        Finding("error", rule.__name__.replace("_", " "), layer.name, found, remedy)
        for rule in _RULES
        for layer, found, remedy in rule(architecture.layers)
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


def neurons_follow_a_layer_with_weights(layers: tuple[Layer, ...]) -> Broken:
    """Neurons need a current: weights stand between them and what comes before."""
    for layer, driver in _drivers(layers):
        if layer.fires and driver is None:
            yield (
                layer, "nothing with weights stands between them and what comes before",
                "neurons need a layer with weights before them",
            )  # fmt: skip


def neurons_stand_between_layers_with_weights(layers: tuple[Layer, ...]) -> Broken:
    """Two linear layers in a row are one."""
    for layer, driver in _drivers(layers):
        if layer.has_weights and driver is not None:
            yield (
                layer, f"two layers with weights follow each other, {driver.describe()} "
                f"({driver.name}) and {layer.describe()}",
                "put Neurons() between them or merge them into one layer",
            )  # fmt: skip


def normalisation_follows_a_layer_with_weights(layers: tuple[Layer, ...]) -> Broken:
    """It is folded into the kernel and bias before it."""
    for i, layer in enumerate(layers):
        if isinstance(layer, BatchNormalization) and not (i and layers[i - 1].has_weights):
            yield (
                layer, f"it stands after {layers[i - 1].describe() if i else 'the input'}",
                "it can be folded only directly after a layer with weights, before the neurons",
            )  # fmt: skip


def a_shortcut_follows_a_layer_with_weights(layers: tuple[Layer, ...]) -> Broken:
    """It adds to the current of the neurons."""
    for i, (layer, driver) in enumerate(_drivers(layers)):
        before = layers[i - 1] if i else None
        is_sum = before is not None and (
            before.has_weights or before.adds or isinstance(before, BatchNormalization)
        )
        if layer.adds and not (driver is not None and is_sum):
            yield (
                layer, f"it stands after {before.describe() if before else 'the input'}",
                "put it directly after a layer with weights (and its BatchNormalization), before "
                "the neurons",
            )  # fmt: skip


def pooling_and_dropout_follow_neurons(layers: tuple[Layer, ...]) -> Broken:
    """They act on what neurons send."""
    for layer, driver in _drivers(layers):
        if driver is not None and isinstance(layer, _AFTER_NEURONS):
            yield (
                layer, f"no neurons stand between {driver.name} and {layer.describe()}",
                "put it after the neurons, not before them",
            )  # fmt: skip


def the_last_layer_has_weights(layers: tuple[Layer, ...]) -> Broken:
    """It is the read-out."""
    last = layers[-1]
    *_, (_, driver) = _drivers((*layers, Neurons()))
    if driver is None or last.adds:
        yield (
            last, f"the network ends in {last.describe()}",
            "the last layer must be a layer with weights: add Dense(classes)",
        )  # fmt: skip


def _drivers(layers: tuple[Layer, ...]) -> Iterator[tuple[Layer, Layer | None]]:
    """Every layer with the layer with weights before it, if no neurons stand between them."""
    driver: Layer | None = None
    for layer in layers:
        yield layer, driver
        if layer.has_weights:
            driver = layer
        elif layer.fires:
            driver = None


_RULES: tuple[Callable[[tuple[Layer, ...]], Broken], ...] = (
    neurons_follow_a_layer_with_weights,
    neurons_stand_between_layers_with_weights,
    normalisation_follows_a_layer_with_weights,
    a_shortcut_follows_a_layer_with_weights,
    pooling_and_dropout_follow_neurons,
    the_last_layer_has_weights,
)
