"""Check a command's outputs before it starts to work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import ModelFileError, ValidationError
from ..support.writing import try_file, try_folder

__all__ = ["named", "try_outputs", "unsaved"]

#: what `save_picture` writes
_PICTURES = (".png", ".svg", ".pdf")

#: of files of other kinds: files are distinguished by their suffix when they are read
_OTHERS = (
    ".keras", ".h5", ".hdf5", ".onnx", ".nir", ".png", ".svg", ".pdf", ".html", ".md", ".json",
    ".csv", ".npz", ".npy", ".pt", ".pth", ".pt2", ".ckpt", ".safetensors", ".pb", ".tflite",
    ".pkl",
)  # fmt: skip


def try_outputs(
    *,
    values: tuple[Path | None, ...] = (),
    texts: tuple[Path | None, ...] = (),
    pictures: tuple[Path | None, ...] = (),
    folders: tuple[Path | None, ...] = (),
    read: tuple[Path | None, ...] = (),
) -> None:
    """Refuse what could not be written, before the work.

    Parameters
    ----------
    values, texts, pictures : tuple of Path or None
        Files of ours, files of text, pictures; None where nothing is asked for.
    folders : tuple of Path or None
        Folders that files will be written into.
    read : tuple of Path or None
        Files the command reads, which it may not replace by something else.

    Raises
    ------
    ModelFileError, ValidationError
        As `try_file`; or if a value is given another kind's suffix, or two files one name.
    MissingDependencyError
        If a picture is asked for and Matplotlib is not installed.
    """
    files = [path for path in (*values, *texts, *pictures) if path is not None]
    for path in (*values, *texts):
        if path is None:
            continue
        if path in values and path.suffix.lower() in _OTHERS:
            raise ValidationError(
                f"cannot write {path}: {path.suffix} is the suffix of another kind of file; "
                "expected .lifdeep"
            )
        try_file(path)
    for path in filter(None, pictures):
        from ..compat.requirements import import_optional

        try_file(path, suffixes=_PICTURES)
        import_optional("matplotlib")
    for path in filter(None, folders):
        try_folder(path)
    places = [path.resolve() for path in files]
    for path, place in zip(files, places, strict=True):
        if places.count(place) > 1:
            raise ValidationError(f"{path} is given for two files; give each a name of its own")
        if any(source is not None and source.resolve() == place for source in read):
            raise ValidationError(
                f"cannot write {path}: it is what this command reads; choose another name"
            )


def named(path: Path, name: str) -> Path:
    """The file for one of several results: its name is put before the suffix.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    name : str
        Name of the result.

    Examples
    --------
    >>> named(Path("digits.lifdeep"), "events").name
    'digits-events.lifdeep'
    """
    return path.with_name(f"{path.stem}-{name}{path.suffix}")


def unsaved(save: Callable[[], object]) -> ModelFileError | None:
    """Save what was measured; the error if it could not be, to be raised once all is printed.

    Parameters
    ----------
    save : callable
        Writes the files.
    """
    try:
        save()
    except ModelFileError as error:
        return error
    return None
