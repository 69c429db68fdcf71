"""How many single spikes a record holds."""

from __future__ import annotations

from ...errors import ConversionError

__all__ = ["MOST_SINGLE_SPIKES", "require_few_spikes"]

#: Single spikes that a record holds, over all populations: 12 bytes each, 0.75 GiB.
MOST_SINGLE_SPIKES = 2**26


def require_few_spikes(n: float, where: str) -> None:
    """Raise `ConversionError` if single spikes, one row each, would fill the memory.

    Asked before the rows are made: neurons without a refractory period fire any number of times in
    one step.

    Parameters
    ----------
    n : float
        How many spikes.
    where : str
        Whose, for the message.
    """
    if not n <= MOST_SINGLE_SPIKES:
        raise ConversionError(
            f"{where}: {n:,.0f} single spikes were to be kept ({12 * n / 2**30:,.1f} GiB); "
            f"expected at most {MOST_SINGLE_SPIKES:,} in a run. Keep rasters of fewer images "
            "(rasters=...), or scale weights, biases or firing rates down"
        )
