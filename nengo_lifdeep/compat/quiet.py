"""Hold back what libraries write to standard error while they are imported."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["standard_error_held_back"]


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
