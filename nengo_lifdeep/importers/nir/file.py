"""Check a NIR file before anything of it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...compat.requirements import import_optional
from ...errors import ModelFileError
from ..hdf5.inspection import inspect_hdf5

__all__ = ["read_nir_file"]


def read_nir_file(path: Path) -> Any:
    """The graph in a file; its shapes are inferred later, by the importer.

    Parameters
    ----------
    path : Path
        A ``.nir`` file.

    Returns
    -------
    nir.NIRGraph

    Raises
    ------
    ModelFileError
        If the file is missing, truncated, no HDF5, of unknown nodes, refers to other files, or
        unpacks to more than 256 MiB and 16 times its own size.
    MissingDependencyError
        If `nir` or `h5py` is not installed (extra ``nir``).

    Examples
    --------
    >>> read_nir_file(Path("no such file.nir"))
    Traceback (most recent call last):
    nengo_lifdeep.errors.ModelFileError: there is no file no such file.nir
    """
    nir = import_optional("nir")
    if not path.is_file():
        raise ModelFileError(f"there is no file {path}")
    try:
        inspect_hdf5(path, path)
        return nir.read(path, type_check=False)
    except ModelFileError:
        raise
    except Exception as error:  # h5py and nir raise many kinds, of every base class
        raise ModelFileError(
            f"{path} is damaged, or no NIR file ({type(error).__name__}: {error}); take it from a "
            "backup or export it again"
        ) from error
