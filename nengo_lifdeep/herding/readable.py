"""The same as `herding.compiled.kernels.herd`, in NumPy, to be read and to compare with.

It works with any numbers that can be added, subtracted and compared, in arrays of objects too:
without a penalty and smoothed traces nothing is ever multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .compiled.record import Choices, Record

__all__ = ["herd"]

#: Unit and sign of spikes, in the order in which they are sent.
Spikes = list[tuple[int, int]]


class _Layer:
    """Views of one layer's part of all arrays."""

    def __init__(self, start: int, stop: int, arrays: dict[str, np.ndarray]) -> None:
        self.start, self.potential, self.limit, self.back = (
            arrays[name][start:stop] for name in ("start", "potential", "limit", "back")
        )
        self.count, self.errors, self.penalties = (
            arrays[name][start:stop] for name in ("count", "errors", "penalties")
        )
        self.step_spikes = np.zeros(stop - start, np.int64)

    def drive(self) -> np.ndarray:
        """Sum of what has been received."""
        return self.potential - self.start


def herd(
    images: np.ndarray, targets: np.ndarray, draws: np.ndarray, sizes: Sequence[int],
    weights: np.ndarray, units: np.ndarray, back: np.ndarray, numbers: Sequence[Any],
    choices: Choices, record: Record,
) -> int:  # fmt: skip
    """Show images one after the other, and learn from each if there are targets.

    Parameters
    ----------
    images, targets, draws, sizes, weights, units, back, numbers, choices, record
        As of `herding.compiled.kernels.herd`; a record has ``room`` for any number of spikes here.
    """
    one, half, penalty, inverse, zero = numbers
    n_units, learns = len(units), len(targets) > 0
    arrays = {name: np.full_like(units, zero) for name in ("start", "potential", "limit")}
    arrays |= {name: np.zeros(n_units, np.int64) for name in ("count", "errors", "penalties")}
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    pairs = list(zip(bounds[:-1], bounds[1:], strict=True))
    layers = [_Layer(a, b, {**arrays, "back": back}) for a, b in pairs]
    matrices = matrices_of(weights, sizes)

    for image in range(len(images)):
        _begin(arrays, units, back, draws, image, sizes[0], half, zero, choices, learns)
        aim, aimed = np.full((2, sizes[-1]), zero, units.dtype)
        for step in range(choices.n_steps):
            spikes = _input_spikes(layers[0], images[image], one, zero, choices.per_step)
            record.spikes[image, 0] += len(spikes)
            for number, layer in enumerate(layers[1:], start=1):
                spikes = _forward(layer, matrices[number - 1], spikes, one, zero, choices)
                record.spikes[image, number] += len(spikes)
                layer.step_spikes[:] = 0
                for j, _ in spikes:
                    layer.step_spikes[j] += 1
            if record.outputs.shape[1]:
                record.outputs[image, step] = layers[-1].drive()
            if learns:
                net = layers[-1].step_spikes + _aimed(targets[image], aim, aimed, one, half)
                held = [(j, 1 if e > 0 else -1) for j, e in enumerate(net) for _ in range(abs(e))]
                _backward(layers, matrices, held, image, one, half, zero, penalty, inverse,
                          choices, record)  # fmt: skip
        if learns and not choices.fractional:
            for number, matrix in enumerate(matrices):
                record.updates[image] += _whole_change(
                    matrix, layers[number], layers[number + 1], inverse, zero, penalty, choices
                )
        record.totals[:] += np.abs(arrays["count"])
        units[:] = arrays["potential"] - (arrays["limit"] - half)
        record.drive[image] = layers[-1].drive()
        if len(record.counts):
            record.counts[image] = arrays["count"]
        if len(record.error_counts):
            record.error_counts[image] = arrays["errors"]
    return len(images)


