"""`StepLIF`: a spiking neuron that takes whole time steps, as PyTorch's simulators compute it.

Nengo's LIF follows the membrane exactly and finds spikes between steps. Norse, Sinabs, snnTorch,
SpikingJelly and Rockpool update a voltage once per step, compare it with the threshold, and reset
it; they differ in the decay, the comparison and the reset. This neuron has a parameter for each.
So do networks that are trained on their spikes (Lee et al. 2020, "Enabling Spike-based
Backpropagation for Training Deep Neural Network Architectures"): `StepLIF.of_leak`.
"""

from __future__ import annotations

import math
from typing import Any

import nengo
import numpy as np
from nengo.params import BoolParam, EnumParam, NdarrayParam, NumberParam
from numpy.typing import ArrayLike, NDArray

from ...errors import ValidationError
from ...support.checks import flag, is_real, real, shown, word
from ...support.checks.arrays import checked_array
from ...support.words.counted import counted
from ..bounds import BOUNDS, Bound, check_parameters
from ..kinds import NeuronKind, add_kind
from ..rates import lif_rate
from . import curves
from .numbers import step_numbers

__all__ = ["RESETS", "StepLIF"]

#: what happens to the voltage when a spike is fired
RESETS = ("zero", "subtract", "subtract next")

_BOUNDS = {"amplitude": BOUNDS["amplitude"], "threshold": Bound(0)}


class _TimeParam(NdarrayParam):
    """One time constant for all neurons, or one for each."""

    def coerce(self, instance: Any, value: Any) -> Any:
        return super().coerce(instance, value) if np.ndim(value) else float(value)


