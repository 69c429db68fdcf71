"""Operations that give several values: one layer for each value that something takes."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from .graph import KerasLayer
from .nested import is_model

__all__ = ["PARTED", "part_of", "parted"]

#: operations that take a value apart along an axis
PARTED = ("Split", "ArraySplit", "Unstack")

#: where the number of the value stands among an operation's options
_NUMBER = "number of the value"


def parted(layers: Sequence[KerasLayer], used: Collection[str]) -> list[KerasLayer]:
    """The layers, those that give several values once for every value that is used.

    Value 0 is named as the layer is, others ``"layer[1]"``. Models in a model stay as they are:
    `flattened` puts their layers in their place.

    Parameters
    ----------
    layers : sequence of KerasLayer
        Of a functional model.
    used : collection of str
        Names of the values that layers take, or that are outputs.

    Examples
    --------
    >>> split = KerasLayer("Split", "split", 1, {"axis": -1}, None, ("input",))
    >>> [layer.name for layer in parted([split], {"split[1]", "input"})]
    ['split[1]']
    """
    numbers: dict[str, set[int]] = {}
    for name in used:
        found = re.fullmatch(r"(.*)\[(\d+)\]", name, re.DOTALL)
        whole, number = (found[1], int(found[2])) if found else (name, 0)
        numbers.setdefault(whole, set()).add(number)
    made: list[KerasLayer] = []
    for layer in layers:
        several = max(numbers.get(layer.name, {0}))
        if is_model(layer) or not (several or layer.kind in PARTED):
            made.append(layer)
            continue
        for number in sorted(numbers.get(layer.name, {0})):
            name = f"{layer.name}[{number}]" if number else layer.name
            config = {**layer.config, _NUMBER: number}
            made.append(dataclasses.replace(layer, name=name, config=config))
    return made


def part_of(keras: KerasLayer, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """What one value of a `PARTED` operation is, as what stands in the brackets of ``x[...]``.

    Parameters
    ----------
    keras : KerasLayer
        The operation, one of its values.
    shape : tuple of int
        Keras's shape of its input, without the batch.

    Raises
    ------
    UnsupportedLayerError
        If it takes the batch apart, or says in no numbers where.
    """
    given = {name: keras.config[name] for name in _SECTIONS if name in keras.config}
    try:
        axis = int(keras.config.get("axis") or 0)
        number, edges = int(keras.config[_NUMBER]), None
        axis += len(shape) + 1 if axis < 0 else 0
        is_there = 0 < axis <= len(shape)
        if is_there and keras.kind != "Unstack":
            edges = _edges(given, shape[axis - 1])
        part: Any = number if edges is None else slice(edges[number], edges[number + 1])
    except (IndexError, TypeError, ValueError, ZeroDivisionError):
        raise keras.refuse(
            f"takes values of shape {shape} apart by {given}, axis {keras.config.get('axis')}, "
            "which could not be read; expected whole numbers"
        ) from None
    if not is_there:
        raise keras.refuse(
            f"takes values apart along axis {axis} of {len(shape) + 1}, of which 0 is the batch; "
            "expected one of rows, columns or channels, axis=-1"
        )
    return (*[slice(None)] * axis, part, *[slice(None)] * (len(shape) - axis))


#: Keras's option, and TensorFlow's
_SECTIONS = ("indices_or_sections", "num_or_size_splits")


def _edges(given: dict[str, Any], size: int) -> list[int]:
    """Where the parts of an axis begin and end."""
    if not given:
        raise ValueError("neither option is there")
    ((name, sections),) = given.items()
    if np.ndim(sections) == 0:
        least, more = divmod(size, int(sections))
        sizes = [least + (i < more) for i in range(int(sections))]
    elif name == "indices_or_sections":
        return [0, *(int(i) for i in sections), size]
    else:
        sizes = [int(n) for n in sections]
        if -1 in sizes:  # the rest
            sizes[sizes.index(-1)] = size - sum(sizes) - 1
    return [0, *np.cumsum(sizes).tolist()]
