"""Which of a model's outputs is imported."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UnsupportedLayerError
from ..support.words.counted import counted

__all__ = ["one_output"]


def one_output(names: Sequence[str], asked: str | None, what: str, function: str) -> str:
    """The name of the output that is imported.

    Parameters
    ----------
    names : sequence of str
        Of all outputs.
    asked : str or None
        The name that was asked for.
    what : str
        How errors call the model, e.g. ``"ONNX model 'net'"``.
    function : str
        The importer, for the advice.

    Raises
    ------
    UnsupportedLayerError
        If there are several and none was asked for, or none of that name.

    Examples
    --------
    >>> one_output(["score", "features"], "score", "the model", "from_onnx")
    'score'
    """
    listed = ", ".join(names)
    if asked is not None and asked not in names:
        raise UnsupportedLayerError(f"{what} has no output {asked!r}; it has {listed or 'none'}")
    if asked is None and len(names) != 1:
        raise UnsupportedLayerError(
            f"{what} has {counted(len(names), 'output')} ({listed}); say which: "
            f"{function}(..., output={names[0] if names else 'name'!r})"
        )
    return asked or names[0]
