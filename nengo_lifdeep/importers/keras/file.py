"""Check Keras files before they are loaded: no code in them may run."""

from __future__ import annotations

import importlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...compat.requirements import import_optional
from ...errors import ModelFileError
from ...support.plain_files import open_plain
from ..hdf5.inspection import inspect_hdf5
from ..hdf5.text import HeapText

__all__ = ["load_keras"]

#: largest sum of the sizes that a file may declare: this many times its own size, or this much
_TIMES, _AT_LEAST = 4, 2**26

#: members of a .keras file: its own three, and what layers of other packages keep
_MOST_MEMBERS = 1000

#: modules whose classes a file may name
_OWN = ("keras", "tf_keras", "keras_core", "nengo_lifdeep")


def load_keras(path: str | os.PathLike[str]) -> Any:
    """The model in a ``.keras`` or ``.h5`` file.

    Its description is read first, without building anything: layers that hold code (Lambda) or are
    of other packages, sizes that the file cannot hold, and members outside of it are refused.

    Parameters
    ----------
    path : path-like
        The file; one of Keras 2 is loaded with ``tf_keras``.

    Raises
    ------
    ModelFileError
        If there is no such file, or it is damaged, or holds more than plain layers.
    MissingDependencyError
        If the Keras that it needs is not installed.
    """
    path = Path(path)
    if (path / "saved_model.pb").is_file():
        raise ModelFileError(
            f"{path} is a SavedModel, a folder of TensorFlow without layers; save the Keras model "
            "that it was made of, model.save('model.keras'), and give that file. Where that is "
            f"gone: python -m tf2onnx.convert --saved-model {path} --output model.onnx, and "
            "from_onnx('model.onnx'); or of a folder that tf_keras saved with its layers "
            f"tf_keras.models.load_model({str(path)!r})"
        )
    if not path.is_file():
        raise ModelFileError(f"there is no file {path}")
    config, version = _described(path)
    _check_plain(config, path)
    keras = import_optional("keras" if version.startswith("3") else "tf_keras")
    if any(module.startswith("nengo_lifdeep") for _, module in _classes(config)):
        importlib.import_module("nengo_lifdeep.keras3")  # so that Keras knows our layer
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except TypeError as error:
        if "safe_mode" not in str(error):
            raise _damaged(path, error) from error
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # what Keras raises for damaged files is of no one kind
        raise _damaged(path, error) from error


def _damaged(path: Path, error: object) -> ModelFileError:
    text = " ".join(str(error).split())
    if path.suffix in (".h5", ".hdf5") and (
        "Only input tensors" in text or "Unknown layer" in text
    ):
        return ModelFileError(
            f"{path} cannot be loaded as a Keras model: {text[:200]}. Keras reads no operations "
            "(keras.ops, x / 255.0) and no classes of your own from .h5; save the model as .keras"
        )
    if "custom" in text and ("register" in text or "custom_object" in text):
        unknown = re.search(r"[Cc]lass '(\w+)'|`(\w+)`", text)
        which = f" ({next(filter(None, unknown.groups()))})" if unknown else ""
        return ModelFileError(
            f"{path} has layers of a class of your own{which}, which is not in the file; load it "
            "yourself, model = keras.models.load_model(path, custom_objects={...}), and give the "
            "model; or register the class before, @keras.saving.register_keras_serializable()"
        )
    cause = text if len(text) < 400 else f"{text[:200]} ... {text[-200:]}"
    return ModelFileError(
        f"{path} cannot be loaded as a Keras model: {cause}. If Keras itself loads it, give what "
        "keras.models.load_model returns"
    )


def _described(path: Path) -> tuple[Any, str]:
    """The model's own description, and the version of Keras that wrote it."""
    try:
        if zipfile.is_zipfile(path):
            return _described_zip(path)
        return _described_h5(path)
    except ModelFileError:
        raise
    except Exception as error:  # h5py and zipfile raise many kinds
        raise ModelFileError(
            f"{path} is damaged, or no Keras file; expected .keras or .h5: {error}"
        ) from error


def _described_zip(path: Path) -> tuple[Any, str]:
    with zipfile.ZipFile(path) as file:
        members = file.infolist()
        _check_size(sum(m.file_size for m in members), path)
        for member in members:
            if member.filename.startswith("/") or ".." in Path(member.filename).parts:
                raise ModelFileError(f"{path} holds {member.filename!r}, outside of the file")
            if member.flag_bits & 0x1:
                raise ModelFileError(f"{path}: {member.filename!r} is encrypted; save it again")
        if len(set(file.namelist())) < len(members) or len(members) > _MOST_MEMBERS:
            raise ModelFileError(f"{path} holds two members of one name, or {len(members):,}")
        # Keras moves about in the weights, so that nothing else compares their checksum
        if (name := file.testzip()) is not None:
            raise ModelFileError(f"{path} is damaged: the checksum of {name!r} is wrong")
        for needed in ("config.json", "metadata.json", "model.weights.h5"):
            if needed not in file.namelist():
                raise ModelFileError(f"{path} is no .keras file: {needed} is not in it")
        config = json.loads(file.read("config.json"))
        version = str(json.loads(file.read("metadata.json")).get("keras_version", ""))
        with file.open("model.weights.h5") as weights:
            inspect_hdf5(weights, path)
    return config, version


def _described_h5(path: Path) -> tuple[Any, str]:
    h5py = import_optional("h5py")
    with open_plain(path) as raw:  # attributes are text in heaps: HDF5 may go round in damaged ones
        if (place := HeapText(raw).damaged()) is not None:
            raise ModelFileError(f"{path} is damaged: its text at byte {place:,} is broken")
    with h5py.File(path, "r") as file:
        if "model_config" not in file.attrs:
            raise ModelFileError(f"{path} holds weights only; save the whole model")
        config = json.loads(_text(file.attrs["model_config"]))
        version = _text(file.attrs.get("keras_version", "2"))
    inspect_hdf5(path, path)
    return config, version


def _check_size(declared: int, path: Path) -> None:
    most = max(_TIMES * path.stat().st_size, _AT_LEAST)
    if declared > most:
        raise ModelFileError(
            f"{path} declares {declared:,} bytes of content, and has {path.stat().st_size:,}; it "
            "is damaged, or made to fill the memory"
        )


def _check_plain(config: Any, path: Path) -> None:
    for kind, module in _classes(config):
        if kind == "Lambda" or kind == "__lambda__":
            raise ModelFileError(
                f"{path} holds a Lambda layer, whose code would run when it is loaded; build the "
                "model again with plain layers"
            )
        if module and module.split(".")[0] not in _OWN and module != "builtins":
            raise ModelFileError(
                f"{path} holds {module}.{kind}, of another package, whose code would run; load it "
                "yourself with keras.models.load_model and give the model"
            )


def _classes(config: Any) -> Iterator[tuple[str, str]]:
    """Every class that a description names, and its module."""
    if isinstance(config, dict):
        if isinstance(config.get("class_name"), str):
            yield config["class_name"], str(config.get("module") or "")
        for value in config.values():
            yield from _classes(value)
    elif isinstance(config, list | tuple):
        for value in config:
            yield from _classes(value)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
