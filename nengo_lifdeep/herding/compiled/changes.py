"""What error spikes do to weights, by additions of what came into a layer."""

from __future__ import annotations

from typing import Any

from ...support.compilation import compiled

__all__ = ["active_inputs", "change", "penalise"]


@compiled
def change(
    matrix: Any, j: int, active: Any, n_active: int, count: Any, potential: Any, start: Any,
    inverse: Any, smoothed: bool, sign: int,
) -> None:  # fmt: skip
    """Subtract (or add) what came into a layer from a column of its weights.

    What came are the spikes, or, smoothed, what was put into the quantisers that emitted them.

    Parameters
    ----------
    matrix : (in, out) array
        Weights, changed in place.
    j : int
        The unit with the error, whose column changes.
    active : (in,) array of int
        Inputs that count, of `active_inputs`.
    n_active : int
        How many they are.
    count : (in,) array of int
        Spikes of the layer before.
    potential, start : (in,) array
        Its potentials now and at the start of the image.
    inverse : float
        1 / worth of a spike, for smoothed traces.
    smoothed : bool
        Whether what was put into the quantisers counts, in place of spikes.
    sign : int
        Of the error, 1 to subtract or -1 to add.
    """
    for k in range(n_active):
        i = active[k]
        if smoothed:
            trace = (potential[i] - start[i]) * inverse
            if sign > 0:
                matrix[i, j] -= trace
            else:
                matrix[i, j] += trace
        elif sign > 0:
            matrix[i, j] -= count[i]
        else:
            matrix[i, j] += count[i]


@compiled
def penalise(
    matrix: Any, j: int, active: Any, n_active: int, count: Any, potential: Any, start: Any,
    inverse: Any, smoothed: bool, part: Any,
) -> None:  # fmt: skip
    """The same for spikes of the unit itself, each an error of the penalty's weight.

    Parameters
    ----------
    matrix : (in, out) array
        Weights, changed in place.
    j : int
        The unit with the error, whose column changes.
    active : (in,) array of int
        Inputs that count, of `active_inputs`.
    n_active : int
        How many they are.
    count : (in,) array of int
        Spikes of the layer before.
    potential, start : (in,) array
        Its potentials now and at the start of the image.
    inverse : float
        1 / worth of a spike, for smoothed traces.
    smoothed : bool
        Whether what was put into the quantisers counts, in place of spikes.
    part : float
        Weight of the penalty times the spikes.
    """
    for k in range(n_active):
        i = active[k]
        if smoothed:
            matrix[i, j] -= (potential[i] - start[i]) * inverse * part
        else:
            matrix[i, j] -= count[i] * part


@compiled
def active_inputs(
    active: Any, count: Any, potential: Any, start: Any, zero: Any, smoothed: bool
) -> int:
    """Number the units that count in a change of weights: those with a positive sum.

    Parameters
    ----------
    active : (in,) array of int
        Receives them.
    count : (in,) array of int
        Spikes of the layer.
    potential, start : (in,) array
        Its potentials now and at the start of the image.
    zero : float or int
        Nothing, of the arrays' type.
    smoothed : bool
        Whether sums are those put into the quantisers, in place of spikes.
    """
    n = 0
    for i in range(len(count)):
        if (smoothed and potential[i] - start[i] > zero) or (not smoothed and count[i] > 0):
            active[n] = i
            n += 1
    return n
