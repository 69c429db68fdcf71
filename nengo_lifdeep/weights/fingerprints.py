"""Short names of a network's weights, and of those of networks that stand side by side in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..jobs.fingerprints import fingerprint

__all__ = ["member_prefix", "weights_fingerprint", "with_members"]


def weights_fingerprint(weights: Mapping[str, Mapping[str, np.ndarray]]) -> str:
    """The same for the same numbers; kernels count with 16 bits, as files may hold them.

    Parameters
    ----------
    weights : dict of dict of array
        By layer and name.

    Examples
    --------
    >>> weights_fingerprint({"dense1": {"kernel": np.ones((2, 2), np.float32)}})
    '8e7a10dea4573d31'
    """
    found = sorted((layer, name) for layer, arrays in weights.items() for name in arrays)
    with np.errstate(over="ignore"):  # infinite alike in every file: such are not written so
        return fingerprint(
            *(
                weights[layer][name].astype(np.float16 if name == "kernel" else np.float32)
                for layer, name in found
            )
        )


def member_prefix(number: int) -> str:
    """What the names of a member's layers begin with in a committee.

    Parameters
    ----------
    number : int
        Of the member, from 1.
    """
    return f"m{number}_"


def with_members(
    provenance: Mapping[str, Any], weights: Mapping[str, Mapping[str, np.ndarray]]
) -> dict[str, Any]:
    """A provenance that names the members of a committee as they are in it now.

    Of any other network it stays as it is.

    Parameters
    ----------
    provenance : dict
        Of the committee as it was.
    weights : dict of dict of array
        Its weights now, by layer and name.

    Examples
    --------
    >>> one, two = ({"kernel": np.full((1, 1), n, np.float32)} for n in (1, 2))
    >>> found = with_members({"members": ["1f", "2e"]}, {"m1_dense1": one, "m2_dense1": two})
    >>> found["members"] == [weights_fingerprint({"dense1": each}) for each in (one, two)]
    True
    """
    known = provenance.get("members")
    if not isinstance(known, list | tuple):
        return dict(provenance)
    members: list[dict[str, Mapping[str, np.ndarray]]] = [
        {layer: own for layer, own in weights.items() if layer.startswith(member_prefix(number))}
        for number in range(1, len(known) + 1)
    ]
    if not all(members):  # of a file that somebody changed
        return dict(provenance)
    return {**provenance, "members": [weights_fingerprint(each) for each in members]}
