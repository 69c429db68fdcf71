"""Numba kernel: images through a network of herding neurons, forward and, to learn, backward.

All potentials and weights are in units in which a spike is worth ``one`` and a change of a weight
by one count is 1 (`scale`), so that nothing but additions, subtractions and comparisons is
left of the method; `herding.readable` is the same in NumPy, line by line.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...support.compilation import compiled
from .changes import active_inputs, change, penalise
from .firing import add_column, add_row, by_priority, fire, fire_signed

__all__ = ["herd"]


@compiled
def herd(
    images: Any, targets: Any, draws: Any, sizes: Any, weights: Any, units: Any, back: Any,
    numbers: Any, choices: Any, record: Any,
) -> int:  # fmt: skip
    """Show images one after the other, and learn from each if there are targets.

    Parameters
    ----------
    images : (image, input) array
        Drive of a step.
    targets : (image, output) array
        What a step should give; without rows nothing is learned.
    draws : (image, unit) array
        Potentials to start from, of all units, in the order of ``units``; without rows there are
        none. Those of backward potentials follow.
    sizes : (layer + 1,) array of int
        Units of the input and of each layer.
    weights : (n,) array
        Of one layer after the other, each ``(in, out)``. Changed in place.
    units : (unit,) array
        Potentials before the first image, changed in place where they are kept.
    back : (unit,) array
        Backward potentials, changed in place.
    numbers : (5,) array
        Worth of a spike, half of it, weight of the penalty, 1 / worth for smoothed traces, 0.
    choices : Choices
        What is done.
    record : Record
        Where to write.

    Returns
    -------
    int
        Images that were finished; fewer than there are if a step had more spikes than fit.
    """
    one, half, penalty, inverse, zero = numbers
    n_layers = len(sizes) - 1
    n_units = len(units)
    first = np.zeros(n_layers + 2, np.int64)  # where a layer's units begin
    w_first = np.zeros(n_layers + 1, np.int64)  # where its weights begin
    for layer in range(n_layers + 1):
        first[layer + 1] = first[layer] + sizes[layer]
        if layer:
            w_first[layer] = w_first[layer - 1]
            if layer > 1:
                w_first[layer] += sizes[layer - 2] * sizes[layer - 1]
    learns = len(targets) > 0
    start = np.zeros_like(units)
    potential = np.zeros_like(units)
    limit = np.zeros_like(units)  # half above what has been emitted
    count = np.zeros(n_units, np.int64)
    errors = np.zeros(n_units, np.int64)
    penalties = np.zeros(n_units, np.int64)
    step_spikes = np.zeros(n_units, np.int64)
    n_out = sizes[n_layers]
    aim = np.zeros(n_out, units.dtype)
    aimed = np.zeros(n_out, units.dtype)
    room = record.room
    unit, sign = np.zeros((2, room), np.int64), np.zeros((2, room), np.int64)
    keys = np.zeros(room, units.dtype)
    active = np.zeros(sizes.max(), np.int64)
    ink = np.zeros(sizes[0], np.int64)  # inputs that are not zero

    for image in range(len(images)):
        count[:] = 0
        errors[:] = 0
        penalties[:] = 0
        aim[:] = zero
        aimed[:] = zero
        for k in range(n_units):
            if choices.forward_reset == 1:
                start[k] = units[k]
            elif choices.forward_reset == 2:
                start[k] = draws[image, k]
            else:
                start[k] = zero
            if k < sizes[0]:
                start[k] = zero
            potential[k] = start[k]
            limit[k] = half
            if learns and choices.backward_reset == 0:
                back[k] = zero
            if learns and choices.backward_reset == 2:
                back[k] = draws[image, n_units + k]
        n_ink = 0
        for i in range(sizes[0]):
            if images[image, i] != zero:
                ink[n_ink] = i
                n_ink += 1
        for step in range(choices.n_steps):
            # the input: a signed quantiser, whose limit is around what has been emitted
            row = 0
            n = 0
            for place in range(n_ink):
                i = ink[place]
                potential[i] += images[image, i]
                over = potential[i] - limit[i]
                while over > zero:
                    if n == room:
                        return image
                    keys[n] = over
                    unit[row, n] = i
                    sign[row, n] = 1
                    n += 1
                    over -= one
                    limit[i] += one
                    count[i] += 1
                under = limit[i] - one - potential[i]
                while under > zero:
                    if n == room:
                        return image
                    keys[n] = under
                    unit[row, n] = i
                    sign[row, n] = -1
                    n += 1
                    under -= one
                    limit[i] -= one
                    count[i] -= 1
            if not choices.per_step:
                by_priority(keys, unit[row], sign[row], 0, n)
            record.spikes[image, 0] += n
            for layer in range(1, n_layers + 1):
                here, width = first[layer], sizes[layer]
                other = 1 - row
                n_new = 0
                if learns and penalty > zero:
                    step_spikes[here : here + width] = 0
                own, own_limit = potential[here : here + width], limit[here : here + width]
                own_count, unit_new, sign_new = count[here : here + width], unit[other], sign[other]
                for event in range(n):
                    place = w_first[layer] + unit[row, event] * width
                    fires = add_row(
                        own, own_limit, weights[place : place + width], sign[row, event]
                    )
                    if fires and not choices.per_step:
                        n_old = n_new
                        n_new = fire(
                            own, own_limit, own_count, one, zero, keys, unit_new, sign_new, n_old
                        )
                        if n_new < 0:
                            return image
                        by_priority(keys, unit_new, sign_new, n_old, n_new)
                if choices.per_step:
                    n_new = fire(own, own_limit, own_count, one, zero, keys, unit_new, sign_new, 0)
                    if n_new < 0:
                        return image
                record.spikes[image, layer] += n_new
                if learns and penalty > zero:
                    for event in range(n_new):
                        step_spikes[here + unit[other, event]] += 1
                row, n = other, n_new
            if record.outputs.shape[1] > 0:
                for j in range(n_out):
                    k = first[n_layers] + j
                    record.outputs[image, step, j] = potential[k] - start[k]
            if not learns:
                continue

            # the error: what the output emitted in this step, less what it should have
            last = first[n_layers]
            for j in range(n_out):
                errors_now = 0
                aim[j] += targets[image, j]
                while aim[j] - aimed[j] > half:
                    if errors_now == -room:
                        return image
                    aimed[j] += one
                    errors_now -= 1
                while aimed[j] - aim[j] > half:
                    if errors_now == room:
                        return image
                    aimed[j] -= one
                    errors_now += 1
                step_spikes[last + j] = errors_now
            for event in range(n):
                step_spikes[last + unit[row, event]] += 1
            n = 0
            for j in range(n_out):
                e = step_spikes[last + j]
                while e != 0:
                    if n == room:
                        return image
                    unit[0, n] = j
                    sign[0, n] = 1 if e > 0 else -1
                    e -= sign[0, n]
                    n += 1
            row = 0
            record.errors[image, n_layers] += n
            for layer in range(n_layers, 0, -1):
                here, width = first[layer], sizes[layer]
                before, n_in = first[layer - 1], sizes[layer - 1]
                place = w_first[layer]
                matrix = weights[place : place + n_in * width].reshape((n_in, width))
                in_count, in_potential = count[before:here], potential[before:here]
                in_start, in_back = start[before:here], back[before:here]
                other = 1 - row
                unit_new, sign_new = unit[other], sign[other]
                n_new, n_active = 0, -1
                for event in range(n):
                    j, s = unit[row, event], sign[row, event]
                    if potential[here + j] < start[here + j]:
                        continue
                    record.gated[image, layer] += 1
                    errors[here + j] += s
                    if layer > 1:
                        fires = add_column(in_back, matrix[:, j], half, s)
                        if fires and not choices.per_step:
                            n_old = n_new
                            n_new = fire_signed(in_back, one, half, keys, unit_new, sign_new, n_old)
                            if n_new < 0:
                                return image
                            by_priority(keys, unit_new, sign_new, n_old, n_new)
                    if choices.fractional and not choices.per_step:
                        if n_active < 0:
                            n_active = active_inputs(
                                active, in_count, in_potential, in_start, zero, choices.smoothed
                            )
                        change(
                            matrix, j, active, n_active, in_count, in_potential, in_start,
                            inverse, choices.smoothed, s,
                        )  # fmt: skip
                        record.updates[image] += n_active
                if choices.fractional and choices.per_step and n > 0:  # all at once, by old weights
                    n_active = active_inputs(
                        active, in_count, in_potential, in_start, zero, choices.smoothed
                    )
                    for event in range(n):
                        j, s = unit[row, event], sign[row, event]
                        if potential[here + j] < start[here + j]:
                            continue
                        change(
                            matrix, j, active, n_active, in_count, in_potential, in_start,
                            inverse, choices.smoothed, s,
                        )  # fmt: skip
                        record.updates[image] += n_active
                if penalty > zero and layer < n_layers:
                    if n_active < 0:
                        n_active = active_inputs(
                            active, in_count, in_potential, in_start, zero, choices.smoothed
                        )
                    for j in range(width):
                        spikes = step_spikes[here + j]
                        if spikes == 0 or potential[here + j] < start[here + j]:
                            continue
                        penalties[here + j] += spikes
                        part = spikes * penalty
                        if layer > 1:
                            for i in range(n_in):
                                in_back[i] += part * matrix[i, j]
                        if choices.fractional:
                            penalise(
                                matrix,
                                j,
                                active,
                                n_active,
                                in_count,
                                in_potential,
                                in_start,
                                inverse,
                                choices.smoothed,
                                part,
                            )
                            record.updates[image] += n_active
                    if layer > 1 and not choices.per_step:
                        n_old = n_new
                        n_new = fire_signed(in_back, one, half, keys, unit_new, sign_new, n_old)
                        if n_new < 0:
                            return image
                        by_priority(keys, unit_new, sign_new, n_old, n_new)
                if layer > 1:
                    if choices.per_step:
                        n_new = fire_signed(in_back, one, half, keys, unit_new, sign_new, 0)
                        if n_new < 0:
                            return image
                    record.errors[image, layer - 1] += n_new
                row, n = other, n_new
        if learns and not choices.fractional:
            for layer in range(1, n_layers + 1):
                before, here, after = first[layer - 1], first[layer], first[layer + 1]
                place, n_weights = w_first[layer], sizes[layer - 1] * sizes[layer]
                record.updates[image] += _change_once(
                    weights[place : place + n_weights].reshape((sizes[layer - 1], sizes[layer])),
                    errors[here:after], penalties[here:after], count[before:here],
                    potential[before:here], start[before:here], active, penalty, inverse, zero,
                    choices.smoothed,
                )  # fmt: skip
        for k in range(n_units):
            record.totals[k] += abs(count[k])
            units[k] = potential[k] - (limit[k] - half)
        for j in range(n_out):
            k = first[n_layers] + j
            record.drive[image, j] = potential[k] - start[k]
        if len(record.counts) > 0:
            record.counts[image] = count
        if len(record.error_counts) > 0:
            record.error_counts[image] = errors
    return len(images)


@compiled
def _change_once(
    matrix: Any, errors: Any, penalties: Any, count: Any, potential: Any, start: Any, active: Any,
    penalty: Any, inverse: Any, zero: Any, smoothed: bool,
) -> int:  # fmt: skip
    """Change the weights of a layer after the last step; the number of weights that changed."""
    n_active = active_inputs(active, count, potential, start, zero, smoothed)
    updates = 0
    for j in range(matrix.shape[1]):
        e = errors[j]
        s = 1 if e > 0 else -1
        while e != 0:
            change(matrix, j, active, n_active, count, potential, start, inverse, smoothed, s)
            updates += n_active
            e -= s
        if penalty > zero and penalties[j] > 0:
            part = penalties[j] * penalty
            penalise(matrix, j, active, n_active, count, potential, start, inverse, smoothed, part)
            updates += n_active
    return updates
