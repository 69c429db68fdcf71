"""Numbers with a unit as engineers write them: 1.04 mJ, not 1.04e+03 µJ."""

from __future__ import annotations

import math

__all__ = ["with_unit"]

_PREFIXES = {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}


def with_unit(value: float, unit: str) -> str:
    """Three digits that count, and the unit with a prefix.

    Parameters
    ----------
    value : float
        In the unit itself.
    unit : str
        Its symbol.

    Examples
    --------
    >>> with_unit(1.04e-3, "J"), with_unit(0.9996e-6, "J"), with_unit(0.0, "J")
    ('1.04 mJ', '1 µJ', '0 J')
    """
    if not value or not math.isfinite(value):
        return f"{value:g} {unit}"
    rounded = float(f"{value:.3g}")
    power = 3 * math.floor(math.log10(abs(rounded)) / 3)
    power = min(max(power, min(_PREFIXES)), max(_PREFIXES))
    scaled = rounded / 10.0**power
    shown = f"{scaled:.0f}" if abs(scaled) >= 1000 else f"{scaled:.3g}"
    return f"{shown} {_PREFIXES[power]}{unit}"
