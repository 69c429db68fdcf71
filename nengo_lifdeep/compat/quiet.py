"""Hold back messages of libraries that report no problem: TensorFlow's imports, Nengo's cache."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["accept_new_decoder_cache", "standard_error_held_back"]


@contextmanager
def standard_error_held_back() -> Iterator[None]:
    """Drop what is written to standard error inside, also by C++ code; show it on an error.

    Symptom
        Six lines on oneDNN, CUDA and absl whenever TensorFlow is imported on a computer without
        a GPU, whatever ``TF_CPP_MIN_LOG_LEVEL`` says.
    Affected
        TensorFlow 2.21, whose libraries log before they read the level.
    """
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, AttributeError, ValueError):  # no standard error, nothing to hold back
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def accept_new_decoder_cache() -> None:
    """Let Nengo create its decoder cache without reporting that the cache is corrupted.

    Symptom
        ``Decoder cache index corrupted. Reinitializing cache.`` with a traceback, logged by the
        first ``nengo.Simulator`` of a user who has no folder ``~/.cache/nengo`` yet.
    Affected
        Nengo 4.1.0, which reads the index before it creates it. A missing index in a folder that
        holds cached decoders is still reported.
    """
    logger = logging.getLogger("nengo.cache")
    if _is_real_problem not in logger.filters:
        logger.addFilter(_is_real_problem)


def _is_real_problem(record: logging.LogRecord) -> bool:
    """False if the record reports that a cache folder without entries has no index."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, FileNotFoundError) or error.filename is None:
        return True
    folder = Path(error.filename).parent
    return folder.is_dir() and any(entry.is_dir() for entry in folder.iterdir())
