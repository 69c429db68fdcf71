"""The file of a learner: the network as it is, what it remembers, and how far its draws went."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelFileError
from ..models.probabilistic import ProbabilisticModel
from ..models.raised_cosines import RaisedCosines
from ..support.checks import whole
from ..support.files import read_record, write_record
from .rule import LocalVariationalRule

__all__ = ["KIND", "read_learner", "write_learner"]

#: Kind of the file.
KIND = "OnlineLearner"


def write_learner(learner: Any, path: str | os.PathLike[str]) -> Path:
    """Write all there is to one file, which is replaced atomically.

    Parameters
    ----------
    learner : OnlineLearner
        The learner.
    path : path-like
        The file.

    Raises
    ------
    ModelFileError
        If it cannot be written; a file that was there is intact.
    """
    model = learner._model
    header = {
        "name": model.name, "input_shape": list(model.input_shape), "n_hidden": model.n_hidden,
        "basis": model.basis.to_dict(), "feedback_basis": model.feedback_basis.to_dict(),
        "classes": list(model.classes), "dt": model.dt, "provenance": dict(model.provenance),
        "rule": learner.rule.to_dict(), "seed": learner.seed, "engine": learner.engine,
        "dtype": learner.dtype, "n_steps": learner.n_steps, "n_drawn": learner._n_drawn,
    }  # fmt: skip
    arrays = {f"state/{name}": array for name, array in learner._network.arrays().items()}
    arrays["moved"], arrays["topology"] = learner.moved, model.topology
    for name, array in zip(("weights", "feedback", "bias"), learner.weights, strict=True):
        arrays[name] = array
    return write_record(path, KIND, header, arrays)


def read_learner(cls: Any, path: str | os.PathLike[str]) -> Any:
    """The learner of a file, which goes on as if it had never stopped.

    Parameters
    ----------
    cls : type of OnlineLearner
        What to make.
    path : path-like
        What `write_learner` wrote.

    Raises
    ------
    ModelFileError
        If there is no such file, or it is damaged.
    """
    header, arrays = read_record(path, KIND)
    try:
        return _restored(cls, header, arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"{path} is damaged ({error}); restore a copy, or begin again"
        ) from error


def _restored(cls: Any, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    model = ProbabilisticModel(
        header["name"], tuple(header["input_shape"]), header["n_hidden"], arrays["weights"],
        arrays["feedback"], arrays["bias"], arrays["topology"], RaisedCosines(**header["basis"]),
        RaisedCosines(**header["feedback_basis"]), tuple(header["classes"]), header["dt"],
        header["provenance"],
    )  # fmt: skip
    learner = cls(
        model, LocalVariationalRule(**header["rule"]), seed=header["seed"], engine=header["engine"],
        dtype=header["dtype"], counts_moves=bool(arrays["moved"].size),
    )  # fmt: skip
    learner.moved[:] = arrays["moved"]
    state = learner._network.arrays()
    for name, own in state.items():
        array = arrays[f"state/{name}"]
        if (own.shape, own.dtype) != (array.shape, array.dtype):
            raise ValueError(f"{name} is {array.dtype} of shape {array.shape}")
        own[...] = array
    learner._network.check()
    learner.n_steps = whole(0)(header["n_steps"], "n_steps")
    learner._n_drawn = whole(0)(header["n_drawn"], "n_drawn")
    learner._random.advance(learner._n_drawn)
    return learner
