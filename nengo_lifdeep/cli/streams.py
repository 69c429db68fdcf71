"""Standard output and error that may be closed, full, or limited to few characters."""

from __future__ import annotations

import _thread
import errno
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from ..support.consoles import be_printable

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
    code: Any = 130
    try:
        try:
            code = _completed(command)
        finally:
            _end_quietly()
    except KeyboardInterrupt:
        _end_quietly()
    sys.exit(code)


def _completed(command: Callable[[], Any]) -> Any:
    """The exit code of a command, its output written."""
    signal.signal(signal.SIGTERM, _terminated)
    sys.unraisablehook = _interrupt_again
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started it
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))
    be_printable(sys.stdout)
    be_printable(sys.stderr)
    code: Any = 0
    try:
        command()
    except SystemExit as end:
        code = end.code
    except OSError as error:
        code = _not_printed(error)
    except KeyboardInterrupt:
        code = 130
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _not_printed(error)
    return code


def _end_quietly() -> None:
    """All is saved and printed: a signal that arrives only now ends the process at once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _interrupt_again(unraisable: Any) -> None:
    """Python prints and forgets what is raised while it frees an object, Ctrl-C too."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
        return
    # once the object is freed; by SIGTERM, since shells ignore SIGINT in the background
    later = threading.Timer(0.01, _thread.interrupt_main, (signal.SIGTERM,))
    later.daemon = True
    later.start()


def _terminated(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt("terminated")


def _not_printed(error: OSError) -> int:
    """Say that the output was lost; errors of anything but the output are raised again."""
    if error.errno not in _FULL or error.filename is not None:
        raise error
    _discard(sys.stdout)
    if error.errno != errno.EPIPE:
        print(
            f"lifdeep: cannot print the result: {error.strerror}; files that were to be saved are "
            "saved",
            file=sys.stderr,
        )
    return 1


def _discard(stream: Any) -> None:
    """Let what is still to be printed go nowhere, so that Python's end does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        pass
    finally:
        os.close(nowhere)
