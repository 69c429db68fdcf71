"""The networks of O'Connor & Welling (2016): dense layers without bias."""

from __future__ import annotations

import functools
from collections.abc import Callable

from ..types import Dense, Flatten, Layer, Shape

__all__ = ["BUILDERS"]

_Plan = tuple[Shape, list[Layer]]


def _plan(side: int, hidden: int) -> _Plan:
    units = (hidden, hidden, 10)
    return (side, side, 1), [Flatten(), *(Dense(n, use_bias=False) for n in units)]


BUILDERS: dict[str, Callable[[], _Plan]] = {
    "oconnor2016-200": functools.partial(_plan, 28, 200),
    "oconnor2016-300": functools.partial(_plan, 28, 300),
    "oconnor2016-digits": functools.partial(_plan, 8, 50),
}
