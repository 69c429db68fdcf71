"""The parallel update of a cross-point array by coincidences of random pulses."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...support.checks import check_fields, flag, optional, whole
from .device import Device, Tables

__all__ = ["Pulses", "changed", "coincidences", "probabilities", "pulsed"]


@dataclasses.dataclass(frozen=True)
class Pulses:
    """How an array is updated.

    Parameters
    ----------
    length : int or None
        Slots of a pulse train (BL); None for an ideal update: exactly the learning rate times the
        product, whatever the devices' steps are.
    management : bool
        Whether both sides pulse with about equal probability; the mean stays as it is.
    """

    length: int | None = 10
    management: bool = False

    def __post_init__(self) -> None:
        check_fields(self, where="Pulses: ", length=optional(whole(1, 1000)), management=flag)


def probabilities(
    rows: NDArray, errors: NDArray, rate: float, step: float, how: Pulses
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability of a pulse in a slot, of every input and of every output.

    They are ``C |x|`` and ``C |d|`` with ``C = sqrt(rate / (length * step))``, at most 1. With
    management the first is multiplied and the second divided by ``sqrt(max |d| / max |x|)``.

    Parameters
    ----------
    rows : (n, input) array
        Inputs x.
    errors : (n, output) array
        Errors d: minus the loss's derivative by the outputs.
    rate : float
        Learning rate.
    step : float
        Mean step of a device.
    how : Pulses
        With a ``length``.

    Returns
    -------
    (n, input) array, (n, output) array

    Examples
    --------
    >>> x, d = np.array([[1.0, 0.5]]), np.array([[0.01]])
    >>> [p.tolist() for p in probabilities(x, d, 0.01, 0.001, Pulses(10))]
    [[[1.0, 0.5]], [[0.01]]]
    >>> both = probabilities(x, d, 0.01, 0.001, Pulses(10, management=True))
    >>> [p.round(6).tolist() for p in both]
    [[[0.1, 0.05]], [[0.1]]]
    """
    assert how.length is not None
    amplitude = np.sqrt(rate / (how.length * step))
    found_x = amplitude * np.abs(rows, dtype=np.float64)
    found_d = amplitude * np.abs(errors, dtype=np.float64)
    if how.management:
        most_x, most_d = (p.max(axis=1, keepdims=True, initial=0) for p in (found_x, found_d))
        both = (most_x > 0) & (most_d > 0)
        ratio = np.sqrt(np.divide(most_d, most_x, out=np.ones_like(most_x), where=both))
        found_x, found_d = found_x * ratio, found_d / ratio
    return np.minimum(found_x, 1), np.minimum(found_d, 1)


def coincidences(
    rows: NDArray, errors: NDArray, pulsing: tuple[NDArray, NDArray], length: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:  # fmt: skip
    """How often input and output pulse in the same slot: times up, and times down.

    Slots in which no output pulses need no draws for the inputs.

    Parameters
    ----------
    rows : (n, input) array
        Inputs; their signs are used.
    errors : (n, output) array
        Errors; their signs are used.
    pulsing : (n, input) array and (n, output) array
        Their probabilities.
    length : int
        Number of slots.
    rng : numpy.random.Generator
        First for all outputs that can pulse, then for the inputs of all slots with a pulse.

    Returns
    -------
    up, down : (input, output) array of int32
    """
    of_rows, of_errors = pulsing
    sample, column = np.nonzero(of_errors)
    chance = of_errors[sample, column][:, np.newaxis]
    fired = rng.random((len(sample), length)) < chance
    slots = np.zeros((len(rows), length, errors.shape[1]), np.float32)
    slots[sample, :, column] = fired * np.sign(errors[sample, column])[:, np.newaxis]
    busy = slots.any(axis=2)
    which, columns = np.nonzero(busy)[0], slots[busy]
    chances = of_rows[which]
    can = chances > 0
    pulses = np.zeros(chances.shape, np.float32)
    pulses[can] = rng.random(int(can.sum())) < chances[can]
    pulses *= np.sign(rows[which])
    net, total = pulses.T @ columns, np.abs(pulses).T @ np.abs(columns)
    up, down = (np.round((total + sign * net) / 2).astype(np.int32) for sign in (1, -1))
    return up, down


def changed(
    weights: NDArray[np.float32], tables: Tables, counts: tuple[NDArray, NDArray], spread: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:  # fmt: skip
    """The weights after coincidences, within the devices' bounds.

    Steps of one device vary independently, so that many of them have one normal sum. The bound
    acts on that sum.

    Parameters
    ----------
    weights : (device, input, output) array of float32
        The weights.
    tables : Tables
        Steps and bounds of all devices.
    counts : two (input, output) arrays of int
        Times up, and times down, of all devices of a weight.
    spread : float
        Relative standard deviation of a step.
    rng : numpy.random.Generator
        One number for each device of each weight that has a coincidence.

    Returns
    -------
    (device, input, output) array of float32
    """
    row, column = np.nonzero(counts[0] + counts[1])
    up, down = (count[row, column].astype(np.float64) for count in counts)
    found = weights.copy()
    step_up, step_down, low, high = (table[:, row, column] for table in tables)
    normal = rng.standard_normal(step_up.shape)
    mean = up * step_up - down * step_down
    deviation = np.sqrt(up * (spread * step_up) ** 2 + down * (spread * step_down) ** 2)
    moved = weights[:, row, column] + mean + deviation * normal
    found[:, row, column] = np.clip(moved, low, high)
    return found


def pulsed(
    weights: NDArray[np.float32], tables: Tables, rows: NDArray, errors: NDArray, rate: float,
    device: Device, how: Pulses, rng: np.random.Generator, engine: Any = None,
) -> NDArray[np.float32]:  # fmt: skip
    """The weights after one parallel update by all rows and errors.

    Parameters
    ----------
    weights : (device, input, output) array of float32
        The weights.
    tables : Tables
        Steps and bounds of all devices.
    rows : (n, input) array
        Inputs.
    errors : (n, output) array
        Minus the loss's derivative by the outputs.
    rate : float
        Learning rate.
    device : Device
        Mean step, and spread of steps.
    how : Pulses
        Length of the pulse trains, and management.
    rng : numpy.random.Generator
        Of pulses and steps.
    engine : module, optional
        Where `coincidences` and `changed` are; by default here.

    Returns
    -------
    (device, input, output) array of float32
    """
    if how.length is None:
        return np.clip(weights + np.float32(rate) * (rows.T @ errors), tables.low, tables.high)
    if engine is None:
        pulsing = probabilities(rows, errors, rate, device.step, how)
        counts, change = coincidences(rows, errors, pulsing, how.length, rng), changed
    else:
        counts = engine.coincidences(rows, errors, rate, device.step, how, rng)
        change = engine.changed
    found: NDArray[np.float32] = change(weights, tables, counts, device.cycle_spread, rng)
    return found
