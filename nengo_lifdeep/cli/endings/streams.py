"""Standard output and error that may be closed, full, or limited to few characters."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Any

from ...errors import OutputError
from ...support.consoles import be_printable
from ...support.interrupts import end_quietly, listen, was_interrupted
from .codes import NO_READER, stopped

__all__ = ["run_command"]

#: what a console, pipe or file says that takes no more
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.EPIPE}


def run_command(command: Callable[[], Any]) -> None:
    """Run a command to its exit code, whatever happens to its output.

    SIGTERM ends it like Ctrl-C, with what is finished kept. A pipe that was closed, as by
    ``head``, ends it in silence; a full disk below standard output with a message.

    Parameters
    ----------
    command : callable
        The command, without arguments.
    """
    code: Any = None
    try:
        try:
            code = _completed(command)
        finally:
            end_quietly()
    except KeyboardInterrupt:
        end_quietly()
        if code is None:  # else all is saved and printed
            code = stopped()
    sys.exit(code)


def _completed(command: Callable[[], Any]) -> Any:
    """The exit code of a command, its output written."""
    listen()
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started it
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))
    be_printable(sys.stdout)
    be_printable(sys.stderr)
    code: Any = 0
    try:
        command()
    except SystemExit as end:
        cause = end.__context__  # Typer makes 1 of a closed pipe
        code = end.code
        if isinstance(cause, OSError) and cause.errno == errno.EPIPE and cause.filename is None:
            code = NO_READER
    except OSError as error:
        code = stopped() if was_interrupted() else _not_printed(error)
    except BaseException:
        if not was_interrupted():
            raise
        code = stopped()
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _not_printed(error)
    return code


def _not_printed(error: OSError) -> int:
    """Say that the output was lost; errors of anything but the output are raised again."""
    if error.errno not in _FULL or error.filename is not None:
        raise error
    _discard(sys.stdout)
    if error.errno == errno.EPIPE:
        return NO_READER
    print(
        f"lifdeep: cannot print the result: {error.strerror}; files that were to be saved are "
        "saved",
        file=sys.stderr,
    )
    return OutputError.exit_code


def _discard(stream: Any) -> None:
    """Let what is still to be printed go nowhere, so that Python's end does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        pass
    finally:
        os.close(nowhere)
