"""Short names of a network's weights, and of those of networks that stand side by side in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..jobs.fingerprints import fingerprint

__all__ = ["are_other_weights", "member_prefix", "weights_fingerprint", "with_members"]

#: hexadecimal digits of the numbers that stand in layers
_DIGITS = 8


def weights_fingerprint(
    weights: Mapping[str, Mapping[str, np.ndarray]], layers: Iterable[Any] = ()
) -> str:
    """The same for the same numbers; kernels count with 16 bits, as files may hold them.

    Parameters
    ----------
    weights : dict of dict of array
        By layer and name.
    layers : iterable of Layer, optional
        The layers. Where some keep numbers of training in their fields (`Layer.numbers`), a
        hyphen and a name of these follow.

    Examples
    --------
    >>> from nengo_lifdeep.layers import Scale
    >>> weights = {"dense1": {"kernel": np.ones((2, 2), np.float32)}}
    >>> weights_fingerprint(weights)
    '8e7a10dea4573d31'
    >>> weights_fingerprint(weights, [Scale(2.0)])
    '8e7a10dea4573d31-fef8839a'
    """
    found = sorted((layer, name) for layer, arrays in weights.items() for name in arrays)
    with np.errstate(over="ignore"):  # infinite alike in every file: such are not written so
        whole = fingerprint(
            *(
                weights[layer][name].astype(np.float16 if name == "kernel" else np.float32)
                for layer, name in found
            )
        )
        numbers = [np.asarray(each, np.float32) for layer in layers for each in layer.numbers]
    return f"{whole}-{fingerprint(*numbers)[:_DIGITS]}" if numbers else whole


def are_other_weights(one: str, other: str) -> bool:
    """Whether two fingerprints are surely of different weights.

    Parameters
    ----------
    one, other : str
        Fingerprints. An empty one is not known; one of before has no part for the numbers that
        stand in layers, and is compared by the weights alone.

    Examples
    --------
    >>> are_other_weights("1f-a", "1f-b"), are_other_weights("1f-a", "2e-a")
    (True, True)
    >>> are_other_weights("1f-a", "1f"), are_other_weights("1f", "")
    (False, False)
    """
    if "" in (one, other):
        return False
    (weights, *numbers), (others, *more) = one.split("-"), other.split("-")
    return weights != others or (bool(numbers and more) and numbers != more)


def member_prefix(number: int) -> str:
    """What the names of a member's layers begin with in a committee.

    Parameters
    ----------
    number : int
        Of the member, from 1.
    """
    return f"m{number}_"


def with_members(
    provenance: Mapping[str, Any],
    weights: Mapping[str, Mapping[str, np.ndarray]],
    layers: Iterable[Any] = (),
) -> dict[str, Any]:
    """A provenance that names the members of a committee as they are in it now.

    Of any other network it stays as it is.

    Parameters
    ----------
    provenance : dict
        Of the committee as it was.
    weights : dict of dict of array
        Its weights now, by layer and name.
    layers : iterable of Layer, optional
        Its layers now.

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
    layers, members = tuple(layers), []
    for prefix in map(member_prefix, range(1, len(known) + 1)):
        own = {layer: arrays for layer, arrays in weights.items() if layer.startswith(prefix)}
        if not own:  # of a file that somebody changed
            return dict(provenance)
        named = (layer for layer in layers if layer.name.startswith(prefix))
        members.append(weights_fingerprint(own, named))
    return {**provenance, "members": members}
