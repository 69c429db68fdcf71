"""The mean field of a network of theta neurons: one complex number for every class of neurons.

With input currents ``eta`` from a Lorentzian distribution the ansatz of Ott and Antonsen gives,
for the mean z of ``exp(i theta)`` over a class with input ``I``,

    z' = -(i/2) (z - 1)^2 + (i/2) (z + 1)^2 (eta0 + i delta + kappa I)

in units of the neurons' time constant, with ``I_l = sum_m coupling_lm H(z_m)`` and the mean pulse
``H(z) = 1 - (4/3) Re z + (1/3) Re z^2``. With ``w = (1 - conj z) / (1 + conj z) = pi f + i v``,
where f is the rate, a class at rest has ``(pi f)^2 = (E + sqrt(E^2 + delta^2)) / 2`` at
``E = eta0 + kappa I``: fixed points are equations in the few numbers that make up ``I`` alone.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from ..errors import ValidationError
from ..support.checks import check_fields, checked, instance, optional, real, whole, word
from ..support.checks.arrays import checked_array
from ..support.short_repr import short_repr
from .classes import DegreeClasses
from .complex_arrays import checked_state
from .factors import factors
from .fixed_points import unknowns_at_rest
from .rest import at_rest, mean_pulse, pulses_at_rest, state_of

__all__ = ["MeanField", "PARAMETERS"]

#: parameters that can be varied along a branch
PARAMETERS = ("eta0", "kappa", "delta")


@dataclasses.dataclass(frozen=True, eq=False)
class MeanField:
    """A network's mean field: who is coupled to whom, and its parameters.

    Parameters
    ----------
    coupling : (class, class) array
        Input of class l is ``sum_m coupling[l, m] H(z_m)``.
    weights : (class,) array
        Share of each class in all neurons; they add up to 1.
    eta0 : float
        Centre of the neurons' currents.
    kappa : float
        Strength of the coupling.
    delta : float
        Half the width of the distribution of currents at half its height, positive.
    rank : int, optional
        How many singular values of the coupling are kept; all by default. Two are enough for
        wiring with one kind of assortativity. What each class receives in all stays the same.

    Raises
    ------
    ValidationError
        If shapes do not fit, a number is out of bounds, or the kept singular values leave a class
        nothing of what it receives.

    Examples
    --------
    All neurons alike, coupled to all:

    >>> field = MeanField.homogeneous(eta0=-0.5, kappa=1.5, delta=0.05)
    >>> quiet, active = field.fixed_point("quiet"), field.fixed_point("active")
    >>> print(round(field.rate(quiet), 4), round(field.rate(active), 4))
    0.0163 0.3186
    """

    coupling: NDArray
    weights: NDArray
    eta0: float
    kappa: float
    delta: float
    rank: int | None = None
    __repr__ = short_repr

    def __post_init__(self) -> None:
        coupling = checked_array(
            self.coupling, "MeanField.coupling", shape=("class", "class"), dtype=float, own=True
        )
        n = len(coupling)
        if coupling.shape != (n, n) or n == 0:
            raise ValidationError(
                f"MeanField.coupling has shape {coupling.shape}; expected as many rows as columns"
            )
        weights = checked_array(
            self.weights, "MeanField.weights", shape=(n,), low=0, dtype=float, own=True
        )
        if abs(weights.sum() - 1) > 1e-9:
            raise ValidationError(
                f"MeanField.weights add up to {weights.sum():.6g}; expected shares that add up to 1"
            )
        check_fields(
            self, eta0=real(), kappa=real(), delta=real(above=0), rank=optional(whole(1, n))
        )
        object.__setattr__(self, "coupling", coupling)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "_factors", factors(coupling, self.rank))

    @classmethod
    def homogeneous(cls, eta0: float, kappa: float, delta: float) -> MeanField:
        """Neurons that all receive the same input.

        Parameters
        ----------
        eta0, kappa, delta : float
            As of `MeanField`.

        Examples
        --------
        >>> MeanField.homogeneous(0.0, 0.0, 0.05).n
        1
        """
        return cls(np.ones((1, 1)), np.ones(1), eta0, kappa, delta)

    @classmethod
    @checked(classes=instance(DegreeClasses))
    def of(
        cls,
        classes: DegreeClasses,
        eta0: float,
        kappa: float,
        delta: float,
        rank: int | None = None,
    ) -> MeanField:
        """The mean field of a network's degree classes.

        Parameters
        ----------
        classes : DegreeClasses
            From `degree_classes`.
        eta0, kappa, delta, rank
            As of `MeanField`.

        Examples
        --------
        >>> from nengo_lifdeep.theta import degree_classes
        >>> MeanField.of(degree_classes([[0, 1], [1, 0]]), 0.0, 1.0, 0.05).n
        1
        """
        return cls(classes.coupling, classes.weights, eta0, kappa, delta, rank)

    @property
    def n(self) -> int:
        """Number of classes."""
        return len(self.weights)

    @property
    def effective_coupling(self) -> NDArray:
        """The coupling, or what the kept singular values leave of it."""
        left, right = self._factors  # type: ignore[attr-defined]
        return left @ right

    def input(self, z: ArrayLike) -> NDArray:
        """Mean current that each class receives from the others, ``kappa`` left out.

        Parameters
        ----------
        z : (class,) array_like of complex
            State.
        """
        left, right = self._factors  # type: ignore[attr-defined]
        return left @ (right @ mean_pulse(self._state(z)))

    def derivative(self, z: ArrayLike) -> NDArray:
        """``z'``, in units of the time constant.

        Parameters
        ----------
        z : (class,) array_like of complex
            State.
        """
        return self._motion(self._state(z))

    def _motion(self, z: NDArray) -> NDArray:
        left, right = self._factors  # type: ignore[attr-defined]
        received = left @ (right @ mean_pulse(z))
        drive = self.eta0 + 1j * self.delta + self.kappa * received
        return -0.5j * (z - 1) ** 2 + 0.5j * (z + 1) ** 2 * drive

    def rates(self, z: ArrayLike) -> NDArray:
        """Rate of each class, in spikes per time constant.

        Parameters
        ----------
        z : (class,) array_like of complex
            State.
        """
        conjugate = np.conj(self._state(z))
        if np.any(conjugate == -1):
            raise ValidationError(
                "z is -1 in a class, an infinite rate: currents are too large for a state, or the "
                "state is none of a network with delta above 0"
            )
        return ((1 - conjugate) / (1 + conjugate)).real / np.pi

    def rate(self, z: ArrayLike) -> float:
        """Mean rate over all neurons, in spikes per time constant.

        Parameters
        ----------
        z : (class,) array_like of complex
            State.
        """
        return float(self.weights @ self.rates(z))

    def jacobian(self, z: ArrayLike) -> NDArray:
        """Derivatives of ``z'`` by the real parts of z, then its imaginary parts.

        Parameters
        ----------
        z : (class,) array_like of complex
            State.

        Returns
        -------
        (2 class, 2 class) array
            Rows are real parts of ``z'``, then imaginary ones.
        """
        z = self._state(z)
        drive = self.eta0 + 1j * self.delta + self.kappa * self.input(z)
        own = -1j * (z - 1) + 1j * (z + 1) * drive
        by_input = 0.5j * (z + 1) ** 2 * self.kappa
        slope = -4 / 3 + 2 / 3 * z  # of the pulse, whose real part counts
        coupled = by_input[:, None] * self.effective_coupling
        by_real = np.diag(own) + coupled * slope.real
        by_imaginary = np.diag(1j * own) - coupled * slope.imag
        return np.block([[by_real.real, by_imaginary.real], [by_real.imag, by_imaginary.imag]])

    def eigenvalues(self, z: ArrayLike) -> NDArray:
        """Of `jacobian`, from the largest real part; a fixed point with positive ones is unstable.

        Parameters
        ----------
        z : (class,) array_like of complex
            State.
        """
        found = np.linalg.eigvals(self.jacobian(z))
        return found[np.argsort(-found.real)]

    @checked(duration=real(above=0), n=whole(2))
    def integrate(self, z: ArrayLike, duration: float, n: int = 2) -> tuple[NDArray, NDArray]:
        """Follow the state through time.

        Parameters
        ----------
        z : (class,) array_like of complex
            State at the beginning.
        duration : float
            In units of the time constant.
        n : int
            Times at which the state is wanted, the first and the last included.

        Returns
        -------
        times : (time,) array
        states : (time, class) array of complex

        Raises
        ------
        ValidationError
            If the state is outside of the unit circle, or cannot be followed to the end.
        """
        times = np.linspace(0, duration, n)
        found = scipy.integrate.solve_ivp(
            lambda _, z: self._motion(z), (0, duration), self._state(z), t_eval=times,
            rtol=1e-9, atol=1e-11, method="DOP853",
        )  # fmt: skip
        if not found.success or found.y.shape[1] != n:
            raise ValidationError(
                f"the state could be followed to {found.t[-1] if len(found.t) else 0:g} of "
                f"{duration:g} time constants only ({found.message}); expected currents that can "
                f"be integrated, with eta0={self.eta0:g} and kappa={self.kappa:g}"
            )
        return times, found.y.T

    def fixed_point(self, start: Any = "active") -> NDArray:
        """A state that does not change, stable or not.

        Parameters
        ----------
        start : {"active", "quiet"} or (class,) array of complex
            Where the search begins: with neurons that fire much, or not at all, followed until
            they rest; or a state near the fixed point.

        Returns
        -------
        (class,) array of complex

        Raises
        ------
        ValidationError
            If nothing is found; the state may oscillate for ever (see `integrate`).
        """
        if not isinstance(start, str):
            start = self.unknowns(start)
        return self.state_at(unknowns_at_rest(self, start))

    def equations(self, y: NDArray, parameter: str = "eta0") -> tuple[NDArray, NDArray, NDArray]:
        """What is zero at a fixed point, and its derivatives by the unknowns and a parameter.

        Parameters
        ----------
        y : (unknown,) array
            Mean pulses, or of a low rank their few sums.
        parameter : str
            One of `PARAMETERS`.
        """
        parameter = word(*PARAMETERS)(parameter, "parameter")
        left, right = self._factors  # type: ignore[attr-defined]
        y = checked_array(y, "y", shape=(len(right),), dtype=float)
        arriving = left @ y
        pulses, by_current, by_delta = pulses_at_rest(self.eta0 + self.kappa * arriving, self.delta)
        slope = right @ (by_current[:, None] * self.kappa * left) - np.eye(len(y))
        by_parameter = {
            "eta0": by_current, "kappa": by_current * arriving, "delta": by_delta,
        }[parameter]  # fmt: skip
        return right @ pulses - y, slope, right @ by_parameter

    def unknowns(self, z: ArrayLike) -> NDArray:
        """The numbers in which `equations` are written, of a state.

        Parameters
        ----------
        z : (class,) array_like of complex
            State.
        """
        return self._factors[1] @ mean_pulse(self._state(z))  # type: ignore[attr-defined]

    def state_at(self, y: NDArray) -> NDArray:
        """The state of classes at rest with these unknowns.

        Parameters
        ----------
        y : (unknown,) array
            As of `equations`.
        """
        left, _ = self._factors  # type: ignore[attr-defined]
        y = checked_array(y, "y", shape=(left.shape[1],), dtype=float)
        return state_of(at_rest(self.eta0 + self.kappa * (left @ y), self.delta))

    def _state(self, z: Any) -> NDArray:
        return checked_state(z, self.n)
