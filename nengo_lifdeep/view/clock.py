"""The time that is shown: it passes, stands, or is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Clock"]

#: name -> ms between two pictures, and steps that pass between them
_SPEEDS = {
    "10 ms per second": (100, 1),
    "30 ms per second": (66, 2),
    "100 ms per second": (60, 6),
    "300 ms per second": (60, 18),
}

_FITTING: dict[str, Any] = {"sizing_mode": "stretch_width"}


class Clock:
    """Slider, buttons and speed of one visitor's page.

    Parameters
    ----------
    panel : module
        Panel.
    show : callable
        Called with the number of a step when time has moved.
    waits : callable
        Whether there is something to wait for before time may pass.
    """

    def __init__(self, panel: Any, show: Callable[[int], None], waits: Callable[[], bool]) -> None:
        self.panel, self.show, self.waits = panel, show, waits
        self.ticking: Any = None
        w = panel.widgets
        self.time = w.IntSlider(name="time [ms]", start=0, end=120, value=0, **_FITTING)
        self.button = w.Button(name="play", button_type="primary", width=80)
        self.again = w.Button(name="restart")
        self.back, self.forward = w.Button(name="step back"), w.Button(name="step on")
        self.speed = w.Select(name="speed", options=list(_SPEEDS), value=list(_SPEEDS)[1],
                              **_FITTING)  # fmt: skip
        self.time.param.watch(lambda event: show(int(event.new)), "value")
        self.button.on_click(lambda event: self.toggle())
        self.again.on_click(lambda event: self.from_the_start())
        self.back.on_click(lambda event: self.move(-1))
        self.forward.on_click(lambda event: self.move(1))
        self.speed.param.watch(lambda event: self.play() if self.playing else None, "value")

    @property
    def served(self) -> bool:
        """Whether it is a page of a server, not a cell of a notebook."""
        page = self.panel.state.curdoc
        return page is not None and page.session_context is not None

    @property
    def playing(self) -> bool:
        """Whether time passes."""
        return self.ticking is not None

    def play(self) -> None:
        """Let time pass, from the start if it is at its end."""
        self.pause()
        if self.waits():
            return
        if self.time.value >= self.time.end:
            self.time.value = 0
        interval, stride = _SPEEDS[self.speed.value]
        if not self.served:
            if not _loop_runs():
                return  # nobody looks
            interval, stride = 2 * interval, 2 * stride  # Jupyter's server drops what is too much
        self.ticking = self.panel.state.add_periodic_callback(
            lambda: self.tick(stride), period=interval
        )
        self.button.name = "pause"

    def pause(self) -> None:
        """Let time stand."""
        if self.ticking is not None:
            self.ticking.stop()
        self.ticking, self.button.name = None, "play"

    def toggle(self) -> None:
        """Pause if time passes, else play."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def tick(self, stride: int) -> None:
        """Let some steps pass; the last one, or a page that nobody has any more, ends it.

        Parameters
        ----------
        stride : int
            How many steps.
        """
        if self.served and not self._looked_at():
            self.pause()
            return
        self.time.value = min(self.time.value + stride, self.time.end)
        if self.time.value >= self.time.end:
            self.pause()

    def move(self, steps: int) -> None:
        """Move time by hand.

        Parameters
        ----------
        steps : int
            Forward, or back if negative.
        """
        self.pause()
        self.time.value = int(np.clip(self.time.value + steps, 0, self.time.end))

    def from_the_start(self) -> None:
        """Show the first step, and play."""
        self.pause()
        self.time.value = 0
        self.show(0)
        self.play()

    def _looked_at(self) -> bool:
        """Whether a browser still has the page; a session outlives its page by some seconds."""
        session = getattr(self.panel.state.curdoc.session_context, "session", None)
        return session is None or session.connection_count > 0


def _loop_runs() -> bool:
    """Whether an event loop calls what is to be called later, as a notebook's does."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
