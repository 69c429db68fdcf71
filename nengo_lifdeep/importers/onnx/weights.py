"""The arrays of an ONNX file: in it, or in files beside it."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from ...compat.requirements import import_optional
from ...errors import ModelFileError

__all__ = ["Weights"]


class Weights:
    """Reads the arrays of one model.

    Parameters
    ----------
    name : str
        How errors call the model.
    folder : Path or None
        Where it lies; None for a model without a file.
    """

    def __init__(self, name: str, folder: Path | None) -> None:
        self.name, self.folder = name, folder

    def array(self, tensor: Any) -> np.ndarray:
        """An array, after its size was compared with what is there.

        Parameters
        ----------
        tensor : onnx.TensorProto
            The array, or where it is.

        Raises
        ------
        ModelFileError
            If it is damaged, or lies in a file that is not there, too short or outside of the
            model's folder.
        """
        onnx = import_optional("onnx")
        if any(n < 0 for n in tensor.dims):
            raise self._damaged(tensor, f"has the shape {tuple(tensor.dims)}")
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            tensor = self._with_data(tensor)
        declared = math.prod(tensor.dims)
        held = len(tensor.raw_data) + sum(
            8 * len(getattr(tensor, field))
            for field in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data")
        )
        if declared > 8 * held + 8:
            raise ModelFileError(
                f"{self.name} is damaged: weights {tensor.name!r} declare the shape "
                f"{tuple(tensor.dims)}, and hold {held} bytes"
            )
        try:
            return np.asarray(onnx.numpy_helper.to_array(tensor))
        except Exception as error:  # wrong sizes, unknown types
            raise self._damaged(tensor, str(error)) from error

    def _damaged(self, tensor: Any, what: str) -> ModelFileError:
        return ModelFileError(f"{self.name} is damaged: weights {tensor.name!r}: {what}")

    def _with_data(self, tensor: Any) -> Any:
        """The same tensor with the bytes that lie in another file."""
        onnx = import_optional("onnx")
        entries = {entry.key: entry.value for entry in tensor.external_data}
        if self.folder is None:
            raise ModelFileError(
                f"{self.name}: weights {tensor.name!r} are in another file, "
                f"{entries.get('location')!r}; give the path of the model's file, or load the "
                "model with onnx.load, which reads them too"
            )
        path = self._beside(tensor, entries.get("location", ""))
        size = path.stat().st_size
        try:
            offset = int(entries.get("offset", 0))
            length = int(entries.get("length", size - offset))
            kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        except (ValueError, KeyError) as error:
            raise self._damaged(tensor, str(error)) from error
        needed = math.ceil(math.prod(tensor.dims) * self._bits(tensor, kind) / 8)
        if offset < 0 or length != needed or offset + length > size:
            raise ModelFileError(
                f"{self.name}: weights {tensor.name!r} of shape {tuple(tensor.dims)} take "
                f"{needed:,} bytes, and should be {length:,} at {offset:,} of {path.name}, which "
                f"has {size:,}; the two files do not belong together"
            )
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(length)
        made = onnx.TensorProto()
        made.name, made.data_type, made.raw_data = tensor.name, tensor.data_type, data
        made.dims.extend(tensor.dims)
        return made

    @staticmethod
    def _bits(tensor: Any, kind: np.dtype) -> int:
        four = {21, 22, 23}  # UINT4, INT4, FLOAT4E2M1, two of them in a byte
        return 4 if tensor.data_type in four else 8 * int(np.dtype(kind).itemsize)

    def _beside(self, tensor: Any, location: str) -> Path:
        """The file that holds the weights, which must lie in the model's folder."""
        assert self.folder is not None
        folder = Path(os.path.realpath(self.folder))
        given = Path(location)
        path = Path(os.path.realpath(folder / location))
        outside = given.is_absolute() or ".." in given.parts or "\\" in location
        if not location or outside or folder not in path.parents:
            raise ModelFileError(
                f"{self.name}: weights {tensor.name!r} are said to be in {location!r}, outside of "
                "the model's folder; only files beside it are read"
            )
        if not path.is_file():
            raise ModelFileError(
                f"{self.name}: weights {tensor.name!r} are in {location!r}, and there is no such "
                "file beside it; copy both files together"
            )
        return path
