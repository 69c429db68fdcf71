"""A batched simulator whose cost follows the spikes, with the spikes of `nengo.Simulator`.

`plan` says what is to be run, `compiled` (Numba) and `readable` (NumPy) are two engines for it,
`engine` runs either over all images.
"""

from .engine import require_model, simulate

__all__ = ["require_model", "simulate"]
