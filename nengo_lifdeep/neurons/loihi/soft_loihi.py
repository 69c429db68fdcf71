"""`SoftLoihiLIF`: the firing rates of Loihi's neurons, with a slope for training."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ..softlif import SoftLIF
from . import loihi_rates

__all__ = ["SoftLoihiLIF"]

#: duration of a step of the chip, in seconds
_DT = 0.001


class SoftLoihiLIF(SoftLIF):
    """Rate of a LIF neuron on Loihi, with the slope of the soft neuron through its steps.

    Forwards it is `loihi_rates.loihi_lif_rate`: time constants discretised, intervals between
    spikes rounded up to whole steps, silent up to the threshold. Backwards it is the slope of
    `SoftLIF` with half a step more refractory period, the curve through the middle of the stairs.
    Its spiking counterpart is NengoLoihi's ``LoihiLIF``.

    Parameters and errors are those of `SoftLIF`.

    Parameters
    ----------


    Examples
    --------
    >>> neuron = SoftLoihiLIF(tau_rc=0.02, tau_ref=0.002)
    >>> neuron.rates([1.0, 9.0], gain=1.0, bias=1.0).ravel().round(1)
    array([ 62.5, 200. ])

    References
    ----------
    Hunsberger and Eliasmith (2015), "Spiking Deep Networks with LIF Neurons", section 2, for the
    slope; NengoLoihi's ``LoihiLIF`` for the rates.
    """

    def step(self, dt: float, J: NDArray, output: NDArray) -> None:
        """Write the noiseless output at currents ``J``."""
        output[...] = self._output(J, dt)

    def _output(self, J: Any, dt: float = _DT) -> NDArray:
        return self.amplitude * loihi_rates.loihi_lif_rate(J, self.tau_rc, self.tau_ref, dt)
