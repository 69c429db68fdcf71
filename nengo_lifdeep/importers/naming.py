"""What an imported network is called: as its user calls it."""

from __future__ import annotations

import re
from pathlib import PurePath

__all__ = ["called"]

#: what tools write as a name where nobody gave one
_NOBODYS = re.compile(
    r"(main_?graph|graph|torch[-_]?jit\w*|torch[-_]jit[-_]export|tf2onnx\w*|model|sequential|"
    r"functional|nir)(_\d+)?",
    re.IGNORECASE,
)


def called(written: str, file: str) -> str:
    """A model's name: the one that its author gave, or else its file's.

    Parameters
    ----------
    written : str
        What the file has as a name; empty if none.
    file : str
        Name of the file, or of what was imported.

    Examples
    --------
    >>> called("main_graph", "my-digits.onnx"), called("lenet", "my-digits.onnx")
    ('my-digits', 'lenet')
    """
    if written and not _NOBODYS.fullmatch(written):
        return written
    return PurePath(file).stem or written
