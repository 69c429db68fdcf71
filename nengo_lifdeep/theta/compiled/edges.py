"""Edges that exchange their targets; which pairs of neurons are connected is kept in bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...support.compilation import compiled

__all__ = ["repair", "swap_towards"]


@compiled
def _is_set(bits: Any, key: int) -> bool:
    return (bits[key >> 6] >> np.uint64(key & 63)) & np.uint64(1) != np.uint64(0)


@compiled
def _flip(bits: Any, key: int) -> None:
    bits[key >> 6] ^= np.uint64(1) << np.uint64(key & 63)


@compiled
def swap_towards(
    receivers: Any, senders: Any, a: Any, b: Any, n: int, target: float, near: float, rng: Any,
    patience: int,
) -> float:  # fmt: skip
    """Exchange targets of random pairs of edges until the sum of products is at its target.

    Parameters
    ----------
    receivers, senders : (edge,) array of int32
        Changed in place.
    a, b : (neuron,) array of float64
        Degree of a neuron as a sender, and as a receiver.
    n : int
        Neurons.
    target, near : float
        What ``sum(a[sender] b[receiver])`` is to become, and how near is enough.
    rng : numpy.random.Generator
        Draws the pairs.
    patience : int
        Pairs in a row of which none could be used, after which it gives up.

    Returns
    -------
    float
        What the sum has become.
    """
    m = len(receivers)
    bits = np.zeros((n * n + 63) // 64, np.uint64)
    total = 0.0
    for e in range(m):
        _flip(bits, np.int64(receivers[e]) * n + senders[e])
        total += a[senders[e]] * b[receivers[e]]
    idle = 0
    while abs(target - total) > near and idle < patience:
        idle += 1
        e, f = rng.integers(0, m), rng.integers(0, m)
        s, t = np.int64(senders[e]), np.int64(senders[f])
        i, j = np.int64(receivers[e]), np.int64(receivers[f])
        gain = (a[s] - a[t]) * (b[j] - b[i])
        if abs(target - total - gain) >= abs(target - total) or s == j or t == i:
            continue
        if _is_set(bits, j * n + s) or _is_set(bits, i * n + t):
            continue
        _flip(bits, i * n + s)
        _flip(bits, j * n + t)
        _flip(bits, j * n + s)
        _flip(bits, i * n + t)
        receivers[e], receivers[f] = j, i
        total += gain
        idle = 0
    return total


@compiled
def repair(receivers: Any, senders: Any, n: int, rng: Any, patience: int) -> int:
    """Exchange targets until no neuron is connected to itself, and no two twice.

    Parameters
    ----------
    receivers, senders : (edge,) array of int32
        Changed in place.
    n : int
        Neurons.
    rng : numpy.random.Generator
        Draws the edges that help.
    patience : int
        Edges that are tried for each that is wrong.

    Returns
    -------
    int
        Edges that are still wrong.
    """
    m = len(receivers)
    bits = np.zeros((n * n + 63) // 64, np.uint64)
    wrong = np.zeros(m, np.bool_)
    for e in range(m):
        key = np.int64(receivers[e]) * n + senders[e]
        if receivers[e] == senders[e] or _is_set(bits, key):
            wrong[e] = True
        else:
            _flip(bits, key)
    left = 0
    for e in range(m):
        if not wrong[e]:
            continue
        s, i = np.int64(senders[e]), np.int64(receivers[e])
        for _ in range(patience):
            f = rng.integers(0, m)
            t, j = np.int64(senders[f]), np.int64(receivers[f])
            if wrong[f] or s == j or t == i or s == t or i == j:
                continue
            if _is_set(bits, j * n + s) or _is_set(bits, i * n + t):
                continue
            _flip(bits, j * n + t)
            _flip(bits, j * n + s)
            _flip(bits, i * n + t)
            receivers[e], receivers[f] = j, i
            wrong[e] = False
            break
        if wrong[e]:
            left += 1
    return left
