"""The live view as an application: what is chosen, played and shown."""

from __future__ import annotations

import io
import threading
from typing import Any

from ..compat.requirements import import_optional
from ..datasets.base import Dataset, Split
from ..models import SpikingModel, TrainedModel
from .choices import Shelf
from .chosen_image import ChosenImage
from .clock import Clock
from .export import Shot, gif, png
from .keys import HELP, SCRIPT
from .look import DARK, LIGHT
from .screen import NOBODY, Screen
from .showing import Run, outcome, own_settings
from .stage import Stage

__all__ = ["View", "view"]

_FITTING: dict[str, Any] = {"sizing_mode": "stretch_width"}


def view(
    model: TrainedModel | SpikingModel,
    images: Split | Dataset,
    *,
    beside: TrainedModel | SpikingModel | None = None,
    dark: bool = False,
) -> Any:
    """A network at work on one image, as a Panel component for notebooks and for `serve`.

    Choose an image or draw one; spikes move through the layers and the evidence for each class
    rises as it plays. A network that gives values shows these, beside what was to be given.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    images : Split or Dataset
        Images to choose from, with labels or targets; of a data set those for tests.
    beside : TrainedModel or SpikingModel, optional
        A second network that is shown the same image.
    dark : bool
        Whether the notebook's ground is dark.

    Returns
    -------
    panel.viewable.Viewable
        Shown by a notebook when it ends a cell.

    Raises
    ------
    ValidationError, ConversionError, DataError
        If a network is something else, or cannot be turned into spikes, or the images are none.
    MissingDependencyError
        If Panel is not installed (extra ``view``).

    Examples
    --------
    >>> from nengo_lifdeep.training.random_features import trained_example
    >>> shown = view(*trained_example())
    >>> type(shown).__name__
    'FlexBox'
    """
    panel = import_optional("panel")
    panel.extension(inline=True)
    return View(Shelf(model, images, beside), dark).layout


