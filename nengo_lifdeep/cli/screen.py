"""Print results to standard output and everything else to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..support.consoles import visible

if TYPE_CHECKING:
    from ..report.tables.grid import Grid

__all__ = ["be_quiet", "say", "show"]


def be_quiet() -> None:
    """Keep TensorFlow's start-up notes away, unless the user asked for them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def show(grids: Sequence[Grid] | Mapping[str, Grid], as_json: bool = False) -> None:
    """Print tables, or all of them as one JSON text.

    Parameters
    ----------
    grids : sequence of Grid or mapping of str to Grid
        What to print: one table, or several by the names that they have in JSON, which stay the
        same whatever is measured.
    as_json : bool
        A list of rows for one table, such lists by name for several.
    """
    tables = list(grids.values()) if isinstance(grids, Mapping) else list(grids)
    if as_json:
        import json

        found: Any = tables[0].records()
        if isinstance(grids, Mapping):
            found = {key: grid.records() for key, grid in grids.items()}
        print(json.dumps(found, indent=2))
        return
    for grid in tables:
        grid.show()


def say(what: str, path: object = None) -> None:
    """A remark on standard error, e.g. which file was written.

    Parameters
    ----------
    what : str
        The message.
    path : str or os.PathLike, optional
        A file to name in it.
    """
    print(visible(what if path is None else f"{what}: {path}", keep="\n"), file=sys.stderr)
