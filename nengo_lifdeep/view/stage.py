"""Where everything stands: image and time at the top, the networks below, side by side."""

from __future__ import annotations

from typing import Any

from .clock import Clock
from .look import Look
from .screen import NOBODY, Screen, grid

__all__ = ["Stage"]

_FITTING: dict[str, Any] = {"sizing_mode": "stretch_width"}


class Stage:
    """The pictures of one visitor's page.

    Parameters
    ----------
    panel : module
        Panel.
    look : Look
        Colours.
    image : panel.Row
        The image, and the pad to draw one.
    clock : Clock
        Time and its buttons.
    screens : list of Screen
        The networks.
    """

    def __init__(
        self, panel: Any, look: Look, image: Any, clock: Clock, screens: list[Screen]
    ) -> None:
        self.look, self.screens = look, screens
        buttons = panel.FlexBox(clock.button, clock.back, clock.forward, clock.again)
        playing = panel.Column(clock.time, buttons, panel.pane.HTML(self._legend(), **_FITTING),
                               **_FITTING)  # fmt: skip
        top = panel.FlexBox(
            panel.Column(image, styles={"flex": "0 1 460px", "min-width": "0"}),
            panel.Column(playing, styles={"flex": "1 1 300px", "min-width": "0"}),
            align_items="flex-start",
        )
        self.areas = grid([], 2)
        self.make_room()
        self.column = panel.Column(top, self.areas, **_FITTING)

    def make_room(self) -> None:
        """The whole width for one network, halves for two, whose pictures begin at one height."""
        chosen = [each for each in self.screens if each.network.value != NOBODY]
        for each in chosen:
            each.says.styles = {"min-height": "2lh"} if len(chosen) > 1 else {}
        shown = [each.area for each in chosen]
        if self.areas.objects != shown:
            self.areas.objects = shown

    def _legend(self) -> str:
        """What the colours of the layers mean."""
        box = "<span style='background:{};padding:0 0.6em;margin-right:0.3em'></span>{}"
        words = ("1 spike", "2", "3 or more in the last 8 ms")
        boxes = [box.format(*pair) for pair in zip(self.look.spikes, words, strict=True)]
        return (
            f"Layers: {' &nbsp; '.join(boxes)}; a pixel is a neuron, of images the 16 most active "
            "channels.<br>Evidence: four leading classes in colour; the mean is taken from the "
            "dashed line (t_c) on."
        )
