"""The view's pictures in Bokeh: the image, the layers at a moment, the evidence so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..compat.requirements import import_optional
from ..report.plots.canvas import COLOURS, GREY
from .showing import Run

__all__ = ["EvidenceFigure", "ImageFigure", "LayerFigure", "drawing_pad"]

#: largest width of the column of layers in pixels
WIDTH = 560

_FITTING: dict[str, Any] = {"sizing_mode": "stretch_width", "max_width": WIDTH}


def _bokeh() -> Any:
    import_optional("panel")
    import bokeh.models
    import bokeh.palettes
    import bokeh.plotting

    return bokeh


def _plain(title: str, width: int, height: int, **options: Any) -> Any:
    figure = _bokeh().plotting.figure(
        width=width, height=height, title=title, toolbar_location=None, tools="", **options
    )
    figure.grid.visible = False
    figure.title.text_font_size = "12px"
    return figure


class ImageFigure:
    """What the network is shown."""

    def __init__(self) -> None:
        bokeh = _bokeh()
        self.figure = _plain("image", 220, 240, x_range=(0, 1), y_range=(0, 1))
        self.figure.axis.visible = False
        self.grey = bokeh.models.ColumnDataSource({"image": []})
        self.colour = bokeh.models.ColumnDataSource({"image": []})
        self.figure.image(image="image", x=0, y=0, dw=1, dh=1, source=self.grey,
                          color_mapper=bokeh.models.LinearColorMapper(
                              palette=bokeh.palettes.Greys256, low=0, high=1))  # fmt: skip
        self.figure.image_rgba(image="image", x=0, y=0, dw=1, dh=1, source=self.colour)

    def show(self, image: np.ndarray, title: str) -> None:
        """Draw a grey or colour image in [0, 1], its first row on top.

        Of other channels, as off and on of events, the mean is drawn in grey.

        Parameters
        ----------
        image : (row, column, channel) array of float
            The image, in [0, 1].
        title : str
            Title of the figure.
        """
        self.figure.title.text = title
        upright = image[::-1]
        if image.shape[2] != 3:
            self.grey.data = {"image": [1.0 - upright.mean(axis=2)]}  # ink dark on white
            self.colour.data = {"image": []}
            return
        levels = (255 * np.clip(upright[:, :, :3], 0, 1)).astype(np.uint8)
        rgba = np.dstack([levels, np.full(levels.shape[:2], 255, np.uint8)])
        self.colour.data = {"image": [np.ascontiguousarray(rgba).view(np.uint32)[:, :, 0]]}
        self.grey.data = {"image": []}


class LayerFigure:
    """Spikes of one layer in the last moments.

    Parameters
    ----------
    name : str
        Name of the population.
    number : int
        Position of the layer, for its colour.
    """

    def __init__(self, name: str, number: int) -> None:
        bokeh = _bokeh()
        self.name = name
        self.figure = _plain(name, WIDTH, 90, x_range=(0, 1), y_range=(0, 1), **_FITTING)
        self.figure.axis.visible = False
        self.figure.outline_line_color = COLOURS[number % len(COLOURS)]
        self.source = bokeh.models.ColumnDataSource({"image": []})
        self.figure.image(image="image", x=0, y=0, dw=1, dh=1, source=self.source,
                          color_mapper=bokeh.models.LinearColorMapper(
                              palette=["#ffffff", *bokeh.palettes.cividis(6)[::-1][1:]],
                              low=0, high=3))  # fmt: skip

    def clear(self) -> None:
        """Nothing, as after an error."""
        self.source.data = {"image": []}
        self.figure.title.text = self.name

    def show(self, run: Run, step: int) -> None:
        """The layer just before ``step``.

        Parameters
        ----------
        run : Run
            The run that is shown.
        step : int
            Number of the step, counted from 0.
        """
        picture = run.activity(self.name, step)
        self.figure.height = int(np.clip(36 + WIDTH * picture.shape[0] / picture.shape[1], 60, 190))
        self.source.data = {"image": [picture[::-1]]}
        shape = " x ".join(map(str, run.shapes[self.name]))
        shown = run.spikes_until(self.name, step)
        self.figure.title.text = f"{self.name} ({shape}): {shown:,} spikes so far"


class EvidenceFigure:
    """Mean score of every class, up to the moment.

    Parameters
    ----------
    classes : tuple of str
        Names of the classes.
    """

    def __init__(self, classes: tuple[str, ...]) -> None:
        bokeh = _bokeh()
        self.classes = classes
        self.figure = _plain(
            "evidence for each class", WIDTH, 260, x_range=(0, 1), y_range=(0, 1), **_FITTING
        )
        self.figure.xaxis.axis_label = "time [ms]"
        self.figure.yaxis.axis_label = "mean score"
        self.source = bokeh.models.ColumnDataSource(
            {"xs": [], "ys": [], "colour": [], "width": [], "name": []}
        )
        self.figure.multi_line(
            "xs", "ys", line_color="colour", line_width="width", source=self.source
        )
        self.ends = bokeh.models.ColumnDataSource({"x": [], "y": [], "text": [], "colour": []})
        self.figure.text("x", "y", text="text", text_color="colour", text_font_size="11px",
                         text_baseline="middle", x_offset=4, source=self.ends)  # fmt: skip
        self.start = bokeh.models.Span(dimension="height", line_color=GREY, line_dash="dashed")
        self.figure.add_layout(self.start)
        self.evidence = np.zeros((0, len(classes)))
        self.ms: np.ndarray = np.zeros(0)

    def clear(self) -> None:
        """No curves, as after an error."""
        self.source.data = {name: [] for name in self.source.data}
        self.ends.data = {name: [] for name in self.ends.data}

    def load(self, run: Run) -> None:
        """Take a run's evidence, and fix the axes to the whole of it.

        Parameters
        ----------
        run : Run
            The run that is shown.
        """
        timing = run.record.presentation
        assert timing is not None
        self.evidence = run.evidence()
        self.ms = 1e3 * timing.dt * np.arange(1, len(self.evidence) + 1)
        self.start.location = 1e3 * timing.t_c
        low, high = float(self.evidence.min()), float(self.evidence.max())
        room = 0.05 * (high - low or 1.0)
        self.figure.x_range.start, self.figure.x_range.end = 0, 1.18 * self.ms[-1]
        self.figure.y_range.start, self.figure.y_range.end = low - room, high + room

    def show(self, step: int) -> None:
        """The curves up to ``step``; the leading classes in colour and named.

        Parameters
        ----------
        step : int
            Number of the step, counted from 0.
        """
        n = max(step, 1)
        order = np.argsort(self.evidence[n - 1])[::-1]
        place = {int(k): i for i, k in enumerate(order)}
        colours = [COLOURS[place[k]] if place[k] < 4 else "#cccccc" for k in range(len(place))]
        self.source.data = {
            "xs": [self.ms[:n]] * len(place),
            "ys": [self.evidence[:n, k] for k in range(len(place))],
            "colour": colours,
            "width": [3 if place[k] == 0 else 1.5 for k in range(len(place))],
            "name": list(self.classes),
        }
        leading = [int(k) for k in order[:4]]
        self.ends.data = {
            "x": [self.ms[n - 1]] * len(leading),
            "y": self._apart([float(self.evidence[n - 1, k]) for k in leading]),
            "text": [self.classes[k] for k in leading],
            "colour": [colours[k] for k in leading],
        }

    def _apart(self, heights: list[float]) -> list[float]:
        """Heights of the names, from the top downwards, moved so that none hides another."""
        gap = 0.055 * (self.figure.y_range.end - self.figure.y_range.start)
        placed: list[float] = []
        for height in heights:
            placed.append(min(height, placed[-1] - gap) if placed else height)
        return placed


def drawing_pad() -> tuple[Any, Any]:
    """A figure to draw in, and its source of strokes (``xs``, ``ys``)."""
    bokeh = _bokeh()
    pad = bokeh.plotting.figure(
        width=220, height=240, title="draw here", x_range=(0, 1), y_range=(0, 1), tools="",
        toolbar_location=None,
    )  # fmt: skip
    pad.axis.visible = False
    pad.grid.visible = False
    pad.title.text_font_size = "12px"
    strokes = bokeh.models.ColumnDataSource({"xs": [], "ys": []})
    lines = pad.multi_line("xs", "ys", line_width=14, line_cap="round", line_join="round",
                           line_color="#222222", source=strokes)  # fmt: skip
    tool = bokeh.models.FreehandDrawTool(renderers=[lines])
    pad.add_tools(tool)
    pad.toolbar.active_drag = tool
    return pad, strokes
