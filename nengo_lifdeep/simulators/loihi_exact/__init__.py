"""nengo-loihi's emulator, bit by bit, for many images at a time.

nengo-loihi builds, cuts and discretises the network; its integers are read and run here.
Populations that read pixels stay on the host, the read-out too. `nengo_loihi.Simulator` remains the
judge: ``simulator="loihi"`` runs it, and `check_spikes` compares.
"""

from .engine import require_model, simulate

__all__ = ["require_model", "simulate"]
