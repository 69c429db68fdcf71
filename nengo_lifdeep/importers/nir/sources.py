"""Who writes NIR files, and how their own simulators compute what is in them.

NIR describes neurons by differential equations. The simulators that export it take steps, and what
a step does (decay, comparison, reset), the step itself, and sometimes the unit of time are not in
the file. Each row was read from the tool's own code and is compared with the tool by
``benchmarks/nir_imports.py``.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import scipy.optimize

from ...errors import UnsupportedLayerError, ValidationError
from ...support.checks import shown

__all__ = [
    "AS_READ",
    "AT_ONCE",
    "SOURCES",
    "Source",
    "own_step",
    "seconds_per_unit",
    "source_named",
    "times_of",
]


#: a reset to 0 in the step of the spike itself, where a tool has both
AT_ONCE = "zero at once"


@dataclasses.dataclass(frozen=True)
class Source:
    """One tool.

    Attributes
    ----------
    title : str
        Its name in messages.
    dt : float
        Its own step in seconds, where the file does not say it.
    exact : bool
        Whether its decays are exponential; Euler steps otherwise.
    resets : tuple of str
        As in `StepLIF`: what its networks may do, by default the first; files do not say it.
    several, reaches : bool
        As in `StepLIF`.
    unit : {"seconds", "steps", "seconds times dt"}
        Of time constants in its files.
    per_step : bool
        Whether its IF adds inputs once per step; once per second otherwise.
    jumps : bool
        Whether inputs are added to its states as they are, whatever ``R`` the file says.
    loses : bool
        Whether a reset to 0 comes a step later, and in neurons with a filter of their current, or
        that drive themselves, takes away what they got in that step too.
    """

    title: str
    dt: float
    exact: bool = False
    resets: tuple[str, ...] = ("zero",)
    several: bool = False
    reaches: bool = False
    unit: str = "seconds"
    per_step: bool = True
    jumps: bool = False
    loses: bool = False

    def reset_of(self, given: str | None) -> str:
        """What spikes do to the voltage; `ValidationError` for what the tool computes otherwise.

        Parameters
        ----------
        given : str or None
            As `from_nir` takes it; None for the tool's default.

        Raises
        ------
        ValidationError
            If the tool's networks have no such reset.
        """
        if given is None:
            return self.resets[0]
        given = "zero" if given == AT_ONCE else given
        if given not in self.resets:
            raise ValidationError(
                f"reset is {given!r}; networks of {self.title} can be imported with "
                f"{' or '.join(map(repr, self.resets))}, other resets are computed otherwise there"
            )
        return given


#: What `from_nir` calls it -> the tool.
SOURCES: dict[str, Source] = {
    "norse": Source("Norse", 1e-3, resets=("zero", "subtract"), unit="seconds times dt"),
    "sinabs": Source(
        "Sinabs", 1e-3, exact=True, resets=("subtract",), several=True, reaches=True, unit="steps"
    ),
    "sinabs-unnormalised": Source(
        "Sinabs (norm_input=False)",
        1e-3,
        exact=True,
        resets=("subtract",),
        several=True,
        reaches=True,
        unit="steps",
        jumps=True,
    ),
    "snntorch": Source("snnTorch", 1e-4, resets=("subtract next", "zero"), loses=True),
    "spikingjelly": Source("SpikingJelly", 1e-4, reaches=True, per_step=False),
    "rockpool": Source(
        "Rockpool", 1e-3, exact=True, resets=("subtract",), several=True, reaches=True, jumps=True
    ),
}


#: Target of `to_nir` -> the source and the reset with which its own reader takes the graph.
AS_READ = {
    "snntorch": ("snntorch", "zero at once"),
    "norse": ("norse", "zero"),
    "sinabs": ("sinabs-unnormalised", "subtract"),
}


def source_named(name: str | None) -> Source | None:
    """The tool of that name; `ValidationError` lists the names there are.

    Parameters
    ----------
    name : str or None
        As `from_nir` takes it; None for NIR's own equations.

    Examples
    --------
    >>> source_named("sinabs").unit
    'steps'
    """
    if name is None:
        return None
    if not isinstance(name, str) or name not in SOURCES:
        raise ValidationError(
            f"source is {shown(name)}; expected None or one of {', '.join(SOURCES)}"
        )
    return SOURCES[name]


def times_of(nodes: dict[str, Any]) -> np.ndarray:
    """All time constants of a graph, as they are written.

    Parameters
    ----------
    nodes : dict of str to nir.NIRNode
        The nodes.
    """
    found = []
    for node in nodes.values():
        for name in ("tau", "tau_mem", "tau_syn"):
            try:
                found.append(np.ravel(np.asarray(getattr(node, name, ()), np.float64)))
            except (TypeError, ValueError):  # the walk names the node
                continue
    return np.concatenate(found) if found else np.zeros(0)


def seconds_per_unit(source: Source, nodes: dict[str, Any], dt: float) -> float:
    """What a time constant of a file is multiplied by to become seconds.

    Norse multiplied by dt since version 1.1 only: where all constants are dt or more, they are in
    seconds already.

    Parameters
    ----------
    source : Source
        The tool.
    nodes : dict of str to nir.NIRNode
        The nodes.
    dt : float
        Time step, in seconds.

    Raises
    ------
    UnsupportedLayerError
        If a file of Norse has time constants of both kinds.
    """
    if source.unit == "steps":
        return dt
    times = times_of(nodes)
    least = dt * (1 - 1e-6)
    if source.unit == "seconds" or not times.size or times.min() >= least:
        return 1.0
    if times.max() < least:
        return 1 / dt
    raise UnsupportedLayerError(
        f"time constants go from {times.min():g} to {times.max():g}, some below a step of {dt:g} "
        f"s and some above; {source.title} writes all of them in seconds, or all times dt. Repair "
        "the file, or give the step it was made for: from_nir(..., dt=...)"
    )


def own_step(source: Source, nodes: dict[str, Any]) -> float:
    """The step that a tool's file was made for, in seconds.

    Rockpool writes ``R = tau exp(-dt / tau) / dt``, SpikingJelly ``R = 1 / dt`` of neurons without
    leak; of others it is the tool's usual step.

    Parameters
    ----------
    source : Source
        The tool.
    nodes : dict of str to nir.NIRNode
        The nodes.
    """
    for node in nodes.values():
        r = np.ravel(np.asarray(getattr(node, "r", ())))
        if r.dtype.kind not in "fiu" or not r.size or not r[0] > 1:
            continue
        if type(node).__name__ == "IF" and not source.per_step:
            return float(f"{1 / r[0]:.6g}")
        tau = np.ravel(np.asarray(getattr(node, "tau_mem", getattr(node, "tau", ()))))
        if source.jumps and tau.dtype.kind in "fiu" and tau.size and 0 < tau[0] < math.inf:
            ratio = float(tau[0] / r[0])  # dt / exp(-dt / tau)

            def off(dt: float, tau: float = float(tau[0]), ratio: float = ratio) -> float:
                return dt * math.exp(dt / tau) - ratio

            return float(f"{scipy.optimize.brentq(off, 0.0, ratio):.5g}")
    return source.dt
