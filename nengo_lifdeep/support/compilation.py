"""Numba's compiler with a cache on disk that no change of our source can leave stale."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from numba import config, njit
from numba.core.compiler_lock import global_compiler_lock

__all__ = ["compiled", "compiler", "source_digest"]

# A process that forks while a thread compiles would leave the child a lock that nobody opens, and
# it would wait for ever: forking waits until the thread has compiled.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=global_compiler_lock.acquire,
        after_in_parent=global_compiler_lock.release,
        after_in_child=global_compiler_lock.release,
    )


def source_digest(files: Iterable[Path]) -> str:
    """Twelve hexadecimal digits that change with the content of any of the files.

    Parameters
    ----------
    files : iterable of pathlib.Path
        The files.
    """
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@functools.cache
def _digest(folders: tuple[Path, ...]) -> str:
    files = {Path(__file__), *(file for folder in folders for file in folder.glob("*.py"))}
    return source_digest(files)


def compiler(*shared: Path, any_order: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """`numba.njit` without the GIL, cached on disk under a name with a digest of our source.

    The digest is over the folder of the function, this file, and shared folders. Numba compiles
    again when the file of a function changes, but does not see changes of the intrinsics and tuples
    that the function uses: after an upgrade it would run old code, or fail on a type that is gone.

    With ``NUMBA_BOUNDSCHECK=1`` in the environment every access to an array is checked, those of
    our vector code too; the name says so, for code without checks must not be taken from the disk
    then.

    Parameters
    ----------
    *shared : pathlib.Path
        Folders with code that the function uses.
    any_order : bool
        Whether sums may be taken in the order that suits the processor, the same each time.
    """
    relaxed = {"reassoc", "contract", "nsz"} if any_order else False

    def compile_cached(function: Callable[..., Any]) -> Any:
        """Compile a function when it is called first.

        Parameters
        ----------
        function : callable
            The function to compile.
        """
        folder = Path(function.__code__.co_filename).parent
        checked = "_checked" if config.BOUNDSCHECK else ""
        function.__qualname__ = f"{function.__qualname__}_{_digest((folder, *shared))}{checked}"
        options = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": relaxed}
        compiling = njit(**options)(function)
        cache = compiling._cache
        save = cache.save_overload

        def save_if_possible(*overload: Any) -> None:
            with contextlib.suppress(OSError):  # a full disk: the code is compiled again next time
                save(*overload)

        cache.save_overload = save_if_possible
        return compiling

    return compile_cached


#: For code that uses nothing but its own folder.
compiled = compiler()
