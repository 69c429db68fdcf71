"""The event-driven simulator: its cost follows the spikes, which are those of `nengo.Simulator`.

`plan` says what is to be run, `compiled` (Numba) and `readable` (NumPy) are two engines for it,
`engine` runs either over all images.
"""

from .engine import require_model, simulate

__all__ = ["require_model", "simulate"]
