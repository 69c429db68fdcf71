"""Branches of fixed points: followed around their folds, with their stability.

A step predicts along the tangent of the branch and corrects at right angles to it, by Newton's
method (Keller 1977, "Numerical solution of bifurcation and nonlinear eigenvalue problems"). Folds
are where the tangent has no part in the parameter; Hopf points where a pair of complex
eigenvalues crosses the imaginary axis. Both are found between two steps by halving.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from ..errors import ValidationError
from ..support.checks import check_fields, checked, instance, real, whole, word
from ..support.checks.arrays import checked_array, plain_array
from ..support.files import damage_reported, read_record, write_record
from ..support.short_repr import short_repr
from .complex_arrays import complex_array
from .mean_field import PARAMETERS, MeanField

__all__ = ["Branch", "follow"]

#: Newton steps of a correction, how exact it is, and the smallest step along a branch
_STEPS, _SMALL, _SHORTEST = 12, 1e-10, 1e-7

#: of the way of the parameter, the longest step
_PART = 0.1


@dataclasses.dataclass(frozen=True, eq=False)
class Branch:
    """Fixed points of a mean field along a parameter, in the order in which they were followed.

    Attributes
    ----------
    parameter : str
        Its name.
    values : (point,) array
        The parameter.
    z : (point, class) array of complex
        The states.
    rates : (point,) array
        Mean rates, in spikes per time constant.
    stable : (point,) array of bool
        Whether small disturbances die out.
    folds : (fold, 2) array
        Parameter and rate where the branch turns back.
    hopfs : (hopf, 3) array
        Parameter, rate, and angular frequency where an oscillation is born.
    """

    parameter: str
    values: NDArray
    z: NDArray
    rates: NDArray
    stable: NDArray
    folds: NDArray
    hopfs: NDArray
    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(self, parameter=word(*PARAMETERS))
        n = len(checked_array(self.values, "Branch.values", shape=("point",)))
        for name, shape in (
            ("values", (n,)), ("rates", (n,)), ("folds", ("fold", 2)), ("hopfs", ("hopf", 3)),
        ):  # fmt: skip
            value = checked_array(
                getattr(self, name), f"Branch.{name}", shape=shape, dtype=float, own=True
            )
            object.__setattr__(self, name, value)
        z = complex_array(self.z, "Branch.z", (n, None))
        stable = np.array(plain_array(self.stable, "Branch.stable"))
        if stable.shape != (n,) or stable.dtype != bool:
            raise ValidationError(f"Branch.stable has shape {stable.shape}; expected {n} booleans")
        for name, array in (("z", z), ("stable", stable)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def at(self, value: float, stable: bool | None = None) -> NDArray:
        """Rates of the branch where the parameter has a value, from the largest.

        Parameters
        ----------
        value : float
            Of the parameter.
        stable : bool, optional
            Only stable, or only unstable points.

        Returns
        -------
        (crossing,) array
            Interpolated between points.

        Examples
        --------
        >>> field = MeanField.homogeneous(-1.0, 1.5, 0.05)
        >>> branch = follow(field, "eta0", 0.2, start="quiet")
        >>> print(branch.at(-0.5).round(3), branch.at(-0.5, stable=True).round(3))
        [0.318 0.099 0.016] [0.318 0.016]
        """
        value = real()(value, "value")
        off = self.values - value
        there = np.flatnonzero(off == 0)  # the first point too
        crossed = np.flatnonzero(np.sign(off[:-1]) * np.sign(off[1:]) < 0)
        if stable is not None:
            there = there[self.stable[there] == stable]
            crossed = crossed[self.stable[crossed + 1] == stable]
        share = off[crossed] / (off[crossed] - off[crossed + 1])
        found = self.rates[crossed] + share * (self.rates[crossed + 1] - self.rates[crossed])
        return np.sort(np.append(self.rates[there], found))[::-1]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write one file, atomically. Returns its path.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        arrays = {
            "real": self.z.real, "imaginary": self.z.imag, "stable": self.stable.astype(np.uint8),
            **{name: getattr(self, name) for name in ("values", "rates", "folds", "hopfs")},
        }  # fmt: skip
        return write_record(path, "Branch", {"parameter": self.parameter}, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Branch:
        """Read a file that `save` wrote; `ModelFileError` if it is broken or newer.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        header, arrays = read_record(path, "Branch")
        with damage_reported(path):
            z = arrays.pop("real") + 1j * arrays.pop("imaginary")
            stable = arrays.pop("stable").astype(bool)
            return cls(header["parameter"], z=z, stable=stable, **arrays)