class View:
    """Widgets and pictures of one visitor; names from files are shown as text, never as HTML.

    Parameters
    ----------
    shelf : Shelf
        What can be chosen, and what is shown first.
    dark : bool
        Whether the ground is dark.
    """

    def __init__(self, shelf: Shelf, dark: bool = False) -> None:
        self.panel = panel = import_optional("panel")
        self.shelf, self.look = shelf, DARK if dark else LIGHT
        self.asked = self.running = 0  # runs asked for so far; of the last, those not yet there
        second = shelf.second or NOBODY
        self.screens = [
            Screen(shelf, shelf.first, self.look, lambda: self._network_changed()),
            Screen(shelf, second, self.look, lambda: self._second_changed(), optional=True),
        ]
        self.chosen = ChosenImage(
            panel, shelf, self.look, self.screens[0].model, lambda: self.restart(), self._give_up
        )
        w = panel.widgets
        has_own, times = own_settings(shelf.network(shelf.first))
        t_c, t_p = (round(1e3 * t) for t in (times.t_c, times.t_p))
        self.own = w.Checkbox(name="networks' own synapses", value=has_own)
        self.tau_s = w.FloatSlider(name="synapse tau_s [ms]", start=0, end=20, step=0.5, value=3,
                                   disabled=has_own, **_FITTING)  # fmt: skip
        self.t_c = w.IntSlider(name="averaging begins, t_c [ms]", start=0, end=max(150, t_c),
                               value=t_c, **_FITTING)  # fmt: skip
        self.t_p = w.IntSlider(name="presentation t_p [ms]", start=min(20, t_p),
                               end=max(300, t_p), value=t_p, **_FITTING)  # fmt: skip
        # time passes for all networks together, once the last run is there
        self.clock = Clock(panel, self.show, lambda: self.running > 0)
        self.gif = w.FileDownload(callback=self._gif, filename="spikes.gif", label="save as GIF")
        self.png = w.FileDownload(callback=self._png, filename="spikes.png", label="save as PNG")
        self.pressed = w.TextInput(visible=False)
        self.ready = w.Checkbox(visible=False)
        self._connect()
        self.controls = self._controls()
        self.stage = Stage(panel, self.look, self.chosen.shown, self.clock, self.screens)
        self.layout = panel.FlexBox(
            panel.Column(self.stage.column, styles={"flex": "1 1 480px", "min-width": "0"}),
            panel.Column(self.controls, styles={"flex": "0 1 280px"}),
            align_items="flex-start",
        )
        if self.clock.served:
            panel.state.onload(self._loaded)  # once a browser shows it: a request runs nothing
        else:
            self.restart()

    def _loaded(self) -> None:
        self.ready.value = True
        self.restart()

    def _connect(self) -> None:
        for widget in (self.tau_s, self.t_c, self.t_p):
            widget.param.watch(lambda event: self.restart(), "value_throttled")
        self.own.param.watch(lambda event: self._own_changed(), "value")
        self.pressed.param.watch(lambda event: self._key(event.new.partition(" ")[0]), "value")
        self.ready.jscallback(value=SCRIPT, args={"pressed": self.pressed})

    def _controls(self) -> Any:
        panel = self.panel
        (first, second), chosen = self.screens, self.chosen
        return panel.Column(
            chosen.data, chosen.index, panel.Row(chosen.another, chosen.clear), *first.controls,
            *second.controls, self.own, self.tau_s, self.t_c, self.t_p, self.clock.speed,
            panel.Row(self.gif, self.png, **_FITTING),
            # a notebook has keys of its own
            panel.pane.HTML(HELP, visible=self.clock.served, **_FITTING),
            self.pressed, self.ready, **_FITTING,
        )  # fmt: skip

    def _network_changed(self) -> None:
        self.chosen.fit(self.screens[0].model)

    def _own_changed(self) -> None:
        self.tau_s.disabled = self.own.value
        self.restart()

    def _second_changed(self) -> None:
        self.stage.make_room()
        self.restart()

    def _give_up(self, error: Exception) -> None:
        """There is nothing to run: say why, and wait for no run any more."""
        self.asked += 1
        self.running = 0
        for screen in self.screens:
            screen.area.loading = False
        self.screens[0].fail(error)

    def restart(self) -> None:
        """Run the image again; once all networks have, play from the start.

        Served, it runs in a thread, so that no page waits for another's; in a notebook at once.
        """
        if self.chosen.missing is not None:  # those of before are not what the page says
            self._give_up(self.chosen.missing)
            return
        self.asked += 1
        self.clock.pause()
        number, image = self.asked, self.chosen.take()
        times = {"tau_s": self.tau_s.value, "t_c": self.t_c.value, "t_p": self.t_p.value}
        options: dict[str, Any] = {name: value / 1e3 for name, value in times.items()}
        if self.own.value:
            options["tau_s"] = None
        due = [screen for screen in self.screens if screen.model is not None]
        self.running = len(due)
        for screen in due:
            screen.valued = self.chosen.images.has_values
            screen.begin()
        jobs = [(each, each.model, {"simulator": each.simulator.value, **options}) for each in due]
        if not self.clock.served:
            for screen, model, own in jobs:
                self._arrived(number, screen, outcome(model, image, own))
            return
        page = self.panel.state.curdoc

        def work() -> None:
            for screen, model, own in jobs:
                found = outcome(model, image, own)
                page.add_next_tick_callback(
                    lambda screen=screen, found=found: self._arrived(number, screen, found)
                )

        threading.Thread(target=work, daemon=True).start()

    def _arrived(self, number: int, screen: Screen, found: Run | Exception) -> None:
        """Show what a run gave, unless another was asked for meanwhile."""
        if number != self.asked:
            return
        self.running -= 1
        if isinstance(found, Exception):
            screen.fail(found)
        else:
            screen.arrive(found)
            self.chosen.picture.show(found.image, self.chosen.title)
            self.clock.time.end = found.n_steps
            self.clock.time.value = 0
            screen.show(0)
        if not self.running and any(each.run is not None for each in self.screens):
            self.clock.from_the_start()

    def _key(self, name: str) -> None:
        """What a key of the page does."""
        actions = {
            "play": self.clock.toggle,
            "back": lambda: self.clock.move(-1),
            "forward": lambda: self.clock.move(1),
            "start": self.clock.from_the_start,
            "another": self.chosen.choose,
        }
        if name in actions:
            actions[name]()

    def show(self, step: int) -> None:
        """Everything as it is after ``step`` steps.

        Parameters
        ----------
        step : int
            Number of the step, counted from 0.
        """
        for screen in self.screens:
            screen.show(step)

    def _shots(self) -> list[Shot]:
        return [
            Shot(screen.network.value, screen.classes, screen.run, screen.valued)
            for screen in self.screens
            if screen.run is not None
        ]

    def _gif(self) -> io.BytesIO:
        """The film that the button saves; empty while there is nothing to be seen."""
        shots = self._shots()
        return io.BytesIO(gif(shots, self.chosen.title, self.look) if shots else b"")

    def _png(self) -> io.BytesIO:
        shots = self._shots()
        step = int(self.clock.time.value)
        return io.BytesIO(png(shots, self.chosen.title, step, self.look) if shots else b"")
