"""Who may hear whom in a network of probabilistic circuits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ValidationError
from ..support.arrays.owned_arrays import adopted, owned
from ..support.checks import shown
from ..support.checks.arrays import plain_array

__all__ = ["TOPOLOGIES", "checked_topology"]

#: feedforward: inputs to all, hidden to visible circuits; recurrent: hidden to each other as well
TOPOLOGIES = ("feedforward", "recurrent")


def checked_topology(topology: Any, n_inputs: int, n_hidden: int, n_visible: int) -> np.ndarray:
    """Which circuits hear which, ``(post, pre)`` of booleans that cannot be written to.

    Parameters
    ----------
    topology : {"feedforward", "recurrent"} or (post, pre) array of bool
        Rows are hidden, then visible circuits; columns are inputs, then these.
    n_inputs, n_hidden, n_visible : int
        How many there are.

    Raises
    ------
    ValidationError
        If a hidden circuit hears a visible one, whose clamped values would tell it the answer; if
        a circuit hears itself, or nothing; or if a hidden circuit is not heard.

    Examples
    --------
    >>> checked_topology("feedforward", 1, 1, 2).astype(int)
    array([[1, 0, 0, 0],
           [1, 1, 0, 0],
           [1, 1, 0, 0]])
    """
    n_circuits = n_hidden + n_visible
    shape = n_circuits, n_inputs + n_circuits
    own = n_inputs + np.arange(n_circuits)
    if isinstance(topology, str):
        if topology not in TOPOLOGIES:
            raise ValidationError(
                f"topology is {topology!r}; expected {' or '.join(map(repr, TOPOLOGIES))}, or an "
                f"array (post, pre) of booleans of shape {shape}"
            )
        heard = np.zeros(shape, np.bool_)
        heard[:, :n_inputs] = True
        heard[n_hidden:, n_inputs : n_inputs + n_hidden] = True
        if topology == "recurrent":
            heard[:n_hidden, n_inputs : n_inputs + n_hidden] = True
            heard[np.arange(n_circuits), own] = False
        return adopted(heard)
    array = plain_array(topology, "topology")
    if array.dtype != np.bool_ or array.shape != shape:
        raise ValidationError(
            f"topology is {shown(topology)}, {array.dtype} of shape {array.shape}; expected "
            f"booleans of shape {shape}: (hidden and visible circuits, inputs and these)"
        )
    if array[:n_hidden, n_inputs + n_hidden :].any():
        post, pre = np.argwhere(array[:n_hidden, n_inputs + n_hidden :])[0]
        raise ValidationError(
            f"topology: hidden circuit {post} hears visible circuit {pre}, which is clamped to the "
            "answer in training; no connection may run from outputs back to hidden circuits"
        )
    if array[np.arange(n_circuits), own].any():
        at = int(np.argmax(array[np.arange(n_circuits), own]))
        raise ValidationError(
            f"topology: circuit {at} hears itself; what it emitted before comes back by `feedback`"
        )
    if not array.any(axis=1).all():
        at = int(np.argmin(array.any(axis=1)))
        raise ValidationError(f"topology: circuit {at} hears nothing; give it an input")
    unheard = ~array[:, n_inputs : n_inputs + n_hidden].any(axis=0)
    if unheard.any():
        raise ValidationError(
            f"topology: nothing hears hidden circuit {int(np.argmax(unheard))}; leave it out"
        )
    return owned(array)
