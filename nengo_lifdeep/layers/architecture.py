"""An architecture: layers in order with every shape checked, and its size as the papers count."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nengo.neurons import NeuronType

from ..errors import ModelFileError, ValidationError
from ..support.checks import (
    MOST_NEURONS,
    check_fields,
    checked,
    checked_shape,
    each,
    function,
    instance,
    sizes,
    text,
)
from ..weights.kind import WeightKind
from .composition.counts import Counts
from .composition.kinds import require_unfolded, with_kinds
from .composition.parts import Part
from .composition.placement import with_names, with_placed_neurons
from .types import LAYER_TYPES, Flatten, Layer, Neurons, Shape, Shortcut

__all__ = ["Architecture", "Counts"]

_LAYERS = each(instance(Layer), f"layers: {', '.join(LAYER_TYPES)}")


@dataclasses.dataclass(frozen=True)
class Architecture:
    """Layers in order; each takes what the one before it gives, or what it reads by name.

    `Branch`, `Shortcut` and `Concatenate` read earlier layers, so that any feed-forward graph is
    such a list.

    Where ``layers`` holds no `Neurons` at all they are placed by the papers' rule: after every
    layer with weights (and its BatchNormalization and Shortcuts) except the last.

    Parameters
    ----------
    input_shape : (row, column, channel) or (features,)
        Shape of one image as the first layer sees it. Features become ``(1, 1, features)``, an
        image of one pixel, with a Flatten at the front; data may be ``(n, features)`` still.
    layers : iterable of Layer
        Names are given by position (``conv1``, ``pool1``, ...) where they are empty.
    name : str
        For tables and files.

    Raises
    ------
    ValidationError
        If a shape does not fit, a name is used twice or missing, the network has no weights, or a
        BatchNormalization would be folded into weights that a device holds.
        Which order of layers can be trained or converted is checked where it is done: `trainable`,
        `convertible`, `foldable`.

    Examples
    --------
    >>> from nengo_lifdeep.layers import Conv2D, Dense, Flatten
    >>> net = Architecture((8, 8, 1), [Conv2D(4, 3), Flatten(), Dense(10)])
    >>> [layer.name for layer in net.layers]
    ['conv1', 'neurons1', 'flatten1', 'dense1']
    >>> net.counts().neurons
    144
    """

    input_shape: Shape
    layers: tuple[Layer, ...]
    name: str = "network"

    def __post_init__(self) -> None:
        check_fields(self, input_shape=sizes, layers=_LAYERS, name=text)
        checked_shape(self.input_shape, "input_shape", (1, 2, 3), MOST_NEURONS)
        shape, layers = self.input_shape, list(self.layers)
        if len(shape) == 1:  # one pixel with a channel for every value, as everything here
            shape = (1, 1, *shape)
        if not any(layer.has_weights for layer in layers):
            raise ValidationError("the architecture has no layer with weights; nothing to train")
        if not any(layer.fires for layer in layers):
            layers = with_placed_neurons(layers)
        if shape[:-1] != tuple(self.input_shape)[:-1] and not isinstance(layers[0], Flatten):
            layers = [Flatten(), *layers]
        object.__setattr__(self, "input_shape", shape)
        object.__setattr__(self, "layers", with_names(layers))
        self.layer_inputs()
        self._require_moderate()
        require_unfolded(self.layers)
        if len(self.output_shape) != 1:
            raise ValidationError(
                f"the output has shape {self.output_shape}, an image; a read-out gives one number "
                "per class. Put Flatten() after it: run() then gives its values as a row, in the "
                "order (row, column, channel)"
            )

    def _require_moderate(self) -> None:
        """Refuse sizes that no memory holds, which a small file can declare."""
        for layer, shape in zip(self.layers, self.shapes()[1:], strict=True):
            checked_shape(shape, f"layer {layer.name!r}: output", most=MOST_NEURONS)
        neurons = self.counts().neurons
        if neurons > MOST_NEURONS:
            raise ValidationError(
                f"network {self.name!r} has {neurons:,} neurons; expected at most {MOST_NEURONS:,}"
            )

    def shapes(self) -> list[Shape]:
        """Shape before every layer and, last, of the output: ``len(layers) + 1`` entries."""
        return [self.input_shape, *(after for _, after in self._walk())]

    def layer_inputs(self) -> list[Shape]:
        """Shape of what every layer's own arrays act on: of a layer that reads another, of that.

        Raises
        ------
        ValidationError
            If a layer reads one that is not before it, or a shape that does not fit.
        """
        return [source for source, _ in self._walk()]

    def _walk(self) -> Iterator[tuple[Shape, Shape]]:
        """Of every layer the shape that it reads, and the one that it gives."""
        shape = self.input_shape
        known = {"input": shape}
        for layer in self.layers:
            if layer.reads and layer.reads not in known:
                raise ValidationError(
                    f"layer {layer.name!r}: there is no layer {layer.reads!r} before it; there "
                    f"are {', '.join(known)}"
                )
            source = known[layer.reads] if layer.reads else shape
            shape = layer._joined(shape, source)
            known[layer.name] = shape
            yield source, shape

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its layers from population to population, in order; the last one ends in the output.

        Meant for networks without branches, where sums add earlier neurons: `is_plain`.
        """
        parts: list[Part] = []
        source = "input"
        layers: list[tuple[Layer, Shape]] = []
        sums: list[tuple[Shortcut, Shape]] = []
        for layer, shape in zip(self.layers, self.layer_inputs(), strict=True):
            if isinstance(layer, Neurons):
                parts.append(Part(source, tuple(layers), tuple(sums), layer))
                source, layers, sums = layer.name, [], []
            elif isinstance(layer, Shortcut):
                sums.append((layer, shape))
            else:
                layers.append((layer, shape))
        return (*parts, Part(source, tuple(layers), tuple(sums), None))

    @property
    def is_plain(self) -> bool:
        """Whether one layer with weights lies between any two populations, and sums add neurons.

        That is the form in which a factor and a constant for a population go into its weights.
        """
        firing = {layer.name for layer in self.layers if layer.fires}
        for layer, after in zip(self.layers, (*self.layers[1:], None), strict=True):
            if layer.reads and layer.adds not in firing:
                return False
            if layer.adds and not (after is not None and (after.adds or after.fires)):
                return False
        return all(part.is_plain for part in self.parts)

    @property
    def output_shape(self) -> Shape:
        """Shape of the network's output."""
        return self.shapes()[-1]

    def layer_counts(self) -> dict[str, Counts]:
        """Size of every layer, by its name."""
        counts = {}
        for layer, shape in zip(self.layers, self.layer_inputs(), strict=True):
            counts[layer.name] = Counts(
                neurons=layer.n_neurons(shape),
                weights=layer.n_weights(shape),
                synapses=layer.n_synapses(shape),
                pooled=layer.n_pooled(shape),
            )
        return counts

    def counts(self) -> Counts:
        """Size of the whole network, as in the papers' table of networks."""
        return sum(self.layer_counts().values(), Counts())

    @checked(default=instance(NeuronType))
    def neurons(self, default: NeuronType) -> dict[str, NeuronType]:
        """The neuron of every layer of neurons, by its name, in order.

        Parameters
        ----------
        default : nengo.neurons.NeuronType
            The network's neuron, of the layers that have none of their own.

        Examples
        --------
        >>> import nengo
        >>> from nengo_lifdeep.layers import Dense, Neurons
        >>> own = Neurons(nengo.RectifiedLinear())
        >>> net = Architecture((4,), [Dense(3), Neurons(), Dense(3), own, Dense(2)])
        >>> net.neurons(nengo.LIFRate())
        {'neurons1': LIFRate(), 'neurons2': RectifiedLinear()}
        """
        return {
            layer.name: default if layer.neuron is None else layer.neuron
            for layer in self.layers
            if isinstance(layer, Neurons)
        }

    @property
    def own_neurons(self) -> dict[str, NeuronType]:
        """The neurons of layers that have one of their own, by the layer's name, in order."""
        layers = (layer for layer in self.layers if isinstance(layer, Neurons))
        return {layer.name: layer.neuron for layer in layers if layer.neuron is not None}

    @checked(change=function)
    def with_neurons(self, change: Callable[[NeuronType], NeuronType | None]) -> Architecture:
        """The same layers with ``change(neuron)`` in place of every neuron of a layer's own.

        Parameters
        ----------
        change : callable
            Takes a neuron and returns its replacement, or None for the network's neuron.
        """
        layers = tuple(
            dataclasses.replace(layer, neuron=change(layer.neuron))
            if isinstance(layer, Neurons) and layer.neuron is not None
            else layer
            for layer in self.layers
        )
        return dataclasses.replace(self, layers=layers)

    @property
    def weight_kinds(self) -> dict[str, WeightKind]:
        """What the weights of layers are that are no floats, by the layer's name, in order."""
        kinds = {layer.name: getattr(layer, "weights", None) for layer in self.layers}
        return {name: kind for name, kind in kinds.items() if kind is not None}

    def with_weights(
        self, weights: WeightKind | Mapping[str, WeightKind | None] | None
    ) -> Architecture:
        """The same layers with other kinds of weights.

        Parameters
        ----------
        weights : WeightKind, dict of str to WeightKind, or None
            One kind for the layers that it is meant for: `Rounded` and `Binary` for what a chip
            stores, which is all layers with weights between two layers of neurons. Those that
            pixels reach are before the host's neurons, those that lead to scores alone are the
            host's read-out: without branches the first and the last. Others for all. Or kinds by
            the layer's name; None for floats.

        Raises
        ------
        ValidationError
            If a name has no weights, a kind cannot be that of a layer, or BatchNormalization comes
            after one: folding it in would change what a device holds.

        Examples
        --------
        >>> from nengo_lifdeep.layers.named import architecture
        >>> from nengo_lifdeep.weights import Rounded
        >>> architecture("digits-compact").with_weights(Rounded(4)).weight_kinds
        {'conv2': Rounded(bits=4), 'dense1': Rounded(bits=4)}
        """
        layers = with_kinds(self.layers, weights, self.name)
        return dataclasses.replace(self, layers=layers)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description; `from_dict` turns it back."""
        layers = [{"type": type(la).__name__, **la._options()} for la in self.layers]
        return {"name": self.name, "input_shape": list(self.input_shape), "layers": layers}

    @classmethod
    @checked(ModelFileError, data=instance(dict))
    def from_dict(cls, data: dict[str, Any]) -> Architecture:
        """The architecture that `to_dict` described.

        Parameters
        ----------
        data : dict
            The description, as `to_dict` returned it.
        """
        try:
            layers = []
            for entry in data["layers"]:
                options = dict(entry.items())
                layers.append(LAYER_TYPES[options.pop("type")]._from_options(options))
            return cls(tuple(data["input_shape"]), tuple(layers), data["name"])
        except (AttributeError, KeyError, TypeError, ValidationError) as error:
            raise ModelFileError(f"the architecture's description is damaged: {error!r}") from error
