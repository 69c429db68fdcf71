"""One file of CIFAR images: the binary records, and the pickled Python batches read safely."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from ...errors import DataError
from ...support.words.counted import counted
from .pickled import ArraysOnly, PickledArray, check_pickle

__all__ = ["read_binary", "read_pickled"]

_PLANES = (3, 32, 32)  # a record's pixels: red, green and blue plane, each row by row
_PIXELS = 3 * 32 * 32


def read_binary(data: bytes, source: str, label_bytes: int) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of a binary batch.

    Parameters
    ----------
    data : bytes
        Records of ``label_bytes`` labels (the last one counts: CIFAR-100 has the coarse class
        first) and 3072 pixels.
    source : str
        The file, for errors.
    label_bytes : int
        1 for CIFAR-10, 2 for CIFAR-100.

    Returns
    -------
    images : (n, 32, 32, 3) array of uint8
    labels : (n,) array of int64

    Raises
    ------
    DataError
        If the file is no whole number of records.
    """
    record = label_bytes + _PIXELS
    if not data or len(data) % record:
        raise DataError(
            f"{source} has {len(data)} bytes, which is no whole number of records of {record} "
            "bytes; it is truncated, has trailing bytes, or is another file. Download it again"
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, record)
    return _images(records[:, label_bytes:]), records[:, label_bytes - 1].astype(np.int64)


def read_pickled(data: bytes, source: str, label_key: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of a batch of the Python version.

    Parameters
    ----------
    data : bytes
        A pickled dictionary with ``data`` (n, 3072) and the labels.
    source : str
        The file, for errors.
    label_key : bytes
        ``b"labels"`` for CIFAR-10, ``b"fine_labels"`` for CIFAR-100.

    Returns
    -------
    images : (n, 32, 32, 3) array of uint8
    labels : (n,) array of int64

    Raises
    ------
    DataError
        If the file is truncated, holds something else, or would run code.
    """
    try:
        check_pickle(data)
        content = ArraysOnly(io.BytesIO(data), encoding="bytes").load()
        pixels, labels = _plain(content[b"data"]), _plain(content[label_key])
    except DataError as error:
        raise DataError(f"{source}: {error}") from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise DataError(
            f"{source} is truncated, damaged or no batch of CIFAR images "
            f"({type(error).__name__}: {error}); download it again"
        ) from error
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or pixels.shape[1] != _PIXELS:
        raise DataError(
            f"{source}: 'data' has shape {pixels.shape} and type {pixels.dtype}; expected "
            f"(n, {_PIXELS}) and uint8"
        )
    if labels.shape != pixels.shape[:1] or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"{source}: {counted(len(pixels), 'image')}, but labels of shape {labels.shape} and "
            "type "
            f"{labels.dtype}; expected one integer per image"
        )
    return _images(pixels), labels.astype(np.int64)


def _plain(value: Any) -> np.ndarray:
    """An array, or a list of numbers; lists in lists could be larger than any memory."""
    if isinstance(value, PickledArray):
        return value.array()
    if not isinstance(value, list) or not all(isinstance(item, int | float) for item in value):
        raise ValueError("expected an array or a list of numbers")
    return np.asarray(value)


def _images(pixels: np.ndarray) -> np.ndarray:
    planes = pixels.reshape(-1, *_PLANES)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