def matrices_of(weights: np.ndarray, sizes: Sequence[int]) -> list[np.ndarray]:
    """Views of the weights of each layer, ``(in, out)``.

    Parameters
    ----------
    weights : (n,) array
        Of one layer after the other.
    sizes : sequence of int
        Units of the input and of each layer.
    """
    found, place = [], 0
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        found.append(weights[place : place + n_in * n_out].reshape(n_in, n_out))
        place += n_in * n_out
    return found


def _begin(
    arrays: dict[str, np.ndarray], units: np.ndarray, back: np.ndarray, draws: np.ndarray,
    image: int, n_inputs: int, half: Any, zero: Any, choices: Choices, learns: bool,
) -> None:  # fmt: skip
    """Reset what is not kept from the image before."""
    n = len(units)
    for name in ("count", "errors", "penalties"):
        arrays[name][:] = 0
    start = arrays["start"]
    start[:] = zero
    if choices.forward_reset:
        start[:] = units if choices.forward_reset == 1 else draws[image, :n]
    start[:n_inputs] = zero
    arrays["potential"][:] = start
    arrays["limit"][:] = half
    if learns and choices.backward_reset != 1:
        back[:] = zero if choices.backward_reset == 0 else draws[image, n:]


def _input_spikes(layer: _Layer, image: np.ndarray, one: Any, zero: Any, per_step: bool) -> Spikes:
    """The signed quantiser: between half below and half above what has been emitted is rest."""
    layer.potential += image
    found = []
    for i in range(len(image)):
        over = layer.potential[i] - layer.limit[i]
        while over > zero:
            found.append((over, i, 1))
            over -= one
            layer.limit[i] += one
            layer.count[i] += 1
        under = layer.limit[i] - one - layer.potential[i]
        while under > zero:
            found.append((under, i, -1))
            under -= one
            layer.limit[i] -= one
            layer.count[i] -= 1
    return _sent(found, per_step)


def _sent(found: list[tuple[Any, int, int]], per_step: bool) -> Spikes:
    """Spikes by falling potential, lowest unit first among equals; without order per step."""
    if not per_step:
        found = sorted(found, key=lambda spike: spike[0], reverse=True)  # keeps the order of equals
    return [(unit, sign) for _, unit, sign in found]


def _forward(
    layer: _Layer, matrix: np.ndarray, spikes: Spikes, one: Any, zero: Any, choices: Choices
) -> Spikes:
    """The rectifying quantiser: adds a row per spike; emits what is above its limit."""
    emitted: Spikes = []
    for i, sign in spikes:
        if sign > 0:
            layer.potential += matrix[i]
        else:
            layer.potential -= matrix[i]
        if not choices.per_step:
            emitted += _fired(layer, one, zero, False)
    return emitted + (_fired(layer, one, zero, True) if choices.per_step else [])


def _fired(layer: _Layer, one: Any, zero: Any, per_step: bool) -> Spikes:
    found = []
    for j in np.nonzero(layer.potential > layer.limit)[0].tolist():
        over = layer.potential[j] - layer.limit[j]
        while over > zero:
            found.append((over, j, 1))
            over -= one
            layer.limit[j] += one
            layer.count[j] += 1
    return _sent(found, per_step)


def _aimed(target: np.ndarray, aim: np.ndarray, aimed: np.ndarray, one: Any, half: Any) -> Any:
    """Spikes of the negative target in this step, of a signed quantiser, by output."""
    spikes = np.zeros(len(aim), np.int64)
    aim += target
    for j in range(len(aim)):
        while aim[j] - aimed[j] > half:
            aimed[j] += one
            spikes[j] -= 1
        while aimed[j] - aim[j] > half:
            aimed[j] -= one
            spikes[j] += 1
    return spikes


