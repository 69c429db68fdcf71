"""Table of what average pooling costs in the place of max pooling."""

from __future__ import annotations

from ...importers.maxima.cost import PoolingCost
from .grid import Column, Grid

__all__ = ["pooling_table"]

_COLUMNS = (
    Column("pooling", "pooling"),
    Column("n_images", "images", ",d"),
    Column("error_percent", "error [%]", ".2f"),
    Column("error_interval_percent", "95 % interval", ".2f"),
    Column("mean_absolute_error", "mean absolute error", ".4g"),
    Column("agreement_percent", "same answer [%]", ".1f"),
)


def pooling_table(cost: PoolingCost) -> Grid:
    """One row for the model as it was trained, one for the imported network in rates.

    Parameters
    ----------
    cost : PoolingCost
        What was measured.

    Examples
    --------
    >>> cost = PoolingCost(("pool1",), 500, 8.8, 35.2, 66.4)
    >>> print(pooling_table(cost).markdown().splitlines()[-1])
    | average | 500 | 35.20 | 31.14–39.48 | 66.4 |
    """
    error = "mean_absolute_error" if cost.same_answers is None else "error_percent"
    rows = [
        {
            "pooling": name, "n_images": cost.n_images, error: value,
            "error_interval_percent": cost.interval(value),
        }
        for name, value in (("maximum", cost.original), ("average", cost.imported))
    ]  # fmt: skip
    rows[1]["agreement_percent"] = cost.same_answers
    return Grid(f"max pooling: {', '.join(cost.pools)}", _COLUMNS, tuple(rows))
