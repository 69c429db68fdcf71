"""What all jobs need is sent once to each process, and not with each job."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import pickle
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from .executors import client_of
from .processes import Processes

__all__ = ["OnDisk", "shared"]


@dataclasses.dataclass(frozen=True)
class OnDisk:
    """Stands for a value in a file of this machine; `value` is read once in every process.

    Parameters
    ----------
    path : Path
        The file.
    """

    path: Path

    @property
    def value(self) -> Any:
        """What is in the file."""
        return _read(self.path)


@functools.lru_cache(maxsize=4)
def _read(path: Path) -> Any:
    with path.open("rb") as file:
        return pickle.load(file)


@contextlib.contextmanager
def shared(pool: Any, value: Any) -> Iterator[Any]:
    """Something small to be given to jobs as an argument of its own, in place of a value.

    Local processes read it from a temporary file. Dask keeps it as a task of its own, which it can
    do again where a worker that had the value has died. To other executors the value itself is
    given, as it is in this process.

    Parameters
    ----------
    pool : Executor or None
        What `workers` gave.
    value : object
        A network, images: what can be pickled.
    """
    client = client_of(pool)
    if client is not None:
        with warnings.catch_warnings():  # that it is large: it is sent once
            warnings.filterwarnings("ignore", "Sending large graph")
            sent = client.submit(_itself, pickle.dumps(value, protocol=5), pure=False)
        yield sent
    elif isinstance(pool, Processes | ProcessPoolExecutor):
        with tempfile.TemporaryDirectory(prefix="lifdeep-") as folder:
            path = Path(folder) / "value"
            with path.open("wb") as file:
                pickle.dump(value, file, protocol=5)
            yield OnDisk(path)
    else:
        yield value


def _itself(pickled: bytes) -> Any:
    return pickle.loads(pickled)
