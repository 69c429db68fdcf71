"""Every kind of weights by its name, as files store it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ValidationError
from ..support.words.similar import did_you_mean
from .binary import Binary
from .crosspoint.kind import CrossPoint
from .kind import WeightKind
from .rounded import Rounded

__all__ = ["WEIGHT_KINDS", "weights_from_dict"]

WEIGHT_KINDS: dict[str, type[WeightKind]] = {
    cls.__name__: cls for cls in (Rounded, Binary, CrossPoint)
}


def weights_from_dict(data: Mapping[str, Any]) -> WeightKind:
    """The kind that `WeightKind.to_dict` described.

    Parameters
    ----------
    data : dict
        The description.

    Raises
    ------
    ValidationError
        If the kind is not known, as in a file of a newer version, or a field is out of bounds.

    Examples
    --------
    >>> weights_from_dict({"kind": "Rounded", "bits": 4})
    Rounded(bits=4)
    """
    fields = dict(data)
    kind = fields.pop("kind", None)
    if kind not in WEIGHT_KINDS:
        raise ValidationError(
            f"there is no kind of weights {kind!r}; there are {', '.join(WEIGHT_KINDS)}"
            f"{did_you_mean(kind, WEIGHT_KINDS)}"
        )
    return WEIGHT_KINDS[kind].from_fields(fields)
