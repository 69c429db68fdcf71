"""Compare published and measured errors: whether two errors are distinguishable."""

from __future__ import annotations

import math
from typing import Any

from ..errors import ValidationError
from ..records.evaluation import wilson_interval
from ..report.tables.grid import Column

__all__ = ["COLUMNS", "NOTE", "compared", "interval", "two_proportions"]

#: Beyond this p two errors are called not distinguishable.
_LEVEL = 0.05

#: What `compared` fills, for a `Grid`.
COLUMNS = (
    Column("interval", "95 % interval", ".2f"),
    Column("p", "p", ".2g"),
    Column("verdict", "against published"),
)

#: For the notes under a table with these columns.
NOTE = (
    "p: two-sided test of two proportions with pooled variance, measured against published, as if "
    "the two had seen different images: of the same images, which they are, it is cautious; "
    f"'not distinguishable': p >= {_LEVEL:g}. A published figure is that of one network"
)


def two_proportions(error: float, n: int, other: float, n_other: int) -> float:
    """Whether two errors differ by more than the choice of test images explains.

    Parameters
    ----------
    error, other : float
        In percent.
    n, n_other : int
        Images they were measured on.

    Returns
    -------
    float
        Two-sided p of the z-test with pooled variance; 1 where both errors are 0 or 100 %.

    Raises
    ------
    ValidationError
        If an error is not in [0, 100] or there are no images.

    Examples
    --------
    >>> round(two_proportions(15.93, 10_000, 16.46, 10_000), 2)
    0.31
    """
    for name, value, images in (("error", error, n), ("other", other, n_other)):
        if not (0 <= value <= 100 and images >= 1):
            raise ValidationError(
                f"{name} is {value!r} % of {images!r} images; expected 0 to 100 % of 1 or more"
            )
    pooled = (error * n + other * n_other) / (n + n_other) / 100
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_other))
    if spread == 0:
        return 1.0
    return math.erfc(abs(error - other) / 100 / spread / math.sqrt(2))


def interval(error: float, n: int) -> tuple[float, float]:
    """95 % interval (Wilson) of an error, all in percent, on ``n`` images.

    Parameters
    ----------
    error : float
        Error, in percent.
    n : int
        Number of images.
    """
    low, high = wilson_interval(error / 100 * n, n)
    return 100 * low, 100 * high


def compared(
    error: float, n: int, published: float | None, n_published: int, suffix: str = ""
) -> dict[str, Any]:
    """Cells of `COLUMNS` for one row.

    Parameters
    ----------
    error, n : float, int
        Measured, in percent, and on how many images.
    published, n_published : float or None, int
        Of the paper; None where it has no such figure.
    suffix : str
        At the end of the cells' names, where a row compares several errors.

    Examples
    --------
    >>> compared(15.93, 10_000, 16.46, 10_000)["verdict"]
    'not distinguishable'
    >>> compared(0.57, 10_000, 0.92, 10_000)["verdict"]
    'lower'
    """
    cells: dict[str, Any] = {"interval": interval(error, n), "p": None, "verdict": None}
    if published is not None:
        p = cells["p"] = two_proportions(error, n, published, n_published)
        lower = "lower" if error < published else "higher"
        cells["verdict"] = "not distinguishable" if p >= _LEVEL else lower
    return {f"{name}{suffix}": value for name, value in cells.items()}