def _backward(
    layers: list[_Layer], matrices: list[np.ndarray], spikes: Spikes, image: int, one: Any,
    half: Any, zero: Any, penalty: Any, inverse: Any, choices: Choices, record: Record,
) -> None:  # fmt: skip
    """Error spikes from the last layer to the first, and their changes of weights."""
    record.errors[image, len(layers) - 1] += len(spikes)
    for number in range(len(layers) - 1, 0, -1):
        layer, before, matrix = layers[number], layers[number - 1], matrices[number - 1]
        emitted: Spikes = []
        for j, sign in spikes:
            if layer.potential[j] < layer.start[j]:  # the rectifier's derivative
                continue
            record.gated[image, number] += 1
            layer.errors[j] += sign
            if number > 1:
                if sign > 0:
                    before.back += matrix[:, j]
                else:
                    before.back -= matrix[:, j]
                if not choices.per_step:
                    emitted += _fired_back(before.back, one, half, False)
            if choices.fractional and not choices.per_step:
                n = _change(matrix, j, before, inverse, zero, choices.smoothed, sign)
                record.updates[image] += n
        if choices.fractional and choices.per_step:  # all at once, by the weights before
            for j, sign in spikes:
                if layer.potential[j] < layer.start[j]:
                    continue
                n = _change(matrix, j, before, inverse, zero, choices.smoothed, sign)
                record.updates[image] += n
        if penalty > zero and number < len(layers) - 1:
            for j in np.nonzero(layer.step_spikes)[0].tolist():
                if layer.potential[j] < layer.start[j]:
                    continue
                layer.penalties[j] += layer.step_spikes[j]
                part = (layer.step_spikes[j] * penalty).astype(matrix.dtype)
                if number > 1:
                    before.back += part * matrix[:, j]
                if choices.fractional:
                    n = _penalise(matrix, j, before, inverse, zero, choices.smoothed, part)
                    record.updates[image] += n
            if number > 1 and not choices.per_step:
                emitted += _fired_back(before.back, one, half, False)
        if number > 1:
            if choices.per_step:
                emitted = _fired_back(before.back, one, half, True)
            record.errors[image, number - 1] += len(emitted)
        spikes = emitted


def _fired_back(back: np.ndarray, one: Any, half: Any, per_step: bool) -> Spikes:
    found = []
    for i in np.nonzero(np.abs(back) > half)[0].tolist():
        while abs(back[i]) > half:
            sign = 1 if back[i] > half else -1
            found.append((abs(back[i]), i, sign))
            if sign > 0:
                back[i] -= one
            else:
                back[i] += one
    return _sent(found, per_step)


def _active(layer: _Layer, zero: Any, smoothed: bool) -> np.ndarray:
    """The units that count in a change of weights: those with a positive sum."""
    return np.nonzero(layer.drive() > zero if smoothed else layer.count > 0)[0]


def _change(
    matrix: np.ndarray, j: int, before: _Layer, inverse: Any, zero: Any, smoothed: bool, sign: int
) -> int:
    """Subtract (or add) what came into a layer from a column of its weights."""
    active = _active(before, zero, smoothed)
    trace = before.drive()[active] * inverse if smoothed else before.count[active]
    if sign > 0:
        matrix[active, j] -= trace.astype(matrix.dtype)
    else:
        matrix[active, j] += trace.astype(matrix.dtype)
    return len(active)


def _penalise(
    matrix: np.ndarray, j: int, before: _Layer, inverse: Any, zero: Any, smoothed: bool, part: Any
) -> int:
    active = _active(before, zero, smoothed)
    trace = before.drive()[active] * inverse if smoothed else before.count[active]
    matrix[active, j] -= trace.astype(matrix.dtype) * part
    return len(active)


def _whole_change(
    matrix: np.ndarray, before: _Layer, layer: _Layer, inverse: Any, zero: Any, penalty: Any,
    choices: Choices,
) -> int:  # fmt: skip
    """One change after all steps: as often as there were errors, in place of a product."""
    n = 0
    for j, e in enumerate(layer.errors.tolist()):
        for _ in range(abs(e)):
            n += _change(matrix, j, before, inverse, zero, choices.smoothed, 1 if e > 0 else -1)
        if penalty > zero and layer.penalties[j] > 0:
            part = (layer.penalties[j] * penalty).astype(matrix.dtype)
            n += _penalise(matrix, j, before, inverse, zero, choices.smoothed, part)
    return n