class StepLIF(nengo.neurons.NeuronType):
    """A leaky integrate-and-fire neuron (or one without leak) that is computed step by step.

    With ``k = 1 - dt / tau_mem`` (or ``exp(-dt / tau_mem)``, if ``exact``), every step is
    ``v = k v + (1 - k) J``; without leak, or without ``decay_input``, ``v = k v + dt J``. A voltage
    above ``threshold`` fires. With ``tau_syn`` the current is filtered first,
    ``i = a i + (1 - a) J``, without a delay.

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
        What a spike does: sets the voltage to 0, or takes the threshold away, at once or in the
        next step after the decay (as snnTorch does by default).
    several : bool
        Whether several spikes are fired in one step, as many as the voltage contains ones.
    reaches : bool
        Whether a voltage of exactly the threshold fires.
    min_voltage : float
        Where voltages stop, 0 or less.
    amplitude : float
        Height of a spike is ``amplitude / dt``.
    threshold : float
        Voltage above which it fires, positive; with ``several`` 1.
    decay_input : bool
        Whether a constant current ends in a voltage of the same size. Without, a spike of weight 1
        adds 1 to the voltage at once, however slow the leak (SpikingJelly's name for it).
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
    threshold = NumberParam("threshold", low=0, low_open=True)
    decay_input = BoolParam("decay_input")

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
        threshold: float = 1,
        decay_input: bool = True,
        initial_state: dict | None = None,
    ) -> None:
        numbers = {"amplitude": amplitude, "threshold": threshold, "initial_state": initial_state}
        check_parameters("StepLIF", numbers, _BOUNDS)
        tau_mem = _times(tau_mem, "tau_mem", lambda t: t > 0, "above 0 s")
        tau_syn = _times(tau_syn, "tau_syn", lambda t: (t >= 0) & (t < math.inf), "from 0 s up")
        if not is_real(min_voltage) or not min_voltage <= 0:
            raise ValidationError(f"StepLIF.min_voltage is {shown(min_voltage)}; expected <= 0")
        reset = word(*RESETS)(reset, "StepLIF.reset")
        exact, several, reaches, decay_input = (
            flag(value, f"StepLIF.{name}")
            for name, value in (
                ("exact", exact), ("several", several), ("reaches", reaches),
                ("decay_input", decay_input),
            )
        )  # fmt: skip
        if several and not (reset == "subtract" and reaches and threshold == 1):
            raise ValidationError(
                f"StepLIF.several is True with reset={reset!r}, reaches={reaches}, "
                f"threshold={threshold:g}; several spikes in one step are known with "
                "reset='subtract', reaches=True and threshold=1 only"
            )
        super().__init__(initial_state)
        self.tau_mem, self.tau_syn, self.exact = tau_mem, tau_syn, exact
        self.reset, self.several, self.reaches = reset, several, reaches
        self.min_voltage, self.amplitude = min_voltage, amplitude
        self.threshold, self.decay_input = threshold, decay_input

    @classmethod
    def of_leak(
        cls, leak: float = 0.99, threshold: float = 1.0, reaches: bool = False, dt: float = 0.001
    ) -> StepLIF:
        """The neuron of Lee et al. (2020): ``v = leak v + w s``, spike above threshold, back to 0.

        Papers count in steps, this package in seconds: here the one becomes the other.

        Parameters
        ----------
        leak : float
            Share of the voltage that a step leaves, above 0 up to 1; 1 for no leak.
        threshold : float
            Voltage above which it fires.
        reaches : bool
            Whether a voltage of exactly the threshold fires. Pooling units have a threshold of 0.75
            and get quarters: four of them are needed, with ``reaches`` three.
        dt : float
            The step, in seconds, with which it is to be run.

        Examples
        --------
        >>> round(StepLIF.of_leak(0.99).tau_mem, 4)
        0.0995
        >>> StepLIF.of_leak(1.0, threshold=0.75)
        StepLIF(tau_mem=inf, exact=True, threshold=0.75, decay_input=False)
        """
        leak = real(above=0, high=1)(leak, "leak")
        dt = real(above=0, unit="seconds")(dt, "dt")
        tau_mem = math.inf if leak == 1 else -dt / math.log(leak)
        return cls(
            tau_mem, exact=True, reaches=reaches, threshold=threshold, decay_input=False
        )  # fmt: skip

    def step(
        self, dt: float, J: NDArray, output: NDArray, voltage: NDArray, current: NDArray
    ) -> None:
        """One step at currents ``J``; writes spikes of height ``amplitude / dt``."""
        self._check_count(J.shape[-1])
        numbers = step_numbers(self, dt)
        if np.any(self.tau_syn):
            current[:] = numbers.current * current + (1 - numbers.current) * J
            J = current
        voltage[:] = np.maximum(numbers.kept * voltage + numbers.gain * J, self.min_voltage)
        fired = voltage >= self.threshold if self.reaches else voltage > self.threshold
        spikes = np.floor(voltage) * fired if self.several else fired.astype(voltage.dtype)
        output[:] = spikes * (self.amplitude / dt)
        after = 0 if self.reset == "zero" else voltage - spikes * numbers.taken
        voltage[:] = np.where(fired, after, voltage)

    def rates(self, x: Any, gain: Any, bias: Any) -> NDArray:
        """Rates in Hz for input ``x``, in steps of 1 ms, amplitude included."""
        x = checked_array(x, "x", finite=False)
        current = self.current(x, gain, bias)
        self._check_count(current.shape[-1])
        return self.amplitude * curves.rate(self, current, 0.001)

    def _check_count(self, n: int) -> None:
        """Refuse arrays of time constants for another number of neurons."""
        for name in ("tau_mem", "tau_syn"):
            tau = getattr(self, name)
            if np.ndim(tau) and len(tau) != n:
                raise ValidationError(
                    f"StepLIF.{name} has {len(tau)} time constants for {counted(n, 'neuron')}; "
                    "expected one "
                    "for all, or one for each"
                )

    def gain_bias(self, max_rates: ArrayLike, intercepts: ArrayLike) -> tuple[NDArray, NDArray]:
        """Gains and biases of neurons that fire so at ``x = 1``, from the curve without steps.

        Of neurons with one time constant for all.
        """
        gain, bias = curves.curve(self).gain_bias(max_rates, intercepts)
        return gain / curves.sensitivity(self), bias / curves.sensitivity(self)

    def max_rates_intercepts(self, gain: ArrayLike, bias: ArrayLike) -> tuple[NDArray, NDArray]:
        """Rates in Hz at ``x = 1``, and the ``x`` at which they begin, without steps."""
        self._check_count(np.size(gain))
        sensitivity = curves.sensitivity(self)
        gains: Any = sensitivity * np.asarray(gain, dtype=float)
        biases: Any = sensitivity * np.asarray(bias, dtype=float)
        free = np.isinf(self.tau_mem)
        tau: Any = np.where(free, 1.0, self.tau_mem)
        with np.errstate(divide="ignore", invalid="ignore"):
            leaky = lif_rate(gains + biases, tau, 0.0)
            rates = np.where(free, np.maximum(gains + biases, 0), leaky)
            return self.amplitude * rates, (np.where(free, 0.0, 1.0) - biases) / gains


def _times(value: Any, name: str, within: Any, expected: str) -> Any:
    """One time constant, or an array of them."""
    given = value if is_real(value) else checked_array(
        value, f"StepLIF.{name}", shape=("neuron",), finite=False
    )  # fmt: skip
    if not np.size(given) or not np.all(within(np.asarray(given))):
        raise ValidationError(f"StepLIF.{name} is {shown(value)}; expected {expected}")
    return given


_PARAMETERS = (
    "tau_mem", "tau_syn", "exact", "reset", "several", "reaches", "min_voltage", "amplitude",
    "threshold", "decay_input",
)  # fmt: skip

add_kind(
    "StepLIF",
    NeuronKind(
        lambda: StepLIF,
        _PARAMETERS,
        curves.rate,
        curves.slope,
        rate_type=curves.rate_type,
        threshold=curves.least_current,
        faster=curves.faster,
        bounds={"threshold": _BOUNDS["threshold"]},
    ),
)
