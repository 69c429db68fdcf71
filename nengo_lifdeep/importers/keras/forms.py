"""Which axes of ours Keras's are: images, series, grey images without channels, flat values."""

from __future__ import annotations

import math

from ...layers.types import Shape
from .activations import ACTIVATIONS
from .image import NORMALISATIONS
from .layers import TRAINING_ONLY
from .soft_lif import SOFT_LIF
from .structure.graph import KerasGraph, KerasLayer
from .structure.operations import OPERATORS, adds_an_axis

__all__ = ["POINTWISE", "Forms"]

#: layers that do to a value what depends on its place at most: axes do not count
POINTWISE = (*TRAINING_ONLY, *(kind for kind in ACTIVATIONS if kind != "PReLU"), *OPERATORS,
             *NORMALISATIONS, SOFT_LIF, "Activation", "Dropout")  # fmt: skip


class Forms:
    """Our shape of every layer's output, ``(row, column, channel)`` or ``(unit,)``, and its kind.

    An "image" has Keras's own axes; a "series" ``(step, channel)`` is an image of one row, and a
    "grey" image ``(row, column)`` has one channel. "flat" values may have the shape of an image
    still: their order is the same.

    Parameters
    ----------
    graph : KerasGraph
        The model.
    as_images : bool
        Whether features of the input are an image of one pixel.
    """

    def __init__(self, graph: KerasGraph, as_images: bool = False) -> None:
        self.graph = graph
        shape: Shape = graph.input_shape
        kind = "image" if len(shape) == 3 else "flat"
        if len(shape) == 1:
            shape = _image_of(graph) or ((1, 1, *shape) if as_images else shape)
        if len(shape) == 2:
            kind = "grey" if _is_grey(graph) else "series"
            shape = (*shape, 1) if kind == "grey" else (1, *shape)
        self.shapes: dict[str, Shape] = {graph.input_name: shape}
        self.kinds: dict[str, str] = {graph.input_name: kind}

    def keep(self, name: str, shape: Shape, kind: str) -> None:
        """Remember a layer's output.

        Parameters
        ----------
        name : str
            Name of the layer.
        shape : tuple of int
            Our shape.
        kind : str
            What its axes are.
        """
        self.shapes[name], self.kinds[name] = shape, kind

    def raw(self, name: str) -> tuple[int, ...]:
        """Keras's shape, without the batch.

        Parameters
        ----------
        name : str
            Name of a layer.
        """
        shape, kind = self.shapes[name], self.kinds[name]
        if kind == "flat":
            return (math.prod(shape),)
        return {"series": shape[1:], "grey": shape[:2]}.get(kind, shape)

    def reshape(self, keras: KerasLayer) -> None:
        """The form after a Flatten or Reshape, which moves no value.

        Parameters
        ----------
        keras : KerasLayer
            The layer.

        Raises
        ------
        UnsupportedLayerError
            If values that are apart here would be in one image, or the other way round.
        """
        source = keras.inputs[0]
        shape = self.shapes[source]
        if keras.kind == "Flatten":
            self.keep(keras.name, shape, "flat")
        else:
            target = _target(keras, math.prod(shape))
            made = _fitting(target, shape)
            if made is None:
                raise keras.refuse(
                    f"target_shape is {target} of {self.raw(source)}; only to flat, to the shape "
                    "of before, or of flat values after the input or Dense to an image"
                )
            kinds = {1: "flat", 2: "series" if made[0] == 1 else "grey"}
            self.keep(keras.name, made, kinds.get(len(target), "image"))


def _fitting(target: tuple[int, ...], shape: Shape) -> Shape | None:
    """Our shape of Keras's, where it is the one that there is."""
    if len(target) == 1:
        return shape
    fits = [target] if len(target) == 3 else [(1, *target), (*target, 1)]
    return shape if shape in fits else None


def _target(keras: KerasLayer, size: int) -> tuple[int, ...]:
    target = [int(n) for n in keras.config["target_shape"]]
    if -1 in target:
        target[target.index(-1)] = size // max(math.prod(n for n in target if n != -1), 1)
    if math.prod(target) != size or len(target) not in (1, 2, 3):
        raise keras.refuse(
            f"target_shape is {tuple(target)}, and it takes {size} values; expected as many, in "
            "one to three axes"
        )
    return tuple(target)


def _image_of(graph: KerasGraph) -> Shape | None:
    """The image that the first Reshape makes of features of the input."""
    same = {graph.input_name}
    for layer in graph.layers:
        if same.isdisjoint(layer.inputs):
            continue
        if layer.kind == "Reshape" and "target_shape" in layer.config:
            target = _target(layer, math.prod(graph.input_shape))
            return {2: (1, *target), 3: target}.get(len(target))
        if layer.kind in POINTWISE and len(layer.inputs) == 1:
            same.add(layer.name)
    return None


def _is_grey(graph: KerasGraph) -> bool:
    """Whether the first layer for which the axes count makes images or flat values of them."""
    same = {graph.input_name}
    for layer in graph.layers:
        if same.isdisjoint(layer.inputs):
            continue
        if layer.kind not in POINTWISE or len(layer.inputs) > 1:
            return layer.kind in ("Flatten", "Reshape", "ExpandDims") or adds_an_axis(layer)
        same.add(layer.name)
    return True
