"""What `to_nir` writes beside a graph, in its metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...errors import ModelFileError
from ...inputs.as_trained import SHOWN
from ...inputs.preprocessing import Preprocessing

__all__ = ["as_text", "is_written_here", "shown_as_written", "written_beside",
           "written_preprocessing"]  # fmt: skip


def as_text(value: Any) -> str:
    """Text of metadata, which HDF5 gives as bytes.

    Parameters
    ----------
    value : object
        The value.

    Examples
    --------
    >>> as_text(b"digits")
    'digits'
    """
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def is_written_here(metadata: Mapping[str, Any]) -> bool:
    """Whether metadata are those of a graph that `to_nir` wrote.

    Parameters
    ----------
    metadata : dict
        Of the graph.
    """
    return "nengo_lifdeep" in metadata


def written_beside(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What was written as JSON: classes, and the header of the preprocessing.

    Parameters
    ----------
    metadata : dict
        Of the graph.

    Raises
    ------
    ModelFileError
        If it is damaged.
    """
    if not is_written_here(metadata):
        return {}
    try:
        written = dict(json.loads(as_text(metadata["nengo_lifdeep"])))
        classes = written.get("classes", [])
        if isinstance(classes, str) or not all(isinstance(name, str) for name in classes):
            raise ValueError(f"classes are {classes!r}")
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"metadata 'nengo_lifdeep' of the graph is damaged: {error}"
        ) from error
    return written


def shown_as_written(written: Mapping[str, Any]) -> dict[str, Any]:
    """What was written of how the network is shown images: its training's coding and window.

    Parameters
    ----------
    written : dict
        As `written_beside` gives it.

    Raises
    ------
    ModelFileError
        If it is damaged.

    Examples
    --------
    >>> shown_as_written({"classes": ["a", "b"]})
    {}
    """
    found = written.get("shown", {})
    if not isinstance(found, dict) or not all(
        name in SHOWN and isinstance(value, dict) for name, value in found.items()
    ):
        raise ModelFileError(
            f"metadata 'nengo_lifdeep' of the graph is damaged: shown is {found!r}"
        )
    return found


def written_preprocessing(
    written: Mapping[str, Any], metadata: Mapping[str, Any]
) -> Preprocessing | None:
    """The preprocessing that was written, or None.

    Parameters
    ----------
    written : dict
        As `written_beside` gives it.
    metadata : dict
        Of the graph.
    """
    if "preprocessing" not in written:
        return None
    arrays = {name: metadata[name] for name in ("mean", "divisor") if name in metadata}
    return Preprocessing.from_arrays(written["preprocessing"], arrays)
