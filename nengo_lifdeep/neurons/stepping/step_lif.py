"""`StepLIF`: a spiking neuron that takes whole time steps, as PyTorch's simulators compute it.

Nengo's LIF follows the membrane exactly and finds spikes between steps. Norse, Sinabs, snnTorch,
SpikingJelly and Rockpool update a voltage once per step, compare it with the threshold, and reset
it; they differ in the decay, the comparison and the reset. This neuron has a parameter for each.
"""

from __future__ import annotations

import math
from typing import Any

import nengo
import numpy as np
from nengo.params import BoolParam, EnumParam, NdarrayParam, NumberParam
from numpy.typing import ArrayLike, NDArray

from ...errors import ValidationError
from ...support.checks import flag, is_real, shown, word
from ...support.checks.arrays import checked_array
from ..bounds import check_parameters
from ..kinds import NeuronKind, add_kind
from ..rates import lif_rate
from .numbers import step_numbers

__all__ = ["RESETS", "StepLIF"]

#: what happens to the voltage when a spike is fired
RESETS = ("zero", "subtract", "subtract next")

#: steps in which the rate at a constant current is counted
_COUNTED = 2000


class _TimeParam(NdarrayParam):
    """One time constant for all neurons, or one for each."""

    def coerce(self, instance: Any, value: Any) -> Any:
        return super().coerce(instance, value) if np.ndim(value) else float(value)


class StepLIF(nengo.neurons.NeuronType):
    """A leaky integrate-and-fire neuron (or one without leak) that is computed step by step.

    With ``k = 1 - dt / tau_mem`` (or ``exp(-dt / tau_mem)``, if ``exact``), every step is
    ``v = k v + (1 - k) J``; without leak ``v = v + dt J``. A voltage above 1 fires. With
    ``tau_syn`` the current is filtered first, ``i = a i + (1 - a) J``, without a delay.

    Parameters
    ----------
    tau_mem : float or (neuron,) array
        Time constant of the membrane in seconds, positive; infinite for no leak. One for all
        neurons of a layer, or one for each, which only `nengo.Simulator` runs.
    tau_syn : float or (neuron,) array
        Time constant of the current in seconds; 0 for none.
    exact : bool
        Whether decays are exponential; an Euler step otherwise.
    reset : {"zero", "subtract", "subtract next"}
        What a spike does: sets the voltage to 0, or takes 1 away, at once or in the next step
        after the decay (as snnTorch does by default).
    several : bool
        Whether several spikes are fired in one step, as many as the voltage contains ones.
    reaches : bool
        Whether a voltage of exactly 1 fires.
    min_voltage : float
        Where voltages stop, 0 or less.
    amplitude : float
        Height of a spike is ``amplitude / dt``.
    initial_state : dict, optional
        As in `nengo.LIF`.

    Raises
    ------
    ValidationError
        If a parameter is out of bounds, or a step is longer than a time constant of Euler's rule.

    Examples
    --------
    Constant current 2: an Euler step reaches 1 after 14 steps of 1 ms, as ``0.95^14 < 1/2``.

    >>> neuron_step = StepLIF(tau_mem=0.02)
    >>> neuron_step.rates([2.0], gain=1.0, bias=0.0).ravel().round(2)
    array([71.43])
    """

    negative = False
    spiking = True
    state = {"voltage": nengo.dists.Choice([0]), "current": nengo.dists.Choice([0])}

    tau_mem: Any = _TimeParam("tau_mem", shape=("*",))
    tau_syn: Any = _TimeParam("tau_syn", shape=("*",))
    exact = BoolParam("exact")
    reset = EnumParam("reset", values=RESETS)
    several = BoolParam("several")
    reaches = BoolParam("reaches")
    min_voltage = NumberParam("min_voltage", high=0)
    amplitude = NumberParam("amplitude", low=0, low_open=True)

    def __init__(
        self,
        tau_mem: float | ArrayLike = 0.02,
        tau_syn: float | ArrayLike = 0.0,
        exact: bool = False,
        reset: str = "zero",
        several: bool = False,
        reaches: bool = False,
        min_voltage: float = -math.inf,
        amplitude: float = 1,
        initial_state: dict | None = None,
    ) -> None:
        check_parameters("StepLIF", {"amplitude": amplitude, "initial_state": initial_state})
        tau_mem = _times(tau_mem, "tau_mem", lambda t: t > 0, "above 0 s")
        tau_syn = _times(tau_syn, "tau_syn", lambda t: (t >= 0) & (t < math.inf), "from 0 s up")
        if not is_real(min_voltage) or not min_voltage <= 0:
            raise ValidationError(f"StepLIF.min_voltage is {shown(min_voltage)}; expected <= 0")
        reset = word(*RESETS)(reset, "StepLIF.reset")
        exact, several, reaches = (
            flag(value, f"StepLIF.{name}")
            for name, value in (("exact", exact), ("several", several), ("reaches", reaches))
        )
        if several and not (reset == "subtract" and reaches):
            raise ValidationError(
                f"StepLIF.several is True with reset={reset!r}, reaches={reaches}; several spikes "
                "in one step are known with reset='subtract' and reaches=True only"
            )
        super().__init__(initial_state)
        self.tau_mem, self.tau_syn, self.exact = tau_mem, tau_syn, exact
        self.reset, self.several, self.reaches = reset, several, reaches
        self.min_voltage, self.amplitude = min_voltage, amplitude

    def step(
        self, dt: float, J: NDArray, output: NDArray, voltage: NDArray, current: NDArray
    ) -> None:
        """One step at currents ``J``; writes spikes of height ``amplitude / dt``."""
        numbers = step_numbers(self, dt)
        if np.any(self.tau_syn):
            current[:] = numbers.current * current + (1 - numbers.current) * J
            J = current
        voltage[:] = np.maximum(numbers.kept * voltage + numbers.gain * J, self.min_voltage)
        fired = voltage >= 1 if self.reaches else voltage > 1
        spikes = np.floor(voltage) * fired if self.several else fired.astype(voltage.dtype)
        output[:] = spikes * (self.amplitude / dt)
        after = 0 if self.reset == "zero" else voltage - spikes * numbers.taken
        voltage[:] = np.where(fired, after, voltage)

    def rates(self, x: Any, gain: Any, bias: Any) -> NDArray:
        """Rates in Hz for input ``x``, in steps of 1 ms, amplitude included."""
        x = checked_array(x, "x", finite=False)
        return self.amplitude * _rate(self, self.current(x, gain, bias), 0.001)

    def gain_bias(self, max_rates: ArrayLike, intercepts: ArrayLike) -> tuple[NDArray, NDArray]:
        """Gains and biases of neurons that fire so at ``x = 1``, from the curve without steps.

        Of neurons with one time constant for all.
        """
        return _curve(self).gain_bias(max_rates, intercepts)

    def max_rates_intercepts(self, gain: ArrayLike, bias: ArrayLike) -> tuple[NDArray, NDArray]:
        """Rates in Hz at ``x = 1``, and the ``x`` at which they begin, without steps."""
        gain, bias = np.asarray(gain, dtype=float), np.asarray(bias, dtype=float)
        free = np.isinf(self.tau_mem)
        tau: Any = np.where(free, 1.0, self.tau_mem)
        with np.errstate(divide="ignore", invalid="ignore"):
            leaky = lif_rate(gain + bias, tau, 0.0)
            rates = np.where(free, np.maximum(gain + bias, 0), leaky)
            return self.amplitude * rates, (np.where(free, 0.0, 1.0) - bias) / gain


