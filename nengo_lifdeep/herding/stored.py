"""What a learner's file holds, checked before anything is built from it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..errors import ValidationError
from ..support.checks.arrays import checked_array
from ..support.files import damage_reported, read_record
from .given import checked_sizes
from .method import Herding

__all__ = ["KIND", "read_network"]

#: Kind of the file.
KIND = "SpikingMLP"


def read_network(
    path: str | os.PathLike[str],
) -> tuple[dict[str, Any], dict[str, np.ndarray], int]:
    """Arguments of a network, its arrays, and how many images it has seen.

    Parameters
    ----------
    path : path-like
        What `SpikingMLP.save` wrote.

    Returns
    -------
    settings, arrays, n_seen : dict, dict, int
        Arrays are ``weights``, ``units`` and ``back``, in smallest changes of a weight.

    Raises
    ------
    ModelFileError
        If there is no such file, or what it holds does not fit together.
    """
    header, arrays = read_record(path, KIND)
    with damage_reported(path):
        sizes, method = checked_sizes(header["sizes"]), Herding(**header["method"])
        units = sum(sizes)
        n_weights = sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        wanted = {"weights": (n_weights,), "units": (units,), "back": (units,)}
        if set(arrays) != set(wanted):
            raise ValidationError(f"arrays {sorted(arrays)}; expected {sorted(wanted)}")
        for name, shape in wanted.items():
            checked_array(arrays[name], name, shape=("number",))
            if (arrays[name].shape, arrays[name].dtype) != (shape, np.dtype(method.dtype)):
                raise ValidationError(
                    f"{name} is {arrays[name].dtype} of shape {arrays[name].shape}; expected "
                    f"{method.dtype} of shape {shape}"
                )
        n_seen = header["n_seen"]
        if type(n_seen) is not int or n_seen < 0:
            raise ValidationError(f"n_seen is {n_seen!r}; expected a whole number from 0 up")
        settings = {
            "sizes": sizes, "method": method, "seed": header["seed"],
            "learning_rate": header["learning_rate"],
        }  # fmt: skip
        return settings, arrays, n_seen
