"""Reading a cross-point array: a product of a matrix and rows, with the array's flaws."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ...errors import ValidationError
from ...support.checks import check_fields, flag, optional, real, whole
from ...support.memory.room import Room
from ..rounded import steps_of

__all__ = ["Read", "read"]

#: largest factor by which bound management makes an input smaller, as in `aihwkit` (1000)
_MOST = 512.0


@dataclasses.dataclass(frozen=True)
class Read:
    """How an array is read: in one direction.

    Parameters
    ----------
    noise : float
        Standard deviation of what every output has added, in units of the output.
    bound : float or None
        Largest output, on either side of 0; None for none.
    bits_in : int or None
        Bits of the converter of the inputs, which are cut off at 1 on either side of 0; None for
        inputs as they are.
    bits_out : int or None
        Bits of the converter of the outputs, up to the ``bound``.
    noise_management : bool
        Whether the input is divided by its largest entry before, and the output multiplied by it.
    bound_management : bool
        Whether a read in which an output is at the bound is repeated with half the input, and
        again, and multiplied up.
    """

    noise: float = 0.06
    bound: float | None = 12.0
    bits_in: int | None = None
    bits_out: int | None = None
    noise_management: bool = False
    bound_management: bool = False

    def __post_init__(self) -> None:
        bits = optional(whole(2, 16))
        check_fields(
            self, where="Read: ", noise=real(0), bound=optional(real(above=0)), bits_in=bits,
            bits_out=bits, noise_management=flag, bound_management=flag,
        )  # fmt: skip
        for name in ("bits_out", "bound_management"):
            if getattr(self, name) and self.bound is None:
                raise ValidationError(f"Read: {name} needs a bound of the output; bound is None")


def read(
    weights: NDArray[np.float32], rows: NDArray[np.float32], how: Read, rng: np.random.Generator,
    room: Room | None = None,
) -> NDArray[np.float32]:  # fmt: skip
    """Outputs of an array for rows of inputs.

    With several devices per weight each of their arrays is read, and the mean taken. A row of
    zeros gives zeros, without a read.

    Parameters
    ----------
    weights : (device, input, output) array of float32
        The weights of all devices.
    rows : (n, input) array of float32
        Inputs, of one read each.
    how : Read
        Noise, bound, converters and management.
    rng : numpy.random.Generator
        Of the noise.
    room : Room, optional
        Where to work.

    Returns
    -------
    (n, output) array of float32

    Examples
    --------
    >>> weights = np.full((1, 2, 1), 20, np.float32)
    >>> rows = np.ones((1, 2), np.float32)
    >>> rng = np.random.default_rng(0)
    >>> float(read(weights, rows, Read(noise=0), rng)[0, 0])
    12.0
    >>> float(read(weights, rows, Read(noise=0, bound_management=True), rng)[0, 0])
    40.0
    """
    devices, size, outputs = weights.shape
    managed, room = how.noise_management, Room() if room is None else room
    inputs = rows
    if managed:
        inputs = np.abs(rows, out=room("inputs", rows.shape))
        largest = inputs.max(axis=1, initial=0)
    # of a number that is none the output is none either
    live = largest != 0 if managed else rows.any(axis=1)
    if not live.all():
        found = np.zeros((len(rows), outputs), np.float32)
        if live.any():
            found[live] = read(weights, rows[live], how, rng, room)
        return found
    if managed:
        scale = np.expand_dims(largest, -1)
        np.divide(rows, scale, out=inputs)
    matrix = weights[0] if devices == 1 else weights.transpose(1, 0, 2).reshape(size, -1)
    found = _once(matrix, inputs, how, rng, room)
    if how.bound_management:
        _managed(found, matrix, inputs, how, rng)
    if devices > 1:
        found = found.reshape(len(rows), devices, outputs).mean(axis=1)
    return np.multiply(found, scale, out=found) if managed else found


def _once(
    matrix: NDArray[np.float32], inputs: NDArray[np.float32], how: Read, rng: np.random.Generator,
    room: Room,
) -> NDArray[np.float32]:  # fmt: skip
    """One read of every row."""
    if how.bits_in is not None:
        steps = np.float32(steps_of(how.bits_in))
        inputs = np.round(np.clip(inputs, -1, 1) * steps) / steps
    found = inputs @ matrix
    if how.noise:
        noise = room("noise", found.shape)
        rng.standard_normal(out=noise, dtype=np.float32)
        noise *= np.float32(how.noise)
        found += noise
    if how.bound is not None:
        np.clip(found, -how.bound, how.bound, out=found)
        if how.bits_out is not None:
            step = np.float32(how.bound / steps_of(how.bits_out))
            np.multiply(np.round(found / step), step, out=found)
    return found


def _managed(
    found: NDArray[np.float32], matrix: NDArray[np.float32], inputs: NDArray[np.float32],
    how: Read, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Repeat reads at the bound with smaller inputs; changes ``found``."""
    factor = np.float32(2)
    at_bound = np.float32(how.bound) * (1 - 1e-6)
    rows = np.flatnonzero((np.abs(found) >= at_bound).any(axis=1))
    while len(rows) and factor <= _MOST:
        again = _once(matrix, inputs[rows] / factor, how, rng, Room())
        found[rows] = again * factor
        rows = rows[(np.abs(again) >= at_bound).any(axis=1)]
        factor *= 2
