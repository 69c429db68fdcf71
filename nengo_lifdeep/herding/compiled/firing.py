"""What units do with spikes that come in: potentials grow, and what is beyond its limit fires."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...support.compilation import compiled

__all__ = ["add_column", "add_row", "by_priority", "fire", "fire_signed"]


@compiled
def add_row(potential: Any, limit: Any, row: Any, sign: int) -> bool:
    """Add a row of weights to potentials; whether any is beyond its limit.

    Compiled to vectors, since arrays of their own are counted from 0.

    Parameters
    ----------
    potential : (unit,) array
        Of a layer, changed in place.
    limit : (unit,) array
        Beyond which a unit fires.
    row : (unit,) array
        Weights of the spike that came in.
    sign : int
        Of the spike, 1 or -1.
    """
    fires = False
    if sign > 0:
        for j in range(len(row)):
            value = potential[j] + row[j]
            potential[j] = value
            fires |= value > limit[j]
    else:
        for j in range(len(row)):
            value = potential[j] - row[j]
            potential[j] = value
            fires |= value > limit[j]
    return fires


@compiled
def add_column(back: Any, column: Any, half: Any, sign: int) -> bool:
    """Add a column of weights to backward potentials; whether any is beyond a half.

    Parameters
    ----------
    back : (unit,) array
        Backward potentials of the layer before, changed in place.
    column : (unit,) array
        Weights of the unit whose error spike goes back.
    half : float or int
        Half of what a spike is worth.
    sign : int
        Of the error spike, 1 or -1.
    """
    fires = False
    if sign > 0:
        for i in range(len(back)):
            value = back[i] + column[i]
            back[i] = value
            fires |= abs(value) > half
    else:
        for i in range(len(back)):
            value = back[i] - column[i]
            back[i] = value
            fires |= abs(value) > half
    return fires


@compiled
def fire(
    potential: Any, limit: Any, count: Any, one: Any, zero: Any, keys: Any, unit: Any, sign: Any,
    n: int,
) -> int:  # fmt: skip
    """Emit the spikes of a rectifying layer after those that are there; -1 if they do not fit.

    Parameters
    ----------
    potential : (unit,) array
        Of the layer.
    limit : (unit,) array
        Half above what has been emitted, changed in place.
    count : (unit,) array of int
        Spikes so far, changed in place.
    one, zero : float or int
        What a spike is worth, and nothing, of the arrays' type.
    keys : (room,) array
        Receives how far beyond its limit a unit is.
    unit, sign : (room,) array of int
        Receive who fires, and 1.
    n : int
        Spikes that are there.
    """
    for j in range(len(potential)):
        over = potential[j] - limit[j]
        while over > zero:
            if n == len(keys):
                return -1
            keys[n] = over
            unit[n] = j
            sign[n] = 1
            n += 1
            limit[j] += one
            count[j] += 1
            over -= one
    return n


@compiled
def fire_signed(back: Any, one: Any, half: Any, keys: Any, unit: Any, sign: Any, n: int) -> int:
    """Emit the signed spikes of backward potentials; -1 if they do not fit.

    Parameters
    ----------
    back : (unit,) array
        Backward potentials, changed in place.
    one, half : float or int
        What a spike is worth, and half of it.
    keys : (room,) array
        Receives the size of the potential.
    unit, sign : (room,) array of int
        Receive who fires, and 1 or -1.
    n : int
        Spikes that are there.
    """
    for i in range(len(back)):
        while abs(back[i]) > half:
            if n == len(keys):
                return -1
            keys[n] = abs(back[i])
            unit[n] = i
            if back[i] > half:
                sign[n] = 1
                back[i] -= one
            else:
                sign[n] = -1
                back[i] += one
            n += 1
    return n


@compiled
def by_priority(keys: Any, unit: Any, sign: Any, start: int, stop: int) -> None:
    """Order spikes by falling keys; among equal ones the order stays, lowest unit first.

    Parameters
    ----------
    keys : (room,) array
        What they are ordered by.
    unit, sign : (room,) array of int
        Who fired and how, put in order.
    start, stop : int
        First spike, and the spike after the last one.
    """
    if stop - start > 24:
        order = np.argsort(-keys[start:stop], kind="mergesort")
        unit[start:stop] = unit[start:stop][order]
        sign[start:stop] = sign[start:stop][order]
        return
    for k in range(start + 1, stop):
        key, u, s = keys[k], unit[k], sign[k]
        place = k
        while place > start and keys[place - 1] < key:
            keys[place], unit[place], sign[place] = (
                keys[place - 1], unit[place - 1], sign[place - 1],
            )  # fmt: skip
            place -= 1
        keys[place], unit[place], sign[place] = key, u, s