@checked(field=instance(MeanField), parameter=word(*PARAMETERS), until=real(),
         step=real(above=0), longest=real(above=0), points=whole(2))  # fmt: skip
def follow(
    field: MeanField,
    parameter: str,
    until: float,
    *,
    start: Any = "active",
    step: float = 0.01,
    longest: float = 0.05,
    points: int = 2000,
) -> Branch:
    """Follow a fixed point while a parameter goes from where it is towards ``until``.

    Where the branch turns back at a fold it is followed backwards too, around all folds, until the
    parameter reaches ``until`` or its first value again.

    Parameters
    ----------
    field : MeanField
        The mean field, with the parameter at its first value.
    parameter : {"eta0", "kappa", "delta"}
        What varies.
    until : float
        Its last value.
    start : {"active", "quiet"} or (class,) array of complex
        As of `MeanField.fixed_point`.
    step, longest : float
        First and longest step along the branch, in the parameter and the mean of squares of mean
        pulses. No step is longer than a tenth of the way to ``until``: longer ones may leap over
        folds.
    points : int
        Most points.

    Returns
    -------
    Branch

    Raises
    ------
    ValidationError
        If a step fails however short it is, or the branch has more points.

    Examples
    --------
    >>> field = MeanField.homogeneous(eta0=0.0, kappa=1.5, delta=0.05)
    >>> print(follow(field, "eta0", -1.0).folds[:, 0].round(3))
    [-0.678 -0.283]
    """
    first = float(getattr(field, parameter))
    if until == first:
        raise ValidationError(f"until is {until:g}, where {parameter} is; expected another value")
    curve = _Curve(field, parameter)
    y = field.unknowns(field.fixed_point(start))
    point = np.append(y, first)
    tangent = curve.tangent(point, np.append(np.zeros(len(y)), np.sign(until - first)))
    low, high = min(first, until), max(first, until)
    longest = min(longest, _PART * (high - low))
    step = min(step, longest)
    track = [(point, tangent, curve.spectrum(point))]
    folds: list[tuple[float, float]] = []
    hopfs: list[tuple[float, float, float]] = []
    while True:
        if len(track) >= points:
            raise ValidationError(f"the branch has more than {points} points; ask for longer steps")
        step, new = curve.advance(point, tangent, step)
        if not low <= new[-1] <= high:
            end = high if new[-1] > high else low
            new = curve.at(point, new, end)
            track.append((new, tangent, curve.spectrum(new)))
            _crossings(curve, track, folds, hopfs, None)
            break
        ahead = curve.tangent(new, tangent)
        track.append((new, ahead, curve.spectrum(new)))
        _crossings(curve, track, folds, hopfs, step)
        point, tangent, step = new, ahead, min(step * 1.3, longest)
    values = np.array([p[-1] for p, _, _ in track])
    states = np.array([curve.field(p[-1]).state_at(p[:-1]) for p, _, _ in track])
    rates = np.array([field.rate(z) for z in states])
    stable = np.array([spectrum[0].real < 0 for _, _, spectrum in track])
    return Branch(
        parameter, values, states, rates, stable, np.reshape(folds, (-1, 2)),
        np.reshape(hopfs, (-1, 3)),
    )  # fmt: skip


