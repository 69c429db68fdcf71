"""The view's pictures in Bokeh: the image, the layers at a moment, the evidence, the filters."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..compat.requirements import import_optional
from ..support.words.counted import counted
from .look import LIGHT, Look
from .showing import Run

__all__ = ["EvidenceFigure", "FilterFigure", "ImageFigure", "LayerFigure", "drawing_pad"]

#: a picture is as wide as its place; it is at most this many times as high as wide
_HIGHEST = 0.6

#: classes that are named and have a colour
_NAMED = 4

#: blue, white, red: negative, none, positive
_DIVERGING = ("#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b")


def _bokeh() -> Any:
    import_optional("panel")
    import bokeh.models
    import bokeh.palettes
    import bokeh.plotting

    return bokeh


def _plain(title: str, look: Look = LIGHT, **options: Any) -> Any:
    """A figure without tools, as wide as its place."""
    options = {"sizing_mode": "scale_width", **options}
    figure = _bokeh().plotting.figure(title=title, toolbar_location=None, tools="", **options)
    figure.grid.visible = False
    figure.title.text_font_size, figure.title.text_color = "13px", look.ink
    figure.background_fill_color = figure.border_fill_color = look.ground
    figure.outline_line_color = look.faint
    for axis in figure.axis:
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = look.faint
        axis.axis_label_text_color = axis.major_label_text_color = look.ink
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = axis.major_label_text_font_size = "12px"  # of any theme
    return figure


def _square(title: str, look: Look, **options: Any) -> Any:
    figure = _plain(
        title, look, width=220, height=244, x_range=(0, 1), y_range=(0, 1), **options
    )  # fmt: skip
    figure.axis.visible = False
    return figure


class ImageFigure:
    """What the networks are shown.

    Parameters
    ----------
    look : Look
        Colours.
    """

    def __init__(self, look: Look = LIGHT) -> None:
        bokeh = _bokeh()
        self.figure = _square("image", look)
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


class _Tiles:
    """A figure that holds one picture of square pixels.

    Parameters
    ----------
    title : str
        Title of the figure.
    palette, low, high
        As of Bokeh's ``LinearColorMapper``; what is below ``low`` is left as the ground.
    look : Look
        Colours.
    """

    def __init__(self, title: str, palette: Any, low: float, high: float, look: Look) -> None:
        bokeh = _bokeh()
        self.name = title
        self.figure = _plain(title, look, width=560, height=120, x_range=(0, 1), y_range=(0, 1))
        self.figure.axis.visible = False
        self.source = bokeh.models.ColumnDataSource({"image": []})
        mapper = bokeh.models.LinearColorMapper(
            palette=list(palette), low=low, high=high, low_color=look.ground
        )
        self.figure.image(image="image", x=0, y=0, dw=1, dh=1, source=self.source,
                          color_mapper=mapper)  # fmt: skip

    def clear(self) -> None:
        """Nothing, as after an error."""
        self.source.data = {"image": []}
        self.figure.title.text = self.name

    def draw(self, picture: np.ndarray, title: str) -> None:
        """A picture, its first row on top.

        Parameters
        ----------
        picture : (row, column) array
            The picture.
        title : str
            Title of the figure.
        """
        height = int(30 + 560 * min(picture.shape[0] / picture.shape[1], _HIGHEST))
        if self.figure.height != height:
            self.figure.height = height
        self.source.data = {"image": [picture[::-1]]}
        self.figure.title.text = title


class LayerFigure(_Tiles):
    """Spikes of one layer in the last moments.

    Parameters
    ----------
    name : str
        Name of the population.
    look : Look
        Colours.
    """

    def __init__(self, name: str, look: Look = LIGHT) -> None:
        super().__init__(name, look.spikes, 0.5, 3.5, look)

    def show(self, run: Run, step: int) -> None:
        """The layer just before ``step``.

        Parameters
        ----------
        run : Run
            The run that is shown.
        step : int
            Number of the step, counted from 0.
        """
        shape = " x ".join(map(str, run.shapes[self.name]))
        spikes = run.spikes_until(self.name, step)
        so_far = f"{counted(spikes, 'spike')} so far" if spikes else "silent"
        picture = np.minimum(run.activity(self.name, step), 3)
        self.draw(picture, f"{self.name} ({shape}): {so_far}")


class FilterFigure(_Tiles):
    """Filters of one layer.

    Parameters
    ----------
    look : Look
        Colours.
    """

    def __init__(self, look: Look = LIGHT) -> None:
        super().__init__("filters", _DIVERGING, -1, 1, look)


class EvidenceFigure:
    """Mean score of every class, up to the moment.

    Parameters
    ----------
    classes : tuple of str
        Names of the classes.
    look : Look
        Colours.
    """

    def __init__(self, classes: tuple[str, ...], look: Look = LIGHT) -> None:
        bokeh = _bokeh()
        self.classes, self.look = classes, look
        self.figure = _plain(
            "evidence for each class", look, width=560, height=270, sizing_mode="stretch_width",
            x_range=(0, 1), y_range=(0, 1),
        )  # fmt: skip
        self.figure.xaxis.axis_label = "time since the image appeared [ms]"
        self.figure.yaxis.axis_label = "mean score"
        self.source = bokeh.models.ColumnDataSource(
            {"xs": [], "ys": [], "colour": [], "width": [], "name": []}
        )
        self.figure.multi_line(
            "xs", "ys", line_color="colour", line_width="width", source=self.source
        )
        self.ends = bokeh.models.ColumnDataSource({"x": [], "y": [], "text": [], "colour": []})
        self.figure.text("x", "y", text="text", text_color="colour", text_font_size="12px",
                         text_baseline="middle", x_offset=4, source=self.ends)  # fmt: skip
        self.start = bokeh.models.Span(dimension="height", line_color=look.ink, line_dash="dashed")
        self.figure.add_layout(self.start)
        self.evidence = np.zeros((0, len(classes)))
        self.ms: np.ndarray = np.zeros(0)
        # the curves as lists: of arrays every one would be a message of its own, and Jupyter's
        # server drops what is beyond a thousand messages a second
        self.curves: list[list[float]] = []

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
        digits = 4 - int(np.floor(np.log10(high - low or 1.0)))  # a thousandth of a pixel
        self.curves = self.evidence.T.round(digits).tolist()
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
        colours = [
            self.look.classes[place[k]] if place[k] < _NAMED else self.look.faint
            for k in range(len(place))
        ]
        self.source.data = {
            "xs": [self.ms[:n].round(3).tolist()] * len(place),
            "ys": [curve[:n] for curve in self.curves],
            "colour": colours,
            "width": [3 if place[k] == 0 else 1.5 for k in range(len(place))],
            "name": list(self.classes),
        }
        leading = [int(k) for k in order[:_NAMED]]
        self.ends.data = {
            "x": [self.ms[n - 1]] * len(leading),
            "y": self._apart([float(self.evidence[n - 1, k]) for k in leading]),
            "text": [self.classes[k] for k in leading],
            "colour": [colours[k] for k in leading],
        }

    def _apart(self, heights: list[float]) -> list[float]:
        """Heights of the names, from the top downwards, moved so that none hides another."""
        gap = 0.06 * (self.figure.y_range.end - self.figure.y_range.start)
        placed: list[float] = []
        for height in heights:
            placed.append(min(height, placed[-1] - gap) if placed else height)
        return placed


def drawing_pad(look: Look = LIGHT) -> tuple[Any, Any]:
    """A figure to draw in, and its source of strokes (``xs``, ``ys``).

    Parameters
    ----------
    look : Look
        Colours.
    """
    bokeh = _bokeh()
    pad = _square("draw here", look)
    strokes = bokeh.models.ColumnDataSource({"xs": [], "ys": []})
    lines = pad.multi_line("xs", "ys", line_width=14, line_cap="round", line_join="round",
                           line_color=look.ink, source=strokes)  # fmt: skip
    tool = bokeh.models.FreehandDrawTool(renderers=[lines])
    pad.add_tools(tool)
    pad.toolbar.active_drag = tool
    return pad, strokes
