"""The whole network of theta neurons in time, neuron by neuron.

Pulses of a step arrive in the next; within a step the current is constant and the neurons' motion
exact. `networks.nengo_network` is the same network in Nengo.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..compat.requirements import import_optional
from ..errors import ValidationError
from ..support.checks import checked, flag, real, seed, whole
from ..support.checks.arrays import checked_array
from ..support.short_repr import short_repr
from .complex_arrays import complex_array
from .graph import adjacency

__all__ = ["ThetaRun", "angles", "lorentzian", "simulate"]


@checked(n=whole(1), centre=real(), width=real(0), seed=seed, stratified=flag)
def lorentzian(
    n: int, centre: float, width: float, seed: int = 0, stratified: bool = False
) -> NDArray:
    """Currents of neurons, drawn from a Lorentzian (Cauchy) distribution.

    Parameters
    ----------
    n : int
        Neurons.
    centre : float
        Median of the distribution, ``eta0``.
    width : float
        Half its width at half its height, ``delta``; 0 for equal currents.
    seed : int
        Seed of the draw. Tails are heavy: compare several.
    stratified : bool
        Whether one current is drawn from each of ``n`` equally likely intervals, in random order:
        as random for each neuron, but all of them together are distributed evenly.

    Returns
    -------
    (neuron,) array

    Examples
    --------
    >>> print(abs(np.median(lorentzian(10_000, 2.0, 0.05)) - 2.0) < 0.01)
    True
    """
    rng = np.random.default_rng(seed)
    if not stratified:
        return centre + width * rng.standard_cauchy(n)
    share = (rng.permutation(n) + rng.random(n)) / n
    return centre + width * np.tan(np.pi * (share - 0.5))


@checked(seed=seed)
def angles(z: ArrayLike, members: ArrayLike, seed: int = 0) -> NDArray:
    """Angles of neurons whose classes have these means of ``exp(i theta)``.

    Parameters
    ----------
    z : (class,) array_like of complex
        State of a mean field.
    members : (neuron,) array_like of int
        The class of every neuron, `DegreeClasses.members`.
    seed : int
        Seed of the draw.

    Returns
    -------
    (neuron,) array
        From -pi to pi.

    Examples
    --------
    >>> print(np.exp(1j * angles([0.5j], np.zeros(100_000, int))).mean().round(1))
    0.5j
    """
    z = complex_array(z, "z", (None,))
    if not np.all(np.abs(z) <= 1):
        raise ValidationError(f"z has shape {z.shape}; expected (class,), within the unit circle")
    of = checked_array(members, "members", kind="whole", shape=("neuron",), low=0, high=len(z) - 1)
    turn = np.exp(1j * np.random.default_rng(seed).uniform(-np.pi, np.pi, len(of)))
    centre = z[of]
    return np.angle((turn + centre) / (1 + np.conj(centre) * turn))


@dataclasses.dataclass(frozen=True, eq=False)
class ThetaRun:
    """What a run of the network gives; times and rates are in time constants.

    Attributes
    ----------
    rates : (neuron,) array
        Spikes per time constant, after the time that was left out.
    times : (time,) array
        Ends of the intervals over which means were taken.
    pulse : (time,) array
        Mean pulse of all neurons.
    rate : (time,) array
        Mean rate of all neurons.
    theta : (neuron,) array
        Angles at the end.
    traces : (step, watched) array
        Angles of the watched neurons after every step.
    """

    rates: NDArray
    times: NDArray
    pulse: NDArray
    rate: NDArray
    theta: NDArray
    traces: NDArray
    __repr__ = short_repr

    def __post_init__(self) -> None:
        for name in ("rates", "times", "pulse", "rate", "theta", "traces"):
            shape = ("step", "watched") if name == "traces" else ("n",)
            value = checked_array(getattr(self, name), f"ThetaRun.{name}", shape=shape, own=True)
            object.__setattr__(self, name, value)
        for names in (("rates", "theta"), ("times", "pulse", "rate")):
            lengths = [len(getattr(self, name)) for name in names]
            if len(set(lengths)) > 1 or (names[0] == "rates" and lengths[0] == 0):
                raise ValidationError(
                    f"ThetaRun has {' and '.join(names)} of lengths {lengths}; expected the same "
                    "length, and at least one neuron"
                )

    @property
    def mean_rate(self) -> float:
        """Mean rate of all neurons, after the time that was left out."""
        return float(self.rates.mean())


@checked(kappa=real(), duration=real(above=0), dt=real(above=0), skip=real(0), seed=seed)
def simulate(
    graph: Any,
    eta: ArrayLike,
    kappa: float,
    duration: float,
    *,
    dt: float = 0.05,
    skip: float = 0.0,
    theta: ArrayLike | None = None,
    watch: ArrayLike = (),
    seed: int = 0,
) -> ThetaRun:
    """Run all neurons of the network.

    Neuron i has the current ``eta_i + (kappa / mean degree) sum_j A_ij (2/3) (1 - cos theta_j)^2``.

    Parameters
    ----------
    graph : sparse matrix, (neuron, neuron) array or networkx graph
        Rows are receivers and columns senders.
    eta : (neuron,) array_like
        Currents of the neurons' own, e.g. from `lorentzian`.
    kappa : float
        Strength of the coupling.
    duration : float
        In time constants.
    dt : float
        The step, in time constants; motion within is exact, the coupling constant.
    skip : float
        Time at the beginning of which no spikes are counted in ``rates``.
    theta : (neuron,) array_like, optional
        Angles at the beginning, in radians; random by default.
    watch : (watched,) array_like of int
        Neurons whose angles are kept after every step.
    seed : int
        Seed of the angles at the beginning.

    Returns
    -------
    ThetaRun

    Raises
    ------
    ValidationError
        If shapes do not fit, or nothing is left of the time.
    MissingDependencyError
        If Numba is not installed.

    Examples
    --------
    One neuron with a constant current of 4 fires ``sqrt(4) / pi`` times per time constant:

    >>> print(round(simulate([[0]], [4.0], 0.0, duration=100.0).mean_rate, 2))
    0.64
    """
    matrix = adjacency(graph)
    n = matrix.shape[0]
    eta = checked_array(eta, "eta", shape=(n,), dtype=float)
    rng = np.random.default_rng(seed)
    if theta is None:
        theta = rng.uniform(-np.pi, np.pi, n)
    theta = checked_array(theta, "theta", shape=(n,), dtype=float)
    watched = np.array(
        checked_array(watch, "watch", kind="whole", shape=("watched",), low=0, high=n - 1)
        if np.size(watch) else [], dtype=np.int64,
    )  # fmt: skip
    n_steps, skipped = round(duration / dt), round(skip / dt)
    if skipped >= n_steps:
        raise ValidationError(
            f"skip is {skip:g} of a duration of {duration:g}, in steps of {dt:g}; expected some "
            "time that is counted"
        )
    import_optional("numba")
    from .compiled.steps import run_network

    senders = matrix.indices.astype(np.uint16 if n <= 2**16 else np.uint32)
    begins = matrix.indptr.astype(np.int64)
    if matrix.nnz and matrix.data.max() > 1:  # several edges between two neurons
        begins = np.append(0, np.cumsum(matrix.data))[begins]
        senders = np.repeat(senders, matrix.data)
    every = max(1, round(1 / dt))
    n_means = n_steps // every
    p, q = np.sin(theta / 2), np.cos(theta / 2)
    p, q = np.where(q < 0, -p, p), np.abs(q)
    spikes, pulses = np.zeros(n, np.int64), np.zeros(n)  # nothing arrives in the first step
    means, fired = np.zeros(n_means), np.zeros(n_means)
    traces = np.zeros((n_steps, len(watched)))
    unit = kappa * n / max(len(senders), 1)
    run_network(
        senders, begins, np.array(eta), unit, dt,
        n_steps, skipped, every, p, q, pulses, spikes, means, fired, traces, watched,
    )  # fmt: skip
    return ThetaRun(
        rates=spikes / ((n_steps - skipped) * dt),
        times=dt * every * np.arange(1, n_means + 1),
        pulse=means / (n * every),
        rate=fired / (n * every * dt),
        theta=2 * np.arctan2(p, q),
        traces=traces,
    )
