"""LIF neurons at constant currents in Nengo: what filters make of their spikes."""

from __future__ import annotations

import nengo
import numpy as np

from ..compat.contexts import apart_from_open_networks
from ..compat.quiet import accept_new_decoder_cache

__all__ = ["filtered_trains"]


def filtered_trains(
    rates: np.ndarray,
    synapse: nengo.synapses.Synapse,
    membrane: bool = False,
    *,
    tau_rc: float = 0.02,
    tau_ref: float = 0.002,
    dt: float = 0.0002,
    seconds: float = 1.0,
    settle: float = 0.5,
    seed: int = 0,
) -> np.ndarray:
    """Filtered spikes of simulated LIF neurons, in `nengo.Simulator`.

    Parameters
    ----------
    rates : (n,) array
        Rates of the neurons in Hz; each gets the constant current at which it fires so.
    synapse : nengo.synapses.Synapse
        What spikes go through.
    membrane : bool
        Whether they go through a lowpass of the membrane's time constant as well.
    tau_rc, tau_ref : float
        Of the neurons, in seconds.
    dt : float
        Step in seconds; short ones leave the spikes where they belong.
    seconds, settle : float
        Time that is kept, and time before it while filters fill, in seconds.
    seed : int
        For the phases.

    Returns
    -------
    (steps, n) array
        In Hz.

    Examples
    --------
    >>> value = filtered_trains(np.array([50.0]), nengo.Alpha(0.003))
    >>> bool(abs(value.mean() - 50) < 1)
    True
    """
    accept_new_decoder_cache()
    rates = np.asarray(rates, dtype=float)
    overdrive = 1 / np.expm1((1 / rates - tau_ref) / tau_rc)
    with apart_from_open_networks(), nengo.Network(seed=seed) as network:
        phases = nengo.dists.Uniform(0, 1)
        neuron = nengo.LIF(tau_rc, tau_ref, initial_state={"voltage": phases})
        trains = nengo.Ensemble(
            len(rates), 1, neuron_type=neuron, gain=np.ones(len(rates)), bias=1 + overdrive,
            encoders=np.ones((len(rates), 1)),
        )  # fmt: skip
        probe = nengo.Probe(trains.neurons)
    with nengo.Simulator(network, dt=dt, progress_bar=False) as simulator:
        simulator.run(settle + seconds)
        value = simulator.data[probe]
    for each in (synapse, *([nengo.Lowpass(tau_rc)] if membrane else [])):
        value = each.filt(value, dt=dt, y0=0, axis=0)
    return value[round(settle / dt) :]