def _times(value: Any, name: str, within: Any, expected: str) -> Any:
    """One time constant, or an array of them."""
    given = value if is_real(value) else checked_array(
        value, f"StepLIF.{name}", shape=("neuron",), finite=False
    )  # fmt: skip
    if not np.size(given) or not np.all(within(np.asarray(given))):
        raise ValidationError(f"StepLIF.{name} is {shown(value)}; expected {expected}")
    return given


def _curve(neuron: StepLIF) -> Any:
    """The rate neuron without steps."""
    if np.ndim(neuron.tau_mem):
        raise ValidationError(
            "neurons with a time constant of their own each have no common rate curve; run them "
            "with simulator='nengo'"
        )
    if math.isinf(neuron.tau_mem):
        return nengo.RectifiedLinear(neuron.amplitude)
    return nengo.LIFRate(neuron.tau_mem, 0.0, neuron.amplitude)


def _rate(neuron: Any, J: Any, dt: float) -> NDArray:
    """Spikes from the first to the last one in `_COUNTED` steps, by the time between them."""
    given = np.shape(J)
    J = np.asarray(J, dtype=float)
    J = J if np.ndim(neuron.tau_mem) or np.ndim(neuron.tau_syn) else J.ravel()
    voltage, current, output = np.zeros(J.shape), J.copy(), np.zeros(J.shape)
    count, first, last = np.zeros(J.shape), np.full(J.shape, -1), np.zeros(J.shape)
    for step in range(_COUNTED):
        neuron.step(dt, J, output, voltage, current)
        spikes = np.rint(output * dt / neuron.amplitude)
        count += np.where(first >= 0, spikes, 0)
        fired = spikes > 0
        first = np.where(fired & (first < 0), step, first)
        last = np.where(fired, step, last)
    lasted = np.where(last > first, last - first, 1) * dt
    rates = np.where(count > 0, count / lasted, np.where(first >= 0, 1 / (_COUNTED * dt), 0.0))
    return rates.reshape(given)


def _slope(neuron: Any, J: Any, dt: float) -> NDArray:
    """Of the rate, which goes in steps, over 5 % of the current to both sides."""
    J = np.asarray(J, dtype=float)
    width = 0.05 * np.maximum(np.abs(J), 1.0)
    return (_rate(neuron, J + width, dt) - _rate(neuron, J - width, dt)) / (2 * width)


def _faster(neuron: Any, factor: float) -> Any:
    if np.any(np.isinf(neuron.tau_mem)):
        raise ValidationError(
            f"{neuron!r} has no time constant to fire faster with; use "
            "nengo.SpikingRectifiedLinear, or multiply the weights before it"
        )
    values = {name: getattr(neuron, name) for name in _PARAMETERS}
    times = {name: values[name] / factor for name in ("tau_mem", "tau_syn")}
    return StepLIF(**{**values, **times})


_PARAMETERS = (
    "tau_mem", "tau_syn", "exact", "reset", "several", "reaches", "min_voltage", "amplitude",
)  # fmt: skip

add_kind(
    "StepLIF",
    NeuronKind(
        lambda: StepLIF,
        _PARAMETERS,
        _rate,
        _slope,
        rate_type=_curve,
        threshold=lambda neuron: 0.0 if np.all(np.isinf(neuron.tau_mem)) else 1.0,
        faster=_faster,
    ),
)
