"""Fetch a data set with Keras's downloader if it is not on this machine."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ...errors import DataError
from ..base import Split
from .files import DATA_VARIABLE

__all__ = ["fetch_with_keras"]


def fetch_with_keras(name: str, module: str, wanted: str) -> dict[str, Split]:
    """Download ``keras.datasets.<module>`` into Keras's cache and return its two parts.

    Parameters
    ----------
    name : str
        Our name of the set, for the error message.
    module : str
        Name inside ``keras.datasets``, e.g. ``"mnist"`` or ``"cifar10"``.
    wanted : str
        What a user would put into the data folder instead, for the error message.

    Returns
    -------
    dict
        ``"train"`` and ``"test"`` as `Split`.

    Raises
    ------
    DataError
        If Keras is not installed or the download fails.
    """
    advice = (
        f"Put {wanted} into a folder and give it as directory=..., or set {DATA_VARIABLE} "
        "to the folder above it"
    )
    try:
        loader = getattr(_keras().datasets, module)
    except ImportError as error:
        raise DataError(
            f"data set {name!r} is not on this machine, and Keras, which could fetch it, cannot "
            f"be imported ({error}). {advice}"
        ) from error
    try:
        (x_train, y_train), (x_test, y_test) = loader.load_data()
    except Exception as error:  # Keras raises whatever the network gave it
        raise DataError(
            f"data set {name!r} is not on this machine, and fetching it with Keras failed: "
            f"{error}. {advice}"
        ) from error
    source = f"keras.datasets.{module}"
    return {
        "train": _split(x_train, y_train, source),
        "test": _split(x_test, y_test, source),
    }


def _keras() -> Any:
    """The Keras the user works with already, else the one that training uses."""
    for name in ("tf_keras", "keras"):
        if sys.modules.get(name) is not None:
            return sys.modules[name]
    from ...compat import import_tf_keras

    return import_tf_keras()


def _split(images: np.ndarray, labels: np.ndarray, source: str) -> Split:
    if images.ndim == 3:
        images = images[..., np.newaxis]
    return Split(images, np.ravel(labels), source)