class _Curve:
    """Fixed points as a curve; a point is the unknowns with the parameter after them."""

    def __init__(self, field: MeanField, parameter: str) -> None:
        self.start, self.parameter = field, parameter
        n = len(field.unknowns(np.zeros(field.n)))
        self.scale = np.append(np.full(n, 1 / n), 1.0)  # of the inner product

    def field(self, value: float) -> MeanField:
        """The mean field at a value of the parameter."""
        if self.parameter == "delta" and value <= 0:
            raise ValidationError("delta has come to 0, where the mean field ends")
        found = object.__new__(MeanField)  # without decomposing the same coupling again
        found.__dict__.update(self.start.__dict__, **{self.parameter: float(value)})
        return found

    def rate(self, point: NDArray) -> float:
        """Mean rate at a point."""
        field = self.field(point[-1])
        return field.rate(field.state_at(point[:-1]))

    def spectrum(self, point: NDArray) -> NDArray:
        """Eigenvalues at a point."""
        field = self.field(point[-1])
        return field.eigenvalues(field.state_at(point[:-1]))

    def linear(self, point: NDArray) -> tuple[NDArray, NDArray]:
        """Values of the equations, and their derivatives by all that varies."""
        value, by_y, by_p = self.field(point[-1]).equations(point[:-1], self.parameter)
        return value, np.column_stack([by_y, by_p])

    def tangent(self, point: NDArray, along: NDArray) -> NDArray:
        """Direction of the curve, of length 1, on the side of ``along``."""
        _, slope = self.linear(point)
        rows = np.vstack([slope, along * self.scale])
        found = np.linalg.solve(rows, np.append(np.zeros(len(slope)), 1.0))
        return found / np.sqrt(found @ (self.scale * found))

    def corrected(self, guess: NDArray, row: NDArray) -> NDArray | None:
        """The point of the curve in the plane through a guess; None if Newton does not arrive."""
        point = guess.copy()
        for _ in range(_STEPS):
            value, slope = self.linear(point)
            rest = np.append(value, row @ (point - guess))
            try:
                move = np.linalg.solve(np.vstack([slope, row]), rest)
            except np.linalg.LinAlgError:
                return None
            point = point - move
            if not np.all(np.isfinite(point)):
                return None
            if np.abs(move).max() < _SMALL:
                return point
        return None

    def advance(self, point: NDArray, tangent: NDArray, step: float) -> tuple[float, NDArray]:
        """The next point, and the step that led there."""
        while step > _SHORTEST:
            try:
                new = self.corrected(point + step * tangent, tangent * self.scale)
            except ValidationError:  # outside of where the parameter may be
                new = None
            if new is not None:
                moved = new - point
                length = np.sqrt(moved @ (self.scale * moved))
                turned = self.tangent(new, tangent) @ (self.scale * tangent)
                if length < 2 * step and turned > 0.9:
                    return step, new
            step /= 2
        raise ValidationError(
            f"the branch cannot be followed beyond {self.parameter} = {point[-1]:.6g}, rate "
            f"{self.rate(point):.6g}"
        )

    def at(self, before: NDArray, after: NDArray, value: float) -> NDArray:
        """The point between two at which the parameter has a value."""
        share = (value - before[-1]) / (after[-1] - before[-1])
        guess = before + share * (after - before)
        guess[-1] = value
        row = np.append(np.zeros(len(guess) - 1), 1.0)
        found = self.corrected(guess, row)
        return guess if found is None else found

    def between(
        self, before: NDArray, tangent: NDArray, step: float,
        test: Callable[[NDArray, NDArray], float],
    ) -> NDArray:  # fmt: skip
        """The point at which ``test(point, tangent)`` is zero, within one step."""

        def after(length: float) -> NDArray:
            found = self.corrected(before + length * tangent, tangent * self.scale)
            return before if found is None else found

        def value(length: float) -> float:
            point = after(length)
            return test(point, self.tangent(point, tangent))

        return after(scipy.optimize.brentq(value, 0.0, step, xtol=1e-12))


def _crossings(
    curve: _Curve, track: list[Any], folds: list[Any], hopfs: list[Any], step: float | None
) -> None:
    """Folds and Hopf points between the last two points."""
    (before, tangent, old), (after, ahead, new) = track[-2:]
    if step is None:
        step = float((after - before) @ (curve.scale * tangent))
    if tangent[-1] * ahead[-1] < 0:
        found = curve.between(before, tangent, step, lambda _, t: float(t[-1]))
        folds.append((float(found[-1]), curve.rate(found)))
    pairs_before, pairs_after = (int(np.sum((s.real > 0) & (s.imag > 0))) for s in (old, new))
    if pairs_before == pairs_after or _complex_growth(old) * _complex_growth(new) > 0:
        return
    found = curve.between(
        before, tangent, step, lambda point, _: _complex_growth(curve.spectrum(point))
    )
    crossing = curve.spectrum(found)
    pair = crossing[(crossing.imag > 1e-6)]
    frequency = float(pair[np.argmin(np.abs(pair.real))].imag)
    hopfs.append((float(found[-1]), curve.rate(found), frequency))


def _complex_growth(spectrum: NDArray) -> float:
    """Largest real part of a pair of complex eigenvalues; -1 where there are none."""
    pairs = spectrum[spectrum.imag > 1e-6]
    return float(pairs.real.max()) if len(pairs) else -1.0
