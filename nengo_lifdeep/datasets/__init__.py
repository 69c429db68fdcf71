"""Images and recordings with answers by name: ``load("digits")``, ``load("mnist", folder)``.

One file per data set or file format; a loader is imported only when its set is asked for.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from ..errors import DataError
from ..support.checks import checked, file_name, optional, shown
from ..support.words.similar import did_you_mean
from .base import SUFFIX, Dataset, Split
from .events import (
    Binning,
    EventFile,
    EventFilms,
    Events,
    read_events,
    saccades,
    signed_events,
)
from .series import Series

__all__ = [
    "NAMES",
    "Binning",
    "Dataset",
    "EventFile",
    "EventFilms",
    "Events",
    "Series",
    "Split",
    "load",
    "read_events",
    "saccades",
    "signed_events",
]

_LOADERS = {
    "digits": "bundled.digits:load_digits",
    "mnist": "idx:load_mnist",
    "fashion-mnist": "idx:load_fashion_mnist",
    "cifar-10": "cifar:load_cifar10",
    "cifar-100": "cifar:load_cifar100",
    "svhn": "svhn:load_svhn",
    "folder": "folder:load_folder",
    "pictures": "pictures:load_pictures",
    "events-folder": "events.folder:load_events_folder",
    "series": "formats.series_files:load_series",
    "bars": "synthetic:load_bars",
    "blobs": "synthetic:load_blobs",
    "diabetes": "bundled.tabular:load_diabetes",
    "breast-cancer": "bundled.tabular:load_breast_cancer",
    "digits-images": "bundled.digits:load_digit_images",
}

#: Names that `load` knows.
NAMES: tuple[str, ...] = tuple(_LOADERS)


@checked(DataError, directory=optional(file_name))
def load(name: str, directory: Any = None, **options: Any) -> Dataset:
    """Load a data set by its name.

    Parameters
    ----------
    name : str
        One of `NAMES`; case, hyphens and underscores do not matter. With ``-held-out`` at the
        end the set's `Dataset.held_out`: no test images, a sixth of the training images instead.
    directory : path-like, optional
        Folder with the set's files. Without it are searched, in this order: the folder in the
        environment variable ``NENGO_LIFDEEP_DATA``, Keras's cache, the operating system's
        package; last, Keras downloads the set where the network allows.
    **options
        Passed to the set's own loader, e.g. ``download=False`` or, for a folder, ``size``.

    Raises
    ------
    DataError
        If the name is unknown, the set is not found, or its files are damaged.

    Examples
    --------
    >>> load("digits").test.images.shape
    (359, 8, 8, 1)
    >>> load("digits-held-out").test.images.shape
    (239, 8, 8, 1)
    """
    if isinstance(name, str) and _plain(name).endswith(_plain(SUFFIX)):
        whole = load(_plain(name).removesuffix(_plain(SUFFIX)), directory, **options)
        return whole.held_out()
    known = {_plain(key): key for key in NAMES}
    if not isinstance(name, str) or _plain(name) not in known:
        raise DataError(
            f"there is no data set {name!r}; expected one of: {', '.join(NAMES)}"
            f"{did_you_mean(name, NAMES)}"
        )
    module, function = _LOADERS[known[_plain(name)]].split(":")
    loader = getattr(importlib.import_module(f"{__name__}.{module}"), function)
    if directory is not None:
        if "directory" not in inspect.signature(loader).parameters:
            raise DataError(
                f"data set {known[_plain(name)]!r} is read from no folder, but got directory "
                f"{shown(directory)}; leave it out (--data-dir)"
            )
        options["directory"] = directory
    try:
        inspect.signature(loader).bind(**options)
    except TypeError as error:
        raise DataError(f"data set {known[_plain(name)]!r}: {error}") from error
    return loader(**options)


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
