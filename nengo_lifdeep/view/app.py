"""The live view as an application: what is chosen, played and shown."""

from __future__ import annotations

import io
import threading
import traceback
from typing import Any

import numpy as np

from ..compat.requirements import import_optional
from ..datasets.base import Split
from ..errors import DataError, LifdeepError
from ..models import SpikingModel, TrainedModel
from .choices import Shelf, shape_of
from .clock import Clock
from .export import Shot, gif, png
from .figures import ImageFigure, drawing_pad
from .keys import HELP, SCRIPT
from .look import DARK, LIGHT
from .screen import NOBODY, Screen, grid, numbers
from .showing import Run, run_image
from .strokes import draw_strokes

__all__ = ["View", "view"]

_FITTING: dict[str, Any] = {"sizing_mode": "stretch_width"}

#: simulators are not made for several threads
_ONE_AT_A_TIME = threading.Lock()


def view(
    model: TrainedModel | SpikingModel,
    images: Split,
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
    images : Split
        Images to choose from, with labels or targets.
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
        self.drawn: np.ndarray | None = None
        self.title = "image"
        second = shelf.second or NOBODY
        self.screens = [
            Screen(shelf, shelf.first, self.look, lambda: self._network_changed()),
            Screen(shelf, second, self.look, lambda: self._second_changed(), optional=True),
        ]
        self.images = shelf.images(shelf.given)
        self.image = ImageFigure(self.look)
        self.pad, self.strokes = drawing_pad(self.look)
        w = panel.widgets
        fitting = self._data_sets()
        others = (
            [] if shelf.given in fitting else [shelf.given]
        )  # the page says that they do not fit
        self.data = w.Select(name="images", options=[*others, *fitting], **_FITTING)
        last = len(self.images) - 1
        self.index = w.IntSlider(name="image", start=0, end=max(last, 1), value=0,
                                 disabled=last == 0, **_FITTING)  # fmt: skip
        self.another = w.Button(name="another image", button_type="primary")
        self.clear = w.Button(name="clear the drawing")
        self.tau_s = w.FloatSlider(name="synapse tau_s [ms]", start=0, end=20, step=0.5, value=3,
                                   **_FITTING)  # fmt: skip
        self.t_c = w.IntSlider(name="averaging begins, t_c [ms]", start=0, end=150, value=40,
                               **_FITTING)  # fmt: skip
        self.t_p = w.IntSlider(name="presentation t_p [ms]", start=20, end=300, value=120,
                               **_FITTING)  # fmt: skip
        # time passes for all networks together, once the last run is there
        self.clock = Clock(panel, self.show, lambda: self.running > 0)
        self.gif = w.FileDownload(callback=self._gif, filename="spikes.gif", label="save as GIF")
        self.png = w.FileDownload(callback=self._png, filename="spikes.png", label="save as PNG")
        self.pressed = w.TextInput(visible=False)
        self.ready = w.Checkbox(visible=False)
        self._connect()
        self.controls = self._controls()
        self.stage = self._stage()
        self.layout = panel.FlexBox(
            panel.Column(self.stage, styles={"flex": "1 1 480px", "min-width": "0"}),
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
        for widget in (self.index, self.tau_s, self.t_c, self.t_p):
            widget.param.watch(
                lambda event: self._changed(event.obj is self.index), "value_throttled"
            )
        self.data.param.watch(lambda event: self._data_changed(), "value")
        self.another.on_click(lambda event: self._choose())
        self.clear.on_click(lambda event: self._clear())
        self.strokes.on_change("data", lambda attr, old, new: self._draw(new))
        self.pressed.param.watch(lambda event: self._key(event.new.partition(" ")[0]), "value")
        self.ready.jscallback(value=SCRIPT, args={"pressed": self.pressed})

    def _controls(self) -> Any:
        panel = self.panel
        first, second = self.screens
        return panel.Column(
            self.data, self.index, panel.Row(self.another, self.clear), *first.controls,
            *second.controls, self.tau_s, self.t_c, self.t_p, self.clock.speed,
            panel.Row(self.gif, self.png, **_FITTING),
            # a notebook has keys of its own
            panel.pane.HTML(HELP, visible=self.clock.served, **_FITTING),
            self.pressed, self.ready, **_FITTING,
        )  # fmt: skip

    def _stage(self) -> Any:
        panel = self.panel
        self.pad_pane = panel.pane.Bokeh(self.pad, max_width=220, **_FITTING)
        self.image_pane = panel.pane.Bokeh(self.image.figure, max_width=220, **_FITTING)
        self.shown = panel.Row(**_FITTING)
        self._offer_the_pad()
        clock = self.clock
        buttons = panel.FlexBox(clock.button, clock.back, clock.forward, clock.again)
        playing = panel.Column(clock.time, buttons, panel.pane.HTML(self._legend(), **_FITTING),
                               **_FITTING)  # fmt: skip
        top = panel.FlexBox(
            panel.Column(self.shown, styles={"flex": "0 1 460px", "min-width": "0"}),
            panel.Column(playing, styles={"flex": "1 1 300px", "min-width": "0"}),
            align_items="flex-start",
        )
        self.areas = grid([], 2)
        self._make_room()
        return panel.Column(top, self.areas, **_FITTING)

    def _make_room(self) -> None:
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

    def _data_sets(self) -> list[str]:
        model = self.screens[0].model
        return self.shelf.data(shape_of(model)) if model is not None else [self.shelf.given]

    def _offer_the_pad(self) -> None:
        grey = self.images.image_shape[-1] == 1
        self.clear.visible = grey
        self.shown.objects = [self.image_pane, *([self.pad_pane] if grey else [])]

    def _network_changed(self) -> None:
        """Another first network: images that it takes, and run."""
        names = self._data_sets()
        if self.data.value in names or self.screens[0].model is None:
            self.data.options = names if self.data.value in names else self.data.options
            self.restart()
            return
        trained_with = str(self.screens[0].model.provenance.get("data"))
        chosen = trained_with if trained_with in names else names[0] if names else None
        if chosen is None:
            shape = " x ".join(map(str, shape_of(self.screens[0].model)))
            self._give_up(DataError(f"there are no images of {shape} here to choose from"))
            return
        self.data.options = names
        if self.data.value == chosen:
            self._data_changed()
        else:
            self.data.value = chosen

    def _second_changed(self) -> None:
        self._make_room()
        self.restart()

    def _data_changed(self) -> None:
        try:
            self.images = self.shelf.images(self.data.value)
        except Exception as error:
            self._give_up(error)
            return
        self.drawn, last = None, len(self.images) - 1
        self.index.value = 0
        self.index.end, self.index.disabled = max(last, 1), last == 0
        self._offer_the_pad()
        self.restart()

    def _give_up(self, error: Exception) -> None:
        """There is nothing to run: say why, and wait for no run any more."""
        self.asked += 1
        self.running = 0
        for screen in self.screens:
            screen.area.loading = False
        self.screens[0].fail(error)

    def _changed(self, other_image: bool) -> None:
        if other_image:
            self.drawn = None
        self.restart()

    def _choose(self) -> None:
        self.drawn = None
        self.index.value = int(np.random.default_rng().integers(len(self.images)))
        self.restart()

    def _clear(self) -> None:
        self.strokes.data = {"xs": [], "ys": []}
        if self.drawn is not None:
            self.drawn = None
            self.restart()

    def _draw(self, data: Any) -> None:
        if not any(len(x) for x in data["xs"]):
            return
        rows, cols = self.images.image_shape[:2]
        self.drawn = draw_strokes(data["xs"], data["ys"], (rows, cols))
        self.restart()

    def restart(self) -> None:
        """Run the image again; once all networks have, play from the start.

        Served, it runs in a thread, so that no page waits for another's; in a notebook at once.
        """
        self.asked += 1
        self.clock.pause()
        number, index = self.asked, min(int(self.index.value), len(self.images) - 1)
        image = self.images.images[index] if self.drawn is None else self.drawn
        label = self._label(index)
        self.title = f"image {index}: {label}" if self.drawn is None else "your drawing"
        times = {"tau_s": self.tau_s.value, "t_c": self.t_c.value, "t_p": self.t_p.value}
        options = {name: value / 1e3 for name, value in times.items()}
        due = [screen for screen in self.screens if screen.model is not None]
        self.running = len(due)
        for screen in due:
            screen.valued = self.images.has_values
            screen.begin()
        jobs = [(each, each.model, {"simulator": each.simulator.value, **options}) for each in due]
        if not self.clock.served:
            for screen, model, own in jobs:
                self._arrived(number, screen, _outcome(model, image, own))
            return
        page = self.panel.state.curdoc

        def work() -> None:
            for screen, model, own in jobs:
                found = _outcome(model, image, own)
                page.add_next_tick_callback(
                    lambda screen=screen, found=found: self._arrived(number, screen, found)
                )

        threading.Thread(target=work, daemon=True).start()

    def _label(self, index: int) -> str:
        """What is to be given for an image: its class, or its values."""
        known = self.images.known_labels
        if known is None:
            return numbers(self.images.flat_targets[index])
        classes, label = self.screens[0].classes, int(known[index])
        return classes[label] if label < len(classes) else str(label)

    def _arrived(self, number: int, screen: Screen, found: Run | Exception) -> None:
        """Show what a run gave, unless another was asked for meanwhile."""
        if number != self.asked:
            return
        self.running -= 1
        if isinstance(found, Exception):
            screen.fail(found)
        else:
            screen.arrive(found)
            self.image.show(found.image, self.title)
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
            "another": self._choose,
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
            Shot(screen.network.value, screen.classes, screen.run)
            for screen in self.screens
            if screen.run is not None
        ]

    def _gif(self) -> io.BytesIO:
        """The film that the button saves; empty while there is nothing to be seen."""
        shots = self._shots()
        return io.BytesIO(gif(shots, self.title, self.look) if shots else b"")

    def _png(self) -> io.BytesIO:
        shots = self._shots()
        step = int(self.clock.time.value)
        return io.BytesIO(png(shots, self.title, step, self.look) if shots else b"")


def _outcome(
    model: TrainedModel | SpikingModel | None, image: np.ndarray, options: dict[str, Any]
) -> Run | Exception:
    """The run, or what kept it from happening: the page says it, whatever it is."""
    try:
        assert model is not None
        if image.shape != shape_of(model):
            takes, given = (" x ".join(map(str, s)) for s in (shape_of(model), image.shape))
            raise DataError(f"this network takes images of {takes}; these have {given}")
        with _ONE_AT_A_TIME:
            return run_image(model, image, **options)
    except Exception as error:
        if not isinstance(error, LifdeepError):
            traceback.print_exc()
        return error
