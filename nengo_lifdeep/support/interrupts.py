"""Ctrl-C and SIGTERM: not lost wherever they arrive, and held back where nothing may be cut in two.

Python raises an interrupt at whatever instruction it has come to. While an object is freed it is
printed and forgotten; compiled libraries turn it into an error of their own (Matplotlib's
``TypeError: incompatible function arguments``, TensorFlow's ``SystemError``). So a process that
`listen` s remembers that it was interrupted, and raises what was forgotten again.
"""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

__all__ = [
    "end_quietly", "first_signal", "keep_tracebacks_back", "listen", "uninterrupted",
    "was_interrupted",
]  # fmt: skip

#: signals that have arrived
_arrived: list[int] = []


class _Raising:
    """How often an interrupt was raised, and whether none may be raised now."""

    times = 0
    hold = False


_raising = _Raising()


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait for the end; the second one does not wait."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals go to the main thread
        return
    handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
    waiting: list[int] = []

    def wait(number: int, frame: FrameType | None) -> None:
        waiting.append(number)
        if len(waiting) > 1:
            handlers[number](number, frame)

    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if callable(handler):
            handlers[number] = handler
            signal.signal(number, wait)
    try:
        yield
    finally:
        for caught, handler in handlers.items():
            signal.signal(caught, handler)
        if len(waiting) == 1:
            handlers[waiting[0]](waiting[0], None)


def listen() -> None:
    """From now on Ctrl-C and SIGTERM raise `KeyboardInterrupt` and are not forgotten.

    Where the shell has the process ignore Ctrl-C, in the background, it stays so.
    """
    _arrived.clear()
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    sys.unraisablehook = _forgotten
    keep_tracebacks_back()


def keep_tracebacks_back() -> None:
    """Print no traceback once a signal has arrived, whoever prints it, until `end_quietly`.

    Typer has a hook of its own from the moment it is called; this is to be called after that.
    """
    before = sys.excepthook

    def printed(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if not was_interrupted():
            before(kind, error, trace)

    if _listens():
        sys.excepthook = printed


def end_quietly() -> None:
    """All is saved and printed: a signal that arrives only now ends the process at once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)


def was_interrupted() -> bool:
    """Whether a signal has arrived since `listen`: an error that follows is the interrupt."""
    return bool(_arrived)


def first_signal() -> int | None:
    """Number of the signal that arrived first since `listen`; None if none has."""
    return _arrived[0] if _arrived else None


def _interrupt(number: int, frame: FrameType | None) -> None:
    _arrived.append(number)
    if _raising.hold:  # it would be lost: `_interrupt_again` sends another
        return
    _raising.times += 1
    raise KeyboardInterrupt("terminated" if number == signal.SIGTERM else "")


def _forgotten(unraisable: Any) -> None:
    """Take Python's place where it prints and forgets what is raised while it frees an object."""
    if not was_interrupted():
        sys.__unraisablehook__(unraisable)
    elif issubclass(unraisable.exc_type, KeyboardInterrupt) and _listens():
        _raising.hold = True
        try:
            later = threading.Thread(target=_interrupt_again, args=(_raising.times,), daemon=True)
            later.start()
        finally:
            _raising.hold = False


def _interrupt_again(times: int) -> None:
    """Until it is raised; by SIGTERM, since Ctrl-C may be ignored."""
    while _raising.times == times and _listens():
        time.sleep(0.02)  # by then the object is freed
        if hasattr(signal, "pthread_kill"):  # the main thread, so that it wakes up
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        else:
            _thread.interrupt_main(signal.SIGTERM)


def _listens() -> bool:
    """Whether interrupts are still raised: not once `end_quietly` was called."""
    return callable(signal.getsignal(signal.SIGTERM))
