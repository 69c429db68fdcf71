"""The unit of time of a NIR graph: seconds, or what others write."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...errors import UnsupportedLayerError

__all__ = ["other_unit", "refuse_other_step", "written_step"]


def other_unit(tau: float, what: str, dt: float, longest: float) -> str:
    """Possible meanings of a time constant in another unit, for a message.

    Parameters
    ----------
    tau : float
        The time constant as it was read.
    what : str
        Its name in the message.
    dt : float
        Time step, in seconds.
    longest : float
        Longest time constant that is accepted, in seconds.

    Examples
    --------
    >>> print(other_unit(20.0, "tau", 0.001, 1.0)[:57])
    tau is 20 s beside a step dt = 0.001 s; expected tau from
    """
    meant = (
        f"{tau:g} steps of dt = {dt:g} s would be {tau * dt:g} s (Sinabs and others write steps), "
        f"{tau:g} ms {tau / 1e3:g} s: multiply"
        if tau > longest
        else f"times a step of 1 ms would {1e3 * tau:g} s become it (Norse writes that): divide"
    )
    return (
        f"{what} is {tau:g} s beside a step dt = {dt:g} s; expected {what} from dt to "
        f"{longest:.3g} s. The file's times are not in seconds: {meant} tau of every node before "
        "importing, or say who wrote it, from_nir(graph, source='norse') or 'sinabs', or give the "
        "step it was made for: from_nir(graph, dt=...)"
    )


def written_step(nodes: dict[str, Any]) -> float | None:
    """The step that ``R = tau / dt`` names in every neuron of a graph; None where none is named.

    snnTorch and SpikingJelly write ``R`` and ``w_in`` so that a spike of one step counts as 1, by
    default with steps of 0.1 ms. Only powers of ten are taken for a step: ``R`` has other uses.

    Parameters
    ----------
    nodes : dict of str to nir.NIRNode
        The nodes of the graph.

    Examples
    --------
    >>> import nir
    >>> one = np.ones(2)
    >>> neurons = nir.LIF(tau=0.002 * one, r=20 * one, v_leak=0 * one, v_threshold=one)
    >>> written_step({"n1": neurons})
    0.0001
    """
    steps = np.concatenate([np.ravel(each) for each in _ratios(nodes)] or [np.zeros(0)])
    if not steps.size or not np.isfinite(steps).all() or steps.min() <= 0:
        return None
    power = 10.0 ** round(math.log10(steps[0]))
    return power if power < 1 and np.allclose(steps, power, rtol=1e-3, atol=0) else None


def refuse_other_step(nodes: dict[str, Any], dt: float) -> None:
    """Raise `UnsupportedLayerError` for a graph made for another step than ``dt``, in seconds.

    Parameters
    ----------
    nodes : dict of str to nir.NIRNode
        The nodes of the graph.
    dt : float
        Time step, in seconds.
    """
    written = written_step(nodes)
    if written is not None and not math.isclose(written, dt, rel_tol=1e-3):
        raise UnsupportedLayerError(
            f"R is tau / {written:g} s in every neuron of the graph, so that it was made for steps "
            f"of {written:g} s (snnTorch and SpikingJelly write that), not of {dt:g} s, in which "
            f"spikes count {dt / written:g} times as much: from_nir(graph, source='snntorch'), or "
            f"from_nir(graph, dt={written:g}), and Presentation(dt={written:g}); or dt={dt:g} if "
            "that is meant"
        )


def _ratios(nodes: dict[str, Any]) -> Iterator[np.ndarray]:
    for node in nodes.values():
        kind = type(node).__name__
        pairs = {"LIF": [("tau", "r")], "CubaLIF": [("tau_mem", "r"), ("tau_syn", "w_in")]}
        for tau, factor in pairs.get(kind, []):
            try:
                times, factors = (
                    np.asarray(getattr(node, name), np.float64) for name in (tau, factor)
                )
            except (TypeError, ValueError):  # the walk names the node
                continue
            if factors.size and np.all(factors != 0) and not np.all(factors == 1):
                yield times / factors if times.shape == factors.shape or 1 in (
                    times.size, factors.size,
                ) else np.zeros(1)  # fmt: skip
