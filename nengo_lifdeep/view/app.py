"""The live view as an application: widgets, their effects, and the pictures."""

from __future__ import annotations

import html
import threading
import traceback
from typing import Any

import numpy as np

from ..compat.requirements import import_optional
from ..datasets.base import Split
from ..errors import LifdeepError
from ..inputs.inputs import still
from ..models import SpikingModel, TrainedModel
from .figures import WIDTH, EvidenceFigure, ImageFigure, LayerFigure, drawing_pad
from .showing import Run, choices_for, run_image
from .strokes import draw_strokes

__all__ = ["View", "view"]

#: milliseconds between two pictures while it plays, and steps that pass between them
_INTERVAL, _STRIDE = 60, 2

#: of what is narrower on a narrow screen
_FITTING: dict[str, Any] = {"sizing_mode": "stretch_width", "max_width": WIDTH}

#: how what went wrong looks
_ALARMING = {
    "background": "#f8d7da", "color": "#58151c", "border": "1px solid #f1aeb5",
    "border-radius": "6px", "padding": "0.6em 1em",
}  # fmt: skip

#: simulators are not made for several threads
_ONE_AT_A_TIME = threading.Lock()


def view(model: TrainedModel | SpikingModel, images: Split) -> Any:
    """A network at work on one image, as a Panel component for notebooks and for `serve`.

    Choose an image or draw one; spikes move through the layers and the evidence for each class
    rises as it plays. A network that gives values shows these, beside what was to be given.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    images : Split
        Images to choose from, with labels or targets.

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
    return View(model, images).layout


class View:
    """Widgets and pictures of one visitor; names from files are shown as text, never as HTML.

    Parameters
    ----------
    model : TrainedModel or SpikingModel
        The network.
    images : Split
        The images to choose from; of films every frame.
    """

    def __init__(self, model: TrainedModel | SpikingModel, images: Split) -> None:
        self.panel = panel = import_optional("panel")
        images = still(images)
        self.model, self.images = model, images
        self.classes = tuple(model.classes) or tuple(map(str, range(_n_classes(model))))
        names = [p.name for p in model.populations] if isinstance(model, SpikingModel) else [
            layer.name for layer in model.architecture.layers if type(layer).__name__ == "Neurons"
        ]  # fmt: skip
        self.image, self.evidence = ImageFigure(), EvidenceFigure(self.classes)
        self.layers = [LayerFigure(name, i) for i, name in enumerate(names)]
        self.pad, self.strokes = drawing_pad()
        self.run: Run | None = None
        self.asked = 0
        self.drawn: np.ndarray | None = None
        w, choices = panel.widgets, choices_for(model)
        self.index = w.IntSlider(name="image", start=0, end=len(images) - 1, value=0,
                                 width=210)  # fmt: skip
        self.another = w.Button(name="another image", button_type="primary")
        self.clear = w.Button(name="clear the drawing")
        self.simulator = w.Select(
            name="simulator", options=list(choices), value=choices[0], width=220
        )
        self.tau_s = w.FloatSlider(name="synapse tau_s [ms]", start=0, end=20, step=0.5, value=3,
                                 width=220)  # fmt: skip
        self.t_c = w.IntSlider(name="averaging begins, t_c [ms]", start=0, end=150, value=40,
                               width=220)  # fmt: skip
        self.t_p = w.IntSlider(name="presentation t_p [ms]", start=20, end=300, value=120,
                               width=220)  # fmt: skip
        self.player = w.Player(name="time", start=0, end=120, value=0, step=_STRIDE,
                               interval=_INTERVAL, loop_policy="once",
                               show_loop_controls=False, **_FITTING)  # fmt: skip
        self.says = panel.pane.HTML("", **_FITTING)
        self.problem = panel.pane.HTML("", visible=False, styles=_ALARMING, **_FITTING)
        self._connect()
        self.layout = self._arranged()
        if self._served():
            panel.state.onload(self.restart)  # once a browser shows it: a request runs nothing
        else:
            self.restart()

    def _served(self) -> bool:
        page = self.panel.state.curdoc
        return page is not None and page.session_context is not None

    def _connect(self) -> None:
        for widget in (self.index, self.simulator, self.tau_s, self.t_c, self.t_p):
            name = "value_throttled" if hasattr(widget, "value_throttled") else "value"
            widget.param.watch(lambda event: self._changed(event.obj is self.index), name)
        self.another.on_click(lambda event: self._choose())
        self.clear.on_click(lambda event: self._clear())
        self.player.param.watch(lambda event: self.show(int(event.new)), "value")
        self.strokes.on_change("data", lambda attr, old, new: self._draw(new))

    def _arranged(self) -> Any:
        panel, grey = self.panel, _channels(self.model) == 1
        drawing = [panel.pane.Bokeh(self.pad), self.clear] if grey else []
        left = panel.Column(panel.pane.Bokeh(self.image.figure), self.index, self.another, *drawing)
        figures = [self.evidence.figure, *(layer.figure for layer in self.layers)]
        middle = panel.Column(
            self.problem, self.says, self.player,
            *[panel.pane.Bokeh(figure, **_FITTING) for figure in figures],
            styles={"flex": f"1 1 {WIDTH}px", "min-width": "0"}, **_FITTING,
        )  # fmt: skip
        right = panel.Column(self.simulator, self.tau_s, self.t_c, self.t_p, width=240)
        return panel.FlexBox(left, middle, right, align_items="flex-start")

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
        """Run the image again and play from the start.

        Served, it runs in a thread, so that no page waits for another's; in a notebook at once.
        """
        self.asked += 1
        number, index = self.asked, int(self.index.value)
        image = self.images.images[index] if self.drawn is None else self.drawn
        label = self._label(index)
        title = f"image {index}: {label}" if self.drawn is None else "your drawing"
        times = {"tau_s": self.tau_s.value, "t_c": self.t_c.value, "t_p": self.t_p.value}
        options = {"simulator": self.simulator.value, **{k: v / 1e3 for k, v in times.items()}}
        self.says.object = f"running in <code>{html.escape(self.simulator.value)}</code> ..."
        page = self.panel.state.curdoc
        if not self._served():
            self._arrived(number, title, _outcome(self.model, image, options))
            return

        def work() -> None:
            found = _outcome(self.model, image, options)
            page.add_next_tick_callback(lambda: self._arrived(number, title, found))

        threading.Thread(target=work, daemon=True).start()

    def _label(self, index: int) -> str:
        """What is to be given for an image: its class, or its values."""
        known = self.images.known_labels
        if known is None:
            return _numbers(self.images.flat_targets[index])
        return self.classes[int(known[index])]

    def _arrived(self, number: int, title: str, found: Run | Exception) -> None:
        """Show what a run gave, unless another was asked for meanwhile."""
        if number != self.asked:
            return
        self.problem.visible = isinstance(found, Exception)
        if isinstance(found, Exception):
            self.problem.object = html.escape(str(found) or type(found).__name__)
            self.run, self.says.object = None, ""
            self.evidence.clear()
            for layer in self.layers:
                layer.clear()
            return
        self.run = found
        self.image.show(found.image, title)
        self.evidence.load(found)
        self.player.end = found.n_steps
        self.player.value = 0
        self.show(0)
        self.player.direction = 1

    def show(self, step: int) -> None:
        """Everything as it is after ``step`` steps.

        Parameters
        ----------
        step : int
            Number of the step, counted from 0.
        """
        run = self.run
        if run is None:
            return
        step = min(step, run.n_steps)
        for layer in self.layers:
            layer.show(run, step)
        self.evidence.show(step)
        spikes = sum(run.spikes_until(layer.name, step) for layer in self.layers)
        found = run.answer(step)
        answer = "none yet"
        if found is not None and self.images.has_values:
            answer = _numbers(run.evidence()[max(step, 1) - 1])
        elif found is not None:
            answer = self.classes[found]
        self.says.object = (
            f"<b>{step} ms</b>: answer <b>{html.escape(answer)}</b>, {spikes:,} spikes, simulator "
            f"<code>{html.escape(run.record.simulator)}</code>"
        )


def _outcome(
    model: TrainedModel | SpikingModel, image: np.ndarray, options: dict[str, Any]
) -> Run | Exception:
    """The run, or what kept it from happening: the page says it, whatever it is."""
    try:
        with _ONE_AT_A_TIME:
            return run_image(model, image, **options)
    except Exception as error:
        if not isinstance(error, LifdeepError):
            traceback.print_exc()
        return error


def _numbers(values: np.ndarray, most: int = 4) -> str:
    """Values as a text, the first few."""
    shown = ", ".join(f"{value:.4g}" for value in values[:most])
    return shown if len(values) <= most else f"{shown}, ... ({len(values)} values)"


def _n_classes(model: TrainedModel | SpikingModel) -> int:
    if isinstance(model, SpikingModel):
        return model.n_classes
    return model.architecture.output_shape[0]


def _channels(model: TrainedModel | SpikingModel) -> int:
    shape = model.input_shape if isinstance(model, SpikingModel) else model.architecture.input_shape
    return shape[-1]
